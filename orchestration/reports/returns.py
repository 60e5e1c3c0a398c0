"""Back to the sender: what each division has to correct, and one page of who has sent and who has not.

A return is a workbook of one division: short instructions, its findings, and its own table as it was sent, text
as written and cell for cell in place, with the wrong cells coloured and commented. It can be corrected and sent
again as it is: the reader takes it for the division's form. Everything in it is text, so nothing that was sent
can become a formula. The same release gives the same bytes.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from xlsxwriter.utility import xl_cell_to_rowcol

from orchestration.divisions import as_one
from orchestration.parts import Parts
from orchestration.registry import with_place
from orchestration.reports import formats
from orchestration.reports.data import (
    days_left,
    known_as_of,
    period_th,
    query,
    read_calendar,
    read_no_list,
    stamp_th,
)
from orchestration.reports.page import render
from orchestration.reports.tables import Column, Row
from orchestration.reports.workbook import (
    LINE_HEIGHT,
    MAX_ROW_HEIGHT,
    RED,
    YELLOW,
    Sheets,
    lines_of,
    width_of,
    write_table,
)
from orchestration.settings import Letterhead
from orchestration.spreadsheets import RETURN_SHEETS
from orchestration.spreadsheets.headings import bare
from orchestration.spreadsheets.thai import key

INSTRUCTIONS, FINDINGS = RETURN_SHEETS
ANSWERED = ("critical", "error", "warning")
LONGEST_NAME = 60  # characters; three bytes each in UTF-8, of the 255 that a file name may have
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')

COLUMNS = (
    Column("number", "ลำดับ", "no.", "code", 7),
    Column("severity_th", "ระดับ", "severity", width=12),
    Column("source_sheet", "แผ่นงาน", "sheet", width=16),
    Column("place", "เซลล์", "cell", "code", 10),
    Column("value_as_written", "ค่าที่เขียนไว้", "what is there", width=28),
    Column("expected", "ค่าที่ถูกต้อง", "what is expected", width=28),
    Column("message_th", "คำอธิบายและวิธีแก้", "what to do", width=70),
    Column("title_th", "เรื่อง", "subject", width=24),
    Column("rule", "กฎ", "rule", width=24),
)


@dataclass(frozen=True)
class Office:
    """What reports need beside the release.

    `letterhead` gives what a local government writes on its memo, by lgo_code; it raises SettingsError.
    `parsed` is the folder of the round's rows as read (settings.parsed / round): only it has the rows that are
    no data. `scope` are the lgo_codes whose files are taken; `divisions` those expected by lgo_code, beside the
    ones known from this round and earlier ones. `cache` keeps what takes long to prepare and never changes.
    `reported` are the lgo_codes whose own reports are written where there are too many to write them all.
    `known_at` is the moment (Bangkok) of a state of the past, from which its days are counted.
    """

    parsed: Path
    scope: frozenset[str] = frozenset()
    divisions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    letterhead: Callable[[str], Letterhead] = lambda lgo_code: Letterhead()
    cache: Path | None = None
    reported: frozenset[str] = frozenset()
    known_at: datetime | None = None


@dataclass(frozen=True)
class Return:
    """What goes back to one sender. A refused file may not say its division, or not its local government."""

    lgo_code: str | None
    lgo_name: str
    division: str | None
    findings: list[Row]
    files: list[Row]
    file_name: str = ""

    @property
    def is_known(self) -> bool:
        """Whether it is said whose it is: a division without its local government is one of thousands."""
        return bool(self.lgo_code and self.division)

    @property
    def sender(self) -> str:
        return self.division or (self.files[0]["source_file"] if self.files else formats.NOTHING)


def safe_name(text: str) -> str:
    """A text as part of a file name on any system: no path, no reserved mark, no dot or space at its ends."""
    plain = _UNSAFE.sub("-", unicodedata.normalize("NFC", text))
    return plain[:LONGEST_NAME].strip(" .-") or "ไม่ทราบหน่วยงาน"


def read_findings(connection: duckdb.DuckDBPyConnection, round_key: str) -> list[Row]:
    """The findings of a round that a sender can do something about, or is to know."""
    return query(
        connection,
        """
        select f.*, lgo.lgo_name from marts.finding as f
        left join core.dim_lgo as lgo on f.lgo_code = lgo.lgo_code
        where f.round_key = $round_key
            -- Findings about e-PlanNACC are the planning section's and stand in the round report.
            and (
                f.division is not null
                or f.rule in ('file_quarantined', 'row_quarantined', 'export_row_quarantined')
            )
            -- The register of corrections is not the division's to mend.
            and f.rule not in ('correction_stale', 'correction_expired', 'correction_held')
        order by f.lgo_code, f.division, f.source_file, f.source_sheet, f.source_row, f.finding_id
        """,
        {"round_key": round_key},
    )


def read_returns(connection: duckdb.DuckDBPyConnection, round_key: str) -> list[Return]:
    """The returns of a round, by local government and division: only senders with something to correct."""
    findings = read_findings(connection, round_key)
    files = query(
        connection,
        "select * from marts.submission_ledger where round_key = $round_key and superseded_by is null"
        " order by received_at, arrival_id",
        {"round_key": round_key},
    )
    senders: dict[tuple[str, str, str], list[Row]] = {}
    for row in findings:
        # A division's files belong together; of those that are nobody's each is for itself.
        is_known = row["lgo_code"] and row["division"]
        key = (row["lgo_code"] or "", row["division"] or "", "" if is_known else row["source_file"] or "")
        senders.setdefault(key, []).append(row)
    returns: list[Return] = []
    taken: set[str] = set()
    for (lgo_code, division, source_file), rows in sorted(senders.items()):
        if not any(row["severity"] in ANSWERED for row in rows):
            continue
        own = [
            f
            for f in files
            if (f["source_file"] == source_file)
            or (lgo_code and division and f["lgo_code"] == lgo_code and f["division"] == division)
            or (
                not source_file
                and f["source_sha256"] in {r["source_sha256"] for r in rows}
                and f["outcome"] == "quarantined"
            )
        ]
        # What was refused last is what the division wants to count: with the form before it in one workbook, every
        # code would stand there twice and the workbook be refused in turn.
        if own and own[-1]["outcome"] == "quarantined":
            own = own[-1:]
        who = division if lgo_code and division else Path(source_file).stem
        name = f"{safe_name(lgo_code or 'unknown')}_{safe_name(who)}"
        number = 1
        while (file_name := f"{name}{f'-{number}' if number > 1 else ''}.xlsx").casefold() in taken:
            number += 1
        taken.add(file_name.casefold())
        rows.sort(
            key=lambda r: (formats.severity_rank(r["severity"]), r["source_sheet"] or "", r["source_row"] or 0)
        )
        found = [with_words(row, number) for number, row in enumerate(rows, start=1)]
        returns.append(
            Return(lgo_code or None, rows[0]["lgo_name"] or "", division or None, found, own, file_name)
        )
    return returns


def with_words(row: Row, number: int) -> Row:
    """A finding with what its line in the workbook says."""
    place = row["source_cell"] or (f"แถว {row['source_row']}" if row["source_row"] is not None else "ทั้งแฟ้ม")
    return {
        **row,
        "number": number,
        "place": place,
        "severity_th": formats.word(formats.SEVERITIES, row["severity"]),
        "expected": row["expected_th"] or "ดูคำอธิบาย",
    }


# -- the sender's own table


def read_sheets(
    parsed: Path, files: Iterable[Row]
) -> dict[tuple[str, str], dict[int, tuple[str, dict[int, str]]]]:
    """The sheets of files as they were sent: rows by (SHA-256, sheet), each (role, text by column), from 1 and 0.

    Put together from the rows that were accepted or refused and those that are no data.
    """
    hashes = [f["source_sha256"] for f in files]
    sheets: dict[tuple[str, str], dict[int, tuple[str, dict[int, str]]]] = {}
    once: set[tuple[str, str, int]] = set()
    parts = Parts(parsed)
    with duckdb.connect() as connection:
        for table, role in (("other_row", "role"), ("quarantine", "'refused'"), ("division_listing", "'data'")):
            paths = parts.files_of(table, hashes)
            if not paths:
                continue
            rows = query(
                connection,
                f"select *, {role} as part from read_parquet($paths)"
                " where source_sha256 in (select unnest($hashes)) and source_row is not null"
                " order by source_sheet, source_row",
                {"paths": list(map(str, paths)), "hashes": hashes},
            )
            for row in rows:
                if table == "division_listing":
                    cells = written_cells(row)
                    once.update((row["source_sha256"], row["source_sheet"], x) for x in columns_once(row))
                elif row["row_text"]:
                    cells = {x: text for x, text in enumerate(json.loads(row["row_text"])) if text}
                else:
                    continue
                place = (row["source_sha256"], row["source_sheet"])
                sheets.setdefault(place, {})[row["source_row"]] = (row["part"], cells)
    for (sha256, name), lines in sheets.items():
        show_once(lines, [x for a, b, x in sorted(once) if (a, b) == (sha256, name)])
    return sheets


def written_cells(row: Row) -> dict[int, str]:
    """The cells of an accepted row by column."""
    cells = {}
    for name, cell in row.items():
        text = row[name.removesuffix("_cell") + "_as_written"] if name.endswith("_cell") and cell else None
        if text:
            cells[xl_cell_to_rowcol(cell)[1]] = text
    return cells


def columns_once(row: Row) -> list[int]:
    """The columns that a form fills once for the rows below; as read, every row has their text."""
    cells = [row.get("dimension_name_cell"), row.get("mission_name_cell")]
    return [xl_cell_to_rowcol(cell)[1] for cell in cells if cell]


def show_once(lines: dict[int, tuple[str, dict[int, str]]], columns: list[int]) -> None:
    """Take the text of such a column away where the row above has the same, from the left column on."""
    above: dict[int, str] = {}
    for _, (role, cells) in sorted(lines.items()):
        if role not in ("data", "refused"):
            continue
        for n, x in enumerate(columns):
            if x not in cells:
                continue
            if cells[x] == above.get(x):
                del cells[x]
            else:
                above[x] = cells[x]
                for right in columns[n + 1 :]:
                    above.pop(right, None)


def wrong_cells(findings: Iterable[Row], sha256: str, sheet: str) -> dict[tuple[int, int], list[Row]]:
    """Findings by (row, column) of one sheet, from 0; of one without a cell, by the first column of its row."""
    found: dict[tuple[int, int], list[Row]] = {}
    for finding in findings:
        if (finding["source_sha256"], finding["source_sheet"]) != (sha256, sheet):
            continue
        cells = [c.strip() for c in (finding["source_cell"] or "").split(",") if c.strip()]
        places = [xl_cell_to_rowcol(c) for c in cells]
        if not places and finding["source_row"] is not None:
            places = [(finding["source_row"] - 1, 0)]
        for place in places:
            found.setdefault(place, []).append(finding)
    return found


def comment_on(findings: Iterable[Row]) -> str:
    """What the comment of a wrong cell says: what is wrong and what is expected."""
    parts = []
    for row in findings:
        expected = f"\nที่ถูกต้อง: {row['expected_th']}" if row["expected_th"] else ""
        parts.append(f"ข้อ {row['number']} {row['title_th']}\n{row['message_th']}{expected}")
    return "\n\n".join(parts)


def write_own_sheet(
    sheets: Sheets, name: str, rows: dict[int, tuple[str, dict[int, str]]], wrong: dict[tuple[int, int], list[Row]]
) -> None:
    """One sheet of the sender's, every row and column where it was."""
    sheet = sheets.add(name)
    columns = sorted({x for _, cells in rows.values() for x in cells} | {x for _, x in wrong})
    widths = dict.fromkeys(columns, 10.0)
    for role, cells in rows.values():
        for x, text in cells.items():
            if role in ("data", "refused", "header"):
                longest = max(width_of(part) for part in text.split("\n"))
                widths[x] = max(widths[x], min(longest + 2, 38))
    for x, width in widths.items():
        sheet.set_column(x, x, width)
    last = max(columns, default=0)
    for number, (role, cells) in sorted(rows.items()):
        boxed = role in ("data", "refused", "header")
        lines = 1
        for x in range(last + 1) if boxed else sorted(cells):
            text = cells.get(x, "")
            findings = wrong.get((number - 1, x), [])
            properties: dict[str, Any] = {"text_wrap": boxed, "num_format": "@"}
            if boxed:
                properties |= {"border": 1, "border_color": "#A6A6A6"}
            if role == "header":
                properties |= {"bold": True, "bg_color": "#E7ECF3", "align": "center"}
            if findings:
                serious = any(f["severity"] in ANSWERED for f in findings)
                properties |= {"bg_color": RED if serious else YELLOW, "bold": serious}
            style = sheets.style(**properties)
            if text:
                sheets.text(sheet, number - 1, x, text, style)
                lines = max(lines, lines_of(text, widths.get(x, 10.0))) if boxed else lines
            else:
                sheet.write_blank(number - 1, x, None, style)
        sheet.set_row(number - 1, min(MAX_ROW_HEIGHT, LINE_HEIGHT * lines + 3))
    for (y, x), findings in sorted(wrong.items()):
        text = comment_on(findings)
        height = 22 * (lines_of(text, 46) + 1)
        sheet.write_comment(
            y, x, text[:32_000],
            {"author": "", "font_name": "Tahoma", "font_size": 10, "width": 380, "height": min(height, 600)},
        )  # fmt: skip
    data = [number for number, (role, _) in rows.items() if role == "data"]
    header = [
        number for number, (role, _) in rows.items() if role == "header" and (not data or number < min(data))
    ]
    if header:
        sheet.freeze_panes(max(header), 0)


