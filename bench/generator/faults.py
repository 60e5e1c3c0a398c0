"""Mistakes planted on purpose, each with the findings that it must lead to and no others.

A planter takes a `Plot` (one local government and year) and changes what is sent; it returns what must be found,
or None where there was no room for it, and then it has changed nothing. Every planter takes projects that no other
has touched, so their findings do not meet. What follows from rows that are lost is worked out in `lost`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field

from bench.generator.drift import drift
from bench.generator.figures import figures, known_minimum, printed
from bench.generator.names import ODD_NAMES, project_name
from bench.generator.sheets import Form
from bench.generator.world import BAHT, MISSIONS, Entry, Line, State
from orchestration import registry
from orchestration.spreadsheets.thai import without_tone_marks


@dataclass(frozen=True, order=True)
class Expected:
    """One row of marts.finding or marts.reconciliation; '' and 0 for what it does not name."""

    round_key: str
    lgo_code: str
    rule: str
    listing_code: str = ""
    eplan_seq: int = 0


@dataclass
class Extra:
    """A file beside the forms and the export: text rows of a table, or bytes that are no workbook."""

    name: str
    rows: list[list[str]] | None = None
    content: bytes = b""


@dataclass
class Picked:
    """One project in both rounds; `lines` holds its listings in the order of their codes."""

    seq: int
    codes: list[str]
    entries: dict[int, Entry]
    lines: dict[int, list[Line]]

    @property
    def code(self) -> str:
        return self.codes[0]

    def line(self, months: int) -> Line:
        return self.lines[months][0]


@dataclass
class Plot:
    """One local government and year while faults are planted in it."""

    dice: random.Random
    states: dict[int, State]
    forms: dict[int, dict[str, Form]]
    extras: dict[int, list[Extra]]
    # Rows for the province's register of corrections: (listing, field, old, new, last day).
    corrections: dict[int, list[tuple[str, str, str, str, str]]]
    used: set[int] = field(default_factory=set)

    def pick(self, fits: Callable[[Picked], bool], listings: int = 1) -> Picked | None:
        """Return a project that no fault has touched and that fits, and mark it as touched."""
        at = {months: {line.code: line for line in s.lines} for months, s in self.states.items()}
        of = {months: {e.seq: e for e in s.entries} for months, s in self.states.items()}
        lost = {name for forms in self.forms.values() for name, form in forms.items() if form.is_lost}
        seqs = [seq for seq in of[12] if seq in of[6] and seq not in self.used]
        self.dice.shuffle(seqs)
        for seq in seqs:
            codes = sorted(of[12][seq].codes, key=in_order)
            if len(codes) != listings:
                continue
            lines = {months: [at[months][code] for code in codes] for months in (6, 12)}
            if any(line.division in lost for line in lines[6]):
                continue
            picked = Picked(seq, codes, {months: of[months][seq] for months in (6, 12)}, lines)
            if fits(picked):
                self.used.add(seq)
                return picked
        return None

    def found(self, months: int, rule: str, code: str = "", seq: int = 0) -> Expected:
        state = self.states[months]
        return Expected(state.round_key, state.lgo.lgo_code, rule, code, seq)

    def pick_form(self, months: int, fits: Callable[[list[Line]], bool] = bool) -> tuple[str, Form] | None:
        """Return a division whose form nothing has happened to yet."""
        state = self.states[months]
        divisions = [name for name, form in self.forms[months].items() if form.is_plain]
        self.dice.shuffle(divisions)
        for name in divisions:
            lines = [line for line in state.lines if line.division == name]
            if not any(line.is_shifted or line.is_lost or line.written for line in lines) and fits(lines):
                return name, self.forms[months][name]
        return None


def in_order(code: str) -> list[int]:
    return [int(part) for part in code.split(".")]


Planter = Callable[[Plot], list[Expected] | None]
PLANTERS: dict[str, Planter] = {}


def planter(plant: Planter) -> Planter:
    PLANTERS[plant.__name__] = plant
    return plant


# -- the two sides say different things


@planter
def budget_plan_differs(plot: Plot) -> list[Expected] | None:
    project = plot.pick(lambda p: p.entries[12].plan > 0)
    if project is None:
        return None
    rounds = plot.dice.choice(((6,), (12,), (6, 12)))
    more = plot.dice.randrange(1, 9) * 5000 * BAHT
    for months in rounds:
        project.entries[months].plan += more
    return [plot.found(months, "budget_plan_differs", project.code, project.seq) for months in rounds]


@planter
def disbursed_differs(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    project = plot.pick(
        lambda p: (
            p.entries[6].disbursed > 1000 * BAHT
            if months == 6
            else 0 < p.entries[12].disbursed < p.entries[12].plan - 500 * BAHT
        )
    )
    if project is None:
        return None
    project.entries[months].disbursed += (-1 if months == 6 else 1) * plot.dice.randrange(1, 500) * BAHT
    return [plot.found(months, "disbursed_differs", project.code, project.seq)]


@planter
def status_differs(plot: Plot) -> list[Expected] | None:
    """In progress keyed as awaiting its report, or done without money keyed as unable."""
    months = plot.dice.choice((6, 12))
    project = plot.pick(
        lambda p: (
            p.line(6).status == "in_progress"
            and (months == 6 or (p.line(12).status == "completed" and p.line(12).plan is None))
        )
    )
    if project is None:
        return None
    project.entries[months].status = "awaiting_report" if months == 6 else "unable"
    return [plot.found(months, "status_differs", project.code, project.seq)]


@planter
def dimension_differs(plot: Plot) -> list[Expected] | None:
    """A starred project keyed under another dimension: no table of the export counts it by its dimension."""
    project = plot.pick(lambda p: not p.entries[12].is_initial)
    if project is None:
        return None
    other = plot.dice.choice([d for d in "1234" if d != project.code[0]])
    for months in (6, 12):
        project.entries[months].dimension = other
    return [plot.found(months, "dimension_differs", project.code, project.seq) for months in (6, 12)]


@planter
def unreported_listing(plot: Plot) -> list[Expected]:
    """A listing of the year that nobody has keyed into e-PlanNACC."""
    line = _new_line(plot)
    _list_all_year(plot, line)
    return [plot.found(months, "unreported_listing", line.code) for months in (6, 12)]


def _list_all_year(plot: Plot, line: Line) -> None:
    """Have the form of its division list a line in both rounds, and complete it in the second."""
    for months, state in plot.states.items():
        own = copy(line)
        own.status = "completed" if months == 12 else "in_progress"
        state.lines.append(own)


@planter
def unlisted_project(plot: Plot) -> list[Expected]:
    """A project of the list that no division has in its form."""
    dice, expected = plot.dice, []
    mission, is_initial = dice.choice(list(MISSIONS)), dice.random() < 0.5
    name = project_name(dice, mission, {line.name for line in plot.states[6].lines})
    for months, state in plot.states.items():
        seq = max(entry.seq for entry in state.entries) + 1
        status = "completed" if months == 12 else "in_progress"
        state.entries.append(Entry(seq, name, mission[0], is_initial, 0, 0, status))
        expected.append(plot.found(months, "unlisted_project", "", seq))
        plot.used.add(seq)
    return expected


@planter
def same_money_twice(plot: Plot) -> list[Expected] | None:
    """One listing keyed as two projects."""
    project = plot.pick(lambda p: p.entries[12].disbursed > 0)
    if project is None:
        return None
    expected = []
    for months, state in plot.states.items():
        again = copy(project.entries[months])
        again.seq = max(entry.seq for entry in state.entries) + 1
        again.name = drift(random.Random(project.seq), again.name + "และกิจกรรมต่อเนื่อง", 0.2)
        again.is_initial = False
        again.codes = list(project.codes)
        state.entries.append(again)
        plot.used.add(again.seq)
        if again.disbursed:
            expected.append(plot.found(months, "same_money_twice", project.code, again.seq))
    return expected


def _new_line(plot: Plot) -> Line:
    """Return a listing without budget that is in no form yet, of a division whose forms arrive."""
    dice, state = plot.dice, plot.states[6]
    mission = dice.choice(list(MISSIONS))
    lines = [line for s in plot.states.values() for line in s.lines]
    lines += [line for forms in plot.forms.values() for form in forms.values() for line in form.earlier or []]
    names = {line.name for line in lines}
    lost = {name for forms in plot.forms.values() for name, form in forms.items() if form.is_lost}
    division = dice.choice([name for name in state.divisions if name not in lost])
    name = dice.choice([name for name in ODD_NAMES if name not in names])
    return Line(_next_code(lines, mission), name, division, no_budget=True)


def _next_code(lines: Iterable[Line], mission: str) -> str:
    last = max((in_order(line.code)[2] for line in lines if line.code.startswith(mission + ".")), default=0)
    return f"{mission}.{last + 1}"


@planter
def match_proposed(plot: Plot) -> list[Expected]:
    """Two measures of one name without money that nobody has paired: any of four pairs may be the right ones."""
    first = _new_line(plot)
    mission = first.code.rpartition(".")[0]
    expected = []
    for months, state in plot.states.items():
        codes = [first.code, f"{mission}.{in_order(first.code)[2] + 1}"]
        for code in codes:
            line = copy(first)
            line.code, line.status = code, "completed" if months == 12 else "in_progress"
            state.lines.append(line)
            seq = max(entry.seq for entry in state.entries) + 1
            state.entries.append(Entry(seq, first.name, mission[0], False, 0, 0, line.status))
            state.unreviewed.add(seq)
            plot.used.add(seq)
            expected.append(plot.found(months, "match_proposed", code, seq))
    return expected


@planter
def crosswalk_stale(plot: Plot) -> list[Expected] | None:
    """A pair decided when the listing bore another name."""
    months = plot.dice.choice((6, 12))
    project = plot.pick(lambda p: True)
    if project is None:
        return None
    plot.states[months].names_then[project.seq, project.code] = plot.dice.choice(ODD_NAMES)
    return [plot.found(months, "crosswalk_stale", project.code, project.seq)]


# -- money and statuses that cannot be


@planter
def overspend(plot: Plot) -> list[Expected] | None:
    """More spent than there is, on both sides alike."""
    project = plot.pick(_simply_spent)
    if project is None:
        return None
    line, entry = project.line(12), project.entries[12]
    line.disbursed = entry.disbursed = entry.plan + plot.dice.randrange(1, 90) * 100 * BAHT
    return [plot.found(12, "overspend", project.code, project.seq)]


@planter
def overspend_with_transfer(plot: Plot) -> list[Expected] | None:
    """More spent than planned, and a transfer that the division has written down accounts for it."""
    project = plot.pick(lambda p: _simply_spent(p) and p.line(12).ordinance == p.line(12).plan)
    if project is None:
        return None
    line, entry = project.line(12), project.entries[12]
    line.moved_in = plot.dice.randrange(2, 40) * 1000 * BAHT
    line.disbursed = entry.disbursed = entry.plan + line.moved_in - plot.dice.randrange(0, 10) * 100 * BAHT
    return [plot.found(12, "overspend_explained", project.code, project.seq)]


@planter
def overspend_ordinance(plot: Plot) -> list[Expected] | None:
    """More spent than the ordinance gives, though not more than was planned."""
    project = plot.pick(lambda p: _simply_spent(p) and (p.line(12).ordinance or 0) < p.entries[12].plan - BAHT)
    if project is None:
        return None
    line, entry = project.line(12), project.entries[12]
    line.disbursed = entry.disbursed = ((line.ordinance or 0) + entry.plan) // 2
    return [plot.found(12, "overspend_ordinance", project.code)]


def _simply_spent(project: Picked) -> bool:
    line = project.line(12)
    return bool(line.ordinance and line.disbursed and not line.moved_in and not line.moved_out)


@planter
def remaining_arithmetic(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    project = plot.pick(lambda p: bool(p.line(months).ordinance) and not p.line(6).moved_in + p.line(6).moved_out)
    if project is None:
        return None
    line = project.line(months)
    line.stated_remaining = (line.remaining or 0) + plot.dice.choice((-1, 1, 1)) * plot.dice.randrange(
        1, 90
    ) * 100 * BAHT
    return [plot.found(months, "remaining_arithmetic", project.code)]


@planter
def no_budget_mark_with_money(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    project = plot.pick(lambda p: bool(p.line(months).ordinance and p.line(months).disbursed))
    if project is None:
        return None
    project.line(months).no_budget = True
    return [plot.found(months, "no_budget_mark_with_money", project.code)]


@planter
def no_budget_mark_with_plan(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    project = plot.pick(lambda p: bool(p.line(months).plan) and p.line(months).ordinance is None)
    if project is None:
        return None
    project.line(months).no_budget = True
    return [plot.found(months, "no_budget_mark_with_plan", project.code)]


@planter
def completed_without_disbursement(plot: Plot) -> list[Expected] | None:
    project = plot.pick(
        lambda p: _simply_spent(p) and not p.line(6).disbursed and p.line(12).status == "completed"
    )
    if project is None:
        return None
    project.line(12).disbursed, project.entries[12].disbursed = None, 0
    return [plot.found(12, "completed_without_disbursement", project.code, project.seq)]


@planter
def completed_without_ordinance(plot: Plot) -> list[Expected] | None:
    """Planned with money, done without: only the list, which knows no ordinance, shows it."""
    project = plot.pick(lambda p: bool(p.line(12).plan) and p.line(12).ordinance is None)
    if project is None:
        return None
    for months in (6, 12):
        project.line(months).status = project.entries[months].status = (
            "completed" if months == 12 else "in_progress"
        )
    return [plot.found(12, "completed_without_disbursement", "", project.seq)]


@planter
def in_progress_at_year_end(plot: Plot) -> list[Expected] | None:
    project = plot.pick(lambda p: p.line(6).status == "in_progress" and p.line(12).status == "completed")
    if project is None:
        return None
    project.line(12).status = project.entries[12].status = "in_progress"
    return [plot.found(12, "in_progress_at_year_end", project.code, project.seq)]


@planter
def disbursed_went_back(plot: Plot) -> list[Expected] | None:
    project = plot.pick(lambda p: _simply_spent(p) and (p.line(6).disbursed or 0) > 2000 * BAHT)
    if project is None:
        return None
    less = (project.line(6).disbursed or 0) - plot.dice.randrange(1, 15) * 100 * BAHT
    project.line(12).disbursed = project.entries[12].disbursed = less
    return _on_both_sides(plot, "disbursed_went_back", project)


@planter
def status_went_back(plot: Plot) -> list[Expected] | None:
    project = plot.pick(lambda p: p.line(6).status == "completed" and p.line(6).plan is None)
    if project is None:
        return None
    project.line(12).status = project.entries[12].status = "unable"
    return _on_both_sides(plot, "status_went_back", project)


def _on_both_sides(plot: Plot, rule: str, project: Picked) -> list[Expected]:
    return [plot.found(12, rule, project.code), plot.found(12, rule, "", project.seq)]


# -- listings among themselves


@planter
def listing_contradiction(plot: Plot) -> list[Expected] | None:
    """Two listings of one project, and the second gives another amount: it contradicts both."""
    project = plot.pick(lambda p: (p.line(6).disbursed or 0) > 1000 * BAHT, listings=2)
    if project is None:
        return None
    second = project.lines[6][1]
    second.disbursed = (second.disbursed or 0) - plot.dice.randrange(1, 9) * 100 * BAHT
    return [
        plot.found(6, "listing_contradiction", project.code, project.seq),
        plot.found(6, "disbursed_differs", second.code, project.seq),
    ]


@planter
def listing_contradiction_of_status(plot: Plot) -> list[Expected] | None:
    project = plot.pick(lambda p: p.line(6).plan is None and p.line(6).status == "in_progress", listings=2)
    if project is None:
        return None
    project.lines[6][1].status = project.line(12).status
    return [
        plot.found(6, "listing_contradiction", project.code, project.seq),
        plot.found(6, "status_differs", project.lines[6][1].code, project.seq),
    ]


@planter
def project_in_parts(plot: Plot) -> list[Expected] | None:
    """Two listings that were the same money become parts, of which the second has a third of everything."""
    project = plot.pick(
        lambda p: bool(p.line(12).plan) and p.entries[12].plan == p.line(12).plan and _simply_spent(p), listings=2
    )
    if project is None:
        return None
    project.entries[12].is_in_parts = True
    first, second = project.lines[12]
    for amount in ("plan", "ordinance", "disbursed"):
        whole = getattr(first, amount)
        setattr(second, amount, whole // 3)
        setattr(first, amount, whole - whole // 3)
    return [plot.found(12, "project_in_parts", project.code, project.seq)]


@planter
def listing_repeated(plot: Plot) -> list[Expected] | None:
    """Another division sends a listing as well."""
    months = plot.dice.choice((6, 12))
    project = plot.pick(lambda p: not p.line(6).moved_in + p.line(6).moved_out)
    if project is None:
        return None
    owner = project.line(12).division
    taker = plot.pick_form(months, lambda lines: lines[0].division != owner)
    if taker is None:
        return None
    again = copy(project.line(months))
    again.division = taker[0]
    plot.states[months].lines.append(again)
    return [plot.found(months, "listing_repeated", project.code)]


@planter
def listing_code_contradicts_dimension(plot: Plot) -> list[Expected] | None:
    return _stands_elsewhere(plot, "dimension")


@planter
def listing_code_contradicts_mission(plot: Plot) -> list[Expected] | None:
    return _stands_elsewhere(plot, "mission")


def _stands_elsewhere(plot: Plot, what: str) -> list[Expected] | None:
    """A form lists a project under another dimension, or another mission of its own."""
    months = plot.dice.choice((6, 12))
    project = plot.pick(lambda p: True)
    if project is None:
        return None
    mission, dimension = project.code.rpartition(".")[0], project.code[0]
    others = [m for m in MISSIONS if m != mission and (m[0] == dimension) == (what == "mission")]
    project.line(months).stands_under = plot.dice.choice(others)
    return [plot.found(months, f"listing_code_contradicts_{what}", project.code)]


@planter
def listing_code_unknown(plot: Plot) -> list[Expected]:
    """A division makes up the code of a mission that the plan does not have."""
    line = _new_line(plot)
    line.stands_under = line.code.rpartition(".")[0]
    line.code = f"{line.code[0]}.9.1"
    _list_all_year(plot, line)
    said = ("listing_code_unknown", "listing_code_contradicts_mission", "unreported_listing")
    return [plot.found(months, rule, line.code) for months in (6, 12) for rule in said]


@planter
def listing_withdrawn(plot: Plot) -> list[Expected] | None:
    """A later file of a division no longer has a listing that the earlier one had."""
    months = plot.dice.choice((6, 12))
    chosen = plot.pick_form(months)
    if chosen is None:
        return None
    division, form = chosen
    gone = _new_line(plot)
    gone.division = division
    form.earlier = [line for line in plot.states[months].lines if line.division == division] + [gone]
    return [plot.found(months, "listing_withdrawn", gone.code)]


@planter
def sent_again(plot: Plot) -> list[Expected] | None:
    """A later file puts right what the earlier one had wrong: nothing to be found."""
    months = plot.dice.choice((6, 12))
    chosen = plot.pick_form(months)
    if chosen is None:
        return None
    division, form = chosen
    form.earlier = [copy(line) for line in plot.states[months].lines if line.division == division]
    for line in form.earlier[: plot.dice.randrange(1, 4)]:
        line.status = "in_progress"
        line.disbursed = line.disbursed and line.disbursed // 2
    return []


@planter
def submissions_conflict(plot: Plot) -> list[Expected] | None:
    """Two files of one division at the very same time, and they do not say the same."""
    months = plot.dice.choice((6, 12))
    chosen = plot.pick_form(months)
    if chosen is None:
        return None
    division, form = chosen
    form.earlier = [copy(line) for line in plot.states[months].lines if line.division == division]
    form.earlier[0].remark = "รอตรวจสอบ"
    form.is_sent_at_once = True
    return [plot.found(months, "submissions_conflict")]


@planter
def expectation_failed(plot: Plot) -> list[Expected] | None:
    """No status mark, or two; e-PlanNACC awaits the report, so the two sides agree that nothing is said."""
    project = plot.pick(lambda p: p.line(6).status == "in_progress" and not p.line(6).disbursed)
    if project is None:
        return None
    project.entries[6].status = "awaiting_report"
    if plot.dice.random() < 0.5:
        project.line(6).status = None
    else:
        project.line(6).also = "unable"
    return [plot.found(6, "expectation_failed", project.code)]


# -- reviewed tables


@planter
def crosswalk_unknown(plot: Plot) -> list[Expected]:
    months = plot.dice.choice((6, 12))
    state = plot.states[months]
    if plot.dice.random() < 0.5:
        # Not one that the crosswalk says to have no listing: that would be a contradiction.
        pair = (plot.dice.choice([e for e in state.entries if e.codes]).seq, f"4.3.{plot.dice.randrange(90, 99)}")
    else:
        pair = (plot.dice.randrange(900, 999), plot.dice.choice([c for e in state.entries for c in e.codes]))
    state.wrong_pairs.append(pair)
    return [plot.found(months, "crosswalk_unknown", pair[1], pair[0])]


@planter
def crosswalk_contradicts_itself(plot: Plot) -> list[Expected] | None:
    """A project that is paired in one row and has no listing in another."""
    months = plot.dice.choice((6, 12))
    project = plot.pick(lambda p: True)
    if project is None:
        return None
    plot.states[months].wrong_pairs.append((project.seq, ""))
    return [plot.found(months, "crosswalk_contradicts_itself", project.code, project.seq)]


@planter
def correction_applied(plot: Plot) -> list[Expected] | None:
    """A wrong figure of a form that the register puts right: nothing to be found."""
    project = plot.pick(lambda p: _simply_spent(p) and (p.line(12).disbursed or 0) > 1000 * BAHT)
    if project is None:
        return None
    line = project.line(12)
    right = line.disbursed or 0
    line.stated_remaining = line.remaining
    line.disbursed = right - 700 * BAHT
    plot.corrections[12].append((line.code, "disbursed_baht", _baht(line.disbursed), _baht(right), ""))
    return []


@planter
def correction_stale(plot: Plot) -> list[Expected] | None:
    project = plot.pick(_simply_spent)
    if project is None:
        return None
    spent = project.line(12).disbursed or 0
    plot.corrections[12].append((project.code, "disbursed_baht", _baht(spent + BAHT), _baht(spent), ""))
    return [plot.found(12, "correction_stale", project.code)]


@planter
def correction_expired(plot: Plot) -> list[Expected] | None:
    project = plot.pick(_simply_spent)
    if project is None:
        return None
    spent = project.line(12).disbursed or 0
    plot.corrections[12].append(
        (project.code, "disbursed_baht", _baht(spent), _baht(spent + BAHT), f"{plot.states[12].year - 543}-11-01")
    )
    return [plot.found(12, "correction_expired", project.code)]


@planter
def correction_held(plot: Plot) -> list[Expected] | None:
    """A later row of the register about the same figure that cannot be read: neither is applied."""
    project = plot.pick(_simply_spent)
    if project is None:
        return None
    spent = _baht(project.line(12).disbursed or 0)
    plot.corrections[12].append((project.code, "disbursed_baht", spent, _baht(BAHT), ""))
    plot.corrections[12].append((project.code, "disbursed_baht", spent, "ห้าพันบาทถ้วน", ""))
    return [plot.found(12, "correction_held", project.code), plot.found(12, "row_quarantined")]


def _baht(satang: int) -> str:
    return f"{satang / 100:.2f}"


# -- totals and tables


@planter
def form_total_differs(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    chosen = plot.pick_form(months, lambda lines: any(line.disbursed for line in lines))
    if chosen is None:
        return None
    chosen[1].total_off = plot.dice.randrange(1, 50) * 100 * BAHT
    return [plot.found(months, "form_total_differs")]


def _export_figure(plot: Plot, export: str, part: str, name: str) -> list[Expected] | None:
    """Print another figure than the list gives; by which rule it is found depends on what has come: `lost`."""
    months = plot.dice.choice((6, 12))
    state = plot.states[months]
    if (export, part, name) in state.export:
        return None
    state.export[export, part, name] = f"+{plot.dice.randrange(1, 9)}"
    return []


@planter
def export_summary_differs(plot: Plot) -> list[Expected] | None:
    return _export_figure(plot, "summary", "", plot.dice.choice(("in_progress", "completed")))


@planter
def export_dimension_differs(plot: Plot) -> list[Expected] | None:
    name = plot.dice.choice(("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht"))
    return _export_figure(plot, "dimension", plot.dice.choice("1234"), name)


@planter
def export_status_differs(plot: Plot) -> list[Expected] | None:
    return _export_figure(plot, "status", "", plot.dice.choice(("in_ordinance", "unable")))


@planter
def figure_stated_twice(plot: Plot) -> list[Expected]:
    months, state = _any_round(plot)
    state.has_two_summaries = True
    return [plot.found(months, "figure_stated_twice")]


@planter
def export_row_quarantined(plot: Plot) -> list[Expected] | None:
    """A row that somebody began in e-PlanNACC and left without an amount."""
    months, state = _any_round(plot)
    state.unreadable.append(project_name(plot.dice, "1.1", {line.name for line in state.lines}))
    return [plot.found(months, "export_row_quarantined")]


# -- what the reader puts right


@planter
def mark_one_column_off(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    project = plot.pick(
        lambda p: (
            bool(p.line(months).ordinance and p.line(months).disbursed)
            and p.line(months).status == "completed"
            and not p.line(6).moved_in + p.line(6).moved_out
            and plot.forms[months][p.line(months).division].is_plain
        )
    )
    if project is None:
        return None
    project.line(months).is_shifted = True
    project.line(months).remark = "เมื่อวันที่ 9 มิ.ย. 66"
    return [plot.found(months, "repaired_cell", project.code)]


@planter
def transfer_word_damaged(plot: Plot) -> list[Expected] | None:
    """A scanned word that could be either way; the remaining amount proves it."""
    project = plot.pick(lambda p: _simply_spent(p) and p.line(12).ordinance != p.line(12).plan)
    if project is None:
        return None
    line = project.line(12)
    line.moved_in = (line.plan or 0) - (line.ordinance or 0)
    line.written["ordinance"] = f"{(line.ordinance or 0) // 100:,} ออนไลน์ {line.moved_in // 100:,}"
    line.written["remark"] = None
    return [plot.found(12, "repaired_cell", project.code)]


@planter
def in_thousands(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    chosen = plot.pick_form(
        months, lambda lines: not any(x.moved_in or x.moved_out or (x.disbursed or 0) % 1000 for x in lines)
    )
    if chosen is None:
        return None
    chosen[1].in_thousands = True
    return [plot.found(months, "repaired_cell")] * 4


@planter
def name_without_tone_marks(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    lgo = plot.states[months].lgo
    written = without_tone_marks(lgo.full_name)
    found = registry.names_in(f"{written} อำเภอ{lgo.district}")
    is_only_one = len(found) == 1 and [one.lgo_code for one in found[0][1]] == [lgo.lgo_code]
    if registry.is_spelt(lgo, written) or not is_only_one or (chosen := plot.pick_form(months)) is None:
        return None
    chosen[1].without_tone_marks = True
    return [plot.found(months, "repaired_cell")]


@planter
def hidden_row(plot: Plot) -> list[Expected] | None:
    return _form_flag(plot, "with_hidden_row", "repaired_cell")


@planter
def unknown_column(plot: Plot) -> list[Expected] | None:
    return _form_flag(plot, "with_column", "unknown_column")


@planter
def name_split_by_a_page(plot: Plot) -> list[Expected] | None:
    return _form_flag(plot, "with_split_name", "repaired_cell", least=4)


def _form_flag(plot: Plot, flag: str, rule: str, least: int = 1) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    chosen = plot.pick_form(months, lambda lines: len(lines) >= least)
    if chosen is None:
        return None
    setattr(chosen[1], flag, True)
    return [plot.found(months, rule)]


@planter
def sheet_of_notes(plot: Plot) -> list[Expected] | None:
    months = plot.dice.choice((6, 12))
    chosen = plot.pick_form(months)
    if chosen is None:
        return None
    chosen[1].notes = ["วิธีกรอกแบบติดตาม", "กรอกเฉพาะโครงการในความรับผิดชอบ"][: plot.dice.randrange(1, 3)]
    return [plot.found(months, "unrecognised_rows")] * len(chosen[1].notes)


# -- what cannot be taken


@planter
def corrupt_copy(plot: Plot) -> list[Expected]:
    months, state = _any_round(plot)
    name = f"สำเนา {plot.dice.choice(state.divisions)}.xlsx"
    # Never the same bytes twice: those would be one submission that has arrived again.
    content = plot.dice.choice((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) + plot.dice.randbytes(400)
    plot.extras[months].append(Extra(name, content=content))
    return [Expected(state.round_key, "", "file_quarantined")]


@planter
def another_table(plot: Plot) -> list[Expected]:
    months, state = _any_round(plot)
    rows = [[f"{state.lgo.full_name} อำเภอ{state.lgo.district}"], ["ลำดับ", "เลขทะเบียนรถ"], ["1", "กข 1234"]]
    plot.extras[months].append(
        Extra("ทะเบียนรถราชการ.csv", rows=[[rows[0][0] + f" จังหวัด{state.lgo.province}"], *rows[1:]])
    )
    return [plot.found(months, "file_quarantined")]


@planter
def form_of_another_round(plot: Plot) -> list[Expected]:
    months, state = _any_round(plot)
    head = [
        [f"{state.lgo.full_name} อำเภอ{state.lgo.district} จังหวัด{state.lgo.province}"],
        ["รอบ 12 เดือน ปีงบประมาณ 2560"],
    ]
    plot.extras[months].append(Extra("แบบเก่า.csv", rows=[*head, ["มิติ", "ภารกิจตามมิติ"], ["1", "1.1"]]))
    return [Expected(state.round_key, "", "file_quarantined")]


def _any_round(plot: Plot) -> tuple[int, State]:
    months = plot.dice.choice((6, 12))
    return months, plot.states[months]


@planter
def amount_unreadable(plot: Plot) -> list[Expected] | None:
    """A row that cannot be read; what follows from its loss is worked out by `lost`."""
    months = plot.dice.choice((6, 12))
    project = plot.pick(
        lambda p: bool(p.line(months).ordinance) and plot.forms[months][p.line(months).division].is_plain
    )
    if project is None:
        return None
    line = project.line(months)
    line.written["disbursed"] = plot.dice.choice(("ห้าพันบาทถ้วน", "10\n30", "รอเบิก"))
    line.is_lost = True
    return [plot.found(months, "row_quarantined")]


@planter
def figure_withdrawn_by_refusal(plot: Plot) -> list[Expected] | None:
    """A row that could be read in the earlier file and cannot be in the later one."""
    months = plot.dice.choice((6, 12))
    project = plot.pick(
        lambda p: bool(p.line(months).ordinance) and plot.forms[months][p.line(months).division].is_plain
    )
    if project is None:
        return None
    line = project.line(months)
    lines = [other for other in plot.states[months].lines if other.division == line.division]
    plot.forms[months][line.division].earlier = [copy(other) for other in lines]
    # A dict of its own: the copies share the old one.
    line.written = {"disbursed": "รอเบิก"}
    line.is_lost = True
    return [
        plot.found(months, "row_quarantined"),
        plot.found(months, "figure_withdrawn_by_refusal", project.code),
    ]


@planter
def form_missing(plot: Plot) -> list[Expected] | None:
    return _lose(plot, "is_missing")


@planter
def form_corrupt(plot: Plot) -> list[Expected] | None:
    return _lose(plot, "is_corrupt")


def _lose(plot: Plot, flag: str) -> list[Expected] | None:
    """Lose a whole form, of a division of which nothing has been touched."""
    months, state = _any_round(plot)
    touched = {code for e in state.entries if e.seq in plot.used for code in e.codes}
    by_code = {code: e for e in state.entries for code in e.codes}

    def fits(lines: list[Line]) -> bool:
        return len(lines) < 12 and all(x.code in by_code and x.code not in touched for x in lines)

    chosen = plot.pick_form(months, fits)
    if chosen is None:
        return None
    division, form = chosen
    setattr(form, flag, True)
    for line in state.lines:
        if line.division == division:
            line.is_lost = True
            plot.used.add(by_code[line.code].seq)
    return [Expected(state.round_key, "", "file_quarantined")] if form.is_corrupt else []


def lost(state: State) -> list[Expected]:
    """Return what follows from the rows that did not arrive: pairs, projects and figures without their listing.

    The figures that were printed wrongly are among them.
    """
    gone = {line.code for line in state.lines if line.is_lost}
    if not gone and not state.export:
        return []
    there = [line for line in state.lines if not line.is_lost]

    def found(rule: str, code: str = "", seq: int = 0) -> Expected:
        return Expected(state.round_key, state.lgo.lgo_code, rule, code, seq)

    expected = []
    for entry in state.entries:
        expected += [found("crosswalk_unknown", code, entry.seq) for code in entry.codes if code in gone]
        if entry.codes and gone.issuperset(entry.codes):
            expected.append(found("unlisted_project", "", entry.seq))
    published, computed = shown(state), figures(state, there)
    for key, text in published.items():
        if computed[key] != text and (rule := _rule_of(state, key, text, computed[key])):
            expected.append(found(rule))
    return expected


def _without_listing(state: State, key: tuple[str, str, str], computed: str) -> int | None:
    """Return of how many initial projects with a budget an ordinance figure still has no listing.

    None where all of them have none, or where those that are here have no ordinance: then it is not known.
    """
    if key[2] not in ("budget_ordinance_baht", "in_ordinance"):
        return 0
    here = {line.code for line in state.lines if not line.is_lost}
    of = [e for e in state.entries if e.is_initial and key[1] in (e.dimension, "total", "")]
    waiting = [e for e in of if not here.intersection(e.codes)]
    with_budget = sum(e.plan > 0 for e in waiting)
    is_known = not of or (len(waiting) < len(of) and not (with_budget and float(computed.replace(",", "")) == 0))
    return with_budget if is_known else None


def _rule_of(state: State, key: tuple[str, str, str], text: str, computed: str) -> str | None:
    """Return the rule that finds a figure that is not the computed one, if any does.

    No percent is among them: those that are printed wrongly are counts and amounts.
    """
    waiting = _without_listing(state, key, computed)
    if waiting is None:
        return None
    waiting += len(state.unreadable)
    more = float(text.replace(",", "")) - float(computed.replace(",", ""))
    may_come = waiting and more > 0 and ("." in text or more <= waiting)
    return "export_figure_open" if may_come else f"export_{key[0]}_differs"


def shown(state: State) -> dict[tuple[str, str, str], str]:
    """Return the figures that the export prints: those of the list, and the wrong ones."""
    made = figures(state)
    for key, off in state.export.items():
        made[key] = _off_by(made[key], int(off))
    return made


def _off_by(text: str, off: int) -> str:
    if "." in text:
        return f"{float(text.replace(',', '')) + off * 1000:,.2f}"
    return str(int(text) + off)


def natural(state: State) -> list[Expected]:
    """Return what is found in a state without any fault: a type whose minimum nobody knows."""
    if state.sends_export and known_minimum(state.lgo.type) is None:
        return [Expected(state.round_key, state.lgo.lgo_code, "minimum_unknown")]
    return []


def plant(plots: Iterable[tuple[Plot, list[str]]]) -> list[Expected]:
    """Plant the named faults in each plot; return what must be found in all of them."""
    expected: list[Expected] = []
    for plot, names in plots:
        # Forms are lost before anything else is planted in them.
        for name in sorted(names, key=lambda n: not n.startswith("form_")):
            expected += PLANTERS[name](plot) or []
        for state in plot.states.values():
            expected += lost(state) + natural(state)
    return expected


__all__ = ["PLANTERS", "Expected", "Extra", "Plot", "plant", "printed", "shown"]
