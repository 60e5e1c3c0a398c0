"""How offices lay out the same table: monitoring forms, e-PlanNACC exports, rankings, crosswalks, registers.

Every layout here is one that the reader takes as it is; what it has to put right is planted by `faults`.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby

from bench.generator.figures import DIMENSIONS, Figures, baht
from bench.generator.files import Number, Sheet
from bench.generator.world import Entry, Line, State
from orchestration.paths import SEEDS
from orchestration.registry import Lgo, provinces
from orchestration.spreadsheets.thai import without_tone_marks

THAI_DIGITS = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
FIELDS = (
    "dimension", "mission", "listing", "plan", "ordinance", "disbursed", "remaining",
    "no_budget", "completed", "in_progress", "unable", "remark",
)  # fmt: skip
AMOUNTS = ("plan", "ordinance", "disbursed", "remaining")
MARKS = ("completed", "in_progress", "unable")
OTHER_ORDERS = (FIELDS, FIELDS, FIELDS, FIELDS, tuple(FIELDS[x] for x in (2, 0, 1, 6, 5, 4, 3, 11, 7, 8, 9, 10)))
_STATUS = ("แล้วเสร็จ", "อยู่ระหว่างดำเนินการ", "ไม่ได้ดำเนินการ/ยกเลิกโครงการ")
_FORM = (
    "มิติ", "ภารกิจตามมิติ", "โครงการ/กิจกรรม/มาตรการ", "งบประมาณตามแผน", "งบประมาณตามเทศบัญญัติ", "เบิกจ่าย", "คงเหลือ",
    "ไม่ใช้งบประมาณ",
)  # fmt: skip
_OTHER_WORDS = {
    "โครงการ/กิจกรรม/มาตรการ": ("โครงการ/กิจกรรม/มาตรการ", "โครงการ/กิจกรรม", "ชื่อโครงการ/กิจกรรม/มาตรการ"),
    "งบประมาณตามเทศบัญญัติ": ("งบประมาณตามเทศบัญญัติ", "งบประมาณตามข้อบัญญัติ/เทศบัญญัติ"),
    "เบิกจ่าย": ("เบิกจ่าย", "เบิกจ่าย", "ผลการเบิกจ่าย", "เบิกจ่ายแล้ว"),
    "คงเหลือ": ("คงเหลือ", "คงเหลือ", "งบประมาณคงเหลือ", "ยอดคงเหลือ"),
    "มิติ": ("มิติ", "มิติ", "มิติที่", "มติ"),
}


@dataclass
class Form:
    """What becomes of one division's form in one round beside its lines; all of it off is a plain form."""

    is_missing: bool = False
    is_corrupt: bool = False
    # Rows of an earlier file that this one replaces.
    earlier: list[Line] | None = None
    is_sent_at_once: bool = False
    total_off: int = 0
    in_thousands: bool = False
    without_tone_marks: bool = False
    with_column: bool = False
    with_hidden_row: bool = False
    with_split_name: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def is_lost(self) -> bool:
        return self.is_missing or self.is_corrupt

    @property
    def is_plain(self) -> bool:
        return self == Form()


@cache
def headings() -> dict[str, str]:
    """Return the words of dimensions and missions of the plan of 2566-2570."""
    words: dict[str, str] = {}
    for name in ("dimension", "mission"):
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            words |= {r[name]: r["name"] for r in csv.DictReader(file) if r["plan_period"] == "2566-2570"}
    return words


def place(lgo: Lgo) -> str:
    """Return the name that a heading gives: with district and province, because names repeat."""
    return f"{lgo.full_name} อำเภอ{lgo.district} จังหวัด{provinces()[lgo.province_code]}"


def round_lines(dice: random.Random, state: State) -> str:
    year, months = state.year, state.months
    until = ("31 มีนาคม", "31 มี.ค.", year) if months == 6 else ("30 กันยายน", "30 ก.ย.", year)
    return dice.choice(
        (
            f"รอบ {months} เดือน (วันที่ 1 ตุลาคม {year - 1} ถึง {until[0]} {year})",
            f"รอบ {months} เดือน ประจำปีงบประมาณ พ.ศ. {year}",
            f"ตั้งแต่วันที่ 1 ต.ค. {(year - 1) % 100} ถึงวันที่ {until[1]} {year % 100}",
            f"รอบ {months} เดือน ปีงบประมาณ {year}",
        )
    )