# -- the workbook


STEPS = (
    "1. เปิดแผ่นงาน “{findings}” เพื่อดูรายการที่ต้องแก้ ว่าอยู่เซลล์ใด เขียนไว้ว่าอะไร และที่ถูกต้องควรเป็นอะไร",
    "2. เปิดแผ่นงานตารางของท่าน: ช่องสีแดงต้องแก้ไข ช่องสีเหลืองโปรดตรวจว่าถูกต้อง (เช่น ค่าที่โปรแกรมตีความให้) "
    "(วางเมาส์ที่ช่องเพื่ออ่านหมายเหตุ)",
    "3. แก้ค่าในช่องนั้นได้เลย ไม่ต้องลบหมายเหตุ สี หรือแผ่นงานใด และอย่าเพิ่มหรือลบหัวตาราง "
    "เว้นแต่แผ่นงาน “{findings}” บอกให้แก้หัวตาราง",
    "4. บันทึกแล้วส่งแฟ้มนี้กลับทั้งแฟ้มทางช่องทางเดิม แฟ้มใหม่จะแทนแฟ้มเดิมของท่านโดยอัตโนมัติ",
    "5. ถ้าเห็นว่าค่าเดิมถูกต้องแล้ว โปรดแจ้งฝ่ายแผนงานพร้อมเหตุผล",
)
WITHOUT_TABLE = (
    "1. เปิดแผ่นงาน “{findings}” เพื่อดูว่าแฟ้มที่ส่งมารับเข้าไม่ได้เพราะเหตุใด",
    "2. แก้ไขแฟ้มต้นฉบับของท่านตามคำอธิบาย บันทึก แล้วส่งแฟ้มนั้นใหม่ (แฟ้มนี้ไม่มีตารางของท่าน เพราะอ่านทั้งแฟ้มไม่ได้)",
    "3. ถ้าต้องการความช่วยเหลือ โปรดแจ้งฝ่ายแผนงาน",
)


