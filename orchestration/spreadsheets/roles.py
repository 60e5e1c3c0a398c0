"""What a line of a table is: data, a total, a count below a ranking, column numbers, a note, or incomplete."""

from __future__ import annotations

import re

from orchestration.spreadsheets import transfers
from orchestration.spreadsheets.headings import MONTH
from orchestration.spreadsheets.layouts import MONEY, Field, fields, words
from orchestration.spreadsheets.thai import arabic_digits, clean, key
from orchestration.spreadsheets.values import READ_AS, BadCell, is_blank, number

LISTING_CODE = re.compile(r"^([1-9]\d?)\.(\d{1,2})\.(\d{1,3})(?!\.?\d)\.?\s*(.*)$", re.DOTALL)
# 1.1.1, 1.1.2 …; 1.1.1-1.1.3 …; 1.1.1 และ 1.1.2 …
_BETWEEN_CODES = re.compile(r"(?:[,;/&+‐-―−-]|และ|กับ|ถึง)\s*")
# 1.10.66 at the beginning of a line is a date, unless the listing's own number is as large as a year.
YEARS = range(60, 90)
# The column that makes a row a data row, and what to call it when it is missing.
ANCHOR = {
    "division_listing": "listing_text",
    "eplan_project": "eplan_seq",
    "eplan_dimension": "dimension_text",
    "eplan_status": "minimum_projects",
    "ranking": "ranking_seq",
    "crosswalk": "eplan_seq",
    "correction": "lgo_code",
}
# Whose rows are projects, each with a name.
ROWS_OF_PROJECTS = {"division_listing": "listing_text", "eplan_project": "project_name"}
FIGURES = (*MONEY, "count", "percent", "mark")
# Of a project of the list: starred where it was added later.
DIMENSION = re.compile(r"\*?[1-9]\d?")
_NO_PROJECT = re.compile(r"มิติ|ภารกิจ|หมายเหตุ|\(?ลงชื่อ|ผู้รายงาน|ตำแหน่ง")
_MAY_BE_MONEY = re.compile(r"\d|บาท")
_IS_A_DATE = re.compile(rf"วันที่|พ\.?ศ|โทร|\d\s*(?:{MONTH})|\d/\d")
# Figures and nothing else, as many as money has: (5,000), 10,000 + 5,000, 12,3456; no page, no column number.
_FIGURES_ALONE = re.compile(r"(?=.*\d[\d,]*\d\d)[\d,.()+=฿ -]+")
# A telephone number, a date or years: 075-218017, 17-10-2566, 2565 - 2566.
_IS_NO_MONEY = re.compile(r"[( ]*0[\d-]|.*\d *- *\d")
# Of a line outside of any table: what may be no money.
_IS_AN_ADDRESS = re.compile(r"รหัส|โทร|ไปรษณีย์|เลขที่")
LEAST_MONEY, YEARS_IN_FULL = 1000, (*range(1990, 2100), *range(2533, 2643))
_IN_WORDS = re.compile(r"(?:หนึ่ง|สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า|สิบ|ยี่สิบ)[ก-์]*(?:บาท|ถ้วน|สตางค์)")
_COLUMN_NUMBER = re.compile(r"\D{0,2}(\d{1,2})\D{0,2}")
# A row of column numbers has one for most columns; a row of data never counts up so far.
FEWEST_COLUMN_NUMBERS = 4
# A total is labelled in the first columns; further right the word is part of a remark.
LABEL_COLUMNS = 3


def role(kind: str, cells: dict[str, str], texts: list[str]) -> str:
    """Return data, total, ranking_count, header (column numbers), note, or incomplete (figures without key)."""
    written = [text for text in texts if text and not text.isspace()]
    if _is_anchor(kind, cells.get(ANCHOR[kind], "")):
        return "header" if _are_column_numbers(written) else "data"
    first = key(written[0])
    if any(is_total(key(text)) for text in written[:LABEL_COLUMNS]):
        return "data" if kind == "eplan_dimension" else "total"
    if kind == "ranking" and len(written) == 2 and first in _level_words() and key(written[1]).isdecimal():
        return "ranking_count"
    if _are_column_numbers(written):
        return "header"
    figures = [f for f in fields()[kind] if f.type in FIGURES and f.is_read]
    if any(not is_blank(text := cells.get(f.name, "")) and _reads(f, text) for f in figures):
        return "incomplete"
    if kind in ROWS_OF_PROJECTS and (_may_be_a_project(kind, cells) or _has_money(kind, cells)):
        return "incomplete"
    # A register has no notes: a row that cannot be used must be said. One of pairs may list what is undecided.
    if kind == "crosswalk":
        decided = cells["decision"] if "decision" in cells else cells.get("listing_code", "")
        return "note" if is_blank(decided) else "incomplete"
    return "incomplete" if kind == "correction" else "note"


