"""One row of the corrections register: which figure, what the file says, what is right. Pure functions.

A register is a CSV (or any other table) of reviewed rows, dropped into the round's folder like every file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache

from orchestration.paths import SEEDS
from orchestration.spreadsheets.headings import MONTH, month_number
from orchestration.spreadsheets.thai import arabic_digits, clean, key, names_person
from orchestration.spreadsheets.values import BadCell, amount

AMOUNTS = {
    "division": ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht", "remaining_baht"),
    "eplan": ("budget_plan_baht", "disbursed_baht"),
}
_WHAT = {"division": re.compile(r"[1-9]\d?\.\d{1,2}\.\d{1,3}"), "eplan": re.compile(r"\d{1,5}")}
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T]0?0:00(?::00)?)?")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MONTH_NAMED = re.compile(rf"(\d{{1,2}})\s*({MONTH})\s*(?:พ\.?\s?ศ\.?\s*)?(\d{{4}})")
# Years from here on are of the Buddhist era.
FIRST_BUDDHIST_YEAR = 2400


# More is refused in a form too (expectations/accepted.py).
MOST_BAHT = 100_000_000_000


# What may stand in a column, for whoever wrote something else.
EXPECTED = {
    "side": "division (แบบของกอง) หรือ / or eplan (e-PlanNACC)",
    "field": "budget_plan_baht, disbursed_baht, status หรือ / or (division) budget_ordinance_baht, remaining_baht",
    "what": "รหัสรายการ เช่น 1.2.3 (division) หรือลำดับโครงการ เช่น 40 (eplan) / a listing code or a project's number",
    "old_value": "จำนวนเงินที่แฟ้มเขียนไว้ เช่น 67750.00 หรือสถานะ / the amount or status that the file has",
    "new_value": "จำนวนเงินที่ถูก ไม่ติดลบ หรือสถานะ และต่างจากเดิม / an amount of 0 or more or a status, and a new one",
    "reason": "เหตุผล / a reason",
    "decided_by": "ตำแหน่งผู้ตัดสิน / the post of who decided",
    "decided_on": "วันที่ เช่น 2023-10-20 หรือ 20/10/2566 หรือ 20 ต.ค. 2566 / a day",
    "valid_until": "วันที่ เช่น 2023-12-31 หรือ 31/12/2566 หรือว่าง / a day, or nothing",
}


class BadCorrection(ValueError):
    """A cell of the register cannot be used; `field` is its column, `rule` the message that says why."""

    def __init__(self, field: str, rule: str = "correction_unreadable") -> None:
        super().__init__(field)
        self.field = field
        self.rule = rule


@cache
def statuses() -> dict[str, str]:
    """Return status codes by what people write for them: the code, the e-PlanNACC word, the form's word."""
    with (SEEDS / "status.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("status", "name_th", "name_division_th")
    return {key(row[name]): row["status"] for row in rows for name in names if row[name]}


def normalise(row: dict[str, str | None]) -> dict[str, str | None]:
    """Return the columns of one correction in one spelling, as text.

    `what` without leading zeros, amounts as 1234.50, statuses as codes, days as 2023-11-02; None for nothing.
    Raises BadCorrection.
    """
    side, what, field = _target(row)
    made: dict[str, str | None] = {"side": side, "field": field, "what": what}
    for name in ("old_value", "new_value"):
        try:
            made[name] = value = _value(field, row[name])
        except BadCell as error:
            raise BadCorrection(name) from error
        if field != "status" and Decimal(value or 0) > MOST_BAHT:
            raise BadCorrection(name, "correction_too_large")
    if made["old_value"] == made["new_value"]:
        raise BadCorrection("new_value")
    for name in ("reason", "decided_by"):
        if not row[name]:
            raise BadCorrection(name)
    if names_person(row["decided_by"] or ""):
        raise BadCorrection("decided_by", "correction_names_person")
    for name in ("decided_on", "valid_until"):
        made[name] = _day(name, row.get(name))
    if made["decided_on"] is None:
        raise BadCorrection("decided_on")
    return made


def _target(row: Mapping[str, str | None]) -> tuple[str, str, str]:
    side = (row.get("side") or "").casefold()
    if side not in AMOUNTS:
        raise BadCorrection("side")
    field = (row.get("field") or "").casefold()
    if field != "status" and field not in AMOUNTS[side]:
        raise BadCorrection("field")
    what = arabic_digits(row.get("what") or "")
    if not _WHAT[side].fullmatch(what):
        raise BadCorrection("what")
    return side, ".".join(str(int(part)) for part in what.split(".")), field


def target(row: Mapping[str, str | None]) -> str | None:
    """Return side:what:field of a row, such as division:1.2.3:remaining_baht; None where they cannot be read."""
    try:
        return ":".join(_target(row))
    except BadCorrection:
        return None


def day_or_none(text: str | None) -> str | None:
    """Return a day as 2023-11-02; None for nothing and for what is no day."""
    try:
        return _day("decided_on", text)
    except BadCorrection:
        return None


def _value(field: str, text: str | None) -> str | None:
    if field != "status":
        # Nothing and 0 are the same amount in a form.
        baht = amount(text or "")
        return f"{baht or 0:.2f}"
    if not text or text == "-":
        return None
    if key(text) not in statuses():
        raise BadCell("status_unknown")
    return statuses()[key(text)]


def _day(name: str, text: str | None) -> str | None:
    """Return a day as 2023-11-02 from 2023-11-02, 2566-11-02, 2/11/2566 or 2 พ.ย. 2566; None for nothing."""
    if not text:
        return None
    plain = arabic_digits(clean(text))
    if match := _YEAR_FIRST.fullmatch(plain):
        year, month, day = map(int, match.groups())
    elif match := _DAY_FIRST.fullmatch(plain):
        day, month, year = map(int, match.groups())
    elif match := _MONTH_NAMED.fullmatch(plain):
        day, month, year = int(match[1]), month_number(match[2]), int(match[3])
    else:
        raise BadCorrection(name)
    try:
        return date(year - 543 if year >= FIRST_BUDDHIST_YEAR else year, month, day).isoformat()
    except ValueError as error:
        raise BadCorrection(name) from error