def write_return(item: Return, round_: Row, release_id: str, parsed: Path, path: Path) -> None:
    """Write the workbook of one return."""
    newest = max(
        (f["received_at"] for f in item.files), default=datetime.combine(round_["period_end"], datetime.min.time())
    )
    sheets = Sheets(path, f"ส่งคืนเพื่อแก้ไข {item.sender}", release_id, newest)
    own = read_sheets(parsed, item.files)
    write_instructions(sheets, item, round_, newest, release_id, bool(own))

    sheet = sheets.add(FINDINGS)
    for at, column in enumerate(COLUMNS):
        sheet.set_column(at, at, column.width)
    sheets.text(sheet, 0, 0, f"สิ่งที่ต้องแก้ไข {len(item.findings)} ข้อ", sheets.style(bold=True, font_size=18))
    sheet.set_row(0, 28)
    below = write_table(sheets, sheet, 2, COLUMNS, item.findings, tone="severity", toned="severity_th")
    sheet.freeze_panes(below - len(item.findings), 0)
    sheet.repeat_rows(2, below - len(item.findings) - 1)

    used = {name.casefold() for name in RETURN_SHEETS}
    for (sha256, name), rows in sorted(own.items(), key=lambda pair: (pair[0][1], pair[0][0])):
        title = sheet_title(name, used)
        write_own_sheet(sheets, title, rows, wrong_cells(item.findings, sha256, name))
    sheets.book.close()


