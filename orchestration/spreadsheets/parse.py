"""One submission from bytes to rows: accepted candidates, refusals, repairs, and every other line of the file.

Nothing is dropped: a row of the file is a data row, a refused row, or an `other` row (heading, header, total,
note). The tables that come out and their columns are in `tables.py`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from orchestration import registry
from orchestration.registry import Lgo
from orchestration.spreadsheets import headings, transfers
from orchestration.spreadsheets.headers import Header, closest, find_headers, table_ends
from orchestration.spreadsheets.headings import Heading
from orchestration.spreadsheets.layouts import (
    Field,
    fields,
    header_as_written,
    messages,
    statements,
    words,
)
from orchestration.spreadsheets.readers import Sheet, Unreadable, read
from orchestration.spreadsheets.thai import arabic_digits, clean, key
from orchestration.spreadsheets.values import READ_AS, BadCell, cell_reference, is_blank

LISTING_CODE = re.compile(r"^([1-9]\d?)\.(\d{1,2})\.(\d{1,3})\.?(?=\D|$)\s*(.*)$", re.DOTALL)
# The column that makes a row a data row, and what to call it when it is missing.
ANCHOR = {
    "division_listing": "listing_text",
    "eplan_project": "eplan_seq",
    "eplan_dimension": "dimension_text",
    "eplan_status": "minimum_projects",
    "ranking": "ranking_seq",
    "crosswalk": "eplan_seq",
}
# Fewer sentences than this on a sheet without a table are a coincidence, not an e-PlanNACC summary.
FEWEST_STATEMENTS = 3
STATUS_MARKS = ("awaiting_report", "in_progress", "completed", "unable")
AMOUNT_FIELDS_WITH_TRANSFERS = ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht")

Row = dict[str, Any]


@dataclass
class Parsed:
    """What came out of one submission: rows by table (see tables.py), and what the file says of itself."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    lgo_code: str | None = None
    division: str | None = None
    province_code: str | None = None

    def add(self, table: str, row: Row) -> None:
        self.rows.setdefault(table, []).append(row)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in [*fields()] if self.rows.get(kind)]


class Refused(Exception):
    """The whole file is refused; carries the rule, the words for its message, and where."""

    def __init__(self, rule: str, *, sheet: str | None = None, row: int | None = None, **said: object) -> None:
        super().__init__(rule)
        self.rule, self.sheet, self.row, self.said = rule, sheet, row, said


def parse(content: bytes, round_key: str, source_file: str, sha256: str, scope: frozenset[str]) -> Parsed:
    """Parse one submission of a round.

    `scope` are the lgo_codes whose files are taken. A file that is refused comes back with one row in
    `quarantine` and none in the kinds of tables; a refused row comes back in `quarantine` beside the others.
    Never raises for bad input.
    """
    parser = _Parser(round_key, source_file, sha256, scope)
    try:
        parser.parse(content)
    except Unreadable as error:
        parser.refuse(Refused(error.rule, found=error.found))
    except Refused as error:
        parser.refuse(error)
    return parser.parsed


