"""What speaks for two lines being one project: names, amounts, dimension and status, weighed into one score.

Names are compared in four ways: by their groups of three letters, rare ones counting more, so that neither the
order of the words nor the name of the municipality in every title matters (similarity), and so that a name with
less said is still found in one with more (containment); letter by letter (spelling); and by their beginning,
where it stands what is done, จัดทำ against ติดตาม (opening). Amounts are satang.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from orchestration.spreadsheets.thai import arabic_digits, clean, key

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# What begins so many names that it says nothing.
_KIND = re.compile("^(?:จัดกิจกรรม|โครงการ|กิจกรรม|มาตรการ|การ(?=[ก-ฮเแโใไ]{2}))+")
_NO_LETTER = re.compile("[^0-9a-zก-๎]")
_NUMBER = re.compile(r"\d+")
_YEAR = re.compile(r"25\d\d|(?<=ปี)\d\d(?!\d)")
# Digits, a Thai or Latin letter that stands alone, a Roman number. A letter before a space and a vowel that needs
# one is what a scan has torn: โครง ก าร.
_COUNTER = re.compile(r"\d+|(?<![ก-๎])[ก-ฮ](?! ?[ะ-ฺ็-๎]|[ก-๎])|(?<![a-z])(?:[a-z]|[ivx]+)(?![a-z])")
SHORTEST_NAME = 4
# So many letters of a name are its beginning: what is done, and to what.
OPENING = 14
# An equal amount that is no multiple of this (1,000 baht) is hardly a coincidence.
ROUND_SATANG = 100_000


@dataclass(frozen=True)
class Weights:
    """Points by (part, value) as in seeds/match_weight.csv; value is '' where the part has only one."""

    points: Mapping[tuple[str, str], float]

    @classmethod
    def of_table(cls, table: pa.Table) -> Weights:
        rows = table.select(["part", "value", "points"]).to_pylist()
        return cls({(row["part"], row["value"] or ""): float(row["points"]) for row in rows})

    def __getitem__(self, part: tuple[str, str]) -> float:
        return self.points[part]

    def each(self, part: str, *values: str) -> Floats:
        """Return the points of a part's values as an array to be indexed by their position."""
        return np.array([self.points[part, value] for value in values], np.float32)


# -- names


def plain_name(name: str) -> str:
    """Return what of a name is compared: letters and digits only, without โครงการ, กิจกรรม or มาตรการ before it.

    >>> plain_name("มาตรการการสร้าง “ความโปร่งใส”") == plain_name("กิจกรรม สร้างความโปร่งใส")
    True
    """
    whole = _NO_LETTER.sub("", key(name))
    short = _KIND.sub("", whole)
    return short if len(short) >= SHORTEST_NAME else whole


def numbers(plain: str) -> frozenset[str]:
    """Return the numbers in a plain name but for years: รุ่นที่ 1 and รุ่นที่ 2 are two projects, however alike."""
    return frozenset(_NUMBER.findall(_YEAR.sub("", plain)))


def counters(name: str) -> list[str]:
    """Return what counts or dates in a name as written: all numbers, years too, and letters that stand alone.

    >>> counters("อบรม รุ่น ก ปี ๒๕๖๖ ระยะที่ II")
    ['ก', '2566', 'ii']
    """
    return _COUNTER.findall(arabic_digits(clean(name)).casefold())


def word_replaced(a: str, b: str) -> int:
    """Return the letters of the longest word for which the other plain name has another one, 0 for none.

    Of the two words the shorter counts, so that what is only left out is no other word.

    >>> word_replaced("จัดงานวันวิสาขบูชา", "จัดงานวันมาฆบูชา"), word_replaced("จัดงานวันมาฆบูชาประจำปี", "จัดงานวันมาฆบูชา")
    (3, 0)
    """
    longest = begin_a = begin_b = 0
    end_a = end_b = -2
    for step in Levenshtein.opcodes(a, b):
        if step.tag == "equal":
            continue
        # Two words may have a letter in common: the า of วิสาข and มาฆ.
        if step.src_start - end_a > 1:
            begin_a, begin_b = step.src_start, step.dest_start
        end_a, end_b = step.src_end, step.dest_end
        longest = max(longest, min(end_a - begin_a, end_b - begin_b))
    return longest


