"""What a row of each kind means beyond its single cells: codes, statuses, transfers, columns moved aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

from orchestration import registry
from orchestration.registry import Lgo
from orchestration.spreadsheets import corrections, transfers
from orchestration.spreadsheets.headers import Header
from orchestration.spreadsheets.layouts import words
from orchestration.spreadsheets.roles import DIMENSION, LISTING_CODE, holds_several_listings
from orchestration.spreadsheets.thai import arabic_digits, clean, key
from orchestration.spreadsheets.values import BAHT, READ_AS, BadCell, is_blank

Row = dict[str, Any]
# (where: a field, or a column headed by the word itself; the word; baht)
Found = tuple[str, transfers.Word, Decimal]

STATUS_MARKS = ("awaiting_report", "in_progress", "completed", "unable")
# The columns behind the amounts in the division form, in the order of the form.
MARKS_AND_REMARK = ("no_budget", "completed", "in_progress", "unable", "remark")
# A transfer may stand in any amount cell, or in the cell beside the last of them.
MAY_HOLD_TRANSFERS = (
    "budget_plan_baht",
    "budget_ordinance_baht",
    "disbursed_baht",
    "remaining_baht",
    "no_budget",
)


class Refused(Exception):
    """The whole file is refused; carries the rule, the words for its message, and where."""

    def __init__(self, rule: str, *, sheet: str | None = None, row: int | None = None, **said: object) -> None:
        super().__init__(rule)
        self.rule, self.sheet, self.row, self.said = rule, sheet, row, said


class BadRow(Exception):
    """One row is refused for what stands in `field`; `rule` names the refusal in layouts/messages.csv."""

    def __init__(self, rule: str, field: str) -> None:
        super().__init__(rule)
        self.rule, self.field = rule, field


class Repair(Protocol):
    def __call__(self, row: Row, rule: str, name: str, *, after: str, detail_th: str, detail_en: str) -> None: ...


@dataclass(frozen=True)
class Context:
    """What a row needs to know of its file, and where to say what was put right."""

    round_key: str
    scope: frozenset[str]
    division: str | None
    province_code: str | None
    repair: Repair


# -- amounts and transfers


def amounts_and_transfers(header: Header, cells: Mapping[str, str]) -> tuple[dict[str, str], list[Found]]:
    """Split the transfers off the amount cells of a listing: (what is left to be read, transfers in baht).

    Raises BadRow unit_contradicts where a transfer in a column of thousands is written with บาท, and
    amount_unreadable.
    """
    plain: dict[str, str] = {}
    found: list[Found] = []
    for name in MAY_HOLD_TRANSFERS:
        text = cells.get(name, "")
        if not text or text.isascii():
            continue
        try:
            rest, moves = transfers.split_amount(text)
        except BadCell as error:
            raise BadRow(error.rule, name) from error
        if not moves:
            continue
        unit = transfer_unit(header, name, text)
        plain[name] = rest
        found += [(name, word, baht * unit) for word, baht in moves]
    return plain, found


def transfer_unit(header: Header, name: str, text: str) -> Decimal:
    """Return what one of a transfer in a cell is worth in baht: by its column, or else by that of the ordinance.

    Raises BadRow unit_contradicts where a transfer in a table of thousands is written with บาท.
    """
    unit = header.units.get(name) or header.units.get("budget_ordinance_baht", BAHT)
    if unit != BAHT and "บาท" in text:
        raise BadRow("unit_contradicts", name)
    return unit


def settle(row: Row, in_cells: list[Found]) -> list[transfers.Transfer]:
    """Return the transfers that a listing states. Raises BadRow transfer_unclear."""
    stated = transfers.in_remark(row.get("remark") or "", row["budget_ordinance_baht"])
    in_remark = [("remark", one.word, one.baht) for one in stated if not one.is_further]
    clear = [("remark", one.word, one.baht) for one in stated if one.is_clear and not one.is_further]
    further = [("remark", one.word, one.baht) for one in stated if one.is_further]
    if not in_cells and not in_remark:
        return []
    try:
        return transfers.settle(
            in_cells,
            in_remark,
            row["budget_ordinance_baht"],
            row["disbursed_baht"],
            row["remaining_baht"],
            clear,
            further,
        )
    except BadCell as error:
        raise BadRow(error.rule, in_cells[0][0] if in_cells else "remark") from error


# -- a status mark one column off


def columns_put_back(header: Header, cells: Mapping[str, str]) -> dict[str, int] | None:
    """Return the columns of marks and remark for a row that lost its empty no-budget cell; None for others.

    Such a row has a mark for "no budget" although it has money, and no status mark at all (scanned page of
    the FY2566-12M report, rows 1.2.3 to 1.3.6). It is proved by three things together: the amounts add up,
    so they stand where they should; moved one to the right the row has exactly one status mark; and nothing
    is moved beyond the last column.

    Raises BadRow columns_shifted_unclear where there is the contradiction but not the proof.
    """
    if not cells["no_budget"] or not _is_mark(cells["no_budget"]):
        return None
    if any(_is_mark(cells[name]) for name in ("completed", "in_progress", "unable")):
        return None
    if all(_has_no_money(cells[name]) for name in ("budget_ordinance_baht", "disbursed_baht", "remaining_baht")):
        return None
    columns = {name: header.columns[name] for name in MARKS_AND_REMARK if name in header.columns}
    in_place = sorted(columns, key=lambda name: columns[name])
    first = columns["no_budget"]
    if [columns[name] for name in in_place] != list(range(first, first + len(MARKS_AND_REMARK))):
        raise BadRow("columns_shifted_unclear", "no_budget")
    moved = {name: cells[before] for before, name in pairwise(in_place)}
    one_mark = [_is_mark(moved.get(name, "")) for name in STATUS_MARKS].count(True) == 1
    readable = all(_is_mark(moved[name]) is not None for name in moved if name != "remark")
    last_is_blank = not cells[in_place[-1]].strip()
    if not (one_mark and readable and last_is_blank and _adds_up(header, dict(cells) | moved)):
        raise BadRow("columns_shifted_unclear", "no_budget")
    return {name: columns[before] for before, name in pairwise(in_place)}


def _is_mark(text: str) -> bool | None:
    try:
        return bool(READ_AS["mark"](text))
    except BadCell:
        return None


def _has_no_money(text: str) -> bool:
    return is_blank(text) or key(text) in ("0", "0.00")


def _adds_up(header: Header, cells: dict[str, str]) -> bool:
    """Tell whether remaining = ordinance + transfers in - transfers out - disbursed, with money in it."""
    row: Row = {"remark": cells.get("remark")}
    try:
        plain, found = amounts_and_transfers(header, cells)
        for name in ("budget_ordinance_baht", "disbursed_baht", "remaining_baht"):
            row[name] = READ_AS["balance"](plain.get(name, cells[name]), header.units.get(name, BAHT))
        moves = settle(row, found)
    except (BadCell, BadRow):
        return False
    moved = sum((transfers.SIGN[m.direction] * m.amount_baht for m in moves), Decimal(0))
    ordinance, disbursed = row["budget_ordinance_baht"] or 0, row["disbursed_baht"] or 0
    return bool(ordinance + moved - disbursed == (row["remaining_baht"] or 0))


# -- each kind


def derive_division_listing(context: Context, row: Row, in_cells: list[Found]) -> list[transfers.Transfer]:
    """A row stands for one listing. Raises BadRow several_listings, text_missing or transfer_unclear."""
    if holds_several_listings(row["listing_text_as_written"]):
        raise BadRow("several_listings", "listing_text")
    found = listing(row["listing_text"])
    if found is None:
        raise BadRow("text_missing", "listing_text")
    row["listing_code"], row["listing_name"] = found.code, found.name
    row["dimension"], row["mission"] = found.dimension, found.mission
    row["division"] = context.division
    row["status"] = status_of(row)
    moves = settle(row, in_cells)
    for direction in ("in", "out"):
        row[f"transfer_{direction}_baht"] = sum(
            (m.amount_baht for m in moves if m.direction == direction), Decimal("0.00")
        )
    return moves


def derive_eplan_project(context: Context, row: Row, _: object) -> list[transfers.Transfer]:
    printed = arabic_digits(row["dimension_text"] or "").replace(" ", "")
    if not DIMENSION.fullmatch(printed):
        raise BadRow("dimension_unreadable", "dimension_text")
    if not row["project_name"]:
        raise BadRow("text_missing", "project_name")
    row["dimension"] = printed.lstrip("*")
    row["is_initial"] = not printed.startswith("*")
    row["status"] = status_of(row)
    return []


def derive_eplan_dimension(context: Context, row: Row, _: object) -> list[transfers.Transfer]:
    printed = key(row["dimension_text"] or "").removeprefix("มิติที่")
    row["dimension"] = printed if printed.isdecimal() else "total"
    return []


def derive_ranking(context: Context, row: Row, _: object) -> list[transfers.Transfer]:
    row["province_code"] = context.province_code
    row["is_capped"] = (row["implementation_pct_as_written"] or "").strip().startswith("*")
    lgo, exact = registry.find(row["lgo_name"] or "", row["province_code"], row["district"] or "")
    row["lgo_code"] = lgo.lgo_code if lgo else None
    if lgo and not exact:
        context.repair(
            row,
            "lgo_name_spelling",
            "lgo_name",
            after=lgo.full_name,
            detail_th="ชื่อต่างจากทะเบียนเพียงวรรณยุกต์ และมีเพียงแห่งเดียวในอำเภอนี้ที่ชื่อเช่นนี้",
            detail_en="The name differs from the register only in tone marks, and only one in the district fits.",
        )
    return []


def derive_crosswalk(context: Context, row: Row, _: object) -> list[transfers.Transfer]:
    """The pairs of a crosswalk name their round and local government themselves, in every row.

    `decision` becomes match, no_match, none (the project has no listing) or undecided. Where the table has no such
    column every row is decided: a pair is a match, a project without a listing has none.
    """
    _check_own_place(context, row)
    row["decision"] = _decision(row)
    return []


def _decision(row: Row) -> str:
    written, listing = key(row["decision"] or ""), row["listing_code"]
    if row["decision_cell"] is None:
        return "match" if listing else "none"
    if not written:
        return "undecided"
    if written in words("decision_no_match"):
        return "no_match" if listing else "none"
    if written in words("decision_match") and listing:
        return "match"
    raise BadRow("decision_unreadable", "decision")


def _check_own_place(context: Context, row: Row) -> None:
    """Raises BadRow where a row names another round or local government than its register is of."""
    if row["round_key"] != context.round_key:
        raise BadRow("row_of_other_round", "round_key")
    if row["lgo_code"] not in context.scope:
        raise BadRow("row_of_other_lgo", "lgo_code")


def derive_correction(context: Context, row: Row, _: object) -> list[transfers.Transfer]:
    """A correction names its round and local government itself, as a pair of the crosswalk does."""
    _check_own_place(context, row)
    try:
        row |= corrections.normalise(row)
    except corrections.BadCorrection as error:
        raise BadRow(error.rule, error.field) from error
    return []


Derive = Callable[[Context, Row, list[Found]], list[transfers.Transfer]]
DERIVE: dict[str, Derive] = {
    "division_listing": derive_division_listing,
    "eplan_project": derive_eplan_project,
    "eplan_dimension": derive_eplan_dimension,
    "ranking": derive_ranking,
    "crosswalk": derive_crosswalk,
    "correction": derive_correction,
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What the project cell of a listing says: `1.2.3 name`. `text` is all of it in one spelling."""

    text: str
    code: str
    name: str
    dimension: str
    mission: str


def listing(text: str) -> Listing | None:
    """Take a project cell (in one spelling, see thai.clean) apart; None where code or name is missing."""
    code = LISTING_CODE.match(arabic_digits(text))
    if code is None or not code[4]:
        return None
    dimension, mission, number = int(code[1]), int(code[2]), int(code[3])
    # The name keeps its own digits; only the code in front of it is taken off.
    name = clean(text)[code.start(4) :].strip()
    return Listing(text, f"{dimension}.{mission}.{number}", name, f"{dimension}", f"{dimension}.{mission}")


def status_of(row: Mapping[str, Any]) -> str | None:
    """Return the status with the only mark; None for no mark or several, which the gate reports as a finding."""
    marked = [name for name in STATUS_MARKS if row.get(name)]
    return marked[0] if len(marked) == 1 else None


@lru_cache(maxsize=16)
def lgo_names(scope: frozenset[str]) -> str:
    """Return the names of the expected local governments, no more than three of them."""
    names: list[Lgo] = [registry.register()[code] for code in sorted(scope)]
    more = f" และอีก {len(names) - 3} แห่ง" if len(names) > 3 else ""
    return " ".join(lgo.full_name for lgo in names[:3]) + more
