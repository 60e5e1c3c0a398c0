"""Reading speed: the whole of ingest against the bare reader and against pandas with openpyxl.

    python bench/ingest.py [files]

Makes that many division workbooks (default 2,000; 98 rows of 12 columns, seeded) in a temporary directory and
prints CPU seconds per file and ratios, all from one go. Ingest is hashing, storing, the ledger, reading,
normalising and writing Parquet; the gate is not in it. A second set has odd rows in every tenth workbook:
transfers in cells and remarks, a total, a signature below. A third pass takes in one changed file.

CPU is taken on one core: two cores of a machine are often two halves of one, and then a second on both counts for
less. One process and two are timed by the clock, on one core and two; beside it stands what the bare reader gains
from a second process, which is what the machine has to give.
"""

import io
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import Process
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pandas as pd
import xlsxwriter
from python_calamine import CalamineWorkbook

from orchestration import intake
from orchestration.registry import register
from orchestration.settings import Settings
from orchestration.workers import Work, read_isolated

ROUND = "FY2566-12M"
ROWS = 98
HEADER = [
    [
        *("มิติ", "ภารกิจตามมิติ", "โครงการ/กิจกรรม/มาตรการ", "งบประมาณตามแผน", "งบประมาณตามเทศบัญญัติ", "เบิกจ่าย"),
        *("คงเหลือ", "ไม่ใช้งบประมาณ", "ผลการดำเนินการ", "", "", "หมายเหตุ"),
    ],
    [""] * 8 + ["แล้วเสร็จ", "อยู่ระหว่างดำเนินการ", "ไม่ได้ดำเนินการ/ยกเลิกโครงการ", ""],
]


def workbook(dice: random.Random, lgo_name: str, *, is_odd: bool = False) -> bytes:
    """Return one division's form with ROWS listings; every third uses no budget. See above for an odd one."""
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
            if is_odd and n == 10:
                money[1:4] = [f"{plan} โอนเพิ่ม 1,000", spent, plan + 1000 - spent]
            if is_odd and n == 40:
                money[3], remark = plan + 500 - spent, "โอนเพิ่ม 500 บาท"
            sheet.write_row(n + 4, 0, [f"มิติ {n % 4 + 1}", f"ภารกิจ {n}", name, *money, "/", "", "", remark])
        if is_odd:
            sheet.write_row(ROWS + 4, 0, ["รวม", "", "", 1, 1, 1, 1])
            sheet.write(ROWS + 6, 2, "(ลงชื่อ) ........................ ผู้รายงาน")
    return file.getvalue()


def cpu_of(work: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU seconds of work: of this process, and of its children."""

    def used() -> list[float]:
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return [u.ru_utime + u.ru_stime for u in both]

    before = used()
    work()
    own, children = (now - then for now, then in zip(used(), before, strict=True))
    return own, children


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds of work, children included."""
    return sum(cpu_of(work))


class Round:
    """A drop folder with workbooks in a directory of its own, to be taken in."""

    def __init__(self, place: Path, files: int, odd: int = 0) -> None:
        dice = random.Random(2566)
        lgos = [lgo for lgo in register().values() if lgo.province_code == "92"]
        self.settings = Settings(home=place, provinces=("92",))
        inbox = self.settings.inbox / ROUND
        inbox.mkdir(parents=True)
        for n in range(files):
            content = workbook(dice, lgos[n % len(lgos)].full_name, is_odd=bool(odd) and n % odd == 0)
            (inbox / f"{n:05}.xlsx").write_bytes(content)
        self.paths = sorted(inbox.iterdir())

    def ingest(self) -> None:
        self.receive()
        self.read()

    def receive(self) -> None:
        intake.receive(self.settings, ROUND)

    def read(self) -> None:
        intake.read_submissions(self.settings, ROUND)

    def change_one(self) -> None:
        """Let one division send another form."""
        lgo = next(lgo for lgo in register().values() if lgo.province_code == "92")
        self.paths[0].write_bytes(workbook(random.Random(2567), lgo.full_name))

    def works(self) -> list[Work]:
        return [Work(path, ROUND, path.name, path.name) for path in self.paths]

    def forget(self) -> None:
        """Leave nothing but the drop folder."""
        for path in self.settings.home.iterdir():
            if path != self.settings.inbox:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def seconds(work: Callable[[], object], cores: set[int]) -> float:
    """Return how long work takes by the clock on these cores: as many processes read."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    started = time.perf_counter()
    try:
        work()
    finally:
        os.sched_setaffinity(0, before)
    return time.perf_counter() - started


def bare(paths: list[Path]) -> None:
    for path in paths:
        book = CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def bare_by(paths: list[Path], processes: int) -> None:
    """Read with the bare reader in so many processes at once."""
    readers = [Process(target=bare, args=(paths[n::processes],)) for n in range(processes)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()


def openpyxl(paths: list[Path]) -> None:
    for path in paths:
        pd.read_excel(path, engine="openpyxl", header=None)


def main(files: int) -> None:
    place = Path(tempfile.mkdtemp(prefix="bench-ingest-"))
    try:
        plain, mixed = Round(place / "plain", files), Round(place / "mixed", files, odd=10)
        cores = sorted(os.sched_getaffinity(0))[:2]
        os.sched_setaffinity(0, cores[:1])
        reader = cpu(lambda: bare(plain.paths)) / files
        sample = plain.paths[: max(20, files // 50)]
        pandas = cpu(lambda: openpyxl(sample)) / len(sample)
        receive = cpu(plain.receive) / files
        parent, workers = (seconds / files for seconds in cpu_of(plain.read))
        first = receive + parent + workers
        again = cpu(plain.ingest) / files
        plain.change_one()
        changed = cpu(plain.ingest) / files
        starts = cpu_of(lambda: next(iter(read_isolated(plain.works()[:1], plain.settings.scope()))))[1]
        odd = cpu(mixed.ingest) / files
        os.sched_setaffinity(0, cores)
        plain.forget()
        one = seconds(plain.ingest, set(cores[:1]))
        plain.forget()
        two = seconds(plain.ingest, set(cores))
        bare_one, bare_two = (seconds(lambda n=n: bare_by(plain.paths, n), set(cores)) for n in (1, 2))
        print(f"{files} workbooks of {ROWS} x 12 cells, CPU ms per file")
        for name, value in (
            ("bare python-calamine", reader),
            ("ingest", first),
            ("  receive: hash, store, ledger", receive),
            ("  read, in the workers", workers),
            ("    of this, starting them", starts / files),
            ("  put together, write Parquet", parent),
            ("ingest, every tenth is odd", odd),
            ("pandas + openpyxl", pandas),
            ("ingest, nothing changed", again),
            ("ingest, one file changed", changed),
        ):
            print(f"  {name:30}{value * 1000:8.2f}   {value / reader:6.2f} x bare")
        print(f"  pandas + openpyxl / ingest   {pandas / first:6.1f}")
        print(f"  second pass / first          {again / first:6.1%}")
        print(f"  one file changed / first     {changed / first:6.1%}")
        print(f"  files a second, one process  {files / one:6.0f}")
        print(f"  two processes / one          {one / two:6.2f}   (the bare reader: {bare_one / bare_two:.2f})")
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