class _Parser:
    def __init__(self, round_key: str, source_file: str, sha256: str, scope: frozenset[str]) -> None:
        self.round_key, self.source_file, self.sha256, self.scope = round_key, source_file, sha256, scope
        self.parsed = Parsed()
        self.heading = Heading(None, None, (), None, None)

    # -- the file

    def parse(self, content: bytes) -> None:
        sheets = read(content)
        tables = [(sheet, find_headers(sheet)) for sheet in sheets]
        lines = [line for sheet, found in tables for line in _lines_outside(sheet, found)]
        self.heading = headings.read_heading(lines, self.scope)
        self._check_owner(tables)
        sentences = {sheet.name: self._parse_statements(sheet) for sheet, found in tables if not found}
        headers = [(sheet, header) for sheet, found in tables for header in found]
        if not headers and not any(sentences.values()):
            raise Refused("header_unknown", found=_first_lines(sheets))
        for sheet, header in headers:
            if header.missing:
                missing = header.missing[0]
                raise Refused(
                    "header_incomplete",
                    sheet=sheet.name,
                    row=header.top + 1,
                    expected="«" + header_as_written(header.kind, missing) + "»",
                    found="«" + (closest(header, missing) or "-") + "»",
                )
        for sheet, found in tables:
            self._parse_sheet(sheet, found, sentences.get(sheet.name, set()))
        if not self.parsed.kinds and not self.parsed.rows.get("quarantine"):
            raise Refused("no_rows")
        self._check_duplicates()

    def _check_owner(self, tables: list[tuple[Sheet, list[Header]]]) -> None:
        """Refuse a file whose own heading names another round or local government than it was placed under."""
        heading = self.heading
        if heading.round_key and heading.round_key != self.round_key:
            raise Refused("other_round", found=heading.round_key, expected=self.round_key)
        kinds = {header.kind for _, found in tables for header in found}
        if kinds == {"crosswalk"}:
            return
        if kinds == {"ranking"}:
            self._check_province()
            return
        lgo = self._local_government()
        self.parsed.lgo_code = lgo.lgo_code
        self.parsed.province_code = heading.province_code or lgo.province_code
        if "division_listing" in kinds:
            self.parsed.division = heading.division

    def _local_government(self) -> Lgo:
        heading = self.heading
        expected = _lgo_names(self.scope)
        if heading.lgos and len(heading.lgos) == 1:
            lgo = heading.lgos[0]
            if lgo.lgo_code not in self.scope:
                raise Refused(
                    "other_lgo", found=f"{lgo.full_name} ({lgo.district} {lgo.province})", expected=expected
                )
            return lgo
        if heading.lgo_written or len(self.scope) != 1:
            raise Refused("unknown_lgo", found=heading.lgo_written or "-", expected=expected)
        # No name anywhere and only one that it can be: a form without its title lines.
        return registry.register()[next(iter(self.scope))]

    def _check_province(self) -> None:
        expected = sorted({registry.register()[code].province_code for code in self.scope})
        province = self.heading.province_code or (expected[0] if len(expected) == 1 else None)
        if province not in expected:
            found = registry.provinces().get(province or "", "-")
            raise Refused(
                "other_lgo",
                found="จังหวัด" + found,
                expected="จังหวัด" + " ".join(registry.provinces()[code] for code in expected),
            )
        self.parsed.province_code = province

    def _check_duplicates(self) -> None:
        for kind, keys in (
            ("division_listing", "listing_code"),
            ("eplan_project", "eplan_seq"),
            ("eplan_dimension", "dimension"),
        ):
            seen: set[object] = set()
            for row in self.parsed.rows.get(kind, ()):
                if row[keys] in seen:
                    raise Refused(
                        "duplicate_key", found=row[keys], sheet=row["source_sheet"], row=row["source_row"]
                    )
                seen.add(row[keys])

    def refuse(self, refused: Refused) -> None:
        """Quarantine the file as a whole: no row of it counts, one line says why."""
        self.parsed.rows = {}
        self._quarantine(refused.rule, refused.sheet, refused.row, None, None, refused.said, None)

    # -- sheets and rows

    def _parse_sheet(self, sheet: Sheet, found: list[Header], sentences: set[int]) -> None:
        first = found[0].top if found else len(sheet.rows)
        for y in range(first):
            if y not in sentences:
                self._other("heading" if found or sentences else "unrecognised", sheet, y)
        titles = {key("".join(row)) for row in sheet.rows[:first] if any(row)}
        # By kind: a dimension goes on below a repeated page heading without being written again.
        carried: dict[str, dict[str, str]] = {}
        for header, end in table_ends(found, sheet):
            for y in range(header.top, header.bottom):
                self._other("header", sheet, y)
            self._report_unknown_columns(sheet, header)
            self._parse_table(sheet, header, end, titles, carried.setdefault(header.kind, {}))

    def _report_unknown_columns(self, sheet: Sheet, header: Header) -> None:
        for x, written in header.unknown.items():
            column = {"column_cell": cell_reference(header.bottom, x), "column_as_written": written}
            self._repair(
                self._source(sheet, header.bottom - 1) | column,
                "unknown_column",
                "column",
                after="",
                detail_th=f"ไม่รู้จักคอลัมน์ «{written}» จึงไม่ได้นำข้อมูลในคอลัมน์นี้ไปใช้",
                detail_en=f"The column {written} is not known; what stands in it was not used.",
            )

    def _parse_table(
        self, sheet: Sheet, header: Header, end: int, titles: set[str], carried: dict[str, str]
    ) -> None:
        read_fields = [f for f in fields()[header.kind] if f.is_read]
        for y in range(header.bottom, end):
            texts = sheet.rows[y]
            if not any(text.strip() for text in texts):
                continue
            if key("".join(texts)) in titles:
                self._other("heading", sheet, y)
                continue
            cells = {
                f.name: (texts[x] if x < len(texts) else "")
                for f in read_fields
                if (x := header.columns.get(f.name)) is not None
            }
            role = _role(header.kind, cells, texts)
            if role != "data":
                if role == "ranking_count":
                    self._ranking_count(sheet, y, texts)
                elif role == "incomplete":
                    self._quarantine_row("row_without_code", sheet, y, header, ANCHOR[header.kind])
                else:
                    self._other(role, sheet, y)
                continue
            for f in read_fields:
                if f.presence == "fill_down" and f.name in cells:
                    carried[f.name] = cells[f.name] if cells[f.name].strip() else carried.get(f.name, "")
                    cells[f.name] = carried[f.name]
            self._data_row(sheet, y, header, read_fields, cells)

    def _data_row(
        self, sheet: Sheet, y: int, header: Header, read_fields: list[Field], cells: dict[str, str]
    ) -> None:
        row = self._source(sheet, y)
        plain = dict(cells)
        found_transfers: list[tuple[str, transfers.Word, Decimal]] = []
        if header.kind == "division_listing":
            for name in AMOUNT_FIELDS_WITH_TRANSFERS:
                plain[name], found = transfers.split_amount(cells.get(name, ""))
                found_transfers += [(name, word, baht) for word, baht in found]
        for f in read_fields:
            x = header.columns.get(f.name)
            written = cells.get(f.name, "")
            row[f"{f.name}_as_written"] = written or None
            row[f"{f.name}_cell"] = cell_reference(y + 1, x) if x is not None else None
            try:
                row[f.name] = READ_AS[f.type](plain.get(f.name, "")) if x is not None else None
            except BadCell as error:
                self._quarantine_row(error.rule, sheet, y, header, f.name)
                return
        try:
            moves = DERIVE[header.kind](self, row, found_transfers) if header.kind in DERIVE else []
        except _BadRow as error:
            self._quarantine_row(error.rule, sheet, y, header, error.field)
            return
        self.parsed.add(header.kind, row)
        self._record_transfers(row, moves)

    def _record_transfers(self, row: Row, moves: list[transfers.Transfer]) -> None:
        for n, move in enumerate(moves, start=1):
            where = {"cell": row[f"{move.field}_cell"], "as_written": row[f"{move.field}_as_written"]}
            self.parsed.add(
                "transfer",
                self._copy_source(row)
                | where
                | {
                    "listing_code": row["listing_code"],
                    "transfer_seq": n,
                    "direction": move.direction,
                    "amount_baht": move.amount_baht,
                    "word": move.word,
                },
            )
            if not move.standard:
                word = "โอนเพิ่ม" if move.direction == "in" else "โอนลด"
                self._repair(
                    row,
                    "transfer_word_unclear",
                    move.field,
                    after=f"{word} {move.amount_baht:,.2f}",
                    detail_th=f"อ่านคำว่า {move.word} เป็น {word} เพราะยอดคงเหลือที่ระบุถูกต้องเมื่ออ่านเช่นนี้เท่านั้น",
                    detail_en=f"Read {move.word} as {word}: only so does the stated remaining amount come true.",
                )

    def _ranking_count(self, sheet: Sheet, y: int, texts: list[str]) -> None:
        written = [(x, text) for x, text in enumerate(texts) if text.strip()]
        (label_x, label), (count_x, counted) = written
        row = self._source(sheet, y) | {
            "lgo_code": None,
            "province_code": self.parsed.province_code,
            "implementation_level": READ_AS["level"](label),
            "lgos": READ_AS["count"](counted),
            "lgos_as_written": counted,
            "lgos_cell": cell_reference(y + 1, count_x),
            "implementation_level_as_written": label,
            "implementation_level_cell": cell_reference(y + 1, label_x),
        }
        self.parsed.add("ranking_count", row)

    # -- statements: figures inside sentences

    def _parse_statements(self, sheet: Sheet) -> set[int]:
        """Read the sentences of the e-PlanNACC summary; return their rows (none: the sheet is no summary)."""
        types = {f.name: f.type for f in fields()["eplan_summary"]}
        found: dict[str, tuple[int, int, str]] = {}
        for y, texts in enumerate(sheet.rows):
            for x, text in enumerate(texts):
                for name, pattern in statements("eplan_summary") if text else ():
                    if name not in found and (match := pattern.search(key(text))):
                        found[name] = (y, x, match["value"])
        if len(found) < FEWEST_STATEMENTS:
            return set()
        row = self._source(sheet, min(y for y, _, _ in found.values())) | dict.fromkeys(types)
        for name, (y, x, value) in found.items():
            cell, written = cell_reference(y + 1, x), sheet.rows[y][x]
            row |= {f"{name}_as_written": written, f"{name}_cell": cell}
            try:
                row[name] = READ_AS[types[name]](value)
            except BadCell as error:
                self._quarantine(error.rule, sheet.name, y + 1, cell, written, {"found": value}, None)
        self.parsed.add("eplan_summary", row)
        return {y for y, _, _ in found.values()}

    # -- rows that go elsewhere

    def _source(self, sheet: Sheet, y: int) -> Row:
        return {
            "round_key": self.round_key,
            "lgo_code": self.parsed.lgo_code,
            "source_file": self.source_file,
            "source_sha256": self.sha256,
            "source_sheet": sheet.name,
            "source_row": y + 1,
        }

    @staticmethod
    def _copy_source(row: Row) -> Row:
        names = ("round_key", "lgo_code", "source_file", "source_sha256", "source_sheet", "source_row")
        return {name: row[name] for name in names}

    def _other(self, role: str, sheet: Sheet, y: int) -> None:
        if any(text.strip() for text in sheet.rows[y]):
            self.parsed.add("other_row", self._source(sheet, y) | {"role": role, "row_text": _json(sheet.rows[y])})

    def _repair(self, row: Row, rule: str, name: str, *, after: str, detail_th: str, detail_en: str) -> None:
        self.parsed.add(
            "repair",
            self._copy_source(row)
            | {
                "rule": rule,
                "field": name,
                "cell": row[f"{name}_cell"],
                "before": row[f"{name}_as_written"],
                "after": after,
                "detail_th": detail_th,
                "detail_en": detail_en,
            },
        )

    def _quarantine_row(self, rule: str, sheet: Sheet, y: int, header: Header, name: str) -> None:
        x = header.columns.get(name)
        texts = sheet.rows[y]
        written = texts[x] if x is not None and x < len(texts) else ""
        said = {
            "found": "«" + (" ".join(written.split()) or "-") + "»",
            "expected": "«" + header_as_written(header.kind, name) + "»",
        }
        cell = cell_reference(y + 1, x) if x is not None else None
        self._quarantine(rule, sheet.name, y + 1, cell, written, said, _json(texts))

    def _quarantine(
        self,
        rule: str,
        sheet: str | None,
        row: int | None,
        cell: str | None,
        written: str | None,
        said: dict[str, Any],
        row_text: str | None,
    ) -> None:
        message = messages()[rule]
        placeholders = {"sheet": sheet, "row": row, "cell": cell, "found": "-", "expected": "-"} | said
        self.parsed.add(
            "quarantine",
            {
                "round_key": self.round_key,
                "lgo_code": self.parsed.lgo_code,
                "source_file": self.source_file,
                "source_sha256": self.sha256,
                "source_sheet": sheet,
                "source_row": row,
                "division": self.parsed.division or self.heading.division,
                "cell": cell,
                "rule": rule,
                "scope": message.scope,
                "value_as_written": written or (str(said["found"]) if said.get("found") else None),
                "expected": str(said["expected"]) if said.get("expected") else None,
                "message_th": message.th.format(**placeholders),
                "message_en": message.en.format(**placeholders),
                "row_text": row_text,
            },
        )