@dataclass
class _Layout:
    """The habits of whoever fills in a form."""

    order: tuple[str, ...]
    amounts: str
    nothing: str
    mark: str
    groups: str
    header: list[list[str]]
    per_page: int | None
    total: str | None
    is_signed: bool
    transfers: str


def _layout(dice: random.Random, lgo: Lgo, form: Form, plain: bool) -> _Layout:
    """Draw a layout; `plain` where a row must keep its columns."""
    order = FIELDS if plain or form.with_column else dice.choice(OTHER_ORDERS)
    layout = _Layout(
        order,
        amounts=dice.choice(("number", "number", "number", "text", "thai")),
        nothing=dice.choice(("-", "-", "")),
        mark=dice.choice(("/", "/", "/", "✓", "x")),
        groups=dice.choice(("merged", "merged", "once", "every")),
        header=_header(dice, lgo, order, says_baht=not form.in_thousands),
        per_page=dice.choice((None, None, 8, 12)),
        total=dice.choice((None, "รวม", "รวมทั้งสิ้น")),
        is_signed=dice.random() < 0.5,
        transfers=dice.choice(("cell", "cell", "remark")),
    )
    if form.total_off:
        layout.total = layout.total or "รวม"
    if form.with_split_name:
        layout.per_page = 3
    if form.in_thousands and layout.amounts == "thai":
        layout.amounts = "text"
    return layout


def _header(dice: random.Random, lgo: Lgo, order: tuple[str, ...], says_baht: bool) -> list[list[str]]:
    words = [dice.choice(_OTHER_WORDS.get(word, (word,))) for word in _FORM]
    if lgo.type in ("อบต.", "อบจ."):
        words[4] = "งบประมาณตามข้อบัญญัติ"
    if dice.random() < 0.2 and says_baht:
        words[3:7] = [f"{word} (บาท)" for word in words[3:7]]
    upper = dict(zip(FIELDS, [*words, "ผลการดำเนินการ", "", "", "หมายเหตุ"], strict=True))
    lower = dict.fromkeys(FIELDS, "") | dict(zip(MARKS, _STATUS, strict=True))
    if dice.random() < 0.2:
        return [[lower[name] or upper[name] for name in order]]
    # A group heading stands over the first of its columns.
    return [[upper[name] for name in order], [lower[name] for name in order]]


def form_sheets(dice: random.Random, state: State, division: str, form: Form, lines: list[Line]) -> list[Sheet]:
    """Return the sheets of one division's monitoring form."""
    plain = any(line.is_shifted for line in lines)
    layout = _layout(dice, state.lgo, form, plain)
    name = without_tone_marks(state.lgo.full_name) if form.without_tone_marks else state.lgo.full_name
    where = f"อำเภอ{state.lgo.district} จังหวัด{provinces()[state.lgo.province_code]}"
    titles = [
        "รายงานผลการติดตามผลการดำเนินงาน",
        "แผนปฏิบัติการป้องกันการทุจริตเพื่อยกระดับคุณธรรมและความโปร่งใส (พ.ศ. 2566 - 2570)",
        f"{name} {where}",
        round_lines(dice, state),
        dice.choice(("หน่วยงาน {}", "หน่วยงาน : {}", "ส่วนราชการ {}")).format(division),
    ]
    if layout.amounts == "thai" and dice.random() < 0.5:
        titles = [title.translate(THAI_DIGITS) for title in titles]
    if form.in_thousands:
        titles.append("(หน่วย : พันบาท)")
    sheet = Sheet(dice.choice(("Sheet1", "แบบติดตาม", f"รอบ {state.months} เดือน", "แผ่นงาน1")), [])
    width = len(FIELDS)
    page = layout.per_page or len(lines)
    before = 0
    for start in range(0, len(lines), page):
        if start:
            sheet.rows.append([])
        for title in titles:
            if layout.groups == "merged":
                sheet.merges.append((len(sheet.rows), 0, len(sheet.rows), width - 1))
            sheet.rows.append([title])
        _add_header(sheet, layout, form)
        if form.with_split_name and start == page:
            whole = _listing(lines[start - 1], layout)
            cut = len(whole) * 2 // 3
            sheet.rows[before][layout.order.index("listing")] = whole[:cut]
            rest: list[str | None] = [None] * width
            rest[layout.order.index("listing")] = whole[cut:]
            sheet.rows.append(rest)
        top = len(sheet.rows)
        for line in lines[start : start + page]:
            sheet.rows.append(_row(line, layout, form))
            if form.with_column:
                sheet.rows[-1].append("ฝ่ายอำนวยการ")
        before = len(sheet.rows) - 1
        _add_groups(sheet, layout, top, lines[start : start + page])
    if layout.total:
        sheet.rows.append(_total(lines, layout, form))
    if layout.is_signed:
        sheet.rows += [[], ["", "", "", "", "ลงชื่อ ........................................ ผู้รายงาน"]]
        sheet.rows += [["", "", "", "", "ตำแหน่ง ........................................"]]
    if form.with_hidden_row:
        sheet.hidden.add(top)
    sheets = [sheet]
    if form.notes:
        sheets.append(Sheet("คำชี้แจง", [[note] for note in form.notes]))
    return sheets


