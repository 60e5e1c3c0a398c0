"""The truth: what one local government planned in a year, and how far it was at the end of each round.

Money is in satang. Statuses and disbursement only move forward from the 6-month to the 12-month round, and every
figure obeys the rules of the domain, so that nothing is to be found in it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from bench.generator.drift import drift
from bench.generator.names import OFFICES, OFFICES_OF, project_name
from orchestration.registry import Lgo

BAHT = 100
MONTHS = (6, 12)
# Minimums as e-PlanNACC knows them; those of the first four are in nacc_minimum.csv, the others are invented.
MINIMUM = {"เทศบาลนคร": 35, "อบจ.": 35, "เทศบาลตำบล": 15, "อบต.": 15, "เทศบาลเมือง": 25, "ท้องถิ่นรูปแบบพิเศษ": 35}
MISSIONS = dict(zip(OFFICES_OF, (9, 8, 8, 10, 9, 8, 6, 8, 5, 6, 4, 4), strict=True))


@dataclass
class Line:
    """One listing of a division's form. None is a dash; `status` None is no mark, two marks are `also`."""

    code: str
    name: str
    division: str
    plan: int | None = None
    ordinance: int | None = None
    moved_in: int = 0
    moved_out: int = 0
    disbursed: int | None = None
    no_budget: bool = False
    status: str | None = "in_progress"
    also: str | None = None
    remark: str = ""
    # What stands in the remaining column where it is not what the row gives.
    stated_remaining: int | None = None
    # Cells written otherwise than the layout would, by field; lost when the row cannot be read.
    written: dict[str, object] = field(default_factory=dict)
    is_shifted: bool = False
    is_lost: bool = False
    # The mission that the form lists it under, where it is not its code's.
    stands_under: str = ""

    @property
    def after_transfers(self) -> int:
        return (self.ordinance or 0) + self.moved_in - self.moved_out

    @property
    def remaining(self) -> int | None:
        if self.stated_remaining is not None:
            return self.stated_remaining
        if self.ordinance is None and self.disbursed is None and not self.moved_in:
            return None
        return self.after_transfers - (self.disbursed or 0)


@dataclass
class Entry:
    """One project of the e-PlanNACC list, with the listings that it stands for (the pairs of the crosswalk)."""

    seq: int
    name: str
    dimension: str
    is_initial: bool
    plan: int
    disbursed: int
    status: str
    codes: list[str] = field(default_factory=list)
    # Its listings are parts of it instead of the same money again.
    is_in_parts: bool = False


@dataclass
class State:
    """What one local government sends in one round: lines by division, the list, pairs that are wrong.

    `export` replaces figures of the export: ("dimension", "1", "disbursed_baht") -> text as printed.
    """

    lgo: Lgo
    year: int
    months: int
    divisions: list[str]
    lines: list[Line]
    entries: list[Entry]
    wrong_pairs: list[tuple[int, str]] = field(default_factory=list)
    # Projects that are in no row of the crosswalk, and listings' names at the time of the review.
    unreviewed: set[int] = field(default_factory=set)
    names_then: dict[tuple[int, str], str] = field(default_factory=dict)
    export: dict[tuple[str, str, str], str] = field(default_factory=dict)
    # The workbook has its summary once more, on a last sheet, with another number of completed projects.
    has_two_summaries: bool = False
    # Names in rows below the list whose money cannot be read; no figure of the export counts them.
    unreadable: list[str] = field(default_factory=list)
    sends_forms: bool = True
    sends_export: bool = True

    @property
    def round_key(self) -> str:
        return f"FY{self.year}-{self.months}M"

    def line(self, code: str) -> Line:
        return next(line for line in self.lines if line.code == code)

    def entry(self, seq: int) -> Entry:
        return next(entry for entry in self.entries if entry.seq == seq)


@dataclass
class _Project:
    """A project of the year before it is told apart into listings and entries."""

    mission: str
    name: str
    division: str
    is_initial: bool
    plan: int | None
    ordinance: int | None
    moved_in: int
    moved_out: int
    disbursed: dict[int, int | None]
    status: dict[int, str]
    listings: int


def year_of(seed: int, lgo: Lgo, year: int, strength: float = 0.35) -> dict[int, State]:
    """Return the states of both rounds of a year by months.

    `strength` says how far the names keyed into e-PlanNACC drift from the divisions'. A third of the projects of
    a year go on under their name in the next, whatever years are asked for.
    """
    dice = random.Random(f"{seed}:{lgo.lgo_code}:{year}")
    staying = random.Random(f"{seed}:{lgo.lgo_code}:every year")
    divisions = _divisions(random.Random(f"{seed}:{lgo.lgo_code}:divisions"))
    projects = _projects(dice, staying, divisions, lgo)
    lines: dict[int, list[Line]] = {months: [] for months in MONTHS}
    entries: dict[int, list[Entry]] = {months: [] for months in MONTHS}
    numbers: dict[str, int] = {}
    codes_of: list[list[str]] = []
    for project in projects:
        missions = [project.mission]
        if project.listings == 2:
            missions.append(dice.choice([m for m in MISSIONS if m != project.mission]))
        codes_of.append([_next_code(numbers, mission) for mission in missions])
    order = sorted(range(len(projects)), key=lambda n: (not projects[n].is_initial, dice.random()))
    seq_of = {n: seq for seq, n in enumerate(order, start=1)}
    for n, project in enumerate(projects):
        keyed = drift(dice, project.name, strength)
        for months in MONTHS:
            for code in codes_of[n]:
                lines[months].append(_line(code, project, months))
            entries[months].append(
                Entry(
                    seq_of[n], keyed, project.mission[0], project.is_initial, project.plan or 0,
                    project.disbursed[months] or 0, project.status[months], list(codes_of[n]),
                )
            )  # fmt: skip
    return {
        months: State(lgo, year, months, divisions, lines[months], sorted(entries[months], key=lambda e: e.seq))
        for months in MONTHS
    }