class _BadRow(Exception):
    def __init__(self, rule: str, field: str) -> None:
        super().__init__(rule)
        self.rule, self.field = rule, field


# -- what a row of each kind means beyond its cells


def _derive_division_listing(
    parser: _Parser, row: Row, in_cells: list[tuple[str, transfers.Word, Decimal]]
) -> list[transfers.Transfer]:
    code = LISTING_CODE.match(arabic_digits(row["listing_text"]))
    if code is None or not code[4]:
        raise _BadRow("text_missing", "listing_text")
    row["listing_code"] = ".".join(str(int(part)) for part in code.groups()[:3])
    # The name keeps its own digits; only the code in front of it is taken off.
    row["listing_name"] = clean(row["listing_text"])[code.start(4) :].strip()
    row["dimension"] = str(int(code[1]))
    row["mission"] = f"{int(code[1])}.{int(code[2])}"
    row["division"] = parser.parsed.division
    row["status"] = _status(row)
    remark = row.get("remark") or ""
    in_remark = [("remark", w, b) for w, b in transfers.in_remark(remark, row["budget_ordinance_baht"])]
    try:
        moves = transfers.settle(
            in_cells, in_remark, row["budget_ordinance_baht"], row["disbursed_baht"], row["remaining_baht"]
        )
    except BadCell as error:
        raise _BadRow(error.rule, in_cells[0][0] if in_cells else "remark") from error
    for direction in ("in", "out"):
        row[f"transfer_{direction}_baht"] = sum(
            (m.amount_baht for m in moves if m.direction == direction), Decimal("0.00")
        )
    return moves


