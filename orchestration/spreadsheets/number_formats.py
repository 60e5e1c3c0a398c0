"""What a number format says of the number that a cell stores: 0.5 in `0.00" ล้านบาท"` is half a million baht."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from orchestration.spreadsheets.layouts import units
from orchestration.spreadsheets.thai import key
from orchestration.spreadsheets.values import BAHT

# Quoted or escaped text, a space or a filling, a currency, a condition or colour, a character (ECMA-376, 18.8.31).
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[\$([^-\]]*)[^\]]*\]|\[[^\]]*\]|(.)', re.DOTALL)
_PLACEHOLDER = re.compile("[#0?]")
_DATE = re.compile("[dmyhs]", re.IGNORECASE)
# Each comma behind the last placeholder, or before the point, leaves three digits away: #,##0.0,,
_LEFT_AWAY = re.compile(r"(?<=[#0?.]),+(?![#0?,])")
# How formats say units beside the words of layouts/units.csv: as spreadsheet programs' own examples have it.
_SHORT = {"พัน": 1000, "k": 1000, "thousand": 1000, "ล้าน": 10**6, "ลบ.": 10**6, "m": 10**6, "million": 10**6}
_LARGE = re.compile(r"พัน|หมื่น|แสน|ล้าน|ลบ|thousand|million|\b[KkM]\b")
LONGEST_SHOWN = 100
_SHOWN = re.compile(r"\D*?(-?[\d,]*\d(?:\.(\d+))?)(.*)", re.DOTALL)
_NO_PART_OF_A_UNIT = re.compile(r"[฿()\[\]+-]")


def behind(code: str) -> str:
    """Return what has to stand behind the stored number for it to mean what a format shows.

    '' where that is the number itself, the format where it cannot be told. A format that only leaves thousands
    away is put on cells of baht; with a unit, the number that is shown counts.

    >>> behind('#,##0.00" ล้านบาท"'), behind("#,##0,"), behind('0.0,,"M"'), behind('0" พันคน"')
    ('ล้านบาท', 'บาท', 'บาท', '0" พันคน"')
    """
    sections = [*_sections(code)]
    if not any(left_away or _LARGE.search(words) for words, left_away in sections):
        return ""
    return _unit({_worth(words, left_away) for words, left_away in sections}) or code


def behind_shown(stored: str, shown: str) -> str:
    """Return the same by what a cell shows of the number that it stores. Raises ValueError where it stores none.

    >>> behind_shown("0.5", "0.50 ล้านบาท"), behind_shown("500000", "500"), behind_shown("7", "7")
    ('ล้านบาท', 'บาท', '')
    """
    found = _SHOWN.fullmatch(shown) if shown != stored and len(shown) < LONGEST_SHOWN else None
    if found is None:
        return ""
    has_unit = _LARGE.search(shown) is not None
    number, decimals, words = found.groups()
    rounding = 0.501 / 10 ** len(decimals or "")
    for left_away in range(3):
        if abs(float(stored) / 1000**left_away - float(number.replace(",", ""))) < rounding:
            return (_unit({_worth(words, left_away)}) or shown) if has_unit or left_away else ""
    return shown if has_unit else ""


def _unit(worth: set[Decimal | None]) -> str | None:
    """Return the unit that is worth so much; None where there is none, or several are."""
    return next((unit for unit, baht in units().items() if worth == {baht}), None)


def _worth(words: str, left_away: int) -> Decimal | None:
    """Return what one of the stored number is worth in baht; None where that cannot be told."""
    word = key(_NO_PART_OF_A_UNIT.sub("", words))
    unit = units().get(word) or _SHORT.get(word)
    if unit is None:
        return None if _LARGE.search(words) else BAHT
    return Decimal(unit) / 1000**left_away


def _sections(code: str) -> Iterator[tuple[str, int]]:
    """Yield the words of each section of a format that shows a number, and how many thousands it leaves away."""
    sections = [("", "")]
    for token in _TOKEN.finditer(code):
        syntax, words = sections[-1]
        if token[4] == ";":
            sections.append(("", ""))
        else:
            is_word = token[4] is None or "ก" <= token[4] <= "๛"
            said = next(filter(None, token.groups()), "")
            sections[-1] = (syntax, words + said) if is_word else (syntax + said, words)
    for syntax, words in sections:
        if _PLACEHOLDER.search(syntax) and not _DATE.search(syntax):
            yield words, sum(map(len, _LEFT_AWAY.findall(syntax)))
