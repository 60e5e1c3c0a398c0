"""Whose file it is and of which round: what its headings say, against the folder that it was placed in."""

from __future__ import annotations

import re

from orchestration import registry
from orchestration.registry import Lgo
from orchestration.rounds import calendar
from orchestration.spreadsheets import headings
from orchestration.spreadsheets.headers import Header
from orchestration.spreadsheets.readers import Sheet
from orchestration.spreadsheets.records import Records
from orchestration.spreadsheets.rows import Refused, lgo_names
from orchestration.spreadsheets.thai import clean, key

Tables = list[tuple[Sheet, list[Header]]]

# A section is part of a division, and stands for one only where none is named.
_SECTION = "ฝ่าย"
_BEGINS = ("กอง", "สำนัก", "หน่วย", _SECTION)
# An address, a unit of money, or a sentence about an office: กองคลัง ผู้รวบรวมข้อมูล.
_NO_DIVISION = re.compile(
    r"^สำนักงาน(?!ปลัด)|^หน่วย.*(?:บาท|ล้าน)|\s(?:ผู้|เรียน|เสนอ|ขอ|แจ้ง|ส่ง|รวบรวม|ได้|ให้|โปรด|กรุณา|กำหนด)"
)
_OF_THE_LGO = re.compile(r"\s*(?:เทศบาล|องค์กา?ร|อบต|อบจ).*")


def identify(records: Records, scope: frozenset[str], tables: Tables) -> None:
    """Set the heading, local government, division and province of a file from the lines around its tables.

    Raises Refused other_round, other_lgo, unknown_lgo or several_divisions.
    """
    _read_headings(records, scope, tables)
    _check_owner(records, scope, tables)
    # Not before the owner is known: what is put right is told to whom the file is from.
    if records.heading.lgos:
        _report_spelling(records, tables)


def _read_headings(records: Records, scope: frozenset[str], tables: Tables) -> None:
    """Read the lines above the tables; the sheets of one file must not be of several rounds or owners.

    Sheets with tables come first: a sheet of notes may name anybody.
    """
    with_tables = [(sheet, found) for sheet, found in tables if found]
    lines = [_lines_outside(sheet, found) for sheet, found in with_tables]
    others = [line for sheet, found in tables if not found for line in _lines_outside(sheet, found)]
    of_tables = [line for sheet in lines for line in sheet]
    records.heading = headings.read_heading(of_tables + others, scope)
    this = calendar().get(records.round_key)
    if this and not records.heading.round_key:
        said = headings.contradiction(of_tables or others, this)
        if said:
            raise Refused("other_round", found=said, expected=records.round_key)
    if len(with_tables) < 2:
        return
    owns = [headings.read_heading(own, scope) for own in lines]
    is_of_this_too = any(own.round_key == records.round_key for own in owns)
    for (sheet, found), heading in zip(with_tables, owns, strict=True):
        if heading.round_key and heading.round_key != records.round_key:
            if is_of_this_too:
                raise Refused(
                    "several_rounds", sheet=sheet.name, found=heading.round_key, expected=records.round_key
                )
            raise Refused("other_round", found=f"{heading.round_key} ({sheet.name})", expected=records.round_key)
        if len(heading.lgos) == 1 and heading.lgos[0].lgo_code not in scope and found[0].kind != "ranking":
            raise Refused("other_lgo", found=_with_place(heading.lgos[0]), expected=lgo_names(scope))


def _check_owner(records: Records, scope: frozenset[str], tables: Tables) -> None:
    """Refuse a file whose own heading names another round or local government than it was placed under."""
    heading = records.heading
    if heading.round_key and heading.round_key != records.round_key:
        raise Refused("other_round", found=heading.round_key, expected=records.round_key)
    kinds = {header.kind for _, found in tables for header in found}
    if kinds and kinds <= {"crosswalk", "correction"}:
        return
    if kinds == {"ranking"}:
        _check_province(records, scope)
        return
    lgo = _local_government(records, scope)
    records.parsed.lgo_code = lgo.lgo_code
    records.parsed.province_code = heading.province_code or lgo.province_code
    if "division_listing" in kinds:
        records.parsed.division = _division(records, tables)


