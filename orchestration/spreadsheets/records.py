"""What comes out of one submission and how a row gets there: data, refusals, repairs, rows that are no data."""

from __future__ import annotations

from dataclasses import dataclass, field
from json.encoder import encode_basestring
from typing import Any

from orchestration.spreadsheets import RETURN_SHEETS, columns
from orchestration.spreadsheets.columns import Run
from orchestration.spreadsheets.corrections import EXPECTED
from orchestration.spreadsheets.headers import Header
from orchestration.spreadsheets.headings import Heading
from orchestration.spreadsheets.layouts import fields, header_as_written, messages
from orchestration.spreadsheets.ooxml import Hidden
from orchestration.spreadsheets.readers import Sheet
from orchestration.spreadsheets.refused import about
from orchestration.spreadsheets.rows import Refused, Row
from orchestration.spreadsheets.values import cell_reference, column_letters

SOURCE_COLUMNS = ("round_key", "lgo_code", "source_file", "source_sha256", "source_sheet", "source_row")
NOT_READ = {"macros": "แฟ้มมีมาโคร", "external_links": "แฟ้มมีลิงก์ไปยังแฟ้มอื่น"}


@dataclass
class Parsed:
    """What came out of one submission: rows by table (see tables.py), and what the file says of itself."""

    # Rows as they were read: one by one, or plain ones together (columns.py). In the order of the file.
    pieces: dict[str, list[Row | Run]] = field(default_factory=dict)
    lgo_code: str | None = None
    division: str | None = None
    province_code: str | None = None
    # Registers that the file holds although no row of them counts: everything in them has been withdrawn.
    emptied: set[str] = field(default_factory=set)

    def add(self, table: str, row: Row | Run) -> None:
        self.pieces.setdefault(table, []).append(row)

    @property
    def is_refused(self) -> bool:
        """Tell whether the file as a whole is refused."""
        return any(row["scope"] == "file" for row in self.single("quarantine"))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in [*fields()] if self.pieces.get(kind) or kind in self.emptied]

    @property
    def rows(self) -> dict[str, list[Row]]:
        """Every row of every table, each by itself."""
        return {
            table: [row for piece in pieces for row in ([piece] if isinstance(piece, dict) else as_rows(piece))]
            for table, pieces in self.pieces.items()
        }

    def single(self, table: str) -> list[Row]:
        """Return the rows of a table that were read one by one."""
        return [piece for piece in self.pieces.get(table, ()) if isinstance(piece, dict)]

    @property
    def runs(self) -> list[Run]:
        """Return the rows of listings that were read together."""
        return [piece for piece in self.pieces.get(columns.KIND, ()) if not isinstance(piece, dict)]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return sum(1 if isinstance(piece, dict) else len(piece.rows) for piece in self.pieces.get(table, ()))


def as_rows(run: Run) -> list[Row]:
    """Return plain rows each by itself."""
    return [row for table in columns.to_arrow([run]) for row in table.to_pylist()]


