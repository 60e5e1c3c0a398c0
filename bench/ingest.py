"""Reading speed: the whole of ingest against the bare reader and against pandas with openpyxl.

    python bench/ingest.py [files]

Makes that many division workbooks (default 2,000; 98 rows of 12 columns, seeded) in a temporary directory and
prints CPU seconds per file and ratios, all from one go. Ingest is hashing, storing, the ledger, reading,
normalising and writing Parquet; the gate is not in it.
"""

import io
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pandas as pd
import xlsxwriter
from python_calamine import CalamineWorkbook

from orchestration import intake
from orchestration.registry import register
from orchestration.settings import Settings

ROUND = "FY2566-12M"
ROWS = 98
HEADER = [
    [
        *("มิติ", "ภารกิจตามมิติ", "โครงการ/กิจกรรม/มาตรการ", "งบประมาณตามแผน", "งบประมาณตามเทศบัญญัติ", "เบิกจ่าย"),
        *("คงเหลือ", "ไม่ใช้งบประมาณ", "ผลการดำเนินการ", "", "", "หมายเหตุ"),
    ],
    [""] * 8 + ["แล้วเสร็จ", "อยู่ระหว่างดำเนินการ", "ไม่ได้ดำเนินการ/ยกเลิกโครงการ", ""],
]


def workbook(dice: random.Random, lgo_name: str) -> bytes:
    """Return one division's form with ROWS listings; every third uses no budget."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("แบบติดตาม")
        sheet.write(0, 0, f"{lgo_name} รอบ 12 เดือน (วันที่ 1 ตุลาคม 2565 ถึง 30 กันยายน 2566)")
        sheet.write(1, 0, f"หน่วยงาน กองที่ {dice.randrange(10**6)}")
        for y, row in enumerate(HEADER, start=2):
            sheet.write_row(y, 0, row)
        for n in range(ROWS):
            code = f"{n % 4 + 1}.{n % 3 + 1}.{n // 12 + 1 + 100 * (n % 12 // 4)}"
            plan, spent = dice.randrange(10, 500) * 1000, dice.randrange(1000, 9000)
            money = ["-", "-", "-", "-", "/"] if n % 3 == 0 else [plan, plan, spent, plan - spent, ""]
            remark = f"ดำเนินการเมื่อวันที่ {n % 28 + 1} ส.ค. 66"
            name = f"{code} โครงการส่งเสริมคุณธรรมที่ {n}"
            sheet.write_row(n + 4, 0, [f"มิติ {n % 4 + 1}", f"ภารกิจ {n}", name, *money, "/", "", "", remark])
    return file.getvalue()


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of work, children included."""

    def used() -> float:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in both)

    before = used()
    work()
    return used() - before


def main(files: int) -> None:
    place = Path(tempfile.mkdtemp(prefix="bench-ingest-"))
    dice = random.Random(2566)
    lgos = [lgo for lgo in register().values() if lgo.province_code == "92"]
    settings = Settings(home=place, provinces=("92",))
    inbox = settings.inbox / ROUND
    inbox.mkdir(parents=True)
    for n in range(files):
        (inbox / f"{n:05}.xlsx").write_bytes(workbook(dice, lgos[n % len(lgos)].full_name))
    paths = sorted(inbox.iterdir())

    def bare() -> None:
        for path in paths:
            book = CalamineWorkbook.from_path(path)
            for name in book.sheet_names:
                book.get_sheet_by_name(name).to_python(skip_empty_area=False)

    def openpyxl(sample: list[Path]) -> None:
        for path in sample:
            pd.read_excel(path, engine="openpyxl", header=None)

    def ingest() -> None:
        intake.receive(settings, ROUND)
        intake.read_submissions(settings, ROUND)

    try:
        reader = cpu(bare) / files
        sample = paths[: max(20, files // 50)]
        pandas = cpu(lambda: openpyxl(sample)) / len(sample)
        started = time.perf_counter()
        first = cpu(ingest) / files
        wall = time.perf_counter() - started
        again = cpu(ingest) / files
        print(f"{files} workbooks of {ROWS} x 12 cells, CPU ms per file")
        for name, value in (
            ("bare python-calamine", reader),
            ("ingest", first),
            ("pandas + openpyxl", pandas),
            ("ingest, nothing changed", again),
        ):
            print(f"  {name:28}{value * 1000:8.2f}   {value / reader:6.2f} x bare")
        print(f"  pandas + openpyxl / ingest   {pandas / first:6.1f}")
        print(f"  second pass / first          {again / first:6.1%}")
        print(f"  files a second               {files / wall:6.0f}")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
