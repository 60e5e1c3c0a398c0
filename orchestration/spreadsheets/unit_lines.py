"""In which unit the amounts of a table are written, where a line near it says so: (หน่วย : พันบาท).

A line that is understood counts. One that names thousands near a table and is not understood refuses the file:
taken for baht, every amount would be a thousandth of what is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from orchestration.spreadsheets.grid import Grid
from orchestration.spreadsheets.headers import Header
from orchestration.spreadsheets.layouts import LARGE_UNIT, units
from orchestration.spreadsheets.readers import Sheet
from orchestration.spreadsheets.rows import Refused
from orchestration.spreadsheets.thai import key
from orchestration.spreadsheets.values import BAHT

# How far above a table, and below its headings, its unit is said.
ROWS_ABOVE, ROWS_BELOW = 6, 3
# หน่วย : พันบาท, หน่วยเป็นพันบาท, หน่วยเงิน = ล้านบาท, หน่วย : 1,000 บาท, หน่วย : ล้าน
_AFTER_THE_WORD = re.compile(
    rf"หน่วย(?:นับ|เงิน)?(?:เป็น)?[:：=\-–—.]*[(\[]?({LARGE_UNIT}|บาท|1,?000(?:,?000)?บาท|ล้าน$|ล้าน(?=[)\]]))(?![ก-๎])"
)
# (พันบาท) by itself, behind จำนวนเงิน, or in brackets at the end of a title.
_BY_ITSELF = re.compile(
    rf"^[(\[]?(?:จำนวนเงิน|งบประมาณ|วงเงิน|เงิน)?[:：]?[(\[]?({LARGE_UNIT})[)\]]*$|[(\[]({LARGE_UNIT})[)\]]$"
)
_ANYWHERE = re.compile(LARGE_UNIT)
# 2.5 ล้านบาท and ห้าแสนบาท are amounts; ไม่ใช่พันบาท is no unit.
_IS_AN_AMOUNT = re.compile(r"(?:[\d.,]|หนึ่ง|สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า|สิบ|เอ็ด|ร้อย|พัน|หมื่น|แสน|ล้าน|หลาย|กี่|ครึ่ง|ใช่)$")


def said(text: str) -> Decimal | None:
    """Return what one is worth in baht by a line that names the unit of a table; None where it names none.

    >>> said("(หน่วย : พันบาท)"), said("เทศบาลนครตรัง (ล้านบาท)"), said("งบประมาณ 2 ล้านบาท")
    (Decimal('1000'), Decimal('1000000'), None)
    """
    compared = key(text)
    if match := _AFTER_THE_WORD.search(compared):
        unit = match[1].replace(",", "")
        digits = unit.removesuffix("บาท")
        return Decimal(digits) if digits.isdecimal() else units()[digits + "บาท"]
    if match := _BY_ITSELF.search(compared):
        return units()[match[1] or match[2]]
    return None


def is_hint(text: str) -> bool:
    """Tell whether a text speaks of thousands or millions of baht otherwise than as an amount."""
    compared = key(text)
    return any(not _IS_AN_AMOUNT.search(compared[: match.start()]) for match in _ANYWHERE.finditer(compared))


def may_say(text: str) -> bool:
    """Tell whether a text has a word of a unit at all: most have none."""
    return "บาท" in text or "ล้าน" in text


def above(sheet: Sheet, header: Header, first: int) -> Decimal:
    """Return what a line above makes of a table's amounts; baht where nothing is said.

    The line stands right above the table, or above the first table of the sheet for all its pages (`first` is the
    row where that begins), or before the table of a page.
    """
    if not _may_be_said(sheet):
        return BAHT
    near = _texts(sheet.rows[max(first, header.top - ROWS_ABOVE) : header.top])
    for text in (*near, *_texts(sheet.rows[:first]), *sheet.preamble):
        if may_say(text) and (unit := said(text)):
            return unit
    return BAHT


def below(sheet: Sheet, header: Header) -> dict[int, Decimal]:
    """Return the units that stand below the headings, by column: a row of (พันบาท) under the column numbers."""
    rows = sheet.rows[header.bottom : header.bottom + ROWS_BELOW] if _may_be_said(sheet) else []
    return {
        x: unit
        for row in rows
        for x, text in enumerate(row)
        if may_say(text) and _BY_ITSELF.fullmatch(key(text)) and (unit := said(text))
    }


def check(tables: Iterable[tuple[Sheet, list[Header]]], kinds: Iterable[str]) -> None:
    """Raise Refused unit_unclear where a text outside the tables may give amounts another unit than they get.

    That is a line above a table that is not understood, and one on another sheet, of a title or a first page,
    where no line and no heading of this sheet says anything.
    """
    tables = [*tables]
    lines = [(sheet, row, text) for sheet, found in tables for row, text in _outside(sheet, found)]
    for sheet, found in tables:
        amounts = [header for header in found if header.kind in kinds]
        if not amounts or any(unit != BAHT for header in amounts for unit in header.units.values()):
            continue
        own = [(row, text) for other, row, text in lines if other is sheet]
        if any(said(text) for _, text in own):
            continue
        hints = [(sheet, row, text) for row, text in own if is_hint(text)]
        elsewhere = [line for line in lines if line[0] is not sheet and said(line[2]) not in (None, BAHT)]
        for other, row, text in (*hints, *elsewhere):
            raise Refused("unit_unclear", sheet=other.name, row=row, found=text.strip())


def _may_be_said(sheet: Sheet) -> bool:
    if any(map(may_say, sheet.preamble)) or not isinstance(sheet.rows, Grid):
        return True
    return len(sheet.rows.rows_that_hold(may_say)) > 0


def _outside(sheet: Sheet, found: list[Header]) -> Iterator[tuple[int, str]]:
    """Yield (row, text) of what stands above the first table of a sheet, or on a sheet without one."""
    yield from ((1, text) for text in sheet.preamble if may_say(text))
    end = found[0].top if found else len(sheet.rows)
    yield from ((y + 1, text) for y, row in enumerate(sheet.rows[:end]) for text in row if may_say(text))


def _texts(rows: Iterable[list[str]]) -> Iterator[str]:
    return (text for row in rows for text in row)
