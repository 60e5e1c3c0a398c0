"""Reading speed: the whole of ingest against the bare reader and against pandas with openpyxl.

    python bench/ingest.py [files [turns]]

Makes that many division workbooks (default 2,000; 98 rows of 12 columns, seeded) in a temporary directory and
prints CPU seconds per file and ratios, the median of some turns (3) in which the bare reader and ingest alternate.
Ingest is hashing, storing, the ledger, reading, normalising and writing Parquet; the gate is not in it. A second
set has odd rows in every tenth workbook: transfers in cells and remarks, a total, a signature below. Last comes
one changed file.

CPU is taken on one core: two cores of a machine are often two halves of one, and then a second on both counts for
less. One process and two are timed by the clock, on one core and two; beside it stands what the bare reader gains
from a second process, which is what the machine has to give.

Nothing is deleted before the end: ext4 looks in vain at every inode deleted in the last minutes before it takes
another, which makes receiving 2,000 files up to ten times as dear. So wait some minutes after another run.
"""

from __future__ import annotations

import io
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, replace
from multiprocessing import Process
from pathlib import Path
from statistics import median

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

    def copied_to(self, place: Path) -> Round:
        """Return an installation at another place into whose drop folder the same files have come."""
        copied = copy(self)
        copied.settings = replace(self.settings, home=place)
        inbox = copied.settings.inbox / ROUND
        inbox.mkdir(parents=True)
        copied.paths = [inbox / path.name for path in self.paths]
        for path, target in zip(self.paths, copied.paths, strict=True):
            os.link(path, target)
        return copied

    def ingest(self) -> None:
        self.receive()
        self.read()

    def receive(self) -> None:
        intake.receive(self.settings, ROUND, pause=lambda seconds: None)

    def read(self) -> None:
        intake.read_submissions(self.settings, ROUND)

    def change_one(self) -> None:
        """Let one division send another form."""
        lgo = next(lgo for lgo in register().values() if lgo.province_code == "92")
        self.paths[0].write_bytes(workbook(random.Random(2567), lgo.full_name))

    def works(self) -> list[Work]:
        return [Work(path, ROUND, path.name, path.name) for path in self.paths]


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


@dataclass(frozen=True)
class Turn:
    """CPU seconds of one turn, all on one core; `workers` and `parent` are the two sides of reading."""

    bare: float
    receive: float
    workers: float
    parent: float
    odd: float
    pandas: float

    @property
    def ingest(self) -> float:
        return self.receive + self.workers + self.parent


def turn(plain: Round, mixed: Round, place: Path) -> Turn:
    """Take both rounds in once, the bare reader before and behind."""
    files = len(plain.paths)
    before = cpu(lambda: bare(plain.paths))
    here = plain.copied_to(place / "plain")
    receive = cpu(here.receive)
    parent, workers = cpu_of(here.read)
    behind = cpu(lambda: bare(plain.paths))
    odd = cpu(mixed.copied_to(place / "mixed").ingest)
    sample = plain.paths[: max(20, files // 50)]
    pandas = cpu(lambda: openpyxl(sample)) / len(sample) * files
    return Turn((before + behind) / 2, receive, workers, parent, odd, pandas)


def clocks(plain: Round, place: Path, cores: set[int]) -> tuple[float, float, float, float]:
    """Return the seconds by the clock of one process and two: of ingest, and of the bare reader."""
    one, two = (plain.copied_to(place / str(n)) for n in (1, 2))
    return (
        seconds(one.ingest, {min(cores)}),
        seconds(two.ingest, cores),
        *(seconds(lambda n=n: bare_by(plain.paths, n), cores) for n in (1, 2)),
    )


def main(files: int, turns: int) -> None:
    place = Path(tempfile.mkdtemp(prefix="bench-ingest-"))
    try:
        plain, mixed = Round(place / "plain", files), Round(place / "mixed", files, odd=10)
        cores = sorted(os.sched_getaffinity(0))[:2]
        os.sched_setaffinity(0, cores[:1])
        bare(plain.paths)
        taken = [turn(plain, mixed, place / f"turn-{n}") for n in range(turns)]
        plain.ingest()
        again = cpu(plain.ingest)
        plain.change_one()
        changed = cpu(plain.ingest)
        starts = cpu_of(lambda: next(iter(read_isolated(plain.works()[:1], plain.settings.scope()))))[1]
        os.sched_setaffinity(0, cores)
        timed = [clocks(plain, place / f"clock-{n}", set(cores)) for n in range(turns)]
    finally:
        shutil.rmtree(place)

    def line(name: str, of: Callable[[Turn], float]) -> None:
        ratios = [of(one) / one.bare for one in taken]
        milliseconds = median(map(of, taken)) / files * 1000
        print(f"  {name:30}{milliseconds:8.2f}   {median(ratios):6.2f}   {min(ratios):6.2f} to {max(ratios):.2f}")

    def ratio(name: str, ratios: Iterable[float], form: str = ".2f") -> None:
        found = sorted(ratios)
        print(f"  {name:30}{format(median(found), form):>8}   {found[0]:{form}} to {found[-1]:{form}}")

    first = median(one.ingest for one in taken)
    print(f"{files} workbooks of {ROWS} x 12 cells, {turns} turns: CPU ms per file, x bare: median, least to most")
    line("bare python-calamine", lambda one: one.bare)
    line("ingest", lambda one: one.ingest)
    line("  receive: hash, store, ledger", lambda one: one.receive)
    line("  read, in the workers", lambda one: one.workers)
    line("    of this, starting them", lambda _: starts)
    line("  put together, write Parquet", lambda one: one.parent)
    line("ingest, every tenth is odd", lambda one: one.odd)
    line("pandas + openpyxl", lambda one: one.pandas)
    line("ingest, nothing changed", lambda _: again)
    line("ingest, one file changed", lambda _: changed)
    ratio("pandas + openpyxl / ingest", (one.pandas / one.ingest for one in taken), ".1f")
    ratio("second pass / first", [again / first], ".1%")
    ratio("one file changed / first", [changed / first], ".1%")
    ratio("files a second, one process", (files / one for one, *_ in timed), ".0f")
    ratio("two processes / one", (one / two for one, two, *_ in timed))
    ratio("two processes / one, bare", (one / two for *_, one, two in timed))


if __name__ == "__main__":
    given = [*map(int, sys.argv[1:])]
    main(*(given + [2000, 3][len(given) :]))
