"""Listings that stand outside of any table: above the first heading of a sheet, or on a sheet without one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal

from orchestration.spreadsheets.roles import LISTING_CODE, YEARS
from orchestration.spreadsheets.thai import arabic_digits, clean, key
from orchestration.spreadsheets.values import READ_AS, BadCell

# The number of a page is a figure too, and smaller than what any project costs.
LEAST_ALONE = 1000
_HEADING = re.compile(
    r"ที่|ลำดับ(?:ที่)?|รหัส.*|(?:ชื่อ)?(?:โครงการ|กิจกรรม|มาตรการ)(?:/.*)?|รายการ|หน้า(?:ที่)?|(?:งบประมาณ|จำนวนเงิน).*"
)


def listings_outside(rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, int, str]]:
    """Yield (row, column of the code, code) of the rows, all of them outside of any table, that list a project.

    Such a row has a listing code at the beginning of a cell, a name, and money or a mark behind it. Rows below
    headings of their own are another table's: a plan, a list of contents.
    """
    for y, texts in rows:
        written = [(x, text) for x, text in enumerate(texts) if text and not text.isspace()]
        if len(written) < 2:
            continue
        found = _listing(written)
        if found:
            yield y, *found
        elif _is_heading([text for _, text in written]):
            return


def _listing(written: list[tuple[int, str]]) -> tuple[int, str] | None:
    """Return the column and the code of the listing in the filled cells of a row; None where it lists none."""
    for n, (x, text) in enumerate(written):
        match = LISTING_CODE.match(arabic_digits(clean(text))) if "." in text else None
        if match is None:
            continue
        name, behind = match[4], [text for _, text in written[n + 1 :]]
        if not name and int(match[3]) in YEARS:
            continue  # a date
        if not name and behind:
            name, *behind = behind
        if not any(letter.isalpha() for letter in name) or not _are_of_a_listing(behind):
            return None
        return x, ".".join(str(int(part)) for part in match.group(1, 2, 3))
    return None


def _are_of_a_listing(texts: list[str]) -> bool:
    """Tell whether two of the cells behind a name are figures, or one is a mark or money by itself."""
    figures = [figure for text in texts if (figure := _figure(text)) is not None]
    return len(figures) > 1 or any(figure is True or figure >= LEAST_ALONE for figure in figures)


def _figure(text: str) -> Decimal | bool | None:
    """Return the money in a cell, or True for a mark."""
    for kind in ("balance", "mark"):
        try:
            if found := READ_AS[kind](text):
                return Decimal(found) if kind == "balance" else True
        except BadCell:
            continue
    return None


def _is_heading(texts: list[str]) -> bool:
    return any(_HEADING.fullmatch(key(text)) for text in texts) and all(_figure(text) is None for text in texts)