def _add_header(sheet: Sheet, layout: _Layout, form: Form) -> None:
    top = len(sheet.rows)
    for n, row in enumerate(layout.header):
        more = ["ผู้รับผิดชอบ" if n == 0 else ""] if form.with_column else []
        sheet.rows.append([*row, *more])
    if len(layout.header) == 2 and layout.groups == "merged":
        for x, name in enumerate(layout.order):
            if name not in MARKS:
                sheet.merges.append((top, x, top + 1, x))
        first = layout.order.index("completed")
        sheet.merges.append((top, first, top, first + 2))


def _listing(line: Line, layout: _Layout) -> str:
    code = line.code.translate(THAI_DIGITS) if layout.amounts == "thai" else line.code
    return f"{code} {line.name}"


def _row(line: Line, layout: _Layout, form: Form) -> list[str | None]:
    moved = line.moved_in or line.moved_out
    said = f"{'โอนเพิ่ม' if line.moved_in else 'โอนลด'} {_digits(_plain(moved), layout)}"
    cells: dict[str, str | None] = {"listing": _listing(line, layout), "remark": line.remark}
    for name in AMOUNTS:
        cells[name] = _amount(getattr(line, name), layout, form)
    if moved and layout.transfers == "remark":
        cells["remark"] = f"{said} บาท {line.remark}".strip()
    elif moved:
        cells["ordinance"] = f"{_digits(_plain(line.ordinance or 0), layout)} {said}"
    nothing = layout.nothing if layout.nothing == "-" and layout.amounts != "number" else None
    cells["no_budget"] = layout.mark if line.no_budget else nothing
    for name in MARKS:
        cells[name] = layout.mark if name in (line.status, line.also) else nothing
    if line.is_shifted:
        names = ("no_budget", *MARKS, "remark")
        cells |= dict(zip(names, [*(cells[name] for name in names[1:]), None], strict=True))
    cells |= line.written  # type: ignore[arg-type]
    return [cells.get(name) for name in layout.order]


def _plain(satang: int) -> str:
    text = baht(satang)
    return text.removesuffix(".00")


def _digits(text: str, layout: _Layout) -> str:
    return text.translate(THAI_DIGITS) if layout.amounts == "thai" else text


def _amount(satang: int | None, layout: _Layout, form: Form) -> str | None:
    if satang is None:
        return layout.nothing
    if form.in_thousands:
        text = f"{satang / 100_000:.2f}".rstrip("0").rstrip(".")
        return Number(text) if layout.amounts == "number" else text
    if layout.amounts == "number":
        return Number(f"{satang // 100}" if satang % 100 == 0 else f"{satang / 100:.2f}")
    if satang < 0:
        return f"({_digits(_plain(-satang), layout)})"
    return _digits(_plain(satang), layout)


def _total(lines: list[Line], layout: _Layout, form: Form) -> list[str | None]:
    cells: dict[str, str | None] = {}
    for name in AMOUNTS:
        added = sum(getattr(line, name) or 0 for line in lines)
        added += form.total_off if name == "disbursed" else 0
        cells[name] = _amount(added or None, layout, form)
    row = [cells.get(name) for name in layout.order]
    row[0] = layout.total
    return row


