"""One submission from bytes to rows: accepted candidates, refusals, repairs, and every other line of the file.

Nothing is dropped: a row of the file is a data row, a refused row, or an `other` row (heading, header, total,
note). What a line is: `roles.py`; what a row of data means: `rows.py`. The tables that come out and their
columns are in `tables.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

from orchestration import registry
from orchestration.spreadsheets import RETURN_SHEETS, columns, outside, transfers, unit_lines
from orchestration.spreadsheets.columns import Layouts
from orchestration.spreadsheets.grid import Cells, Grid
from orchestration.spreadsheets.headers import (
    BANDS,
    Header,
    band,
    closest,
    find_headers,
    pages_without_header,
    put_codes_before_names,
    rivals,
    table_ends,
    tables_beside,
)
from orchestration.spreadsheets.layouts import (
    MONEY,
    Field,
    fields,
    header_as_written,
    statement_names,
    statements,
)
from orchestration.spreadsheets.ooxml import Hidden
from orchestration.spreadsheets.owner import Tables, identify
from orchestration.spreadsheets.readers import Sheet, Unreadable, read_together
from orchestration.spreadsheets.records import Parsed as Parsed
from orchestration.spreadsheets.records import Records
from orchestration.spreadsheets.roles import ANCHOR, role, states_money
from orchestration.spreadsheets.rows import (
    DERIVE,
    BadRow,
    Context,
    Found,
    Refused,
    amounts_and_transfers,
    columns_put_back,
    lgo_names,
    transfer_unit,
)
from orchestration.spreadsheets.rows import Row as Row
from orchestration.spreadsheets.thai import arabic_digits, clean, key
from orchestration.spreadsheets.totals import Totals
from orchestration.spreadsheets.values import (
    BAHT,
    READ_AS,
    BadCell,
    cell_reference,
    column_letters,
    is_blank,
)

# Beyond the last column of a table by as many columns, a cell is a stray one.
FAR_COLUMNS = 10
# Fewer sentences than this on a sheet without a table are a coincidence, not an e-PlanNACC summary.
FEWEST_STATEMENTS = 3
# A page with a word in bold has the text before it, the word and the text behind it.
PIECES_OF_A_SENTENCE = 5
# The text that a page break may split, and what holds the name that it is part of.
MAY_BE_SPLIT = {
    "division_listing": ("listing_text", "listing_name"),
    "eplan_project": ("project_name", "project_name"),
}
# Of what kinds a table has amounts of money in rows.
KINDS_OF_MONEY = ("division_listing", "eplan_project", "eplan_dimension")
# 85.71 % of a cell that is formatted as percent, as a reader of its number sees it.
FRACTION = re.compile(r"0?\.\d{3,}")
# Tables whose rows are reviewed decisions: one without rows has none, where a form without rows is a mistake.
REGISTERS = {"correction", "crosswalk"}
# What refuses a row of a register, and the file if it refuses them all.
MISPLACED = {"row_of_other_round": "other_round", "row_of_other_lgo": "other_lgo"}
# A field, the names of the columns for its text and its cell, and whether what is in it has a unit of money.
ColumnRead = tuple[Field, str, str, bool]
# Where a text stands (row, column; None: in no cell), and the text.
Line = tuple[tuple[int, int] | None, str]


def parse(
    content: bytes,
    round_key: str,
    source_file: str,
    sha256: str,
    scope: frozenset[str],
    layouts: Layouts | None = None,
) -> Parsed:
    """Parse one submission of a round.

    `scope` are the lgo_codes whose files are taken; `layouts` remembers from file to file what texts mean.
    A file that is refused comes back with one row in `quarantine` and none in the kinds of tables; a refused row
    comes back in `quarantine` beside the others.
    Never raises for bad input.
    """
    layouts = layouts or Layouts()
    (taken,) = take_apart([content], layouts)
    return parse_sheets(taken, round_key, source_file, sha256, scope, layouts)


@dataclass
class TakenApart:
    """The sheets of a submission with the headers of the tables on them; or why it cannot be read."""

    sheets: list[Sheet]
    tables: Tables = field(default_factory=list)
    unreadable: Unreadable | None = None
    # What the cells below headers are (columns.tell), by `_place`.
    told: dict[tuple[int, int], columns.Told] = field(default_factory=dict)


def take_apart(contents: Sequence[bytes], layouts: Layouts) -> list[TakenApart]:
    """Read submissions, find the tables in each, and look at those of one layout together."""
    taken = [_with_headers(sheets) for sheets in read_together(contents, layouts.texts)]
    alike: dict[columns.Layout, list[tuple[TakenApart, tuple[int, int], Cells]]] = {}
    for one in taken:
        for sheet, found in one.tables:
            if isinstance(sheet.rows, Grid):
                for header, end in table_ends(found, sheet):
                    if layout := _layout_of(header, end, layouts):
                        cells = columns.body_of(header, sheet.rows, end, layouts.texts)
                        alike.setdefault(layout, []).append((one, _place(sheet, header), cells))
    for layout, tables in alike.items():
        for (one, place, _), told in zip(tables, columns.tell(layout, [c for *_, c in tables]), strict=True):
            one.told[place] = told
    return taken


def _with_headers(sheets: list[Sheet] | Unreadable) -> TakenApart:
    if isinstance(sheets, Unreadable):
        return TakenApart([], unreadable=sheets)
    taken = TakenApart(sheets)
    try:
        for sheet in sheets:
            whole = sheet.name in RETURN_SHEETS
            taken.tables += [(sheet, [])] if whole else tables_beside(sheet, find_headers(sheet))
        taken.tables = pages_without_header(taken.tables)
    except Unreadable as error:
        taken.unreadable = error
        return taken
    for sheet, found in taken.tables:
        found[:] = [_with_units(sheet, header, found[0].top) for header in found]
        put_codes_before_names(sheet, found)
        _mark_shared_amounts(sheet, found)
    return taken


def _mark_shared_amounts(sheet: Sheet, found: list[Header]) -> None:
    """Mark amounts merged over several listings or columns: they would be taken for those of the first one."""
    hidden = sheet.hidden
    if hidden is None or not hidden.merged:
        return
    for header, end in table_ends(found, sheet):
        amounts = {x for name, x in header.columns.items() if name in _amounts(header.kind)}
        for top, x, bottom, right in hidden.merged:
            if x not in amounts or not header.bottom <= top < end or is_blank(amount := sheet.rows[top][x]):
                continue
            listed = [y for y in range(top, min(bottom + 1, end)) if _role_of(header, sheet.rows[y]) == "data"]
            if len(listed) > 1:
                hidden.without_value.update(dict.fromkeys(((y, x) for y in listed), ("amount_merged", amount)))
            elif listed and len(amounts.intersection(range(x, right + 1))) > 1:
                hidden.without_value[top, x] = ("amount_merged_across", amount)


def _instead_of(header: Header, missing: str) -> str:
    """Return the heading that may stand for a missing one; where none is like it, all that are not known."""
    if near := closest(header, missing):
        return f"«{near}»"
    unknown = " ".join(f"«{header.unknown[x]}»" for x in sorted(header.unknown))
    return f"ไม่มี หัวที่ไม่รู้จักมี {unknown} (none, not known are these)" if unknown else "ไม่มี (none)"


def _role_of(header: Header, texts: list[str]) -> str | None:
    """Return what a line below a header is (roles.role); None for a blank one."""
    cells = {name: texts[x] for name, x in header.columns.items() if x < len(texts)}
    return role(header.kind, cells, texts) if any(text.strip() for text in texts) else None


def _with_units(sheet: Sheet, header: Header, first: int) -> Header:
    """Return the header with the unit of every column of money, and that of the line above the tables."""
    above, below = unit_lines.above(sheet, header, first), unit_lines.below(sheet, header)
    for name in filter(_amounts(header.kind).__contains__, header.columns):
        header.units.setdefault(name, below.get(header.columns[name], above))
    return replace(header, unit_above=above)


@cache
def _amounts(kind: str) -> frozenset[str]:
    """Return the fields of a kind that have a unit of money."""
    return frozenset(f.name for f in fields()[kind] if f.type in MONEY)


def _layout_of(header: Header, end: int, layouts: Layouts) -> columns.Layout | None:
    """Return the layout of a table whose rows can be told by their columns."""
    if header.kind != columns.KIND or header.bands or end - header.bottom < columns.FEWEST_ROWS:
        return None
    return layouts.of(header)


def _place(sheet: Sheet, header: Header) -> tuple[int, int]:
    return id(sheet.rows), header.top


def parse_sheets(
    taken: TakenApart,
    round_key: str,
    source_file: str,
    sha256: str,
    scope: frozenset[str],
    layouts: Layouts,
) -> Parsed:
    """Parse a submission that has been taken apart with the same layouts; see `parse`."""
    parser = _Parser(round_key, source_file, sha256, scope, layouts, taken)
    try:
        if taken.unreadable:
            raise taken.unreadable
        parser.parse()
    except Unreadable as error:
        parser.refuse(Refused(error.rule, found=error.found))
    except Refused as error:
        parser.refuse(error)
    if parser.parsed.is_refused:
        parser.keep_grid(taken.sheets)
    return parser.parsed


@cache
def _columns_read(kind: str) -> tuple[ColumnRead, ...]:
    return tuple(
        (f, f"{f.name}_as_written", f"{f.name}_cell", f.type in MONEY) for f in fields()[kind] if f.is_read
    )


@dataclass
class _OnSheet:
    """What goes on from one table to the next of the same kind on a sheet (pages of one table)."""

    totals: Totals
    carried: dict[str, str] = field(default_factory=dict)
    # The last row of data, while nothing but a repeated heading has come after it.
    last: Row | None = None
    said: set[tuple[int, str]] = field(default_factory=set)


@dataclass(slots=True)
class _Rankings:
    """Which ranking of the file a row stands in: the counts below it were counted over its rows alone."""

    number: int = 1
    sheet: str = ""
    # The highest number printed so far, and whether the counts have come.
    highest: int = 0
    is_counted: bool = False

    def of_row(self, sheet: str, printed: int | None) -> int:
        """Return the number of the table that a row stands in; ``printed`` is None for a row that was refused.

        A table ends with its counts. On another sheet the next one begins where the numbers begin again: a sheet
        per district, or a copy. Where they go on, the sheets are pages of one table.
        """
        begins_again = sheet != self.sheet and printed is not None and printed <= self.highest
        if self.is_counted or begins_again:
            self.number, self.highest, self.is_counted = self.number + 1, 0, False
        if printed is not None:
            self.sheet, self.highest = sheet, max(self.highest, printed)
        return self.number


def _main_kind(kinds: set[str]) -> str | None:
    """Return what a file with these tables is: an export with its list is one, whatever stands beside the list."""
    return "eplan_project" if "eplan_project" in kinds else next(iter(kinds)) if len(kinds) == 1 else None


class _Parser(Records):
    def __init__(
        self,
        round_key: str,
        source_file: str,
        sha256: str,
        scope: frozenset[str],
        layouts: Layouts,
        taken: TakenApart,
    ) -> None:
        super().__init__(round_key, source_file, sha256)
        self.scope, self.layouts, self.taken = scope, layouts, taken
        # Behind another one a table may go on: its first lines then belong to rows of the one before.
        self.last_header: Header | None = None
        # The column of the sheet from which on a cell is a stray one.
        self.far = 0
        # By kind: what goes on from one table to the next.
        self.pages: dict[str, _OnSheet] = {}
        self.rankings = _Rankings()
        # Whether the file has a table of listings, and the listings outside of any: role otherwise, sheet, row,
        # column of the code, code.
        self.has_listings = False
        self.outside: list[tuple[str, Sheet, int, int, str]] = []

    # -- the file

    def parse(self) -> None:
        sheets, tables = self.taken.sheets, self.taken.tables
        self.hidden = {sheet.name: sheet.hidden for sheet, _ in tables if sheet.hidden}
        identify(self, self.scope, tables)
        self._parse_summary(tables)
        headers = [(sheet, header) for sheet, found in tables for header in found]
        if not headers and not self.parsed.pieces.get("eplan_summary"):
            raise Refused("header_unknown", found=_first_lines(sheets))
        self.last_header = headers[-1][1] if headers else None
        self.kind = _main_kind({header.kind for _, header in headers})
        self.has_listings = any(header.kind == columns.KIND for _, header in headers)
        for sheet, header in headers:
            if header.missing:
                missing = header.missing[0]
                raise Refused(
                    "header_incomplete",
                    sheet=sheet.name,
                    row=header.top + 1,
                    expected="«" + header_as_written(header.kind, missing) + "»",
                    found=_instead_of(header, missing),
                )
        for sheet, found in tables:
            self._check_rivals(sheet, found)
        unit_lines.check(tables, KINDS_OF_MONEY)
        self.report_not_read(sheets[0])
        for sheet, found in tables:
            self.report_hidden(sheet)
            self.report_full_cells(sheet)
            self._report_stray(sheet, found)
            self._parse_sheet(sheet, found, self.sentences.get(sheet.name, set()))
        self._refuse_outside()
        self._find_emptied({header.kind for _, header in headers})
        if not self.parsed.kinds and not self.parsed.pieces.get("quarantine"):
            raise Refused("no_rows")
        self._check_duplicates()
        self._check_percents()

    @staticmethod
    def _check_rivals(sheet: Sheet, found: list[Header]) -> None:
        """Raise Refused two_columns where a table gives a figure twice: one of them may be another round's."""
        for header, end in table_ends(found, sheet):
            if twice := rivals(sheet, header, end):
                letters = [
                    f"«{header_as_written(header.kind, name)}»: {', '.join(map(column_letters, columns))}"
                    for name, columns in twice.items()
                ]
                raise Refused("two_columns", sheet=sheet.name, row=header.top + 1, found="; ".join(letters))

    def _find_emptied(self, kinds: set[str]) -> None:
        """Note the registers without a usable row: what an earlier one of them said is withdrawn.

        A crosswalk counts for the local government that its rows name; one without rows only where there is
        no other. Raises Refused other_round or other_lgo where every row is another's: a misplaced file.
        """
        refused = self.parsed.single("quarantine")
        if kinds <= REGISTERS and not self.parsed.kinds and refused:
            for rule, whole in MISPLACED.items():
                if all(row["rule"] == rule for row in refused):
                    expected = self.round_key if whole == "other_round" else lgo_names(self.scope)
                    raise Refused(whole, found=refused[0]["value_as_written"] or "-", expected=expected)
        if "correction" in kinds and not self.parsed.pieces.get("correction"):
            self.parsed.emptied.add("correction")
        if kinds == {"crosswalk"} and not self.parsed.kinds and not refused and len(self.scope) == 1:
            self.parsed.emptied.add("crosswalk")
            self.parsed.lgo_code = next(iter(self.scope))

    def _check_duplicates(self) -> None:
        for kind, keys in (
            ("division_listing", "listing_code"),
            ("eplan_project", "eplan_seq"),
            ("eplan_dimension", "dimension"),
        ):
            codes = [row[keys] for row in self.parsed.single(kind)]
            if kind == columns.KIND:
                codes += [code for run in self.parsed.runs for code in run.codes()]
            if len(set(codes)) == len(codes):
                continue
            seen: set[object] = set()
            for row in self.parsed.rows[kind]:
                if row[keys] in seen:
                    raise Refused(
                        "duplicate_key", found=row[keys], sheet=row["source_sheet"], row=row["source_row"]
                    )
                seen.add(row[keys])

    def _check_percents(self) -> None:
        """Raise Refused percent_is_fraction where a spreadsheet's 85.71 % has come in as 0.8571.

        The reader does not see how a cell is formatted. A percent has two decimals; a fraction of projects, more.
        """
        for kind in self.parsed.kinds:
            for f in (f for f in fields()[kind] if f.type == "percent"):
                for row in self.parsed.single(kind):
                    written = row.get(f"{f.name}_as_written") or ""
                    if FRACTION.fullmatch(arabic_digits(written.strip())):
                        raise Refused(
                            "percent_is_fraction", found=written, sheet=row["source_sheet"], row=row["source_row"]
                        )

    # -- sheets and tables

    def _parse_sheet(self, sheet: Sheet, found: list[Header], sentences: set[int]) -> None:
        first = found[0].top if found else len(sheet.rows)
        what = "heading" if found or sentences else "unrecognised"
        what = "note" if sheet.name in RETURN_SHEETS else what
        listed = self._listings_outside(sheet, first, sentences)
        for y in range(first):
            if y not in sentences and y not in listed:
                # A title has no money of its own: such a line is of a table that nobody knows.
                is_title = what == "heading" and not states_money(sheet.rows[y])
                self.other(what if is_title or what == "note" else "unrecognised", sheet, y)
        self.outside += [(what, sheet, y, x, code) for y, (x, code) in listed.items()]
        titles = {key("".join(row)) for y, row in enumerate(sheet.rows[:first]) if any(row) and y not in listed}
        # A dimension goes on below a repeated page heading without being written again.
        if not sheet.continues:
            self.pages = {}
        for header, end in table_ends(found, sheet):
            for y in range(header.top, header.bottom):
                self.other("header", sheet, y)
            page = self.pages.setdefault(header.kind, _OnSheet(Totals(header.kind)))
            self._report_columns(sheet, header, page)
            self._parse_table(sheet, header, end, titles, page)

    def _listings_outside(self, sheet: Sheet, first: int, sentences: set[int]) -> dict[int, tuple[int, str]]:
        """Return the rows above the first table of a sheet that list projects: the column and the code by row."""
        if not self.has_listings or sheet.name in RETURN_SHEETS:
            return {}
        rows = ((y, row) for y, row in enumerate(sheet.rows[:first]) if y not in sentences)
        return {y: (x, code) for y, x, code in outside.listings_outside(rows)}

    def _refuse_outside(self) -> None:
        """Refuse the listings outside of any table, but for those that stand in one as well: these are a copy."""
        if not self.outside:
            return
        known = {row["listing_code"] for row in self.parsed.single(columns.KIND)}
        known |= {row.get("row_key") for row in self.parsed.single("quarantine")}
        known.update(code for run in self.parsed.runs for code in run.codes())
        for what, sheet, y, x, code in self.outside:
            if code in known:
                self.other(what, sheet, y)
            else:
                self.quarantine_outside(sheet, y, x, code)

    def _report_columns(self, sheet: Sheet, header: Header, page: _OnSheet) -> None:
        """Say which columns are not known and which are multiplied by a unit, once for all pages."""
        for x, written in header.unknown.items():
            if (x, written) not in page.said:
                page.said.add((x, written))
                th = f"ไม่รู้จักคอลัมน์ «{written}» จึงไม่ได้นำข้อมูลในคอลัมน์นี้ไปใช้"
                en = f"The column {written} is not known; what stands in it was not used."
                if x in header.again:
                    first = column_letters(header.columns[header.again[x]])
                    th = f"คอลัมน์ «{written}» ซ้ำกับคอลัมน์ {first} จึงใช้คอลัมน์ {first} และไม่ได้นำข้อมูลในคอลัมน์นี้ไปใช้"
                    en = f"The column {written} repeats column {first}; that one was used and this one was not."
                self.repair_cell(
                    sheet,
                    "unknown_column",
                    "column",
                    _heading_of(sheet, header, x),
                    detail_th=th,
                    detail_en=en,
                )
        above = header.unit_above
        for name, x in header.columns.items():
            unit = header.units.get(name, BAHT)
            is_said = (unit == BAHT and above == BAHT) or (x, name) in page.said
            if is_said or name not in _amounts(header.kind):
                continue
            page.said.add((x, name))
            if unit != above != BAHT:
                # A column's own words are nearer to its figures than a line above the table.
                rule = "units_differ"
                th = (
                    f"บรรทัดเหนือตารางระบุหน่วยเท่ากับ {above:,} บาท แต่หัวคอลัมน์ {column_letters(x)} ระบุ "
                    f"{unit:,} บาท จึงใช้หน่วยของหัวคอลัมน์ กรุณาตรวจสอบ"
                )
                en = (
                    f"The line above the table names a unit of {above:,} baht, the heading of column "
                    f"{column_letters(x)} one of {unit:,}: the heading was taken. Please check."
                )
            else:
                rule = "unit_applied"
                th = f"หัวตารางระบุหน่วย จึงคูณทุกจำนวนในคอลัมน์ {column_letters(x)} ด้วย {unit:,} เป็นบาท"
                en = (
                    f"The heading names a unit: every amount in column {column_letters(x)} was "
                    f"multiplied by {unit:,} to give baht."
                )
            self.repair_cell(
                sheet,
                rule,
                name,
                _heading_of(sheet, header, x),
                after=f"× {unit:,}",
                detail_th=th,
                detail_en=en,
            )

    def _report_stray(self, sheet: Sheet, found: list[Header]) -> None:
        """Name the cells that stand far to the right of a table, where nobody looks for them."""
        if not found:
            return
        far = max(x for header in found for x in (*header.columns.values(), *header.unknown)) + FAR_COLUMNS
        self.far = far
        if sheet.width <= far:
            return
        cells = [(y, x) for y, row in enumerate(sheet.rows) for x in range(far, len(row)) if row[x].strip()]
        if cells:
            names = ", ".join(cell_reference(y + 1, x) for y, x in cells[:5]) + (" …" if len(cells) > 5 else "")
            self.repair_cell(
                sheet,
                "stray_cell",
                "sheet",
                cells[0],
                detail_th=f"มีข้อความอยู่ไกลจากตาราง ({names}) ไม่ได้นับเป็นข้อมูลของตาราง "
                "หากเป็นข้อมูลกรุณาย้ายกลับเข้าตาราง หากพิมพ์เกินมากรุณาลบ",
                detail_en=f"Text stands far from the table ({names}) and was not counted as its data: move it "
                "back into the table, or delete it if it is there by mistake.",
            )

    def _parse_table(self, sheet: Sheet, header: Header, end: int, titles: set[str], page: _OnSheet) -> None:
        columns_read = _columns_read(header.kind)
        places = [(f.name, x) for f, *_ in columns_read if (x := header.columns.get(f.name)) is not None]
        fill_down = [f.name for f, *_ in columns_read if f.presence == "fill_down" and f.name in header.columns]
        # A page break may stand between two halves of a row: only those beside a heading can be such.
        beside_heading = page.last is not None
        previous: Row | None = None
        body = self._look_at_columns(sheet, header, end, titles)
        behind = header.bottom
        while behind < end:
            y, behind = behind, behind + 1
            if body and y in body.runs:
                behind, run = body.take(y, self._source_of_run(sheet), page.carried)
                self.parsed.add(header.kind, run)
                page.totals.add_later(run)
                beside_heading, previous, page.last = False, None, None
                continue
            texts = sheet.rows[y]
            if not any(texts) or not any(text.strip() for text in texts):
                if self._refuse_without_value(sheet, y, header):
                    page.totals.forget()
                    beside_heading, previous, page.last = False, None, None
                continue
            if key("".join(texts)) in titles:
                self.other("heading", sheet, y)
                continue
            width = len(texts)
            if header.bands and (named := band(texts)) and named[0] in header.bands:
                levels = [name for name in BANDS if name in header.bands or name in fill_down]
                _fill_down(dict.fromkeys(levels, "") | dict([named]), levels, page.carried)
                self.other("heading", sheet, y)
                continue
            cells = {name: texts[x] if x < width else "" for name, x in places}
            cells |= {name: page.carried.get(name, "") for name in header.bands}
            what = role(header.kind, cells, texts)
            if what == "data":
                own = dict(cells)
                _fill_down(cells, fill_down, page.carried)
                if header.kind == "ranking" and not own["district"].strip() and not self._is_there(cells):
                    # Not everybody is of the district above: a provincial administration stands without one.
                    cells = own
                previous = self._data_row(sheet, y, header, columns_read, cells)
                if previous is None:
                    page.totals.forget()
                else:
                    page.totals.add(previous)
                page.last, beside_heading = previous, False
                if header.kind == "ranking":
                    number = self.rankings.of_row(sheet.name, previous["ranking_seq"] if previous else None)
                    if previous:
                        previous["table_number"] = number
                continue
            if what in ("note", "incomplete") and self._refuse_without_value(sheet, y, header):
                page.totals.forget()
            elif what == "ranking_count":
                self._ranking_count(sheet, y, texts)
            elif what == "incomplete":
                missing = "pair_without_number" if header.kind == "crosswalk" else "row_without_code"
                self.quarantine_row(missing, sheet, y, header, ANCHOR[header.kind])
                page.totals.forget()
            else:
                at_break = end < len(sheet.rows) and _rows_until(sheet, y, end, titles)
                whole = page.last if beside_heading else previous if at_break else None
                remark = cells.get("remark", "") if header.kind == columns.KIND else ""
                if what == "note" and transfers.in_remark(remark, None):
                    # Money that moved, below the line that it belongs to: the transfers of that line are settled.
                    self.quarantine_row("row_without_code", sheet, y, header, ANCHOR[header.kind])
                    page.totals.forget()
                else:
                    if what == "note" and whole:
                        self._continue_row(sheet, y, header, cells, texts, whole)
                    self.other(what, sheet, y)
                if what == "total":
                    self._check_total(sheet, y, header, cells, page)
            if what != "header":
                beside_heading, previous, page.last = False, None, None
        if end == len(sheet.rows) and (hidden := self.hidden.get(sheet.name)):
            # Rows of nothing but such cells are not in the grid where nothing stands below them.
            for y in sorted({y for y, _ in hidden.without_value if y >= end}):
                self._refuse_without_value(sheet, y, header)

    def _refuse_without_value(self, sheet: Sheet, y: int, header: Header) -> bool:
        """Refuse a row whose key is a formula without a value: it was meant as data. Tell whether it was refused.

        Formulas in its other cells alone are those that a form holds ready for a row that is not filled in.
        """
        name = ANCHOR[header.kind]
        hidden, x = self.hidden.get(sheet.name), header.columns.get(name)
        if hidden is None or x is None or (y, x) not in hidden.without_value:
            return False
        self.quarantine_row(hidden.without_value[y, x][0], sheet, y, header, name)
        return True

    def _is_there(self, cells: dict[str, str]) -> bool:
        """Tell whether the register has the local government of a row of a ranking in its district."""
        written = cells["lgo_name"], self.parsed.province_code or "", cells["district"]
        return registry.find(*written)[0] is not None

    def _look_at_columns(self, sheet: Sheet, header: Header, end: int, titles: set[str]) -> columns.Body | None:
        """Return the plain rows of a table of listings; None where it has to be read row by row."""
        told = self.taken.told.get(_place(sheet, header))
        if told is None:
            layout = _layout_of(header, end, self.layouts)
            if layout is None:
                return None
            (told,) = columns.tell(layout, [columns.body_of(header, sheet.rows, end, layout.texts)])
        hidden = self.hidden.get(sheet.name)
        bad = {y for y, _ in hidden.without_value} if hidden else set[int]()
        return columns.look(header, told, sheet.rows, titles, bad, header is not self.last_header)

    def _source_of_run(self, sheet: Sheet) -> tuple[str | None, ...]:
        return (
            self.round_key,
            self.parsed.lgo_code,
            self.source_file,
            self.sha256,
            sheet.name,
            self.parsed.division,
        )

    def _continue_row(
        self, sheet: Sheet, y: int, header: Header, cells: dict[str, str], texts: list[str], whole: Row
    ) -> None:
        """Append what a page break split off: the row holds the rest of a name, a remark or both, no more."""
        if header.kind not in MAY_BE_SPLIT:
            return
        cell_field, name_field = MAY_BE_SPLIT[header.kind]
        rests = {part: rest for part in (cell_field, "remark") if (rest := clean(cells.get(part, "")))}
        if not rests or sum(bool(text.strip()) for text in texts) != len(rests):
            return
        if "remark" in rests and not whole["remark"]:
            return
        for part, rest in rests.items():
            joined = (cell_field, name_field) if part == cell_field else (part,)
            for name in dict.fromkeys(joined):
                whole[name] = _continued(whole[name], rest)
            said = joined[-1]
            th, en = ("หมายเหตุ", "remark") if part == "remark" else ("ชื่อ", "name")
            self.repair_cell(
                sheet,
                f"{en}_continued",
                said,
                (y, header.columns[part]),
                before=rest,
                after=whole[said],
                detail_th=f"{th}ที่ถูกแบ่งตอนขึ้นหน้าใหม่ ต่อเข้ากับ{th}ในแถว {whole['source_row']}",
                detail_en=f"A {en} split by a page break: joined to the one in row {whole['source_row']}.",
            )

    def _check_total(self, sheet: Sheet, y: int, header: Header, cells: dict[str, str], page: _OnSheet) -> None:
        for name, stated, added in page.totals.check(header, cells):
            th, en = (f"{stated:,.2f}",) * 2 if stated is not None else ("ค่าที่อ่านไม่ได้", "what cannot be read")
            self.repair_cell(
                sheet,
                "total_differs",
                name,
                (y, header.columns[name]),
                after=f"{added:,.2f}",
                detail_th=f"แถวรวมเขียน {th} แต่รายการข้างบนรวมได้ {added:,.2f} (ไม่ได้ใช้ยอดในแถวรวม)",
                detail_en=f"The total row says {en}, its rows give {added:,.2f}; it is not used.",
            )

    # -- rows

    def _data_row(
        self, sheet: Sheet, y: int, header: Header, columns_read: Sequence[ColumnRead], cells: dict[str, str]
    ) -> Row | None:
        """Read one row of data and return it; None where it was refused."""
        row = self.source(sheet, y)
        places, shifted = header.columns, False
        hidden = self.hidden.get(sheet.name)
        try:
            if hidden and hidden.without_value:
                self._check_values(hidden, y, header)
            plain: dict[str, str] = {}
            found: list[Found] = []
            if header.kind == "division_listing":
                if moved := columns_put_back(header, cells):
                    shifted, places = True, {**header.columns, **moved}
                    del places["no_budget"]
                    written_at = {x: cells[name] for name, x in header.columns.items()}
                    cells = {**cells, "no_budget": "", **{name: written_at[x] for name, x in moved.items()}}
                plain, found = amounts_and_transfers(header, cells)
                found += self._transfers_beside(sheet, y, header, row)
            for f, as_written, in_cell, is_money in columns_read:
                name = f.name
                written = cells.get(name, "")
                x = places.get(name)
                row[as_written] = written or None
                row[in_cell] = None if x is None else f"{column_letters(x)}{y + 1}"
                if name not in cells:
                    row[name] = None
                elif is_money:
                    row[name] = READ_AS[f.type](plain.get(name, written), header.units.get(name, BAHT))
                else:
                    row[name] = READ_AS[f.type](plain.get(name, written))
        except BadCell as error:
            self.quarantine_row(error.rule, sheet, y, header, name)
            return None
        except BadRow as error:
            self.quarantine_row(error.rule, sheet, y, header, error.field)
            return None
        try:
            moves = DERIVE[header.kind](self._context, row, found) if header.kind in DERIVE else []
        except BadRow as error:
            self.quarantine_row(error.rule, sheet, y, header, error.field)
            return None
        if header.kind in ("crosswalk", "correction"):
            self.parsed.lgo_code = row["lgo_code"]
        if shifted:
            self._report_shift(row)
        self.parsed.add(header.kind, row)
        self._record_transfers(row, moves)
        return row

    @cached_property
    def _context(self) -> Context:
        return Context(self.round_key, self.scope, self.parsed.division, self.parsed.province_code, self.repair)

    @staticmethod
    def _check_values(hidden: Hidden, y: int, header: Header) -> None:
        for name, x in header.columns.items():
            if (y, x) in hidden.without_value:
                raise BadRow(hidden.without_value[y, x][0], name)

    def _transfers_beside(self, sheet: Sheet, y: int, header: Header, row: Row) -> list[Found]:
        """Return the transfers in columns of their own: headed by the word, or beside the table's columns."""
        texts, found = sheet.rows[y], list[Found]()
        taken = {*header.columns.values(), *header.unknown}
        # Further out, `_report_stray` has said that it does not count.
        for x, text in enumerate(texts[: self.far]):
            if not text or x in taken or is_blank(text):
                continue
            name = f"column {column_letters(x)}"
            row[f"{name}_cell"], row[f"{name}_as_written"] = cell_reference(y + 1, x), text
            try:
                rest, moves = transfers.split_amount(text)
            except BadCell as error:
                raise BadRow(error.rule, name) from error
            if moves and not rest:
                unit = transfer_unit(header, name, text)
                found += [(name, word, baht * unit) for word, baht in moves]
            elif x in header.transfers:
                try:
                    baht = READ_AS["amount"](text, header.units["budget_ordinance_baht"])
                except BadCell as error:
                    raise BadRow("transfer_unreadable", name) from error
                found.append((name, header.transfers[x], baht))
            else:
                self.repair(
                    row,
                    "unknown_column",
                    name,
                    after="",
                    detail_th=f"«{text}» อยู่ในคอลัมน์ {column_letters(x)} ซึ่งไม่มีหัวตาราง จึงไม่ได้นำไปใช้",
                    detail_en=f"{text} stands in column {column_letters(x)}, without a heading; not used.",
                )
        return found

    def _report_shift(self, row: Row) -> None:
        name = next(name for name in ("completed", "in_progress", "unable") if row[name])
        self.repair(
            row,
            "columns_shifted",
            name,
            after=f"{name} ({row['remark'] or '-'})",
            detail_th="แถวนี้ขาดช่องไม่ใช้งบประมาณ เครื่องหมายและหมายเหตุจึงเลื่อนไปทางซ้ายหนึ่งช่อง อ่านโดยเลื่อนกลับ "
            "เพราะมีเงินงบประมาณและยอดคงเหลือถูกต้อง",
            detail_en="The row lost its no-budget cell, so its mark and remark stood one column to the left. They "
            "were read one to the right: the row has money and its remaining amount comes true.",
        )

    def _record_transfers(self, row: Row, moves: list[transfers.Transfer]) -> None:
        for n, move in enumerate(moves, start=1):
            where = {"cell": row[f"{move.field}_cell"], "as_written": row[f"{move.field}_as_written"]}
            self.parsed.add(
                "transfer",
                self.copy_source(row)
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
                self.repair(
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
        row = self.source(sheet, y) | {
            "lgo_code": None,
            "province_code": self.parsed.province_code,
            "implementation_level": READ_AS["level"](label),
            "lgos": READ_AS["count"](counted),
            "lgos_as_written": counted,
            "lgos_cell": cell_reference(y + 1, count_x),
            "implementation_level_as_written": label,
            "implementation_level_cell": cell_reference(y + 1, label_x),
            "table_number": self.rankings.number,
        }
        self.rankings.is_counted = True
        self.parsed.add("ranking_count", row)

    # -- statements: figures inside sentences

    def _parse_summary(self, tables: Tables) -> None:
        """Read the sentences of the e-PlanNACC summary: on sheets of their own, or else around a table."""
        for sheet, found in tables:
            if not found:
                self._parse_statements(sheet, _lines(sheet, found))
        for sheet, found in tables:
            if self.parsed.pieces.get("eplan_summary"):
                return
            if any(header.kind.startswith("eplan_") for header in found):
                self._parse_statements(sheet, [*_lines(sheet, found), *_lines_around(sheet.preamble)])

    def _parse_statements(self, sheet: Sheet, texts: Iterable[Line]) -> None:
        """Read the sentences of the e-PlanNACC summary among lines of a sheet, if it is one."""
        types = {f.name: f.type for f in fields()["eplan_summary"]}
        found: dict[str, tuple[tuple[int, int] | None, str, str]] = {}
        for place, text in texts:
            for name, pattern in statements("eplan_summary") if text else ():
                if name not in found and (match := pattern.search(key(text))):
                    found[name] = (place, text, match["value"])
        if len(found) < FEWEST_STATEMENTS:
            return
        rows = {place[0] for place, _, _ in found.values() if place}
        row = self.source(sheet, min(rows, default=0)) | dict.fromkeys(types)
        if not rows:
            row["source_row"] = None
        for name, (place, written, value) in found.items():
            cell = cell_reference(place[0] + 1, place[1]) if place else None
            row |= {f"{name}_as_written": written, f"{name}_cell": cell}
            try:
                row[name] = READ_AS[types[name]](value)
            except BadCell as error:
                y = place[0] + 1 if place else None
                said = {"found": value, "cell": cell or "-"}
                self.quarantine(error.rule, sheet.name, y, cell, written, said, None)
        # A local government whose minimum is not known may have no level; the counts and the money it has.
        missing = [name for name in types if name not in found and not name.startswith("implementation_")]
        if missing:
            said = {
                "found": ", ".join(statement_names("eplan_summary")[name] for name in missing),
                "expected": ", ".join(f.meaning for f in fields()["eplan_summary"] if f.name in missing),
            }
            self.quarantine("sentence_missing", sheet.name, row["source_row"], None, None, said, None)
        self.parsed.add("eplan_summary", row)
        self.sentences[sheet.name] = rows


# -- small things


def _fill_down(cells: dict[str, str], names: list[str], carried: dict[str, str]) -> None:
    """Give a row the dimension and mission written above it; a new dimension ends the old one's mission."""
    for n, name in enumerate(names):
        if cells[name] and cells[name].strip():
            if n + 1 < len(names) and key(cells[name]) != key(carried.get(name, "")):
                for below in names[n + 1 :]:
                    carried.pop(below, None)
            carried[name] = cells[name]
        else:
            cells[name] = carried.get(name, "")


def _rows_until(sheet: Sheet, y: int, end: int, titles: set[str]) -> bool:
    """Tell whether nothing but titles stands between a row and the end of its table."""
    rows = (row for row in sheet.rows[y + 1 : end] if any(text.strip() for text in row))
    return all(key("".join(row)) in titles for row in rows)


def _continued(text: str, rest: str) -> str:
    # Thai has no space between words; where both sides are Thai there was none to lose.
    glue = "" if "ก" <= text[-1] <= "๎" and "ก" <= rest[0] <= "๎" else " "
    return text + glue + rest


def _heading_of(sheet: Sheet, header: Header, x: int) -> tuple[int, int]:
    """Return the cell in which the heading of a column stands: of merged ones only the first has the text."""
    for y in reversed(range(header.top, header.bottom)):
        if "".join(sheet.rows[y][x : x + 1]).strip():
            return y, x
    return header.bottom - 1, x


def _lines(sheet: Sheet, found: list[Header]) -> Iterator[Line]:
    """Yield the texts of a sheet that are no data of a table, from top to bottom."""
    data = set()
    for header, end in table_ends(found, sheet):
        for y in range(header.bottom, end):
            if _role_of(header, sheet.rows[y]) in ("data", "incomplete"):
                data.add(y)
    for y, texts in enumerate(sheet.rows):
        if y not in data:
            yield from (((y, x), text) for x, text in enumerate(texts))


def _lines_around(texts: list[str]) -> Iterator[Line]:
    """Yield texts outside of any cell: each by itself, then those side by side that may be one sentence."""
    for pieces in range(1, PIECES_OF_A_SENTENCE + 1):
        for n in range(len(texts) - pieces + 1):
            yield None, " ".join(texts[n : n + pieces])


def _first_lines(sheets: list[Sheet]) -> str:
    lines = [line for sheet in sheets for row in sheet.rows if (line := " | ".join(c for c in row if c.strip()))]
    return "«" + " / ".join(lines[:2])[:200] + "»"
