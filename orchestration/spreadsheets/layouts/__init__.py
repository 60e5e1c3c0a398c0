"""What forms and exports look like, as reviewed CSV files; this module only reads them.

A new header spelling is a line in `headers.csv`, a new column a line in `fields.csv` as well, a new word for
a mark, a level or a total a line in `words.csv`, a new refusal a line in `messages.csv`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from orchestration.spreadsheets.thai import key

LAYOUTS = Path(__file__).parent


def read_csv(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one layout file as text by column name."""
    with (LAYOUTS / name).open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


# What fields.csv may say of a field.
TYPES = ("text", "level", "amount", "balance", "percent", "count", "mark", "flag")
PRESENCES = ("required", "optional", "fill_down", "derived")
# The types of fields that are money.
MONEY = ("amount", "balance")
# The field of a column that is known and shown to people only.
NOT_READ = "-"


class LayoutError(Exception):
    """A layout file holds a mistake; the message names it in Thai and English."""


@dataclass(frozen=True)
class Field:
    """One column of a kind of table.

    `type`: text, amount (baht), balance (baht, may be below zero), count, percent, mark, level or flag.
    `presence`: required, optional, fill_down (written once for the rows below it) or derived (from others).
    """

    kind: str
    name: str
    type: str
    presence: str
    meaning: str

    @property
    def is_read(self) -> bool:
        return self.presence != "derived"

    @property
    def is_required(self) -> bool:
        return self.presence in ("required", "fill_down")


@cache
def fields() -> dict[str, list[Field]]:
    """Return the fields of every kind of table, in column order. Raises LayoutError."""
    kinds: dict[str, list[Field]] = {}
    for row in read_csv("fields.csv"):
        for what, known in (("type", TYPES), ("presence", PRESENCES)):
            if row[what] not in known:
                names = ", ".join(known)
                raise LayoutError(
                    f"fields.csv {row['field']}: {what} {row[what]} ไม่ใช่ค่าใดใน {names} / is none of {names}"
                )
        field = Field(row["kind"], row["field"], row["type"], row["presence"], row["meaning"])
        kinds.setdefault(field.kind, []).append(field)
    return kinds


@cache
def required(kind: str) -> tuple[str, ...]:
    """Return the names of the fields without a column of which a table is no table of this kind."""
    return tuple(field.name for field in fields()[kind] if field.is_required)


@cache
def units() -> dict[str, Decimal]:
    """Return what one of a unit of money is worth in baht, the longest word first (พันบาท before บาท)."""
    return {row["unit"]: Decimal(row["baht"]) for row in read_csv("units.csv")}


_NO_PART_OF_A_HEADER = re.compile(r"[*:.\"'“”]")
# Column numbers and how a column is computed: คงเหลือ (7) = (5) - (6).
_NUMBERING = re.compile(r"(?<=\D)[(\[]?\d+[)\]](?:[=+\-–x×÷]?[(\[]?\d+[)\]]?)*$")
# The units of units.csv but for baht, as part of a pattern. What may stand around one differs: a heading has it at
# its end, with or without brackets; a line near a table has to say more clearly that it is one (unit_lines.py).
LARGE_UNIT = "(?:พัน|หมื่น|แสน|ล้าน)บาท"
_UNIT = re.compile(rf"[(\[]?(?:หน่วย)?({LARGE_UNIT}|บาท)[)\]]?$")


@lru_cache(maxsize=4096)
def header_key(text: str) -> tuple[str, Decimal | None]:
    """Return one part of a header for comparing, and what its unit is worth in baht (None: it names none).

    >>> header_key("งบประมาณตามแผน (พันบาท)")
    ('งบประมาณตามแผน', Decimal('1000'))
    """
    plain = _NUMBERING.sub("", _NO_PART_OF_A_HEADER.sub("", key(text)))
    if plain.endswith(("บาท", "บาท)", "บาท]")) and (unit := _UNIT.search(plain)):
        return _NUMBERING.sub("", plain[: unit.start()]), units()[unit[1]]
    return plain, None


@cache
def header_paths() -> dict[str, dict[str, str]]:
    """Return, per kind, field by header path (`group>leaf`, compared by `header_key`).

    A leaf alone also counts where only one field of the kind has it. Raises LayoutError.
    """
    kinds: dict[str, dict[str, str]] = {}
    leaves: dict[str, dict[str, set[str]]] = {}
    known = {kind: {NOT_READ, *(field.name for field in of_kind)} for kind, of_kind in fields().items()}
    for row in read_csv("headers.csv"):
        kind, name, written = row["kind"], row["field"], f"headers.csv «{row['header']}»"
        if name not in known.get(kind, ()):
            raise LayoutError(
                f"{written}: ไม่มีช่อง {name} ของ {kind} ใน fields.csv / no field {name} of {kind} in fields.csv"
            )
        parts = [header_key(part)[0] for part in row["header"].split(">")]
        other = kinds.setdefault(kind, {}).setdefault(">".join(parts), name)
        if other != name:
            raise LayoutError(f"{written}: เป็นหัวของทั้ง {other} และ {name} / heads both {other} and {name}")
        leaves.setdefault(kind, {}).setdefault(parts[-1], set()).add(name)
    for kind, by_leaf in leaves.items():
        for leaf, names in by_leaf.items():
            if len(names) == 1:
                kinds[kind].setdefault(leaf, next(iter(names)))
    return kinds


@cache
def header_words() -> frozenset[str]:
    """Return every part of every known header: a row without any of them is no header row."""
    return frozenset(part for paths in header_paths().values() for path in paths for part in path.split(">"))


@cache
def header_initials() -> frozenset[str]:
    """Return the first letters of the known headers: most cells of data begin with none of them."""
    written = {part.strip()[0] for row in read_csv("headers.csv") for part in row["header"].split(">")}
    return frozenset(written | {letter.upper() for letter in written} | set("*\"'“ ([พหแลบ"))


@cache
def header_as_written(kind: str, field: str) -> str:
    """Return the header that the form prints for a field, for messages."""
    for row in read_csv("headers.csv"):
        if row["kind"] == kind and row["field"] == field:
            return row["header"].replace(">", " > ")
    return field


@cache
def words(meaning: str) -> frozenset[str]:
    """Return the comparison keys of the words with one meaning (empty, mark, no_mark, total, level_high …)."""
    return frozenset(key(row["word"]) for row in read_csv("words.csv") if row["meaning"] == meaning)


@dataclass(frozen=True)
class Message:
    """A refusal in Thai and English, with {placeholders}."""

    rule: str
    scope: str
    th: str
    en: str


@cache
def messages() -> dict[str, Message]:
    """Return the refusals by rule; `scope` says whether a file or one row is refused."""
    return {row["rule"]: Message(**row) for row in read_csv("messages.csv")}


@cache
def statements(kind: str) -> list[tuple[str, re.Pattern[str]]]:
    """Return (field, pattern) for figures that stand inside sentences; patterns apply to `thai.key` text."""
    return [(r["field"], re.compile(r["pattern"])) for r in read_csv("statements.csv") if r["kind"] == kind]


@cache
def statement_names(kind: str) -> dict[str, str]:
    """Return the Thai name of each figure that stands inside a sentence, by field."""
    return {row["field"]: row["name_th"] for row in read_csv("statements.csv") if row["kind"] == kind}
