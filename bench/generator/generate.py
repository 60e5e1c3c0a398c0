"""Write whole rounds: every file that local governments send, when each was saved, and what must be found in them.

    python -m bench.generator.generate DIRECTORY [--lgos N | --province 92] [--years 2566 2567 2568] [--seed 1]

Makes DIRECTORY/inbox/<round>/<lgo_code>/…, DIRECTORY/expected.csv, sent.csv (every file and when it was saved) and
truth.csv (percent and level that each list gives). A local government is drawn from its own dice, so the result is
the same whatever the number of processes; rankings and registers of a province are written when all its local
governments are.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, field, replace
from datetime import datetime, timedelta
from datetime import time as clock
from fractions import Fraction
from itertools import groupby
from pathlib import Path

from bench.generator import files, sheets
from bench.generator.faults import PLANTERS, Expected, Plot, plant, shown
from bench.generator.figures import Result, known_minimum, levels, percent, printed, result
from bench.generator.files import Sheet
from bench.generator.sheets import Form, Ranked
from bench.generator.world import MINIMUM, Line, year_of
from orchestration.registry import Lgo, provinces, register
from orchestration.rounds import calendar

FORMATS = {"xlsx": 84, "csv": 6, "ods": 4, "html": 3, "xls": 3}
# How a local government reports in a year, and how many in a hundred do so.
REPORTS = {"both": 90, "forms only": 3, "export only": 3, "ranking only": 2, "nothing": 2}


@dataclass(frozen=True)
class Plan:
    """What to generate. `faults` is how many are planted per local government and year; 0 for a clean nation.

    `leave_out` are planters (faults.py) that are not called.
    """

    seed: int = 1
    years: tuple[int, ...] = (2566, 2567, 2568)
    months: tuple[int, ...] = (6, 12)
    faults: int = 4
    with_crosswalk: bool = True
    leave_out: frozenset[str] = frozenset()
    all_report: bool = False


@dataclass(frozen=True)
class Sent:
    """One file: its path below the inbox, when it was saved (Bangkok), whose it is."""

    path: str
    saved_at: datetime
    lgo_code: str
    division: str


@dataclass(frozen=True)
class Truth:
    """What the list of a local government gives in a round; `pct` is None where it has sent no list."""

    round_key: str
    lgo_code: str
    is_sent: bool
    is_ranked: bool
    result: Result
    # Rows of its list that cannot be read: they may account for any percent.
    lacks_rows: bool = False


@dataclass
class Written:
    """What came of some local governments."""

    sent: list[Sent] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    truth: list[Truth] = field(default_factory=list)
    corrections: list[list[str]] = field(default_factory=list)

    def add(self, other: Written) -> None:
        self.sent += other.sent
        self.expected += other.expected
        self.truth += other.truth
        self.corrections += other.corrections


def some_lgos(count: int) -> list[Lgo]:
    """Return that many local governments: whole provinces, in the order of their codes, until there are enough."""
    return sorted(register().values(), key=lambda lgo: (lgo.province_code, lgo.lgo_code))[:count]


def generate(directory: Path, lgos: Sequence[Lgo], plan: Plan, processes: int | None = None) -> Written:
    """Write every file of the local governments below directory/inbox; return what was written, in fixed order."""
    for year in plan.years:
        for months in plan.months:
            (directory / "inbox" / f"FY{year}-{months}M").mkdir(parents=True, exist_ok=True)
    todo = [(directory, n, lgo, plan) for n, lgo in enumerate(lgos)]
    processes = processes or len(os.sched_getaffinity(0))
    written = Written()
    if processes == 1 or len(todo) < 20:
        for item in todo:
            written.add(_lgo(item))
    else:
        with ProcessPoolExecutor(processes) as pool:
            for one in pool.map(_lgo, todo, chunksize=8):
                written.add(one)
    written.add(_provinces(directory, written, plan))
    return written


def _lgo(item: tuple[Path, int, Lgo, Plan]) -> Written:
    directory, number, lgo, plan = item
    written = Written()
    names = [name for name in PLANTERS if name not in plan.leave_out]
    random.Random(f"{plan.seed}:order of faults").shuffle(names)
    for n, year in enumerate(plan.years):
        dice = random.Random(f"{plan.seed}:{lgo.lgo_code}:{year}:sending")
        states = year_of(plan.seed, lgo, year)
        reports = "both" if plan.all_report else dice.choices(list(REPORTS), list(REPORTS.values()))[0]
        plot = Plot(
            dice,
            states,
            {months: {division: Form() for division in states[6].divisions} for months in states},
            {months: [] for months in states},
            {months: [] for months in states},
        )
        first = (number * len(plan.years) + n) * plan.faults
        chosen = [names[(first + k) % len(names)] for k in range(plan.faults)] if reports == "both" else []
        for state in states.values():
            state.sends_forms = reports in ("both", "forms only")
            state.sends_export = reports in ("both", "export only")
        expected = plant([(plot, chosen)])
        rounds = {states[months].round_key for months in plan.months}
        written.expected += [e for e in expected if e.round_key in rounds]
        for months in plan.months:
            _send(directory, dice, plot, months, plan, written)
            state = states[months]
            reached = result(state.entries, MINIMUM[lgo.type], months)
            is_ranked = state.sends_export or reports == "ranking only"
            written.truth.append(
                Truth(
                    state.round_key, lgo.lgo_code, state.sends_export, is_ranked, reached, bool(state.unreadable)
                )
            )
            for what, name, old, new, until in plot.corrections[months]:
                row = [state.round_key, lgo.lgo_code, "division", what, name, old, new]
                day = calendar()[state.round_key].report_due.isoformat()
                written.corrections.append([*row, "กองยืนยันทางโทรศัพท์", "หัวหน้าฝ่ายแผนงานและงบประมาณ", day, until])
    return written


def _send(directory: Path, dice: random.Random, plot: Plot, months: int, plan: Plan, written: Written) -> None:
    """Write the files of one round."""
    state = plot.states[months]
    due = datetime.combine(calendar()[state.round_key].report_due, clock(9))

    def save(
        name: str, content: bytes, division: str, after: datetime | None = None, at: datetime | None = None
    ) -> datetime:
        late = dice.random() < 0.1
        drawn = after or due + timedelta(days=dice.randrange(1, 40) if late else -dice.randrange(1, 25))
        drawn += timedelta(minutes=dice.randrange(1, 400), seconds=dice.randrange(60))
        at = at or drawn
        written.sent.append(_save(directory, state.round_key, state.lgo.lgo_code, name, content, at, division))
        return at

    if state.sends_forms:
        for division, form in plot.forms[months].items():
            lines = sorted((x for x in state.lines if x.division == division), key=_in_order)
            if form.is_missing:
                continue
            kind = dice.choices(list(FORMATS), list(FORMATS.values()))[0]
            if form.notes or form.with_hidden_row:
                kind = "xlsx"
            if form.is_corrupt:
                save(f"{division}.xlsx", b"PK\x03\x04" + dice.randbytes(300), division)
                continue
            after = at = None
            if form.earlier is not None:
                earlier = sheets.form_sheets(dice, state, division, Form(), sorted(form.earlier, key=_in_order))
                after = save(f"{division} (ฉบับแรก).{kind}", _as(kind, dice, earlier), division)
            content = _as(kind, dice, sheets.form_sheets(dice, state, division, form, lines))
            suffix = "xls" if kind == "html" and dice.random() < 0.5 else kind
            if form.is_sent_at_once:
                after, at = None, after
            save(f"{division}.{suffix}", content, division, after and after + timedelta(days=3), at)
        for extra in plot.extras[months]:
            content = files.as_csv(Sheet("", [list(row) for row in extra.rows])) if extra.rows else extra.content
            save(extra.name, content, "")
    if state.sends_export:
        tables = sheets.table_sheets(state, shown(state))
        listed = sheets.list_sheet(state)
        way = dice.choices(("one", "html", "csv"), (80, 12, 8))[0]
        if way == "one":
            save("e-PlanNACC.xlsx", files.xlsx([listed, *tables]), "")
        else:
            save(f"e-PlanNACC โครงการ.{way}", _as(way, dice, [listed]), "")
            save("e-PlanNACC สรุปผล.xlsx", files.xlsx(tables), "")
    if state.sends_forms and state.sends_export and plan.with_crosswalk:
        save("crosswalk.csv", files.as_csv(sheets.crosswalk_sheet(state)), "")


def _in_order(line: Line) -> list[int]:
    return [int(part) for part in line.code.split(".")]


def _as(kind: str, dice: random.Random, content: list[Sheet]) -> bytes:
    match kind:
        case "csv":
            return files.as_csv(content[0], dice.choice(("utf-8-sig", "utf-8", "cp874")))
        case "ods":
            return files.ods(content[0])
        case "html":
            return files.html(content[0])
        case "xls":
            return files.xls(content[0])
    return files.xlsx(content)


def _save(
    directory: Path, round_key: str, folder: str, name: str, content: bytes, at: datetime, division: str
) -> Sent:
    path = directory / "inbox" / round_key / folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    # In Bangkok, whatever the clock of this machine.
    stamp = (at - timedelta(hours=7) - datetime(1970, 1, 1)).total_seconds()
    os.utime(path, (stamp, stamp))
    return Sent(path.relative_to(directory / "inbox").as_posix(), at, folder, division)


# -- what a province sends


def _provinces(directory: Path, lgos: Written, plan: Plan) -> Written:
    """Write the ranking of each province and round, and the register of corrections."""
    written = Written()
    place = {code: lgo.province_code for code, lgo in register().items()}

    def by(round_key: str, code: str) -> tuple[str, str]:
        return round_key, place[code]

    of = sorted(lgos.truth, key=lambda t: by(t.round_key, t.lgo_code))
    for (round_key, province), truths in groupby(of, key=lambda t: by(t.round_key, t.lgo_code)):
        written.add(_ranking(directory, round_key, province, [t for t in truths if t.is_ranked], plan))
    rows = sorted(lgos.corrections, key=lambda row: by(row[0], row[1]))
    for (round_key, province), register_rows in groupby(rows, key=lambda row: by(row[0], row[1])):
        table = Sheet("ทะเบียนแก้ไข", [list(sheets.CORRECTION), *[list[str | None](row) for row in register_rows]])
        at = datetime.combine(calendar()[round_key].report_due, clock(12)) + timedelta(days=45)
        folder = f"จังหวัด{provinces()[province]}"
        name = f"ทะเบียนแก้ไข {province}.csv"
        written.sent.append(_save(directory, round_key, folder, name, files.as_csv(table), at, ""))
    return written


RANKING_FAULTS = (
    "ranking_level_differs", "ranking_count_differs", "ranking_percent_differs", "ranking_percent_not_whole",
    "ranking_lgo_unknown", "figure_stated_twice",
)  # fmt: skip


def _ranking(directory: Path, round_key: str, province: str, truths: list[Truth], plan: Plan) -> Written:
    dice = random.Random(f"{plan.seed}:{round_key}:{province}:ranking")
    months = calendar()[round_key].months
    words = {level: word for _, level, word in levels(months)}
    truths = sorted(truths, key=lambda t: (-t.result.pct, t.lgo_code))
    rows = [
        Ranked(register()[t.lgo_code], register()[t.lgo_code].full_name, t.result.printed, t.result.level_th)
        for t in truths
    ]
    counts = {word: sum(t.result.level_th == word for t in truths) for word in words.values()}
    written = Written()
    free = [n for n, t in enumerate(truths) if t.is_sent and known_minimum(register()[t.lgo_code].type)]
    dice.shuffle(free)
    if plan.faults and len(free) > 10:
        for fault in RANKING_FAULTS:
            n = free.pop()
            written.expected += _wrong(fault, rows, counts, n, truths[n], words)
    title = f"จังหวัด{provinces()[province]}"
    table = sheets.ranking_sheet(provinces()[province], int(round_key[2:6]), months, rows, counts)
    kind = dice.choice(("html", "xlsx"))
    at = datetime.combine(calendar()[round_key].report_due, clock(10)) + timedelta(days=42)
    content = _as(kind, dice, [table])
    written.sent.append(_save(directory, round_key, title, f"ผลระดับจังหวัด {province}.{kind}", content, at, ""))
    return written


def _wrong(
    fault: str, rows: list[Ranked], counts: dict[str, int], n: int, truth: Truth, words: dict[str, str]
) -> list[Expected]:
    """Print one row, or a count, otherwise than the lists give it; return what must be found."""
    row, found = rows[n], Expected(truth.round_key, truth.lgo_code, fault)
    differs = replace(found, rule="export_figure_open" if truth.lacks_rows else "ranking_percent_differs")
    if fault == "ranking_level_differs":
        row.level_th = next(word for word in words.values() if word != row.level_th)
    elif fault == "ranking_count_differs":
        counts[row.level_th] += 1
        return [replace(found, lgo_code="")]
    elif fault == "ranking_lgo_unknown":
        row.name += "ใหม่"
        return [replace(found, lgo_code="")]
    elif fault == "ranking_percent_not_whole":
        row.pct = "99.13" if truth.result.is_capped else _not_whole(truth)
        return [found, differs]
    elif fault == "ranking_percent_differs":
        row.pct = _another_whole(truth, known_minimum(row.lgo.type) or 1)
        return [differs]
    elif fault == "figure_stated_twice":
        rows.append(replace(row, pct=_another_whole(truth, known_minimum(row.lgo.type) or 1)))
    return [found]


def _not_whole(truth: Truth) -> str:
    """Return a percent close by, at the same level, that is no whole number of projects."""
    months = calendar()[truth.round_key].months
    for off in (Fraction(13, 100), Fraction(-13, 100)):
        pct = truth.result.pct + off
        if (
            0 <= pct < 100
            and next(name for least, name, _ in levels(months) if pct >= least) == truth.result.level
        ):
            return printed(pct)
    raise ValueError("no percent close by")


def _another_whole(truth: Truth, minimum: int) -> str:
    """Return the percent of another number of projects at the same level."""
    months = calendar()[truth.round_key].months
    for done in range(minimum, -1, -1):
        pct = percent(done, minimum)
        level = next(name for least, name, _ in levels(months) if done * 100 >= least * minimum)
        if level == truth.result.level and printed(pct) != printed(truth.result.pct):
            return printed(pct)
    raise ValueError("a level of one number of projects only")


# -- the command


def write_lists(directory: Path, written: Written) -> None:
    """Write expected.csv, sent.csv and truth.csv."""

    def table(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with (directory / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(rows)

    columns = ("round_key", "lgo_code", "rule", "listing_code", "eplan_seq")
    table("expected.csv", columns, (astuple(e) for e in sorted(written.expected)))
    table("sent.csv", ("path", "saved_at", "lgo_code", "division"), (astuple(s) for s in written.sent))
    table(
        "truth.csv",
        ("round_key", "lgo_code", "is_sent", "is_ranked", "implementation_pct", "is_capped", "level"),
        (
            (
                t.round_key,
                t.lgo_code,
                t.is_sent,
                t.is_ranked,
                printed(t.result.pct),
                t.result.is_capped,
                t.result.level,
            )
            for t in written.truth
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--lgos", type=int, default=100)
    parser.add_argument("--province", help="every local government of a province code instead of --lgos")
    parser.add_argument("--years", type=int, nargs="+", default=list(Plan.years))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=int, default=Plan.faults)
    parser.add_argument("--processes", type=int)
    given = parser.parse_args()
    lgos = some_lgos(given.lgos)
    if given.province:
        lgos = [lgo for lgo in some_lgos(len(register())) if lgo.province_code == given.province]
    plan = Plan(seed=given.seed, years=tuple(given.years), faults=given.faults)
    started = time.perf_counter()
    written = generate(given.directory, lgos, plan, given.processes)
    write_lists(given.directory, written)
    seconds = time.perf_counter() - started
    print(f"{len(written.sent):,} files of {len(lgos):,} local governments in {seconds:.1f} s", end="")
    print(f" ({len(written.sent) / seconds:,.0f} a second), {len(written.expected):,} findings expected")


if __name__ == "__main__":
    main()