class Records:
    """The rows of one submission as they are found; every row names its file, sheet and row."""

    def __init__(self, round_key: str, source_file: str, sha256: str) -> None:
        self.round_key, self.source_file, self.sha256 = round_key, source_file, sha256
        self.parsed = Parsed()
        self.heading = Heading(None, None, (), None, None)
        self.hidden: dict[str, Hidden] = {}
        # By sheet, the lines whose sentences were read as figures.
        self.sentences: dict[str, set[int]] = {}
        # What the file is, once its tables have been found: a newer one of that kind stands for a refused one.
        self.kind: str | None = None

    def refuse(self, refused: Refused) -> None:
        """Quarantine the file as a whole: no row of it counts, one line says why."""
        self.parsed.pieces, self.parsed.emptied, self.sentences = {}, set(), {}
        key = {"kind": self.kind}
        self.quarantine(refused.rule, refused.sheet, refused.row, None, None, refused.said, None, key)

    def keep_grid(self, sheets: list[Sheet]) -> None:
        """Keep what could be read of a refused file: it goes back to its sender with the reason on top."""
        for sheet in sheets:
            if sheet.name not in RETURN_SHEETS:
                for y, texts in enumerate(sheet.rows):
                    # A line of text is shown as a line, without the frame of a table.
                    self.other("refused" if sum(map(bool, texts)) > 1 else "heading", sheet, y)

    def source(self, sheet: Sheet, y: int) -> Row:
        return {
            "round_key": self.round_key,
            "lgo_code": self.parsed.lgo_code,
            "source_file": self.source_file,
            "source_sha256": self.sha256,
            "source_sheet": sheet.name,
            "source_row": y + 1,
        }

    @staticmethod
    def copy_source(row: Row) -> Row:
        return {name: row[name] for name in SOURCE_COLUMNS}

    def other(self, role: str, sheet: Sheet, y: int) -> None:
        if y not in self.sentences.get(sheet.name, ()) and any(text.strip() for text in sheet.rows[y]):
            self.parsed.add("other_row", self.source(sheet, y) | {"role": role, "row_text": _json(sheet.rows[y])})

    def repair(self, row: Row, rule: str, name: str, *, after: str, detail_th: str, detail_en: str) -> None:
        self.parsed.add(
            "repair",
            self.copy_source(row)
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

    def repair_cell(
        self,
        sheet: Sheet,
        rule: str,
        name: str,
        at: tuple[int, int] | None,
        *,
        before: str | None = None,
        after: str = "",
        detail_th: str,
        detail_en: str,
    ) -> None:
        """Say what was put right at a place (row, column, 0-based) that is no cell of a row of data."""
        y = at[0] if at else 0
        if before is None and at:
            before = sheet.rows[y][at[1]]
        place = {f"{name}_cell": cell_reference(y + 1, at[1]) if at else None, f"{name}_as_written": before}
        row = self.source(sheet, y) | place
        self.repair(row, rule, name, after=after, detail_th=detail_th, detail_en=detail_en)

    def quarantine_row(self, rule: str, sheet: Sheet, y: int, header: Header, name: str) -> None:
        # Below the grid stand cells without a value only.
        texts = sheet.rows[y] if y < len(sheet.rows) else [""] * sheet.width
        x = header.columns.get(name)
        if x is None and name.startswith("column "):
            x = next((x for x in range(len(texts)) if column_letters(x) == name.split()[1]), None)
        written = texts[x] if x is not None and x < len(texts) else ""
        if x is not None and sheet.name in self.hidden:
            written = self.hidden[sheet.name].without_value.get((y, x), (rule, written))[1]
        expected = "«" + (header_as_written(header.kind, name) if name in header.columns else name) + "»"
        if rule == "correction_unreadable":
            # The names of a register's columns do not say what may stand there.
            expected = f" {EXPECTED[name]} "
        said = {"found": "«" + (" ".join(written.split()) or "-") + "»", "expected": expected}
        cell = cell_reference(y + 1, x) if x is not None else None
        cells = {name: texts[at] for name, at in header.columns.items() if at < len(texts)}
        key = None if rule.startswith("row_of_other") else about(header.kind, cells)
        self.quarantine(rule, sheet.name, y + 1, cell, written, said, _json(texts), key)

    def quarantine_outside(self, sheet: Sheet, y: int, x: int, code: str) -> None:
        """Refuse the row of a listing, with its code in a column, that stands outside of any table."""
        texts = sheet.rows[y]
        said = {"found": "«" + " ".join(texts[x].split()) + "»"}
        about_it: dict[str, str | None] = {"kind": columns.KIND, "row_key": code}
        cell = cell_reference(y + 1, x)
        self.quarantine("row_outside_table", sheet.name, y + 1, cell, texts[x], said, _json(texts), about_it)

    def quarantine(
        self,
        rule: str,
        sheet: str | None,
        row: int | None,
        cell: str | None,
        written: str | None,
        said: dict[str, Any],
        row_text: str | None,
        key: dict[str, str | None] | None = None,
    ) -> None:
        message = messages()[rule]
        placeholders = {"sheet": sheet, "row": row, "cell": cell, "found": "-", "expected": "-"} | said
        placeholders["round_key"] = self.round_key
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
            }
            | (key or {}),
        )

    def report_not_read(self, sheet: Sheet) -> None:
        """Say what else the file holds: macros and links to other files are never run or followed."""
        for remark in sheet.remarks:
            self.repair_cell(
                sheet,
                "content_not_read",
                remark,
                None,
                before=remark,
                detail_th=NOT_READ[remark] + " ไม่ถูกอ่านหรือเรียกใช้",
                detail_en=f"The file holds {remark.replace('_', ' ')}; these are neither read nor run.",
            )

    def report_full_cells(self, sheet: Sheet) -> None:
        """Say which cells of a PDF are full: lines that did not fit when it was printed are not in the file."""
        if not sheet.full:
            return
        names = ", ".join(cell_reference(y + 1, x) for y, x in sheet.full)
        self.repair_cell(
            sheet,
            "text_may_be_cut",
            "sheet",
            sheet.full[0],
            before=names,
            detail_th=f"ข้อความเต็มช่องพอดี ({names}) บรรทัดที่ไม่พอช่องอาจหายไปตั้งแต่ตอนบันทึกเป็น PDF "
            "กรุณาตรวจกับแฟ้มต้นฉบับ หรือส่งแฟ้ม Excel แทน",
            detail_en=f"Text fills its cell to the edge ({names}): lines that did not fit may be missing from the "
            "PDF. Check it against the original file, or send the Excel file instead.",
        )

    def report_hidden(self, sheet: Sheet) -> None:
        """Say what of a sheet is hidden from its readers: it is read like everything else."""
        hidden = self.hidden.get(sheet.name)
        said = []
        if hidden and hidden.sheet:
            said.append(("sheet", f"แผ่นงาน {sheet.name}", f"sheet {sheet.name}"))
        if hidden and (rows := [n for n in hidden.rows if n <= len(sheet.rows) and any(sheet.rows[n - 1])]):
            said.append(("row", f"แถว {_ranges(rows)}", f"rows {_ranges(rows)}"))
        if hidden and hidden.columns:
            width = sheet.width
            letters = [column_letters(x) for a, b in hidden.columns for x in range(a, min(b + 1, width))]
            if letters:
                said.append(("column", f"คอลัมน์ {', '.join(letters)}", f"columns {', '.join(letters)}"))
        for name, th, en in said:
            self.repair_cell(
                sheet,
                "hidden_content",
                name,
                None,
                before=th,
                detail_th=f"{th} ถูกซ่อนไว้ อ่านและนับเหมือนส่วนที่มองเห็น หากไม่ต้องการให้นับ ให้ลบออก (ไม่ใช่ซ่อน) แล้วส่งใหม่",
                detail_en=f"Hidden {en}: read and counted like what can be seen. What should not count has to be "
                "deleted, not hidden; then send the form again.",
            )


def _ranges(numbers: list[int]) -> str:
    """Return sorted row numbers as 4, 7-9."""
    spans: list[list[int]] = []
    for n in sorted(numbers):
        if spans and spans[-1][1] == n - 1:
            spans[-1][1] = n
        else:
            spans.append([n, n])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)


def _json(texts: list[str]) -> str:
    """Return texts as json.dumps does with ensure_ascii=False, which makes an encoder anew each time."""
    return "[" + ", ".join(map(encode_basestring, texts)) + "]"
