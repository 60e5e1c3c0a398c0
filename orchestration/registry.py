"""The register of Thailand's local governments and the names that people write for them.

Source: data set dlads_05_01 of the Department of Local Administration (7,849 rows) in
dbt_project/seeds/lgo_registry.csv. An `lgo_code` is never taken apart: its digits do not always say the type.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter

from orchestration.paths import SEEDS
from orchestration.spreadsheets.thai import clean, key, without_tone_marks

LONG_TYPE = {"อบจ.": "องค์การบริหารส่วนจังหวัด", "อบต.": "องค์การบริหารส่วนตำบล", "ท้องถิ่นรูปแบบพิเศษ": ""}
# How a type is written, long or short, with the usual slip องค์กร; dots may be missing where no Thai letter
# stands before (รอบจังหวัด holds the letters of อบจ). One named group each, in the order of TYPES.
TYPES = ("อบจ.", "อบต.", "เทศบาลนคร", "เทศบาลเมือง", "เทศบาลตำบล")
_BODY = r"องค์ก(?:าร|ร)\s*บริหาร\s*ส่วน\s*"
_TYPE = re.compile(
    rf"({_BODY}จังหวัด|(?<![ก-๎])อ\.?\s?บ\.?\s?จ\.?|อ\.?บ\.?จ\.)"
    rf"|({_BODY}(?:ตำบล|ต\.)|(?<![ก-๎])อ\.?\s?บ\.?\s?ต\.?|อ\.?บ\.?ต\.)"
    r"|(เทศบาล\s*นคร|ท\.?น\.)|(เทศบาล\s*เมือง|ท\.?ม\.)|(เทศบาล\s*(?:ตำบล|ต\.)|ท\.?ต\.)"
)
_SPECIAL = "เมืองพัทยา"
# Every type that the register has, in the order in which people are told.
KINDS = tuple(dict.fromkeys((*TYPES, *LONG_TYPE)))


class RegistryError(Exception):
    """A line of the register cannot be used; the message names it and says why."""


@dataclass(frozen=True)
class Lgo:
    """One local government. `name` is without its type; `full_name` is what a letter would say."""

    lgo_code: str
    type: str
    name: str
    province_code: str
    province: str
    district: str

    @property
    def full_name(self) -> str:
        return LONG_TYPE.get(self.type, self.type) + self.name


def with_place(full_name: str, district: str, province: str) -> str:
    """Return the name of a local government that is unique in the nation: names repeat."""
    return f"{full_name} อำเภอ{district} จังหวัด{province}"


@cache
def provinces() -> dict[str, str]:
    """Return province names by code."""
    with (SEEDS / "province.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["province_code"]: row["name_th"] for row in csv.DictReader(file)}


@cache
def register() -> dict[str, Lgo]:
    """Return every local government by code. Raises RegistryError."""
    path = SEEDS / "lgo_registry.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    columns = ("lgo_code", "lgo_type", "name_th", "province_code", "district_th")
    fields = itemgetter(*map(header.index, columns))
    try:
        known = {
            code: Lgo(code, kind, name, province, provinces()[province], district)
            for code, kind, name, province, district in map(fields, rows)
        }
    except LookupError:
        known = {}
    if len(known) < len(rows) or not {lgo.type for lgo in known.values()} <= {*KINDS}:
        line, th, en = _first_fault(rows, len(header), fields)
        raise RegistryError(f"{path}: บรรทัด {line}: {th} / line {line}: {en}")
    return known


def _first_fault(
    rows: list[list[str]], columns: int, fields: Callable[[list[str]], tuple[str, ...]]
) -> tuple[int, str, str]:
    """Return which line of the register cannot be used, and why in Thai and English."""
    seen: set[str] = set()
    for line, row in enumerate(rows, start=2):
        if len(row) < columns:
            return line, f"ต้องมี {columns} ช่อง แต่มี {len(row)}", f"must have {columns} columns, has {len(row)}"
        code, kind, _, province, _ = fields(row)
        if code in seen:
            return line, f"รหัส {code} ซ้ำ", f"the code {code} is there twice"
        if kind not in KINDS:
            names = ", ".join(KINDS)
            return line, f"ไม่รู้จักประเภท {kind} ใช้ได้เฉพาะ {names}", f"the type {kind} is none of {names}"
        if province not in provinces():
            return line, f"ไม่มีรหัสจังหวัด {province} ใน province.csv", f"no province code {province} in province.csv"
        seen.add(code)
    raise AssertionError("no line is at fault")


@cache
def _by_first_letter() -> dict[tuple[str, str], list[Lgo]]:
    """Index by type and first letter of the name."""
    index: dict[tuple[str, str], list[Lgo]] = {}
    for lgo in register().values():
        index.setdefault((lgo.type, lgo.name[:1]), []).append(lgo)
    return index


# A heading meets few names, and most of the register is never asked for.
@lru_cache(maxsize=4096)
def _that_begin_with(kind: str, letters: str) -> list[tuple[str, Lgo]]:
    """Return (name without tone marks, Lgo) of those of a type whose name so written begins with two letters."""
    named = [(without_tone_marks(lgo.name), lgo) for lgo in _by_first_letter().get((kind, letters[:1]), [])]
    return [(name, lgo) for name, lgo in named if name.startswith(letters)]


@cache
def _by_place() -> dict[tuple[str, str], list[Lgo]]:
    """Index by province code and type, for the rows of a ranking."""
    index: dict[tuple[str, str], list[Lgo]] = {}
    for lgo in register().values():
        index.setdefault((lgo.province_code, lgo.type), []).append(lgo)
    return index


# The divisions of one local government write the same line above their forms.
@lru_cache(maxsize=512)
def names_in(text: str) -> list[tuple[str, list[Lgo]]]:
    """Return the local governments named in text: (as written, those in the register that bear the name).

    The longest name that stands behind the type wins (นาท่าม before นา); tone marks, lost first when a name
    is retyped, only count between names that are the same without them. An empty list of candidates means
    that a type is written but no such name is registered.
    """
    found: list[tuple[str, list[Lgo]]] = []
    text = clean(text)
    for match in _TYPE.finditer(text):
        behind = text[match.end() :].lstrip()
        if not behind or not ("ก" <= behind[0] <= "ฮ" or behind[0] in "เแโใไ"):
            continue
        exact, toneless = key(behind[:80]), without_tone_marks(behind[:80])
        index = _that_begin_with(TYPES[(match.lastindex or 1) - 1], toneless[:2])
        candidates = [(name, lgo) for name, lgo in index if toneless.startswith(name)]
        longest = max((len(name) for name, _ in candidates), default=0)
        alike = [lgo for name, lgo in candidates if len(name) == longest]
        same = [lgo for lgo in alike if exact.startswith(key(lgo.name))]
        written = match[0] + (_letters(behind, longest) if alike else behind.split(" ")[0])
        found.append((written, same or alike))
    if not found and _SPECIAL in text:
        found.append((_SPECIAL, [lgo for lgo in register().values() if lgo.name == _SPECIAL]))
    return found


def _letters(text: str, wanted: int) -> str:
    """Return the beginning of text that has so many characters without tone marks and spaces."""
    end = next((n for n in range(1, len(text) + 1) if len(without_tone_marks(text[:n])) > wanted), len(text) + 1)
    return text[: end - 1].rstrip()


def is_spelt(lgo: Lgo, written: str) -> bool:
    """Tell whether a name as written is the registered one to the letter, whatever the spelling of its type."""
    return key(lgo.name) in key(written)


def narrow(candidates: Iterable[Lgo], text: str, scope: Container[str] = ()) -> list[Lgo]:
    """Narrow several bearers of one name by the district and province in text, then by the expected codes."""
    remaining = list(candidates)
    if len(remaining) < 2:
        return remaining
    words = key(text)
    in_province = [lgo for lgo in remaining if _says(words, ("จังหวัด", "จ."), lgo.province)]
    in_district = [lgo for lgo in in_province or remaining if _says(words, ("อำเภอ", "อ."), lgo.district)]
    if not in_district:
        # อ.เมือง is what everybody writes for the district that bears the province's name.
        capital = [lgo for lgo in in_province or remaining if lgo.district == "เมือง" + lgo.province]
        in_district = capital if "อำเภอเมือง" in words or "อ.เมือง" in words else []
    longest = max((len(lgo.district) for lgo in in_district), default=0)
    in_district = [lgo for lgo in in_district if len(lgo.district) == longest]
    expected = [lgo for lgo in remaining if lgo.lgo_code in scope]
    for narrower in (in_province, in_district, expected):
        narrowed = [lgo for lgo in remaining if lgo in narrower]
        if len(remaining) > 1 and narrowed:
            remaining = narrowed
    return remaining


def _says(words: str, before: tuple[str, ...], name: str) -> bool:
    return any(key(title + name) in words for title in before)


def find(name: str, province_code: str, district: str) -> tuple[Lgo | None, bool]:
    """Return the local government of a province and district by its written name, and whether it was exact.

    Where no name is the same, one that differs only in tone marks is taken if it is the only one: scanned
    and retyped lists lose those first.
    """
    name = clean(name)
    match = _TYPE.match(name)
    if not match:
        special = [lgo for lgo in register().values() if lgo.name == name == _SPECIAL]
        return (special[0], True) if special else (None, False)
    written = name[match.end() :]
    near = _by_place().get((province_code, TYPES[(match.lastindex or 1) - 1]), [])
    if district:
        district = key(district).removeprefix("อำเภอ").removeprefix("อ.")
        near = [lgo for lgo in near if key(lgo.district) == district]
    exact = [lgo for lgo in near if key(lgo.name) == key(written)]
    if len(exact) == 1:
        return exact[0], True
    alike = [lgo for lgo in near if without_tone_marks(lgo.name) == without_tone_marks(written)]
    return (alike[0], False) if len(alike) == 1 and not exact else (None, False)
