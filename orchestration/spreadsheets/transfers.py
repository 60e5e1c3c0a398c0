"""Budget transfers (โอนเพิ่ม, โอนลด) written inside amount cells and remarks.

Rule (domain.md of the project, checked on the FY2566-12M report): remaining = ordinance + transfers in -
transfers out - disbursed. The stated remaining amount is the judge where a word is unclear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import product

from orchestration.spreadsheets.headings import MONTH
from orchestration.spreadsheets.layouts import read_csv, units
from orchestration.spreadsheets.thai import arabic_digits, clean
from orchestration.spreadsheets.values import BAHT, BadCell, amount

_AMOUNT = r"\d[\d,]*(?:\.\d+)?"
# More than any form has; every unclear word doubles the readings to try.
MOST_UNCLEAR = 6
# How many letters before a number or word are looked at for what it is.
NEAR = 30
# How many may stand between a transfer's word and its amount: โอนเพิ่มจากโครงการก่อสร้าง… จำนวน 20,000 บาท.
FAR = 100
SIGN = {"in": 1, "out": -1}


@dataclass(frozen=True)
class Word:
    """A word for a transfer; `direction` is in, out or unknown, `standard` says that the form uses it."""

    word: str
    direction: str
    standard: bool


@dataclass(frozen=True)
class Transfer:
    """One transfer found in a row. `amount_baht` is positive; `direction` says where the money goes."""

    field: str
    word: str
    direction: str
    amount_baht: Decimal
    standard: bool


@cache
def vocabulary() -> dict[str, Word]:
    """Return the known words for a transfer, longest first, so that โอนเพิ่ม wins over โอน."""
    rows = sorted(read_csv("transfer_words.csv"), key=lambda row: -len(row["word"]))
    return {row["word"]: Word(row["word"], row["direction"], row["standard"] == "yes") for row in rows}


def _any_word() -> str:
    return "|".join(map(re.escape, vocabulary()))


def _money() -> str:
    """Return the pattern of an amount with its unit, if it has one: two groups."""
    return rf"({_AMOUNT})(?:\s*({'|'.join(units())}))?"


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    word = _any_word()
    in_cell = re.compile(rf"\(?\s*({word})\s*{_money()}\s*\)?")
    # "โอนเพิ่มระหว่างปี 800,000 + 272,500 = 1,072,500 บาท": the middle figure is the transfer.
    as_sum = re.compile(rf"({word})[^\d=]*({_AMOUNT})\s*([+-])\s*({_AMOUNT})\s*=\s*({_AMOUNT})")
    return in_cell, as_sum, re.compile(rf"({word})[^\d]{{0,{FAR}}}?({_AMOUNT})")


@cache
def _in_words() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return patterns of a remark: a transfer's word, a number, what before or behind it makes it no money."""
    word = re.compile(_any_word())
    figure = re.compile(rf"[^\d]{{0,{FAR}}}?(?<!\d){_money()}")
    # วันที่ 26, ครั้งที่ 1, ปี 2566, มี.ค. 2566, ร้อยละ 10
    before = re.compile(rf"(?:ที่|ครั้ง|ปี|พ\.?ศ\.?|เดือน|ไตรมาส|รอบ|ข้อ|ลำดับ|ร้อยละ|[/-]|{MONTH})\s*$")
    # 26 ก.ค., 26/7/66, 3 ครั้ง, 10 %
    behind = re.compile(rf"\s*(?:{MONTH}|[/%]|-\s*\d|(?:ครั้ง|รายการ|โครงการ|กิจกรรม|หลักสูตร|คน|ราย|วัน|เดือน|ปี)(?!ๆ))")
    return word, figure, before, behind


# ไม่ได้โอนเพิ่ม, ไม่มีการโอนลด, ขอโอนเพิ่ม
_DENIED = re.compile(r"(?:ไม่|มิ)(?:ได้|มี|มีการ|ต้อง|ได้รับการ|ได้มีการ)?\s*$|(?:ขอ|เสนอ|ขออนุมัติ)\s*$")
# A listing's code, and a date with points: โอนออกไปโครงการ 2.2.4 จำนวน 10,000 บาท.
_CODE = re.compile(r"(?<![\d,.])\d{1,2}\.\d{1,2}\.\d{1,4}(?![\d,]|\.\d)")


@dataclass(frozen=True)
class Stated:
    """A transfer that a remark states. `is_clear`: its number is written as money is, 5,000 or 500 บาท.

    `is_further`: another amount stands between it and its word, as in โอนเพิ่ม 10,000 และ 5,000.
    """

    word: Word
    baht: Decimal
    is_clear: bool = True
    is_further: bool = False


def split_amount(text: str) -> tuple[str, list[tuple[Word, Decimal]]]:
    """Split an amount cell into its amount and the transfers written behind it.

    `50,000 โอนเพิ่ม 150,000` gives ("50,000", [(โอนเพิ่ม, 150000.00)]). Text that is no such list comes back
    whole with no transfers, for the amount reader to refuse. Raises BadCell amount_unreadable where the amount
    of a transfer is none (12.500).
    """
    if text.isascii():  # every word for a transfer is Thai
        return text, []
    plain = arabic_digits(clean(text))
    in_cell, _, _ = _patterns()
    found = list(in_cell.finditer(plain))
    if not found:
        return text, []
    rest = in_cell.sub(" ", plain).strip()
    return rest, [(vocabulary()[m[1]], _baht(m[2], m[3])) for m in found]