def _next_code(numbers: dict[str, int], mission: str) -> str:
    numbers[mission] = numbers.get(mission, 0) + 1
    return f"{mission}.{numbers[mission]}"


def _divisions(dice: random.Random) -> list[str]:
    optional = ["staff", "water"]
    chosen = [key for key in OFFICES if key not in optional]
    chosen += dice.sample(optional, dice.choice((0, 1, 1, 2)))
    return [OFFICES[key] for key in OFFICES if key in chosen]


def _projects(dice: random.Random, staying: random.Random, divisions: list[str], lgo: Lgo) -> list[_Project]:
    minimum = MINIMUM[lgo.type]
    count = dice.randrange(66, 86)
    initial = min(count - 10, dice.randrange(max(6, minimum - 6), minimum + 9))
    taken: set[str] = set()
    missions = list(MISSIONS)
    always = [project_name(staying, mission, taken) for mission in missions for _ in range(2)]
    # Each dimension has an initial project: a table with an empty dimension has no percent for it.
    chosen = ["1.1", "2.1", "3.1", "4.1"]
    chosen += dice.choices(missions, list(MISSIONS.values()), k=count - 4)
    projects = []
    for n, mission in enumerate(chosen):
        goes_on = [name for name in always[missions.index(mission) * 2 :][:2] if name in taken]
        name = goes_on[0] if goes_on and dice.random() < 0.7 else project_name(dice, mission, taken)
        if name in goes_on:
            always[always.index(name)] = ""
        offices = [OFFICES[key] for key in OFFICES_OF[mission] if OFFICES[key] in divisions]
        division = dice.choice(offices or divisions) if dice.random() < 0.85 else dice.choice(divisions)
        projects.append(_project(dice, mission, name, division, is_initial=n < initial))
    # Nobody is without work: an empty form is no form.
    for n, division in enumerate(d for d in divisions if not any(p.division == d for p in projects)):
        projects[-1 - n] = replace(projects[-1 - n], division=division)
    return sorted(projects, key=lambda p: p.mission)


def _project(dice: random.Random, mission: str, name: str, division: str, is_initial: bool) -> _Project:
    plan = ordinance = None
    moved_in = moved_out = 0
    if dice.random() < 0.55:
        plan = dice.choice((5, 10, 15, 20, 20, 30, 30, 50, 50, 80, 100, 100, 150, 200, 300, 500)) * 1000 * BAHT
        if dice.random() < 0.85:
            ordinance = plan if dice.random() < 0.6 else plan * dice.choice((4, 5, 6, 8)) // 10
            if dice.random() < 0.08 and ordinance < plan:
                moved_in = dice.randrange(1, (plan - ordinance) // (500 * BAHT) + 1) * 500 * BAHT
            elif dice.random() < 0.08:
                moved_out = dice.randrange(1, ordinance // (500 * BAHT)) * 500 * BAHT
    available = (ordinance or 0) + moved_in - moved_out
    ends_well = dice.random() < (0.9 if available or plan is None else 0.0)
    early = ends_well and dice.random() < 0.35
    spent = 0
    if available and ends_well:
        spent = max(BAHT, dice.randrange(available * 4 // 10, available + 1) // BAHT * BAHT)
        spent = (
            available if dice.random() < 0.15 else spent - (dice.randrange(4) * 25 if dice.random() < 0.2 else 0)
        )
    at_half = spent if early else dice.choice((0, 0, spent // 3 // BAHT * BAHT, spent // 2 // BAHT * BAHT))
    stopped = not ends_well and dice.random() < 0.3
    return _Project(
        mission, name, division, is_initial, plan, ordinance, moved_in, moved_out,
        {6: at_half or None, 12: spent or None},
        {
            6: "completed" if early else "unable" if stopped else "in_progress",
            12: "completed" if ends_well else "unable",
        },
        2 if dice.random() < 0.06 and not moved_in and not moved_out else 1,
    )  # fmt: skip


def _line(code: str, project: _Project, months: int) -> Line:
    return Line(
        code, project.name, project.division, project.plan, project.ordinance, project.moved_in, project.moved_out,
        project.disbursed[months], project.plan is None, project.status[months],
    )  # fmt: skip