def _derive_eplan_project(parser: _Parser, row: Row, _: object) -> list[transfers.Transfer]:
    printed = arabic_digits(row["dimension_text"] or "").replace(" ", "")
    if not re.fullmatch(r"\*?[1-9]\d?", printed):
        raise _BadRow("dimension_unreadable", "dimension_text")
    if not row["project_name"]:
        raise _BadRow("text_missing", "project_name")
    row["dimension"] = printed.lstrip("*")
    row["is_initial"] = not printed.startswith("*")
    row["status"] = _status(row)
    return []


def _derive_eplan_dimension(parser: _Parser, row: Row, _: object) -> list[transfers.Transfer]:
    printed = key(row["dimension_text"] or "").removeprefix("มิติที่")
    row["dimension"] = printed if printed.isdecimal() else "total"
    return []


def _derive_ranking(parser: _Parser, row: Row, _: object) -> list[transfers.Transfer]:
    row["province_code"] = parser.parsed.province_code
    row["is_capped"] = (row["implementation_pct_as_written"] or "").strip().startswith("*")
    lgo, exact = registry.find(row["lgo_name"] or "", row["province_code"], row["district"] or "")
    row["lgo_code"] = lgo.lgo_code if lgo else None
    if lgo and not exact:
        parser._repair(
            row,
            "lgo_name_spelling",
            "lgo_name",
            after=lgo.full_name,
            detail_th="ชื่อต่างจากทะเบียนเพียงวรรณยุกต์ และมีเพียงแห่งเดียวในอำเภอนี้ที่ชื่อเช่นนี้",
            detail_en="The name differs from the register only in tone marks, and only one in the district fits.",
        )
    return []