def _division(records: Records, tables: Tables) -> str | None:
    """Return the division of the file. Raises Refused several_divisions: each sends its own file."""
    named: dict[str, str] = {}
    for sheet, found in tables:
        tops = {header.top for header in found if header.kind == "division_listing"}
        for y in range(max(tops, default=0)):
            line = clean(" ".join(cell for cell in sheet.rows[y] if cell and not cell.isspace()))
            if line and (division := headings.labelled_division(line)):
                named.setdefault(key(division), division)
    unlabelled = _unlabelled_divisions(tables)
    divisions = [name for name in unlabelled if not name.startswith(_SECTION)]
    for division in divisions if divisions or named else unlabelled:
        if not any(_is_same(division, other) for other in named.values()):
            named[key(division)] = division
    if len(named) > 1:
        raise Refused("several_divisions", found=" และ ".join(f"«{name}»" for name in named.values()))
    return records.heading.division


def _unlabelled_divisions(tables: Tables) -> list[str]:
    """Return what the sheets of listings name as their division without the word for it, above their first table.

    Nothing for a single sheet: its one division is that of the file.
    """
    forms = [(sheet, found) for sheet, found in tables if any(h.kind == "division_listing" for h in found)]
    if len(forms) < 2:
        return []
    return [name for sheet, found in forms if (name := _unlabelled_division(_lines_outside(sheet, found)))]


def _unlabelled_division(lines: list[str]) -> str | None:
    lines = [clean(line) for line in lines]
    if any(map(headings.labelled_division, lines)):
        return None
    for line in lines:
        if not line.startswith(_BEGINS) or _NO_DIVISION.search(line):
            continue
        if division := headings.read_heading([line], frozenset()).division:
            return division
    return None


def own_name(division: str) -> str:
    """Return the name of a division without the office that it is of.

    >>> own_name("สำนักปลัดเทศบาล"), own_name("กองช่าง อบต.บางรัก")
    ('สำนักปลัด', 'กองช่าง')
    """
    return _OF_THE_LGO.sub("", division)


def _is_same(division: str, other: str) -> bool:
    """Tell whether two names are those of one division: กองช่าง, กองช่าง เทศบาลนครตรัง, กองช่าง งานสาธารณูปโภค."""
    short, long = sorted(map(own_name, (division, other)), key=len)
    return key(short) == key(long) or long.startswith(short + " ")


def _local_government(records: Records, scope: frozenset[str]) -> Lgo:
    heading = records.heading
    expected = lgo_names(scope)
    if heading.lgos and len(heading.lgos) == 1:
        lgo = heading.lgos[0]
        if lgo.lgo_code not in scope:
            raise Refused("other_lgo", found=_with_place(lgo), expected=expected)
        return lgo
    if heading.lgo_written or len(scope) != 1:
        raise Refused("unknown_lgo", found=heading.lgo_written or "-", expected=expected)
    # No name anywhere and only one that it can be: a form without its title lines.
    return registry.register()[next(iter(scope))]


def _report_spelling(records: Records, tables: Tables) -> None:
    """Say so where the heading's name was taken although it is not spelt as in the register."""
    lgo, written = records.heading.lgos[0], records.heading.lgo_written or ""
    if len(records.heading.lgos) > 1 or registry.is_spelt(lgo, written):
        return
    for sheet, _ in tables:
        for y, texts in enumerate(sheet.rows):
            x = next((x for x, text in enumerate(texts) if key(written) in key(text)), None)
            if x is not None:
                records.repair_cell(
                    sheet,
                    "lgo_name_spelling",
                    "lgo_name",
                    (y, x),
                    after=lgo.full_name,
                    detail_th="ชื่อต่างจากทะเบียนเพียงวรรณยุกต์",
                    detail_en="The name differs from the register only in tone marks.",
                )
                return


def _check_province(records: Records, scope: frozenset[str]) -> None:
    expected = sorted({registry.register()[code].province_code for code in scope})
    province = records.heading.province_code or (expected[0] if len(expected) == 1 else None)
    if province not in expected:
        found = registry.provinces().get(province or "", "-")
        raise Refused(
            "other_lgo",
            found="จังหวัด" + found,
            expected="จังหวัด" + " ".join(registry.provinces()[code] for code in expected),
        )
    records.parsed.province_code = province


def _with_place(lgo: Lgo) -> str:
    return f"{lgo.full_name} ({lgo.district} {lgo.province})"


def _lines_outside(sheet: Sheet, found: list[Header]) -> list[str]:
    """Return the text above the first table (the whole sheet where there is none), one line a row."""
    end = found[0].top if found else len(sheet.rows)
    return sheet.preamble + [line for row in sheet.rows[:end] if (line := " ".join(c for c in row if c.strip()))]