def three_letters(plain: Sequence[str]) -> Floats:
    """Return one row per name: the weight of each group of three letters that it has, 0 for the others.

    The weight is the logarithm of how rare the group is among these names.
    """
    text = "\0" + "\0".join(f"\1{name}\2" for name in plain) + "\0"
    letters = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)
    letters = np.where(letters >= 0x0E00, (letters & 0x7F) | 0x80, letters & 0x7F)
    name_of = np.cumsum(letters == 0) - 1
    a, b, c = letters[:-2], letters[1:-1], letters[2:]
    inside = (a != 0) & (b != 0) & (c != 0)
    # Each group of each name once: the name's number above the 24 bits of the three letters.
    # Sorted by hand: numpy's unique goes by a hash table, five times slower on so few numbers.
    occurrence = np.sort((name_of[:-2][inside] << 24) | (a[inside] << 16) | (b[inside] << 8) | c[inside])
    occurrence = occurrence[np.diff(occurrence, prepend=-1) != 0]
    _, column, names_with = np.unique(occurrence & 0xFFFFFF, return_inverse=True, return_counts=True)
    rows = np.zeros((len(plain), len(names_with)), np.float32)
    rows[occurrence >> 24, column] = np.log1p(len(plain) / names_with)[column]
    return rows


def numbers_differ(a: Sequence[str], b: Sequence[str]) -> Flags:
    """Tell for each pair of plain names whether both hold numbers and not the same."""
    left, right = [numbers(name) for name in a], [numbers(name) for name in b]
    differ = np.zeros((len(left), len(right)), np.bool_)
    held = [j for j, found in enumerate(right) if found]
    for i, found in enumerate(left):
        if found:
            differ[i, held] = [right[j] != found for j in held]
    return differ


# -- evidence


@dataclass
class Lines:
    """The lines of one side of one local government and round, as columns.

    `plan`, `ordinance` (0 on the e-PlanNACC side) and `disbursed` are satang, 0 for nothing.
    """

    names: Sequence[str]
    dimensions: Sequence[str | None]
    statuses: Sequence[str | None]
    plan: Ints
    ordinance: Ints
    disbursed: Ints
    plain: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.plain = [plain_name(name or "") for name in self.names]

    def __len__(self) -> int:
        return len(self.plain)


@dataclass
class Evidence:
    """What speaks for each pair of a listing (row) and a project (column).

    The similarities lie between 0 and 1; `plan`, `disbursed`, `dimension` and `status` are positions in the
    values of the same name below; `points` holds the points of each part, `score` their sum.
    """

    similarity: Floats
    containment: Floats
    spelling: Floats
    opening: Floats
    plan: Ints
    disbursed: Ints
    dimension: Ints
    status: Ints
    points: dict[str, Floats]
    score: Floats


PLAN = ("same", "both_none", "one_none", "differ")
DISBURSED = ("same_odd", "same_round", "both_none", "one_none", "differ")
AGREEMENT = ("same", "differ")


def compare(listings: Lines, projects: Lines, letters: Floats, weights: Weights) -> Evidence:
    """Weigh every pair. `letters` are the three-letter rows of the listings, then of the projects."""
    n = len(listings.plain)
    a, b = letters[:n], letters[n:]
    shared, weight, other = a @ b.T, np.square(a).sum(axis=1), np.square(b).sum(axis=1)
    similarity = shared / np.sqrt(np.outer(weight, other))
    containment = shared / np.minimum.outer(weight, other)
    spelling = _spelling(listings.plain, projects.plain)
    opening = _spelling([name[:OPENING] for name in listings.plain], [name[:OPENING] for name in projects.plain])
    plan = _plan(listings, projects)
    disbursed = _disbursed(listings, projects)
    dimension = 1 - _equal(listings.dimensions, projects.dimensions)
    status = 1 - _equal(listings.statuses, projects.statuses)
    points = {
        "name": weights["name_similarity", ""] * similarity
        + weights["name_containment", ""] * containment
        + weights["name_spelling", ""] * spelling
        + weights["name_opening", ""] * opening
        + weights["name_numbers", "differ"] * numbers_differ(listings.plain, projects.plain),
        "plan": weights.each("plan", *PLAN)[plan],
        "disbursed": weights.each("disbursed", *DISBURSED)[disbursed],
        "dimension": weights.each("dimension", *AGREEMENT)[dimension],
        "status": weights.each("status", *AGREEMENT)[status],
    }
    # What is the same must be equal: the last digits of a sum depend on the machine and on where a name stands.
    score: Floats = np.sum(list(points.values()), axis=0).round(3)
    return Evidence(similarity, containment, spelling, opening, plan, disbursed, dimension, status, points, score)


