"""Whose file and which round: read from the lines above the tables, never from the file's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from orchestration import registry
from orchestration.registry import Lgo
from orchestration.rounds import Round, calendar, round_key
from orchestration.spreadsheets.thai import arabic_digits, clean, key

_MONTHS = re.compile(r"(?:รอบ|ระยะ)[^0-9\n]{0,12}?\(?(6|12|หก|สิบสอง)\s*เดือน")
_IN_WORDS = {"หก": "6", "เก้า": "9", "สิบสอง": "12"}
# Not the plan's period: (พ.ศ. 2566 - 2570). Two digits only where they can be nothing but a fiscal year.
_BETWEEN_YEARS = r"(?:[-‐-―−/~]|ถึง)\s*(?:ปี\s*)?(?:พ\.?\s?ศ\.?)?\s*"
_YEAR = re.compile(
    r"(?:(?P<fiscal>ปี\s*งบประมาณ|ปี\s*งบ)|พ\.?\s?ศ\.?|ปี)\s*(?:พ\.?\s?ศ\.?)?\s*"
    rf"(?P<year>25\d\d)(?!\d|\s*{_BETWEEN_YEARS}25)"
    r"|(?P<fiscal_short>ปี\s*งบ(?:ประมาณ)?)\s*(?:พ\.?\s?ศ\.?)?\s*(?P<short>\d\d)(?![\d,…])"
)
_MONTH_NAMES = (
    ("มกราคม", "มค"),
    ("กุมภาพันธ์", "กพ"),
    ("มีนาคม", "มีค"),
    ("เมษายน", "เมย"),
    ("พฤษภาคม", "พค"),
    ("มิถุนายน", "มิย"),
    ("กรกฎาคม", "กค"),
    ("สิงหาคม", "สค"),
    ("กันยายน", "กย"),
    ("ตุลาคม", "ตค"),
    ("พฤศจิกายน", "พย"),
    ("ธันวาคม", "ธค"),
)
_MONTH = {name: n for n, names in enumerate(_MONTH_NAMES, start=1) for name in names}
# กย, ก.ย., ก.ย: each consonant with the vowel above it, a dot and a space behind it or not.
_SHORT = "|".join(r"\.?\s?".join(re.findall("[ก-ฮเ](?:[ิี])?", short)) + r"\.?" for _, short in _MONTH_NAMES)
# A month's name, long or short; month_number tells which one.
MONTH = "|".join(name for name, _ in _MONTH_NAMES) + "|" + _SHORT
_DATE = re.compile(
    r"(?<!\d)(?P<iso>20\d\d)-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)"
    rf"|(?<!\d)(?P<day>\d\d?)\s*(?:เดือน\s*)?(?P<name>{MONTH})"
    r"\s*(?:พ\.?\s?ศ\.?|ค\.?\s?ศ\.?|ปี)?\s*(?P<year>\d{4}|\d\d)(?!\d)"
    r"|(?<!\d)(?P<d>\d\d?)\s?(?P<by>[/.-])\s?(?P<m>\d\d?)\s?(?P=by)\s?(?P<y>\d{4}|\d\d)(?!\d)"
)
_DIGITS = re.compile(r"\d+")
# ตุลาคม 2565 - มีนาคม 2566, ต.ค. 65 - มี.ค. 66: a period without days.
_PERIOD = re.compile(
    rf"(?:{MONTH})\s*(?:พ\.?\s?ศ\.?)?\s*(?:\d{{4}}|\d\d)\s*(?:[-‐-―−~]|ถึง)\s*(?:เดือน\s*)?"
    rf"(?P<name>{MONTH})\s*(?:พ\.?\s?ศ\.?)?\s*(?P<year>\d{{4}}|\d\d)(?!\d)"
)
# Months of which a report is, however it is worded; what is due every six months or within six is no report's.
_MONTHS_SAID = re.compile(
    r"(?<!ทุก)(?<!ทุก )(?<!ภายใน)(?<!ภายใน )(?<![\d.,])(3|6|9|12|หก|เก้า|สิบสอง)\s*เดือน(?!\s*หลัง)"
)
_HALF_YEAR = re.compile(r"ครึ่งปีแรก")
_UNTIL = re.compile(r"(?:ถึง|-|–|~|สิ้นสุด)\s*(?:วันที่|วัน)?\s*$")
_AS_OF = re.compile(r"ณ\s*(?:วันที่|วัน)?\s*$")
_SECOND_YEAR = re.compile(_BETWEEN_YEARS + "$")
_DIVISION = re.compile(r"^(?:ชื่อหน่วยงาน|หน่วยงาน|ส่วนราชการ|กอง/สำนัก|สำนัก/กอง)\s*[:：]?[\s.…_]*(.+)$")
_DIVISION_NAME = re.compile(r"^((?:สำนัก|กอง|หน่วย(?!งาน)|ฝ่าย)\S.*)$")
# What follows a division's name on the same line and is no part of it.
_BEHIND_DIVISION = re.compile(
    r"[\s.…_]+(?:รอบ|ประจำปี|ปีงบ|อำเภอ|จังหวัด|เทศบาล(?!\s*[\d๐-๙])|องค์กา?ร|อบต|อบจ).*$"
    r"|[\s.…_]*(?:\.{3,}|…|_{3,})[\s.…_]*$"
    r"|[\s,(]*โทร(?:ศัพท์|สาร)?[\s.:]*[\d๐-๙].*$"
)
# Looks ahead, because the word stands twice in ไปสู่การปฏิบัติระดับจังหวัด ของจังหวัดตรัง.
_PROVINCE = re.compile(r"(?:จังหวัด|(?<![ก-๎])จ\.)\s*(?=([ก-๎]+))")


@dataclass(frozen=True)
class Heading:
    """What the lines of a file say about it; None for what they do not say.

    `round_key` is two keys with a stroke between where the lines contradict themselves. `lgo_written` is set
    without `lgos` where a type is written but no such name is registered.
    """

    round_key: str | None
    lgo_written: str | None
    lgos: tuple[Lgo, ...]
    division: str | None
    province_code: str | None


def read_heading(lines: list[str], scope: frozenset[str]) -> Heading:
    """Read round, local government, division and province from heading lines, in reading order.

    `scope` are the expected lgo_codes; they only decide between bearers of one and the same name.
    """
    lines = [clean(line) for line in lines]
    text = arabic_digits(" \n".join(lines))
    written, lgos = _local_government(lines, text, scope)
    return Heading(_round(text), written, lgos, _division(lines), _province(text))


def contradiction(lines: list[str], expected: Round) -> str | None:
    """Return what lines say of a round where they do not name one whole, and none of it is so of this round.

    That is how many months are reported (`6 เดือนแรก`, `รอบ 9 เดือน`) or the fiscal year (`ปีงบประมาณ 2565`).
    """
    text = arabic_digits(" \n".join(clean(line) for line in lines))
    months = {int(_IN_WORDS.get(said, said)): f"{said} เดือน" for said in _MONTHS_SAID.findall(text)}
    if _HALF_YEAR.search(text):
        months.setdefault(6, "ครึ่งปีแรก")
    years = {_year_of(m): f"ปีงบประมาณ {_year_of(m)}" for m in _fiscal_years(text)}
    for all_said, is_so in ((months, expected.months), (years, expected.fiscal_year_be)):
        if all_said and is_so not in all_said:
            return " / ".join(all_said.values())
    return None


def month_number(name: str) -> int:
    """Return the number of a month from any name that MONTH matches, such as ต.ค."""
    return _MONTH[re.sub(r"[.\s]", "", name)]


def dates(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield (position, year of the Buddhist era, month, day) of the dates in text, in all their spellings.

    >>> [when[1:] for when in dates("30 ก.ย. 66 และ ๓๑/๓/๒๕๖๖")]
    [(2566, 9, 30), (2566, 3, 31)]
    """
    for match in _dates_in(arabic_digits(text)):
        if match["iso"]:
            year, month, day = int(match["iso"]), int(match["iso_month"]), int(match["iso_day"])
        elif match["name"]:
            month = month_number(match["name"])
            year, day = int(match["year"]), int(match["day"])
        else:
            year, month, day = int(match["y"]), int(match["m"]), int(match["d"])
        year = _buddhist(year)
        if 1 <= month <= 12 and 1 <= day <= 31:
            yield match.start(), year, month, day


