"""What the text of one cell means: amounts, counts, percents, marks, levels. Pure functions."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from orchestration.spreadsheets.layouts import units, words
from orchestration.spreadsheets.thai import arabic_digits, clean, key

SATANG = Decimal("0.01")
BAHT = Decimal(1)
# What DECIMAL(18,2) holds.
LARGEST_AMOUNT = Decimal("9999999999999999.99")
# A cell computed by a spreadsheet carries binary dust (0.30000000000000004); anything more is a third decimal.
_DUST = Decimal("0.000001")
_PLAIN = re.compile(r"\d{1,15}(\.\d{1,2})?", re.ASCII)
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?(e[+-]?\d{1,2})?", re.IGNORECASE | re.ASCII)
# A space at a sign, or at a separator where what follows can be no number of its own: 50, 000 and 12,345 .50.
_SPACE_INSIDE_NUMBER = re.compile(
    r"(?<=[()-]) | (?=[()-])| (?=,000(?!\d))|(?<=\d,) (?=000(?!\d))| (?=\.\d\d$)| (?=\.\d\d\))"
)
_SIGNS = str.maketrans("（）－−–—，．", "()----,.")


class BadCell(ValueError):
    """The text does not mean what its column asks for; `rule` names the refusal in layouts/messages.csv."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def is_blank(text: str) -> bool:
    """Tell whether a cell says 'nothing': empty, a dash, or a word for none."""
    return not text or (text[0] not in "123456789" and (key(text) in words("empty") or not text.strip()))


def number(text: str) -> Decimal | None:
    """Return the number written in text (Thai, full-width or Arabic digits, thousands commas), or None.

    A number in parentheses is negative. `50,000.-` is how Thai offices write fifty thousand and no satang.
    """
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    plain = arabic_digits(clean(text)).translate(_SIGNS)
    plain = plain.removeprefix("฿").removesuffix("บาท").strip()
    if plain.endswith(("-", "=")) and plain[:-1].rstrip().endswith("."):
        plain = plain[:-1].rstrip()[:-1].rstrip()
    # Two numbers in one cell must not become one.
    if " " in plain:
        plain = _SPACE_INSIDE_NUMBER.sub("", plain)
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    return Decimal(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def _has_point_between_thousands(value: Decimal) -> bool:
    """Tell whether 50.000 may be meant for fifty thousand; a spreadsheet itself never writes those zeros."""
    return value.as_tuple().exponent == -3 and value != 0


def balance(text: str, unit: Decimal = BAHT) -> Decimal | None:
    """Return baht with two decimals, below zero too (more spent than there was); None for nothing.

    `unit` is what the heading says one is worth: 1000 for (พันบาท). A cell that names its own unit
    (`1.5 ล้านบาท`) goes by that. Raises BadCell amount_unreadable (also for a third decimal: there is nothing
    below a satang), or unit_contradicts where the cell says baht and the heading thousands.
    """
    if unit == BAHT and _PLAIN.fullmatch(text):
        return Decimal(text).quantize(SATANG)
    if is_blank(text):
        return None
    if text.rstrip()[-1:] in "ทน" and (own := _unit_behind(text)):
        text, said = own
        if said == BAHT != unit:
            raise BadCell("unit_contradicts")
        unit = said
    value = number(text)
    if value is None or (unit == BAHT and _has_point_between_thousands(value)):
        raise BadCell("amount_unreadable")
    # Multiplied before rounding: 1.2345 thousand baht is 1,234.50.
    value *= unit
    if abs(value) > LARGEST_AMOUNT:
        raise BadCell("amount_unreadable")
    baht = value.quantize(SATANG, ROUND_HALF_UP)
    if abs(baht - value) > _DUST:
        raise BadCell("amount_unreadable")
    return baht


def amount(text: str, unit: Decimal = BAHT) -> Decimal | None:
    """Return baht like `balance`, never below zero. Raises BadCell amount_negative as well."""
    baht = balance(text, unit)
    if baht is not None and baht < 0:
        raise BadCell("amount_negative")
    return baht


def _unit_behind(text: str) -> tuple[str, Decimal] | None:
    """Split `1.5 ล้านบาท` into its number and what one is worth; None where no unit stands behind it."""
    plain = clean(text)
    for unit, baht in units().items():
        if plain.endswith(unit):
            return plain.removesuffix(unit), baht
    return None


def count(text: str) -> int | None:
    """Return a whole number; None where the cell says nothing. Raises BadCell count_unreadable."""
    if is_blank(text):
        return None
    value = number(text)
    if value is None or value != value.to_integral_value() or not 0 <= value < 2**31:
        raise BadCell("count_unreadable")
    if _has_point_between_thousands(value):
        raise BadCell("count_unreadable")
    return int(value)


def percent(text: str) -> Decimal | None:
    """Return a percent with two decimals, without its star and sign; None where the cell says nothing.

    Raises BadCell percent_unreadable.
    """
    if is_blank(text):
        return None
    value = number(clean(text).lstrip("*").rstrip("%"))
    if value is None or value < 0 or value >= 100_000:
        raise BadCell("percent_unreadable")
    return value.quantize(SATANG, ROUND_HALF_UP)


def mark(text: str) -> bool:
    """Return whether the cell is marked. Raises BadCell mark_unreadable for anything but a mark or nothing."""
    if not text or (word := key(text)) in words("no_mark") or is_blank(text):
        return False
    if word in words("mark"):
        return True
    raise BadCell("mark_unreadable")


def level(text: str) -> str | None:
    """Return high, medium or low; None where the cell says nothing. Raises BadCell level_unreadable."""
    if is_blank(text):
        return None
    for name in ("high", "medium", "low"):
        if key(text) in words(f"level_{name}"):
            return name
    raise BadCell("level_unreadable")


def plain_text(text: str) -> str | None:
    """Return the text in one spelling (see thai.clean); None where the cell is empty."""
    return clean(text) or None


READ_AS: dict[str, Any] = {
    "text": plain_text,
    "amount": amount,
    "balance": balance,
    "count": count,
    "percent": percent,
    "mark": mark,
    "level": level,
}


def cell_reference(row: int, column: int) -> str:
    """Return the A1 reference of a cell from its 1-based row and 0-based column.

    >>> cell_reference(12, 27)
    'AB12'
    """
    return f"{column_letters(column)}{row}"


@cache
def column_letters(column: int) -> str:
    """Return the letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