def _spelling(a: Sequence[str], b: Sequence[str]) -> Floats:
    found: Floats = process.cdist(a, b, scorer=fuzz.ratio, dtype=np.float32)
    return found / 100


def _equal(a: Sequence[str | None], b: Sequence[str | None]) -> Ints:
    codes = {value: code for code, value in enumerate({*a, *b} - {None})}
    left = np.array([codes.get(value, -1) for value in a], np.int64)[:, None]
    right = np.array([codes.get(value, -2) for value in b], np.int64)[None, :]
    return (left == right).astype(np.int64)


def _plan(listings: Lines, projects: Lines) -> Ints:
    plan, ordinance, other = listings.plan[:, None], listings.ordinance[:, None], projects.plan[None, :]
    none, other_none = (plan == 0) & (ordinance == 0), other == 0
    same = ~other_none & ((plan == other) | (ordinance == other))
    return np.select([same, none & other_none, none | other_none], [0, 1, 2], 3).astype(np.int64)


def _disbursed(listings: Lines, projects: Lines) -> Ints:
    ours, theirs = listings.disbursed[:, None], projects.disbursed[None, :]
    same = (ours == theirs) & (ours != 0)
    odd = ours % ROUND_SATANG != 0
    return np.select(
        [same & odd, same, (ours == 0) & (theirs == 0), (ours == 0) | (theirs == 0)], [0, 1, 2, 3], 4
    ).astype(np.int64)


# -- who gets whom


def assign(
    score: Floats, open_rows: Flags, open_columns: Flags, weights: Weights
) -> Iterator[tuple[int, int, float]]:
    """Yield (row, column, margin) of the certain pairs: the best of both sides, far enough from the second.

    A pair found takes its two away from the others, so that what was doubtful beside them may become certain. The
    margin is the distance from the best other pair of the row or the column, taken away or not: where many names
    are alike, each pair has to be the surer.
    """
    least, distance = weights["threshold", "automatic"], weights["threshold", "margin"]
    share, most = weights["margin", "share"], weights["margin", "most"]
    left = np.where(open_rows[:, None] & open_columns[None, :], score, -np.inf)
    if not left.size:
        return
    rows, in_crowd = np.arange(len(left)), _second_best(score)
    while True:
        best = left.argmax(axis=1)
        top = left[rows, best]
        mutual = (left.argmax(axis=0)[best] == rows) & (top > -np.inf)
        with np.errstate(invalid="ignore"):  # of what is taken already: it is the best of nobody
            far = top - _second_best(left)(rows, best) >= distance
            margin = np.clip(top - in_crowd(rows, best), -most, most)
        found = np.flatnonzero(mutual & far & (top + share * margin >= least))
        if not found.size:
            return
        for row in found:
            yield int(row), int(best[row]), float(margin[row])
        left[found, :] = -np.inf
        left[:, best[found]] = -np.inf


def _second_best(score: Floats) -> Callable[[Ints, Ints], Floats]:
    """Return a function that gives, for pairs, the best other score of their rows and columns."""
    by_row, by_column = _best_two(score), _best_two(score.T)

    def other(rows: Ints, columns: Ints) -> Floats:
        in_row = np.where(by_row[0][rows] == columns, by_row[2][rows], by_row[1][rows])
        in_column = np.where(by_column[0][columns] == rows, by_column[2][columns], by_column[1][columns])
        return np.maximum(in_row, in_column)

    return other


def _best_two(score: Floats) -> tuple[Ints, Floats, Floats]:
    """Return for each row the place of its best, the best and the second best."""
    rows, place = np.arange(len(score)), score.argmax(axis=1)
    rest = score.copy()
    rest[rows, place] = -np.inf
    return place, score[rows, place], rest.max(axis=1)