def _derive_crosswalk(parser: _Parser, row: Row, _: object) -> list[transfers.Transfer]:
    """The pairs of a crosswalk name their round and local government themselves, in every row."""
    if row["round_key"] != parser.round_key:
        raise Refused("other_round", found=row["round_key"] or "-", expected=parser.round_key)
    if row["lgo_code"] not in parser.scope:
        raise Refused("other_lgo", found=row["lgo_code"] or "-", expected=_lgo_names(parser.scope))
    parser.parsed.lgo_code = row["lgo_code"]
    return []


DERIVE = {
    "division_listing": _derive_division_listing,
    "eplan_project": _derive_eplan_project,
    "eplan_dimension": _derive_eplan_dimension,
    "ranking": _derive_ranking,
    "crosswalk": _derive_crosswalk,
}


def _status(row: Row) -> str | None:
    """Return the status with the only mark; None for no mark or several, which dbt reports as a finding."""
    marked = [name for name in STATUS_MARKS if row.get(name)]
    return marked[0] if len(marked) == 1 else None


# -- what a line of a table is


def _role(kind: str, cells: dict[str, str], texts: list[str]) -> str:
    """Tell a data row from a total, a ranking count, a note, or a row with figures but without its key."""
    anchor = cells.get(ANCHOR[kind], "")
    if _is_anchor(kind, anchor):
        return "data"
    written = [text for text in texts if text.strip()]
    first = key(written[0])
    if any(first.startswith(word) for word in words("total")):
        return "data" if kind == "eplan_dimension" else "total"
    if kind == "ranking" and len(written) == 2 and first in _level_words() and key(written[1]).isdecimal():
        return "ranking_count"
    figures = [f for f in fields()[kind] if f.is_read and f.type in ("amount", "count", "percent", "mark")]
    if any(not is_blank(cells.get(f.name, "")) and _reads(f, cells[f.name]) for f in figures):
        return "incomplete"
    return "note"