def holds_several_listings(text: str) -> bool:
    """Tell whether a project cell, as written, holds more than one listing.

    Either another code follows its own at once, or one begins a later line. A code further on is part of a name.
    """
    lines = [line for part in text.splitlines() if (line := arabic_digits(clean(part)))]
    own = LISTING_CODE.match(lines[0]) if lines else None
    if own is None:
        return False
    for line in (_BETWEEN_CODES.sub("", own[4], count=1), *lines[1:]):
        other = LISTING_CODE.match(line)
        # What closes a bracket belongs to the line before.
        if other is None or other[4].startswith((")", "]")) or other.group(1, 2, 3) == own.group(1, 2, 3):
            continue
        if int(other[3]) not in YEARS or int(own[3]) >= min(YEARS):
            return True
    return False


def is_total(label: str) -> bool:
    """Tell whether a comparison key labels a total: รวมทั้งสิ้น, รวมมิติที่ 1, ยอดยกไป; not รวมพลังคนดี."""
    if label[:1] not in _total_initials():
        return False
    if any(label.startswith(word) for word in words("total_begins")):
        return True
    return any(
        label.startswith(word) and not label[len(word) : len(word) + 1].isalpha() for word in words("total")
    )


def states_money(texts: list[str]) -> bool:
    """Tell whether a line outside of any table has a cell with an amount alone, as a row of a table has.

    Numbers of less than four digits count something else, those of a year are one, and those beside รหัส or โทร are
    no amounts either.
    """
    if any(map(_IS_AN_ADDRESS.search, texts)):
        return False
    for text in texts:
        value = number(text) if text and not text.isspace() else None
        if value is not None and abs(value) >= LEAST_MONEY and (value not in YEARS_IN_FULL or "," in text):
            return True
    return False


def _total_initials() -> frozenset[str]:
    return frozenset(word[0] for word in words("total") | words("total_begins"))


def _are_column_numbers(written: list[str]) -> bool:
    if len(written) < FEWEST_COLUMN_NUMBERS:
        return False
    for n, text in enumerate(written, start=1):
        match = _COLUMN_NUMBER.fullmatch(arabic_digits(text.strip())) if len(text) < 8 else None
        if match is None or int(match[1]) != n:
            return False
    return True


def _is_anchor(kind: str, text: str) -> bool:
    if not text:
        return False
    if kind == "division_listing":
        return LISTING_CODE.match(arabic_digits(clean(text))) is not None
    if kind == "eplan_dimension":
        return key(text).removeprefix("มิติที่").isdecimal()
    return key(text).isdecimal()


def _reads(f: Field, text: str) -> bool:
    try:
        return READ_AS[f.type](text) not in (None, False)
    except BadCell:
        return False


def _may_be_a_project(kind: str, cells: dict[str, str]) -> bool:
    """Tell whether a row without a key has a name and, where money stands, what may be meant as money.

    So a project whose money cannot be read either is said, and a line of signatures below the table is not.
    In a list of e-PlanNACC a name with its dimension is enough.
    """
    name = cells.get(ROWS_OF_PROJECTS[kind], "")
    if is_blank(name) or _NO_PROJECT.match(key(name)):
        return False
    dimension = arabic_digits(cells.get("dimension_text", "")).replace(" ", "")
    if kind == "eplan_project" and DIMENSION.fullmatch(dimension):
        return True
    amounts = [f.name for f in fields()[kind] if f.type in MONEY and f.is_read]
    written = [arabic_digits(text.strip()) for column in amounts if (text := cells.get(column, "")).strip()]
    said_to_be_nothing = sum(is_blank(text) for text in written)
    return said_to_be_nothing > 1 or any(
        _MAY_BE_MONEY.search(text) and not _IS_A_DATE.search(text) for text in written if not is_blank(text)
    )


def _has_money(kind: str, cells: dict[str, str]) -> bool:
    """Tell whether a row has money where money stands, though not as an amount alone, and whatever else it lacks.

    A transfer below the listing that it belongs to, an amount below zero, a sum or a slip of the pen.
    """
    texts = (cells.get(f.name, "") for f in fields()[kind] if f.type in MONEY and f.is_read)
    return any(_is_money(text) for text in texts if not is_blank(text))


def _is_money(text: str) -> bool:
    plain = arabic_digits(clean(text))
    if _FIGURES_ALONE.fullmatch(plain):
        return not _IS_NO_MONEY.match(plain)
    try:
        rest, moves = transfers.split_amount(text)
    except BadCell:
        return True
    return bool(moves and (is_blank(rest) or number(rest) is not None)) or bool(_IN_WORDS.fullmatch(key(text)))


def _level_words() -> frozenset[str]:
    return words("level_high") | words("level_medium") | words("level_low")