def in_remark(text: str, ordinance: Decimal | None) -> list[Stated]:
    """Return the transfers that a remark states, as a sum that starts from the ordinance or word by word.

    Dates, ordinal and other numbers that are no money (โอนเพิ่มครั้งที่ 1 เมื่อ 26 ก.ค. 66 จำนวน 5,000) are passed
    over, and so is a transfer that the remark denies (ไม่ได้โอนเพิ่ม).
    """
    if text.isascii():
        return []
    plain = arabic_digits(clean(text))
    _, as_sum, _ = _patterns()
    sums = []
    for m in as_sum.finditer(plain):
        before, moved, after = (_baht_or_none(m[n]) for n in (2, 4, 5))
        if moved is None or before is None or before != ordinance:
            continue
        if before + (moved if m[3] == "+" else -moved) == after:
            sums.append(Stated(vocabulary()[m[1]], moved))
    return sums or list(_by_word(plain))


def _by_word(plain: str) -> Iterator[Stated]:
    """Yield for each word the numbers behind it, and before the next word, that may be money.

    Further ones only where they are written as money is.
    """
    plain = _CODE.sub(lambda m: " " * len(m[0]), plain)
    word, figure, before, behind = _in_words()
    found = list(word.finditer(plain))
    ends = [m.start() for m in found[1:]] + [len(plain)]
    for m, following in zip(found, ends, strict=False):
        if _DENIED.search(plain, max(0, m.start() - NEAR), m.start()):
            continue
        at, is_further = m.end(), False
        while number := figure.match(plain, at, following):
            at = number.end()
            baht = _baht_or_none(number[1], number[2])
            is_money = number[2] or not (
                before.search(plain, max(0, number.start(1) - NEAR), number.start(1))
                or behind.match(plain, number.end(1))
            )
            is_clear = bool(number[2]) or "," in number[1]
            if baht and is_money and (is_clear or not is_further):
                yield Stated(vocabulary()[m[0]], baht, is_clear, is_further)
                is_further = True


def may_be_in(remark: str | None) -> bool:
    """Tell whether a remark may state a transfer, whatever the ordinance."""
    if not remark or remark.isascii():
        return False
    plain = arabic_digits(clean(remark))
    _, as_sum, by_word = _patterns()
    return bool(by_word.search(plain) or as_sum.search(plain))


def _baht(text: str, unit: str | None = None) -> Decimal:
    return amount(text.rstrip(",."), units()[unit] if unit else BAHT) or Decimal("0.00")


def _baht_or_none(text: str, unit: str | None = None) -> Decimal | None:
    """Return an amount; None where a remark writes none, which is no fault of it."""
    try:
        return _baht(text, unit)
    except BadCell:
        return None


def settle(
    in_cells: list[tuple[str, Word, Decimal]],
    in_remarks: list[tuple[str, Word, Decimal]],
    ordinance: Decimal | None,
    disbursed: Decimal | None,
    remaining: Decimal | None,
    clear: list[tuple[str, Word, Decimal]],
    further: Sequence[tuple[str, Word, Decimal]] = (),
) -> list[Transfer]:
    """Decide which transfers a row really states and in which direction.

    Shapes: (field, word, baht). Transfers in amount cells always count; those in a remark count when the
    stated remaining needs them (a remark often repeats what a cell already says), and so do `further` ones of
    it. A word of unknown direction takes the one that makes the stated remaining come true. Where nothing fits,
    those in cells count, or else those of a remark that are `clear`.

    Raises BadCell transfer_unclear where a direction is unknown and no reading, or more than one, fits.
    """
    if not in_cells and not in_remarks:
        return []
    without = (ordinance or Decimal(0)) - (disbursed or Decimal(0))

    def fits(reading: list[Transfer]) -> bool:
        moved = sum((SIGN[t.direction] * t.amount_baht for t in reading), Decimal(0))
        return remaining is not None and without + moved == remaining

    told = [(word.direction, baht) for _, word, baht in in_cells]
    not_repeated = [found for found in in_remarks if (found[1].direction, found[2]) not in told]
    # Some write one transfer behind the plan and behind the ordinance.
    once = list({(found[1].word, found[2]): found for found in in_cells}.values())
    every = [*in_cells, *in_remarks]
    for candidates in (in_cells, [*in_cells, *not_repeated], every, once, [*every, *further]):
        if sum(word.direction == "unknown" for _, word, _ in candidates) > MOST_UNCLEAR:
            continue
        fitting = [reading for reading in _readings(candidates) if fits(reading)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise BadCell("transfer_unclear")
    # Nothing fits: the row is wrong elsewhere. Take what is written in clear words; dbt reports the row.
    if any(word.direction == "unknown" for _, word, _ in in_cells):
        raise BadCell("transfer_unclear")
    return next(iter(_readings([c for c in (in_cells or clear) if c[1].direction != "unknown"])))


def _readings(candidates: list[tuple[str, Word, Decimal]]) -> Iterator[list[Transfer]]:
    directions = [("in", "out") if word.direction == "unknown" else (word.direction,) for _, word, _ in candidates]
    for chosen in product(*directions):
        yield [
            Transfer(field, word.word, direction, baht, word.standard)
            for (field, word, baht), direction in zip(candidates, chosen, strict=True)
        ]