def _is_anchor(kind: str, text: str) -> bool:
    plain = arabic_digits(clean(text))
    if kind == "division_listing":
        return LISTING_CODE.match(plain) is not None
    if kind == "eplan_dimension":
        return key(plain).removeprefix("มิติที่").isdecimal()
    return plain.isdecimal()


def _reads(f: Field, text: str) -> bool:
    try:
        return READ_AS[f.type](text) not in (None, False)
    except BadCell:
        return False


def _level_words() -> frozenset[str]:
    return words("level_high") | words("level_medium") | words("level_low")


# -- small things


def _lines_outside(sheet: Sheet, found: list[Header]) -> list[str]:
    """Return the text above the first table (the whole sheet where there is none), one line a row."""
    end = found[0].top if found else len(sheet.rows)
    return sheet.preamble + [line for row in sheet.rows[:end] if (line := " ".join(c for c in row if c.strip()))]


def _first_lines(sheets: list[Sheet]) -> str:
    lines = [line for sheet in sheets for row in sheet.rows if (line := " | ".join(c for c in row if c.strip()))]
    return "«" + " / ".join(lines[:2])[:200] + "»"


def _lgo_names(scope: frozenset[str]) -> str:
    names = [registry.register()[code].full_name for code in sorted(scope)]
    return " ".join(names[:3]) + (f" และอีก {len(names) - 3} แห่ง" if len(names) > 3 else "")


def _json(texts: list[str]) -> str:
    return json.dumps(texts, ensure_ascii=False)