def _add_groups(sheet: Sheet, layout: _Layout, top: int, lines: list[Line]) -> None:
    """Write dimension and mission: merged over their rows, once above, or into every row."""
    for column, parts in (("dimension", 1), ("mission", 2)):
        x, y = layout.order.index(column), top
        for code, same in groupby(lines, key=lambda line: _stands_under(line, parts)):
            count = len(list(same))
            words = f"{'มิติที่ ' if parts == 1 else ''}{code} {headings()[code]}"
            for n in range(count if layout.groups == "every" else 1):
                sheet.rows[y + n][x] = words
            if layout.groups == "merged" and count > 1:
                sheet.merges.append((y, x, y + count - 1, x))
            y += count


def _stands_under(line: Line, parts: int) -> str:
    return ".".join((line.stands_under or line.code).split(".")[:parts])


# -- e-PlanNACC


def list_sheet(state: State) -> Sheet:
    title = f"รายงานผลการดำเนินงานตามแผนปฏิบัติการป้องกันการทุจริต ของ{place(state.lgo)}"
    rows: list[list[str | None]] = [
        [f"{title} พ.ศ. {state.year} รอบ {state.months} เดือน"],
        ["ลำดับ", "รายการโครงการ (ตั้งต้น)", "มิติ", "งบประมาณ\n(บาท)", "เบิกจ่าย\n(บาท)", "สถานะ", "", "", "", "หมายเหตุ"],
        ["", "", "", "", "", "รอ\nรายงาน", "อยู่ระหว่าง\nดำเนินการ", "ดำเนินการ\nแล้วเสร็จ", "ไม่สามารถ\nดำเนินการได้", ""],
    ]
    for entry in state.entries:
        rows.append(_entry(entry))
    last = max(entry.seq for entry in state.entries)
    for seq, name in enumerate(state.unreadable, start=last + 1):
        rows.append([Number(str(seq)), name, "1", "รอแจ้ง", Number("0.00"), "☑"])
    rows += [[], [f"** ข้อมูล ณ วันที่ 17 ตุลาคม {state.year}"]] if state.months == 12 else [[]]
    return Sheet("รายการโครงการ", rows)


def _entry(entry: Entry) -> list[str | None]:
    marks = ["☑" if entry.status == s else None for s in ("awaiting_report", "in_progress", "completed", "unable")]
    dimension = entry.dimension if entry.is_initial else f"*{entry.dimension}"
    amounts = [Number(f"{satang / 100:.2f}") for satang in (entry.plan, entry.disbursed)]
    return [Number(str(entry.seq)), entry.name, dimension, *amounts, *marks, None]


