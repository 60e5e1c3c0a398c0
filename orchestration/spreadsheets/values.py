"""What the text of one cell means: amounts, counts, percents, marks, levels. Pure functions."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orchestration.spreadsheets.layouts import words
from orchestration.spreadsheets.thai import arabic_digits, clean, key

SATANG = Decimal("0.01")
# A cell computed by a spreadsheet carries binary dust (0.30000000000000004); anything more is a third decimal.
_DUST = Decimal("0.000001")
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)


class BadCell(ValueError):
    """The text does not mean what its column asks for; `rule` names the refusal in layouts/messages.csv."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


def is_blank(text: str) -> bool:
    """Tell whether a cell says 'nothing': empty, a dash, or a word for none."""
    return not text or key(text) in words("empty") or not text.strip()


def number(text: str) -> Decimal | None:
    """Return the number written in text (Thai, full-width or Arabic digits, thousands commas), or None."""
    plain = arabic_digits(clean(text)).replace(" ", "").removesuffix("บาท")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1]
    return Decimal(plain.replace(",", "")) if _NUMBER.fullmatch(plain) else None


def amount(text: str) -> Decimal | None:
    """Return baht with two decimals; None where the cell says nothing.

    Raises BadCell amount_unreadable (also for a third decimal: there is nothing below a satang) or
    amount_negative.
    """
    if is_blank(text):
        return None
    value = number(text)
    if value is None:
        raise BadCell("amount_unreadable")
    baht = value.quantize(SATANG, ROUND_HALF_UP)
    if abs(baht - value) > _DUST:
        raise BadCell("amount_unreadable")
    if baht < 0:
        raise BadCell("amount_negative")
    return baht


def count(text: str) -> int | None:
    """Return a whole number; None where the cell says nothing. Raises BadCell count_unreadable."""
    if is_blank(text):
        return None
    value = number(text)
    if value is None or value != value.to_integral_value() or value < 0 or value > 2**31 - 1:
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


def column_letters(column: int) -> str:
    """Return the letters of a 0-based column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