def sheet_title(name: str, used: set[str]) -> str:
    """A sheet name that Excel takes and that is not there yet; adds it to `used`."""
    plain = re.sub(r"[\[\]:*?/\\]", "-", name).strip("'")[:31] or "ตาราง"
    title, number = plain, 1
    while title.casefold() in used:
        number += 1
        title = f"{plain[:28]}-{number}"
    used.add(title.casefold())
    return title


def write_instructions(
    sheets: Sheets, item: Return, round_: Row, newest: datetime, release_id: str, has_table: bool
) -> None:
    """The first sheet: whose table this is (in words that the reader knows again), and what to do."""
    sheet = sheets.add(INSTRUCTIONS)
    sheet.set_column(0, 0, 120)
    lines: list[tuple[str, dict[str, Any]]] = [("แฟ้มส่งคืนเพื่อแก้ไข", {"bold": True, "font_size": 20})]
    if item.lgo_name:
        lines.append((item.lgo_name, {"bold": True, "font_size": 16}))
    lines.append((period_th(round_), {"font_size": 16}))
    if item.division:
        lines.append((f"หน่วยงาน: {item.division}", {"bold": True, "font_size": 16}))
    for f in item.files:
        late = f" (ช้า {f['days_late']} วัน)" if f["is_late"] else ""
        lines.append((f"แฟ้มที่ได้รับ: {f['source_file']} เมื่อ {formats.thai_time(f['received_at'])}{late}", {}))
    lines.append(("", {}))
    lines += [(step.format(findings=FINDINGS), {}) for step in (STEPS if has_table else WITHOUT_TABLE)]
    lines += [("", {}), (stamp_th(newest, release_id), {"font_color": "#595959"})]
    for row, (text, properties) in enumerate(lines):
        sheets.text(sheet, row, 0, text, sheets.style(text_wrap=True, **properties))
        size = properties.get("font_size", 14)
        sheet.set_row(row, LINE_HEIGHT * size / 14 * lines_of(text, 120 * 14 / size) + 2)


