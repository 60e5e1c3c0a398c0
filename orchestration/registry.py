"""The register of Thailand's local governments and the names that people write for them.

Source: data set dlads_05_01 of the Department of Local Administration (7,849 rows) in
dbt_project/seeds/lgo_registry.csv. An `lgo_code` is never taken apart: its digits do not always say the type.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from orchestration.settings import SEEDS
from orchestration.spreadsheets.thai import clean, key, without_tone_marks

# Written type -> type in the register. อบจ. and เมืองพัทยา bear the name of their province or themselves.
TYPES = {
    "องค์การบริหารส่วนจังหวัด": "อบจ.",
    "อบจ.": "อบจ.",
    "องค์การบริหารส่วนตำบล": "อบต.",
    "อบต.": "อบต.",
    "เทศบาลนคร": "เทศบาลนคร",
    "ทน.": "เทศบาลนคร",
    "เทศบาลเมือง": "เทศบาลเมือง",
    "ทม.": "เทศบาลเมือง",
    "เทศบาลตำบล": "เทศบาลตำบล",
    "ทต.": "เทศบาลตำบล",
}
LONG_TYPE = {"อบจ.": "องค์การบริหารส่วนจังหวัด", "อบต.": "องค์การบริหารส่วนตำบล", "ท้องถิ่นรูปแบบพิเศษ": ""}
_TYPE = re.compile("|".join(sorted(map(re.escape, TYPES), key=len, reverse=True)))
_SPECIAL = "เมืองพัทยา"


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


@cache
def provinces() -> dict[str, str]:
    """Return province names by code."""
    with (SEEDS / "province.csv").open(encoding="utf-8", newline="") as file:
        return {row["province_code"]: row["name_th"] for row in csv.DictReader(file)}


@cache
def register() -> dict[str, Lgo]:
    """Return every local government by code."""
    with (SEEDS / "lgo_registry.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["lgo_code"]: Lgo(
                row["lgo_code"],
                row["lgo_type"],
                row["name_th"],
                row["province_code"],
                provinces()[row["province_code"]],
                row["district_th"],
            )
            for row in csv.DictReader(file)
        }


@cache
def _by_first_letters() -> dict[tuple[str, str], list[Lgo]]:
    """Index by type and the first two letters of the name, so that a heading is compared with few names."""
    index: dict[tuple[str, str], list[Lgo]] = {}
    for lgo in register().values():
        index.setdefault((lgo.type, key(lgo.name)[:2]), []).append(lgo)
    return index


def names_in(text: str) -> list[tuple[str, list[Lgo]]]:
    """Return the local governments named in text: (as written, those in the register that bear the name).

    The longest name that stands behind the type wins (นาท่าม before นา). An empty list of candidates means
    that a type is written but no such name is registered.
    """
    found: list[tuple[str, list[Lgo]]] = []
    text = clean(text)
    for match in _TYPE.finditer(text):
        behind = text[match.end() :].lstrip()
        if not behind or not "ก" <= behind[0] <= "๎":
            continue
        candidates = [
            lgo
            for lgo in _by_first_letters().get((TYPES[match[0]], key(behind)[:2]), [])
            if key(behind).startswith(key(lgo.name))
        ]
        longest = max((len(lgo.name) for lgo in candidates), default=0)
        written = match[0] + (behind[:longest] if candidates else behind.split(" ")[0])
        found.append((written, [lgo for lgo in candidates if len(lgo.name) == longest]))
    if not found and _SPECIAL in text:
        found.append((_SPECIAL, [lgo for lgo in register().values() if lgo.name == _SPECIAL]))
    return found


def narrow(candidates: Iterable[Lgo], text: str, scope: Iterable[str] = ()) -> list[Lgo]:
    """Narrow several bearers of one name by the district and province in text, then by the expected codes."""
    remaining = list(candidates)
    words = key(text)
    in_province = [lgo for lgo in remaining if key("จังหวัด" + lgo.province) in words]
    in_district = [lgo for lgo in in_province if key("อำเภอ" + lgo.district) in words]
    expected = [lgo for lgo in remaining if lgo.lgo_code in set(scope)]
    for narrower in (in_province, in_district, expected):
        narrowed = [lgo for lgo in remaining if lgo in narrower]
        if len(remaining) > 1 and narrowed:
            remaining = narrowed
    return remaining


def find(name: str, province_code: str, district: str) -> tuple[Lgo | None, bool]:
    """Return the local government of a province and district by its written name, and whether it was exact.

    Where no name is the same, one that differs only in tone marks is taken if it is the only one: scanned
    and retyped lists lose those first.
    """
    match = _TYPE.match(clean(name))
    if not match:
        special = [lgo for lgo in register().values() if lgo.name == clean(name) == _SPECIAL]
        return (special[0], True) if special else (None, False)
    written = clean(name)[match.end() :]
    near = [
        lgo
        for lgo in register().values()
        if lgo.province_code == province_code
        and lgo.type == TYPES[match[0]]
        and (not district or key(lgo.district) == key(district))
    ]
    exact = [lgo for lgo in near if key(lgo.name) == key(written)]
    if len(exact) == 1:
        return exact[0], True
    alike = [lgo for lgo in near if without_tone_marks(lgo.name) == without_tone_marks(written)]
    return (alike[0], False) if len(alike) == 1 and not exact else (None, False)
