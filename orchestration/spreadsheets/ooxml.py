"""What a grid of text does not say about an .xlsx or .xlsm: what is hidden, cells without a value, units shown.

The XML is searched, not parsed: no entity is ever expanded, and a workbook without any of this costs little
more than unpacking it. The other formats: odf.py and binary.py; `unseen.py` chooses.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from orchestration.spreadsheets import number_formats

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
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+\d+):([A-Z]+\d+)"')
_TAG = rb"((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>"
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s" + _TAG)
_FORMATS = re.compile(rb"<(?:\w+:)?numFmts\b.*?</(?:\w+:)?numFmts>", re.DOTALL)
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\b" + _TAG)
_SUPERSCRIPT = re.compile(
    rb"(<(?:\w+:)?vertAlign\s+val=[\"']superscript[\"'][^<>]*>(?:\s*<[^<>]*>)*?\s*</(?:\w+:)?rPr>\s*<(?:\w+:)?t)\b[^<>/]*>"
    rb"([^<]*)"
)


class Merged(NamedTuple):
    """A cell over several rows or columns, by the first and last ones, 0-based; its value stands in the first."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def is_one_cell(self) -> bool:
        return self.top == self.bottom and self.left == self.right


@dataclass
class Hidden:
    """What the XML of one sheet says. Rows are 1-based; columns are pairs (first, last), 0-based.

    `without_value` are cells that readers give out as blank though they are not, by (row, column), 0-based:
    the rule that refuses them and what they hold (a formula never computed, or an error such as #DIV/0!).
    `parse` adds the amounts that several listings or columns share.
    `behind` is what the format of a cell shows behind its number (number_formats.behind), likewise by place.
    """

    sheet: bool = False
    rows: list[int] = field(default_factory=list)
    columns: list[tuple[int, int]] = field(default_factory=list)
    without_value: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    behind: dict[tuple[int, int], str] = field(default_factory=dict)
    merged: list[Merged] = field(default_factory=list)


def look(parts: Mapping[str, bytes], samples: Mapping[str, bytes]) -> dict[str, Hidden]:
    """Return what is hidden by sheet name. Raises KeyError where a part is missing.

    `samples` hold, for some of the sheets, everything that comes in them once (plain.Rows).
    """
    found = {}
    styles = _styles_with_units(parts.get("xl/styles.xml", b""))
    for name, path, is_hidden in sheets(parts["xl/workbook.xml"], parts["xl/_rels/workbook.xml.rels"]):
        hidden = _look_at(parts[path], samples.get(path)) if path else Hidden()
        if styles and path:
            hidden.behind = _behind(parts[path], styles)
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
    for corners in _MERGED.findall(xml, max(xml.rfind(b"sheetData>"), 0)):
        first, last = (_position(corner.decode()) for corner in corners)
        hidden.merged.append(Merged(*first, *last))
    return hidden


def superscripts_apart(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the parts with spaces around what is raised in a text: a note mark at 400 is no digit of it."""
    return {
        name: _SUPERSCRIPT.sub(rb'\1 xml:space="preserve"> \2 ', part) if b"superscript" in part else part
        for name, part in parts.items()
    }


# Most workbooks of one program have the same styles, and most of all have no such format.
@lru_cache(maxsize=64)
def _styles_with_units(styles: bytes) -> dict[bytes, str]:
    """Return what a format shows behind a number by the style of a cell, as cells refer to it."""
    formats = {}
    defined = _FORMATS.search(styles)
    for said in map(_attributes, _FORMAT.findall(defined[0]) if defined else ()):
        if behind := number_formats.behind(html.unescape(said.get(b"formatCode", b"").decode())):
            formats[said.get(b"numFmtId")] = behind
    listed = _STYLES.search(styles) if formats else None
    used = [_attributes(tag).get(b"numFmtId") for tag in _STYLE.findall(listed[0])] if listed else []
    return {b"%d" % n: formats[number] for n, number in enumerate(used) if number in formats}


def _behind(xml: bytes, styles: Mapping[bytes, str]) -> dict[tuple[int, int], str]:
    """Return what the formats of a sheet's cells with a number show behind it, by place."""
    cells = re.compile(rb"<(?:\w+:)?c\b([^>]*\bs=[\"'](?:" + b"|".join(styles) + rb")[\"'][^>]*)>")
    found = {}
    for said in map(_attributes, cells.findall(xml)):
        if said.get(b"t", b"n") == b"n" and (place := said.get(b"r")):
            found[_position(place.decode())] = styles[said[b"s"]]
    return found


def _position(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[len(letters) :]) - 1, column - 1