def write_returns(
    connection: duckdb.DuckDBPyConnection, release_id: str, round_key: str, office: Office, directory: Path
) -> list[Path]:
    """Write returns/<lgo_code>_<division>.xlsx per sender with something to correct, and round_status.html.

    Returns the files, the page first. Raises LookupError where the release does not know the round.
    """
    round_ = read_calendar(connection, round_key)
    returns = read_returns(connection, round_key)
    files = [directory / "round_status.html"]
    if returns:
        (directory / "returns").mkdir(exist_ok=True)
    for item in returns:
        path = directory / "returns" / item.file_name
        write_return(item, round_, release_id, office.parsed, path)
        files.append(path)
    write_status_page(connection, release_id, round_, office, returns, files[0])
    return files


# -- who has sent, who has not, who must correct


STATES = {
    "missing": ("ยังไม่ส่ง", "low"),
    "refused": ("รับไม่ได้", "low"),
    "to_correct": ("ต้องแก้ไข", "medium"),
    "sent": ("ส่งแล้ว", "high"),
}


def read_divisions(
    connection: duckdb.DuckDBPyConnection, round_: Row, office: Office, returns: list[Return]
) -> list[Row]:
    """Every division known or expected, with its files of the round where there are some, those to act on first.

    `file` is the one that counts, or was refused last where none does; `others` are what stands beside it, such as
    a corrected form that was refused.
    """
    known = query(
        connection,
        """
        select distinct b.lgo_code, lgo.lgo_name, b.division
        from core.fct_budget as b
        inner join core.dim_round as r on b.round_key = r.round_key
        inner join core.dim_lgo as lgo on b.lgo_code = lgo.lgo_code
        where b.source = 'division' and b.division is not null and r.period_end <= $period_end
        """,
        {"period_end": round_["period_end"]},
    )
    sent = query(
        connection,
        """
        select * from marts.submission_ledger
        where round_key = $round_key and superseded_by is null and lgo_code is not null and division is not null
        order by outcome = 'quarantined', received_at desc, arrival_id desc
        """,
        {"round_key": round_["round_key"]},
    )
    files: dict[tuple[str, str], list[Row]] = {}
    for row in sent:
        row["outcome_th"] = formats.word(formats.OUTCOMES, row["outcome"])
        files.setdefault((row["lgo_code"], row["division"]), []).append(row)
    names = read_lgo_names(connection)
    by_sender = {(item.lgo_code or "", item.division or ""): item for item in returns if item.is_known}
    found = Counter(
        (row["lgo_code"], row["division"], row["severity"])
        for row in read_findings(connection, round_["round_key"])
    )
    before = [(row["lgo_code"], row["division"]) for row in known]
    named = [(code, division) for code, names in office.divisions.items() for division in names]
    rows = []
    for code, division in sorted(one_for_each([*files, *by_sender], before, named)):
        own = files.get((code, division), [])
        file = own[0] if own else None
        item = by_sender.get((code, division))
        if file and file["outcome"] == "quarantined":
            state = "refused"
        elif item:
            state = "to_correct"
        else:
            state = "sent" if file else "missing"
        rows.append(
            {
                "lgo_code": code,
                "lgo_name": names.get(code, formats.NOTHING),
                "division": division,
                "state": state,
                "file": file,
                "others": own[1:],
                "item": item,
                "counts": {s: found[code, division, s] for s in formats.SEVERITIES},
            }
        )
    return sorted(rows, key=lambda row: (row["lgo_code"], list(STATES).index(row["state"])))


