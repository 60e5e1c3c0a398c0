"""Any table of listings, in any layout that the reader promises to read, comes back as it was written."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from orchestration.spreadsheets.headings import dates
from orchestration.spreadsheets.parse import parse
from orchestration.spreadsheets.values import READ_AS
from tests.conftest import ROUND
from tests.corpus.make import DIVISION, TITLE, TRANG, as_csv, as_html, ods, xls, xlsx

THAI = str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
NAMES = [
    "โครงการอบรมคุณธรรม",
    "มาตรการ “โปร่งใส”",
    "กิจกรรม (ลดขั้นตอน) ปี 2566",
    "โครงการ TO BE NUMBER ONE",
    "ค่าย ๓ วัน",
]
REMARKS = [None, "เสร็จ 1 มี.ค. 66", "ดำเนินการ 12 – 14 ส.ค. 66", "ไม่ได้ตั้งงบประมาณไว้ในเทศบัญญัติ"]
STATUSES = ["completed", "in_progress", "unable"]
FIELDS = [
    *("dimension", "mission", "project", "plan", "ordinance", "disbursed", "remaining"),
    *("no_budget", "completed", "in_progress", "unable", "remark"),
]
HEADINGS = {
    "dimension": ["มิติ", "มติ"],
    "mission": ["ภารกิจตามมิติ", "ภารกิจ", "ภาระกิจตามมิติ"],
    "project": ["โครงการ/กิจกรรม/มาตรการ", "ชื่อโครงการ", "โครงการ/\nกิจกรรม"],
    "plan": ["งบประมาณตามแผน", "งบประมาณตามแผน (บาท)"],
    "ordinance": ["งบประมาณตามเทศบัญญัติ", "งบประมาณตามข้อบัญญัติ", "งบประมาณตามเทคโนโลยี"],
    "disbursed": ["เบิกจ่าย", "ผลการเบิกจ่าย", "เบิกจ่าย (3)"],
    "remaining": ["คงเหลือ", "ยอดคงเหลือ"],
    "no_budget": ["ไม่ใช้งบประมาณ", "ไม่ใช้\nงบประมาณ"],
    "completed": ["แล้วเสร็จ"],
    "in_progress": ["อยู่ระหว่างดำเนินการ"],
    "unable": ["ไม่ได้ดำเนินการ/ยกเลิกโครงการ", "ไม่ได้ดำเนินการ"],
    "remark": ["หมายเหตุ"],
}

money = st.one_of(st.none(), st.decimals(min_value=0, max_value=10**10, places=2))
some_money = st.decimals(min_value=1, max_value=10**9, places=2)


@dataclass(frozen=True)
class Written:
    """One listing, its transfers as (place, direction, baht), and what must be read."""

    code: str
    name: str
    plan: Decimal | None
    ordinance: Decimal | None
    disbursed: Decimal | None
    remaining: Decimal | None
    no_budget: bool
    status: str
    remark: str | None
    moves: list


@st.composite
def listing(draw, code):
    ordinance, disbursed = draw(money), draw(money)
    moves = []
    if draw(st.integers(0, 3)) == 0:
        places = st.sampled_from(["ordinance", "disbursed", "remark", "no_budget"])
        moves = [(draw(places), draw(st.sampled_from(["in", "out"])), draw(some_money))]
    moved = sum(baht if way == "in" else -baht for _, way, baht in moves)
    remaining = (ordinance or 0) + moved - (disbursed or 0)
    has_money = bool(ordinance or disbursed or moves)
    return Written(
        code,
        draw(st.sampled_from(NAMES)),
        draw(money),
        ordinance,
        disbursed,
        remaining if has_money else None,
        False if moves else draw(st.booleans()),
        draw(st.sampled_from(STATUSES)),
        draw(st.sampled_from(REMARKS)),
        moves,
    )


@st.composite
def listings(draw):
    codes = draw(
        st.lists(
            st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 30)),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    return [draw(listing(f"{d}.{m}.{n}")) for d, m, n in sorted(codes)]


@dataclass(frozen=True)
class Layout:
    order: list
    headings: dict
    two_rows: bool
    digits: str
    commas: bool
    nothing: str
    mark: str
    unmarked: str
    once: str
    page: int
    total: bool
    file: str


layouts = st.builds(
    Layout,
    order=st.permutations(FIELDS),
    headings=st.fixed_dictionaries({name: st.sampled_from(texts) for name, texts in HEADINGS.items()}),
    two_rows=st.booleans(),
    digits=st.sampled_from(["number", "text", "thai", "wide"]),
    commas=st.booleans(),
    nothing=st.sampled_from(["", "-", "–"]),
    mark=st.sampled_from(["/", "✓", "☑", "x", "1"]),
    unmarked=st.sampled_from(["", "-"]),
    once=st.sampled_from(["every row", "once", "merged"]),
    page=st.integers(1, 7),
    total=st.booleans(),
    file=st.sampled_from(["xlsx", "csv_utf8", "csv_cp874", "tsv_utf16", "xls", "ods", "html"]),
)


def write(rows, layout):
    """Return the bytes of a file with the rows in the layout."""
    in_cp874 = layout.file in ("csv_cp874",)
    grid, merge = [TITLE, DIVISION], []

    def number(value):
        if value is None:
            return layout.nothing if layout.nothing != "–" or not in_cp874 else "-"
        if layout.digits == "number" and layout.file in ("xlsx", "xls", "ods"):
            return float(value) if value == Decimal(repr(float(value))) else str(value)
        text = f"{value:,}" if layout.commas else str(value)
        table = (
            {"thai": THAI, "wide": WIDE}.get(layout.digits) if not (layout.digits == "wide" and in_cp874) else None
        )
        return text.translate(table) if table else text

    def mark(is_marked):
        return ("/" if in_cp874 else layout.mark) if is_marked else layout.unmarked

    def header():
        upper = {name: layout.headings[name] for name in FIELDS}
        if not layout.two_rows:
            grid.append([upper[name] for name in layout.order])
            return
        groups = ["ผลการดำเนินการ" if name in STATUSES else upper[name] for name in layout.order]
        grid.append([g if n == 0 or g != groups[n - 1] else "" for n, g in enumerate(groups)])
        grid.append([upper[name] if name in STATUSES else "" for name in layout.order])

    def cells(row, before):
        dimension, mission = row.code[0], row.code[:3]
        repeat = layout.once == "every row" or before is None
        told = {
            place: f"โอน{'เพิ่ม' if way == 'in' else 'ลด'} {number_text(baht)}" for place, way, baht in row.moves
        }

        def amount(place, value):
            return (
                f"{number_text(value) if value is not None else ''} {told[place]}"
                if place in told
                else number(value)
            )

        made = {
            "dimension": f"มิติ {dimension}" if repeat or before.code[0] != dimension else "",
            "mission": f"{mission} ภารกิจ" if repeat or before.code[:3] != mission else "",
            "project": f"{row.code} {row.name}",
            "plan": number(row.plan),
            "ordinance": amount("ordinance", row.ordinance),
            "disbursed": amount("disbursed", row.disbursed),
            "remaining": number(row.remaining),
            "no_budget": told.get("no_budget") or mark(row.no_budget),
            "remark": told.get("remark") or row.remark or "",
            **{name: mark(row.status == name) for name in STATUSES},
        }
        return [
            made[name].replace("–", "-") if in_cp874 and isinstance(made[name], str) else made[name]
            for name in layout.order
        ]

    def number_text(value):
        return f"{value:,}" if layout.commas else f"{value}"

    before = None
    for n, row in enumerate(rows):
        if n % layout.page == 0:
            header()
            # A page break ends a merged range; what is filled in once goes on over it.
            before = before if layout.once == "once" else None
        grid.append(cells(row, before))
        before = row
    if layout.total:
        sums = {
            name: sum(getattr(row, name) or 0 for row in rows)
            for name in ("plan", "ordinance", "disbursed", "remaining")
        }
        last = ["รวม" if n == 0 else "" for n in range(len(FIELDS))]
        for name, value in sums.items():
            at = layout.order.index(name)
            if at:
                last[at] = number_text(value)
        grid.append(last)
    if layout.once == "merged":
        merge = merged_ranges(grid, [layout.order.index(name) for name in ("dimension", "mission")])
    match layout.file:
        case "xlsx":
            return xlsx(grid, merge=merge)
        case "xls":
            return xls(grid)
        case "ods":
            return ods(grid)
        case "html":
            return as_html(grid)
        case "csv_cp874":
            return as_csv(grid, "cp874")
        case "tsv_utf16":
            return as_csv(grid, "utf-16", "\t")
    return as_csv(grid, "utf-8")


def merged_ranges(grid, columns):
    """Return (top, left, bottom, right) of every run of blank cells under a dimension or mission."""
    ranges = []
    for x in columns:
        top = None
        for y in range(2, len(grid) + 1):
            is_data = y < len(grid) and any(
                "1" <= str(cell)[:1] <= "4" and str(cell)[1:2] == "." for cell in grid[y]
            )
            if is_data and grid[y][x] == "" and top is not None:
                continue
            if top is not None and y - top > 1:
                ranges.append((top, x, y - 1, x))
            top = y if is_data and grid[y][x] else None
    return ranges


@given(listings(), layouts)
def test_any_table_in_any_layout_is_read_back(rows, layout):
    content = write(rows, layout)
    parsed = parse(content, ROUND, "x", hashlib.sha256(content).hexdigest(), TRANG)
    assert [q["message_en"] for q in parsed.rows.get("quarantine", [])] == []
    got = {row["listing_code"]: row for row in parsed.rows["division_listing"]}
    assert list(got) == [row.code for row in rows]
    for row in rows:
        read = got[row.code]
        name, remark = row.name, row.remark
        if layout.file == "csv_cp874":
            name, remark = name.replace("–", "-"), remark and remark.replace("–", "-")
        assert read["listing_name"] == name
        assert read["dimension_name"] == f"มิติ {row.code[0]}"
        assert read["mission_name"] == f"{row.code[:3]} ภารกิจ"
        for field in ("plan", "ordinance"):
            assert read[f"budget_{field}_baht"] == getattr(row, field), field
        for field in ("disbursed", "remaining"):
            assert read[f"{field}_baht"] == getattr(row, field), field
        for way in ("in", "out"):
            assert read[f"transfer_{way}_baht"] == sum(baht for _, to, baht in row.moves if to == way)
        assert (read["no_budget"], read["status"]) == (row.no_budget, row.status)
        if not any(place == "remark" for place, _, _ in row.moves):
            assert read["remark"] == remark
    assert [r["rule"] for r in parsed.rows.get("repair", [])] == []


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=2))
def test_balances_come_back_however_they_are_written(baht):
    below = f"({-baht:,})" if baht < 0 else f"{baht:,}"
    for written in (
        f"{baht}",
        f"{baht:,}",
        f"{baht:,}".translate(THAI),
        f"{baht:,} บาท",
        below,
        f"{baht:,}".replace("-", "−"),
    ):
        assert READ_AS["balance"](written) == baht


@given(st.decimals(min_value=0, max_value=10**10, places=2), st.sampled_from([1000, 10**6]))
def test_units_are_exact(baht, unit):
    assert READ_AS["amount"](f"{(baht / unit):f}", Decimal(unit)) == baht


@given(st.dates(), st.sampled_from(["/", "-", ".", " "]), st.booleans(), st.booleans())
def test_dates_come_back_in_every_spelling(day, between, is_short, is_thai):
    year = day.year % 400 + 2400
    names = [
        "มกราคม",
        "กุมภาพันธ์",
        "มีนาคม",
        "เมษายน",
        "พฤษภาคม",
        "มิถุนายน",
        "กรกฎาคม",
        "สิงหาคม",
        "กันยายน",
        "ตุลาคม",
        "พฤศจิกายน",
        "ธันวาคม",
    ]
    short = ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."]
    month = f"{day.month}" if between != " " else (short if is_short else names)[day.month - 1]
    written = between.join([f"{day.day}", month, f"{year}"])
    [(_, *read)] = dates(written.translate(THAI) if is_thai else written)
    assert read == [year, day.month, day.day]


@given(st.sampled_from(["/", "✓", "☑", "x", "×", "●", "1"]), st.sampled_from(["", " ", "\n", "\u200b"]))
def test_marks_come_back_with_space_around_them(glyph, space):
    assert READ_AS["mark"](space + glyph + space) is True
