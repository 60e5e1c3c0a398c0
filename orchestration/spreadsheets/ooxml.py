"""What a grid of text does not say about an .xlsx or .xlsm: what is hidden, and cells without a value.

The XML is searched, not parsed: no entity is ever expanded, and a workbook without any of this costs little
more than unpacking it. The other formats: odf.py and binary.py; `unseen.py` chooses.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*>")
_RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(rb'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_HIDDEN_ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
_HIDDEN_COLUMN = re.compile(rb'<(?:\w+:)?col\b(?=[^>]*\bhidden="(?:1|true)")[^>]*>')
_FORMULA_CELL = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)</(?:\w+:)?f>)\s*(<(?:\w+:)?v>[^<]+<)?"
)
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b((?=[^>]*\bt="e")[^>]*)>(?:\s*<(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>))?\s*'
    rb"<(?:\w+:)?v>([^<]*)<"
)


@dataclass
class Hidden:
    """What the XML of one sheet says. Rows are 1-based; columns are pairs (first, last), 0-based.

    `without_value` are cells that readers give out as blank though they are not, by (row, column), 0-based:
    the rule that refuses them and what they hold (a formula never computed, or an error such as #DIV/0!).
    """

    sheet: bool = False
    rows: list[int] = field(default_factory=list)
    columns: list[tuple[int, int]] = field(default_factory=list)
    without_value: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)


def look(parts: Mapping[str, bytes], samples: Mapping[str, bytes]) -> dict[str, Hidden]:
    """Return what is hidden by sheet name. Raises KeyError where a part is missing.

    `samples` hold, for some of the sheets, everything that comes in them once (plain.Rows).
    """
    found = {}
    for name, path, is_hidden in sheets(parts["xl/workbook.xml"], parts["xl/_rels/workbook.xml.rels"]):
        hidden = _look_at(parts[path], samples.get(path)) if path else Hidden()
        hidden.sheet = is_hidden
        found[name] = hidden
    return found


@lru_cache(maxsize=64)
def sheets(book: bytes, relations: bytes) -> tuple[tuple[str, str, bool], ...]:
    """Return (name, path of its part, whether it is hidden) of the sheets that a workbook lists, in its order."""
    targets = {
        relation.get(b"Id"): relation.get(b"Target", b"").decode()
        for relation in map(_attributes, _RELATIONSHIP.findall(relations))
    }
    found = []
    for attributes in map(_attributes, _SHEET.findall(book)):
        name = html.unescape(attributes.get(b"name", b"").decode())
        target = targets.get(next((v for k, v in attributes.items() if k.endswith(b":id")), b""), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}" if target else ""
        found.append((name, path, attributes.get(b"state", b"visible") in (b"hidden", b"veryHidden")))
    return tuple(found)


def _attributes(tag: bytes) -> dict[bytes, bytes]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(tag)}


def _look_at(xml: bytes, sample: bytes | None) -> Hidden:
    hidden = Hidden()
    sample = xml if sample is None else sample
    if b"hidden=" in sample:
        hidden.rows = [int(row) for row in _HIDDEN_ROW.findall(xml)]
        for tag in _HIDDEN_COLUMN.findall(xml):
            span = _attributes(tag)
            hidden.columns.append((int(span[b"min"]) - 1, int(span[b"max"]) - 1))
    if b"<f" in sample or b":f" in sample:
        for attributes, formula, value in _FORMULA_CELL.findall(xml):
            said = _attributes(attributes)
            # t="str" with an empty value is a formula whose result is an empty text.
            if not value and said.get(b"t") != b"str" and (place := said.get(b"r")):
                formula = "=" + html.unescape(formula.decode())
                hidden.without_value[_position(place.decode())] = ("formula_without_value", formula)
    if b't="e"' in sample:
        for attributes, error in _ERROR_CELL.findall(xml):
            if place := _attributes(attributes).get(b"r"):
                hidden.without_value[_position(place.decode())] = ("formula_error", error.decode())
    return hidden


def _position(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :]) - 1, column - 1