def one_for_each(*places: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return (lgo_code, division) of all, each division by the name under which it comes first.

    The form may say สำนักปลัดเทศบาล and sucharit.toml, or the form of an earlier round, สำนักปลัด. Names that come
    together stay apart: their files do.
    """
    taken: set[tuple[str, str]] = set()
    for some in places:
        heard = {(code, as_one(key(bare(division)))) for code, division in taken}
        taken |= {(code, name) for code, name in some if (code, as_one(key(bare(name)))) not in heard}
    return taken


def read_lgo_names(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = query(connection, "select lgo_code, lgo_name, district, province from core.dim_lgo", {})
    return {row["lgo_code"]: with_place(row["lgo_name"], row["district"], row["province"]) for row in rows}


def write_status_page(
    connection: duckdb.DuckDBPyConnection,
    release_id: str,
    round_: Row,
    office: Office,
    returns: list[Return],
    path: Path,
) -> None:
    """Write the page of who has sent, who has not and who must correct."""
    files = query(
        connection,
        "select * from marts.submission_ledger where round_key = $round_key order by received_at, arrival_id",
        {"round_key": round_["round_key"]},
    )
    divisions = read_divisions(connection, round_, office, returns)
    names = read_lgo_names(connection)
    heard = {row["lgo_code"] for row in files}
    newest = max((row["received_at"] for row in files), default=None)
    for row in files:
        row["outcome_th"] = formats.word(formats.OUTCOMES, row["outcome"])
        row["kinds_th"] = formats.kinds(row["kinds"])
    render(
        "round_status.html",
        path,
        title="ใครส่งแล้ว ใครยังไม่ส่ง ใครต้องแก้ไข",
        period=period_th(round_),
        due=round_["report_due"],
        known=known_as_of(round_, office.known_at),
        days_left=days_left(round_, office.known_at) if office.known_at else None,
        stamp=stamp_th(newest, release_id),
        no_list=read_no_list(connection, round_["round_key"]),
        divisions=divisions,
        states=STATES,
        counts={state: sum(row["state"] == state for row in divisions) for state in STATES},
        late=sum(bool(row["is_late"]) for row in files if row["superseded_by"] is None),
        silent=[names.get(code, code) for code in sorted(office.scope - heard)],
        nobodys=[item for item in returns if not item.is_known],
        changed=read_changes(connection, round_["round_key"]),
        refused=sum(row["outcome"] == "quarantined" and row["superseded_by"] is None for row in files),
        others=[
            row for row in files if row["superseded_by"] is None and not (row["lgo_code"] and row["division"])
        ],
        earlier=[row for row in files if row["superseded_by"] is not None],
        severities=formats.SEVERITIES,
    )


def read_changes(connection: duckdb.DuckDBPyConnection, round_key: str) -> list[Row]:
    """What later files changed, the newest first."""
    words = {
        "added": "เพิ่มรายการ",
        "removed": "ไม่มีรายการนี้แล้ว",
        "refused": "รับแถวนี้ไม่ได้",
        "restored": "กลับมารับได้",
        "changed": "แก้ไข",
    }
    # The marks of a form: one that is not there is written as nothing.
    marks = {"true": "/", "false": None}
    rows = query(
        connection,
        "select * from marts.submission_change where round_key = $round_key"
        " order by after_arrival_id desc, kind, row_key, field",
        {"round_key": round_key},
    )
    for row in rows:
        row["change_th"] = words[row["change"]]
        for side in ("before", "after"):
            row[side] = row[f"{side}_as_written"] or marks.get(row[side], row[side])
        row["field_th"] = formats.FIELDS.get(row["field"], row["field"] or "")
    return rows