def _buddhist(year: int) -> int:
    """Return a year of the Buddhist era, which may be written with two digits or in the common era."""
    return year + 2500 if year < 100 else year + 543 if year < 2400 else year


def _dates_in(text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of _DATE: it is only tried where digits begin, as nothing else can begin a date."""
    at = 0
    while digits := _DIGITS.search(text, at):
        match = _DATE.match(text, digits.start())
        if match:
            yield match
        at = (match or digits).end()


def _round(text: str) -> str | None:
    stated = _MONTHS.search(text)
    months = int(_IN_WORDS.get(stated[1], stated[1])) if stated else None
    by_date = _round_that_ends(text, _UNTIL) or _round_of_months(text)
    named = None
    if by_date is None:
        named = _fiscal_year(text)
        if not (months and named):
            by_date = _round_that_ends(text, _AS_OF)
    if by_date:
        year, months_by_date = by_date
        if months not in (None, months_by_date):
            return f"{round_key(year, months or 0)} / {round_key(year, months_by_date)}"
        return round_key(year, months_by_date)
    return round_key(named, months) if months and named else None


def _fiscal_year(text: str) -> int | None:
    """Return the year that stands behind ปีงบประมาณ, or else the first one that is not of a plan's period."""
    said = _fiscal_years(text) or _years(text)
    return _year_of(said[0]) if said else None


def _years(text: str) -> list[re.Match[str]]:
    return [m for m in _YEAR.finditer(text) if not _SECOND_YEAR.search(text[: m.start()])]


def _fiscal_years(text: str) -> list[re.Match[str]]:
    return [m for m in _years(text) if m["fiscal"] or m["fiscal_short"]]


def _year_of(said: re.Match[str]) -> int:
    return int(said["year"] or "25" + said["short"])


def _round_of_months(text: str) -> tuple[int, int] | None:
    """Return (fiscal year, months) of the round that ends with the last month of a period without days."""
    said = _PERIOD.search(text)
    if not said:
        return None
    month = month_number(said["name"])
    known = next((r for (last, _), r in _rounds_by_last_day().items() if last == month), None)
    return _round_ending(known, _buddhist(int(said["year"]))) if known else None


def _round_that_ends(text: str, before: re.Pattern[str]) -> tuple[int, int] | None:
    """Return (fiscal year, months) of the round whose period ends on a date that stands behind such words."""
    for position, year, month, day in dates(text):
        known = _rounds_by_last_day().get((month, day))
        if known and before.search(text[max(0, position - 20) : position]):
            return _round_ending(known, year)
    return None


def _round_ending(known: Round, year: int) -> tuple[int, int]:
    """Return (fiscal year, months) of the round like a known one whose period ends in a year (Buddhist era)."""
    return year + known.fiscal_year_be - (known.period_end.year + 543), known.months


@cache
def _rounds_by_last_day() -> dict[tuple[int, int], Round]:
    """Return a round of the calendar by the month and the day on which its period ends."""
    return {(r.period_end.month, r.period_end.day): r for r in calendar().values()}


def _local_government(lines: list[str], text: str, scope: frozenset[str]) -> tuple[str | None, tuple[Lgo, ...]]:
    named = [found for line in lines for found in registry.names_in(line)]
    for written, candidates in named:
        if candidates:
            return written, tuple(registry.narrow(candidates, text, scope))
    return (named[0][0], ()) if named else (None, ())


def _division(lines: list[str]) -> str | None:
    for line in lines:
        if name := labelled_division(line):
            return name
    for line in lines:
        if match := _DIVISION_NAME.match(line):
            return bare(match[1])
    return None


# The lines above a form are asked about by several, and some come again from file to file.
@lru_cache(maxsize=512)
def labelled_division(line: str) -> str | None:
    """Return the division that a line names behind the word หน่วยงาน or ส่วนราชการ, or None."""
    match = _DIVISION.match(line)
    name = bare(match[1]) if match else ""
    named = registry.names_in(name)
    # หน่วยงาน เทศบาลนครตรัง names the municipality, not one of its divisions.
    return None if not name or (named and name.startswith(named[0][0])) else name


def bare(name: str) -> str:
    """Return a division's name without what follows it on its line and is no part of it."""
    return _BEHIND_DIVISION.sub("", name).strip(" .…_:")


def _province(text: str) -> str | None:
    for match in _PROVINCE.finditer(text):
        for code, name in registry.provinces().items():
            if key(match[1]).startswith(key(name)):
                return code
    return None