def table_sheets(state: State, shown: Figures) -> list[Sheet]:
    """Return the summary, the dimension table and the status table of an export, the summary perhaps again."""
    year, months, name = state.year, state.months, place(state.lgo)
    of = {key[2]: text for key, text in shown.items() if key[0] == "summary"}
    lines = [
        "สรุปผลการขับเคลื่อนแผนฯ",
        f"{name} ประจำปีงบประมาณ พ.ศ. {year} รอบ {months} เดือน",
        f"☑ แผนปฏิบัติการป้องกันการทุจริต มีโครงการ/กิจกรรม/มาตรการ จำนวน {of['initial_projects']} โครงการ",
        f"☑ รอการรายงาน {of['awaiting_report']} โครงการ",
        f"☑ อยู่ระหว่างดำเนินการ {of['in_progress']} โครงการ",
        f"☑ ดำเนินการแล้วเสร็จ {of['completed']} โครงการ",
        f"☑ ไม่สามารถดำเนินการได้ {of['unable']} โครงการ",
        f"☑ เบิกจ่ายงบประมาณ {of['disbursed_baht']} บาท คิดเป็นร้อยละ {of['disbursed_pct']}",
        f"☑ มีการนำแผนฯ ไปปฏิบัติ ระดับ {of['implementation_level']} ร้อยละ {of['implementation_pct']}",
    ]
    columns = (
        "planned_projects", "completed_projects", "budget_plan_baht", "budget_ordinance_baht", "disbursed_baht",
        "project_pct", "budget_pct",
    )  # fmt: skip
    table: list[list[str | None]] = [
        [name],
        [f"รายงานผลการนำแผนไปปฏิบัติ ประจำปีงบประมาณ พ.ศ. {year} รอบ {months} เดือน"],
        ["ชื่อ อปท.", "มิติ", "โครงการ", "", "งบประมาณ", "", "", "ร้อยละดำเนินการ", ""],
        ["", "", "ตามแผน", "ดำเนินการแล้ว", "ตามแผน", "ตามข้อบัญญัติ/\nเทศบัญญัติ", "ใช้จริง", "โครงการ", "งบประมาณ"],
    ]
    for dimension in (*DIMENSIONS, "total"):
        first = (
            ["รวม", None]
            if dimension == "total"
            else [state.lgo.full_name if dimension == "1" else None, dimension]
        )
        table.append([*first, *(shown["dimension", dimension, column] for column in columns)])
    fields = (
        "minimum_projects", "all_projects", "in_ordinance", "in_progress", "completed", "unable",
        "implementation_pct", "implementation_level",
    )  # fmt: skip
    status: list[list[str | None]] = [
        ['"สถานะโครงการ/กิจกรรม/มาตรการ"'],
        [f"{name} ประจำปีงบประมาณ พ.ศ. {year} รอบ {months} เดือน"],
        [
            "โครงการขั้นต่ำ\nตามที่ ป.ป.ช.\nกำหนด", "โครงการ\nทั้งหมด", "บรรจุในข้อบัญญัติ/\nเทศบัญญัติ/\nแผนดำเนินงาน",
            "อยู่ระหว่าง\nดำเนินการ", "ดำเนินการ\nแล้วเสร็จ", "ไม่สามารถ\nดำเนินการได้",
            "ผลการนำแผนฯ\nไปปฏิบัติ คิดจาก\nโครงการขั้นต่ำ", "ระดับการนำ\nแผนไปปฏิบัติ",
        ],
        [shown["status", "", field] for field in fields],
    ]  # fmt: skip
    made = [Sheet("สรุปผล", [[line] for line in lines]), Sheet("ตามมิติ", table), Sheet("สถานะ", status)]
    if state.has_two_summaries:
        completed = lines.index(f"☑ ดำเนินการแล้วเสร็จ {of['completed']} โครงการ")
        lines[completed] = f"☑ ดำเนินการแล้วเสร็จ {int(of['completed']) + 1} โครงการ"
        made.append(Sheet("สรุปผล (2)", [[line] for line in lines]))
    return made


@dataclass
class Ranked:
    """One row of a provincial ranking as printed; name and figures may be wrong on purpose."""

    lgo: Lgo
    name: str
    pct: str
    level_th: str


def ranking_sheet(province: str, year: int, months: int, rows: Iterable[Ranked], counts: dict[str, int]) -> Sheet:
    title = "ผลการนำแผนปฏิบัติการป้องกันการทุจริต ไปสู่การปฏิบัติระดับจังหวัด"
    table: list[list[str | None]] = [
        [f"{title} ของจังหวัด{province} ประจำปีงบประมาณ พ.ศ. {year} รอบ {months} เดือน"],
        ["ลำดับ", "ชื่อ อปท.", "อำเภอ", "ร้อยละ", "ระดับการนำไปปฏิบัติ"],
    ]
    for seq, row in enumerate(rows, start=1):
        table.append([str(seq), row.name, row.lgo.district, row.pct, row.level_th])
    table += [["", "", "", level, str(count)] for level, count in counts.items()]
    return Sheet("ระดับจังหวัด", table)


def crosswalk_sheet(state: State) -> Sheet:
    rows: list[list[str | None]] = [["round_key", "lgo_code", "eplan_seq", "listing_code", "listing_name", "note"]]
    pairs = [(e.seq, code) for e in state.entries if e.seq not in state.unreviewed for code in e.codes or [""]]
    for seq, code in [*pairs, *state.wrong_pairs]:
        name = state.names_then.get((seq, code), "")
        rows.append([state.round_key, state.lgo.lgo_code, str(seq), code, name, "" if code else "ไม่พบรายการ"])
    return Sheet("จับคู่", rows)


CORRECTION = (
    "round_key", "lgo_code", "side", "what", "field", "old_value", "new_value", "reason", "decided_by",
    "decided_on", "valid_until",
)  # fmt: skip
