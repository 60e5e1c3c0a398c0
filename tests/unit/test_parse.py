"""The sample files row for row against the reference they hold (samples/source), and what is refused."""

import csv
import hashlib
import json
import re
from decimal import Decimal
from io import BytesIO

import msoffcrypto
import pytest
import xlsxwriter
from msoffcrypto.format.ooxml import OOXMLFile

from orchestration.spreadsheets.parse import parse
from tests.conftest import PROJECT, ROUND, SAMPLE
from tests.corpus.make import TOP, UNDER, A, B, form, put, xlsx

TRANG = frozenset({"3920102"})
SOURCE = PROJECT / "samples" / "source"


def read(path_or_bytes, scope=TRANG, round_key=ROUND):
    content = path_or_bytes if isinstance(path_or_bytes, bytes) else path_or_bytes.read_bytes()
    name = "x" if isinstance(path_or_bytes, bytes) else path_or_bytes.name
    return parse(content, round_key, name, hashlib.sha256(content).hexdigest(), scope)


def source(name):
    with (SOURCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def baht(text):
    return Decimal(text) if text else None


@pytest.mark.parametrize(
    ("cells", "rule", "cell"),
    [
        ({"E": "10,000 โอนเพิ่ม 12.500"}, "amount_unreadable", "E5"),
        # A part of a listing is no listing: 1.1.1.1 must not be taken for 1.1.1.
        ({"C": "1.1.1.1 กิจกรรมย่อย"}, "row_without_code", "C5"),
    ],
)
def test_a_row_that_cannot_be_read_is_refused_alone_with_its_cell(cells, rule, cell):
    parsed = read(xlsx(form(put(A, **cells), B)))
    assert [(q["rule"], q["scope"], q["cell"]) for q in parsed.rows["quarantine"]] == [(rule, "row", cell)]
    assert len(parsed.rows["division_listing"]) == 1 and parsed.division


def test_a_number_in_a_remark_that_is_no_amount_is_no_fault():
    remark = "โอนลดตามบันทึกที่ ตง 52008.1234 โอนเพิ่ม 1,,000"
    parsed = read(xlsx(form(put(A, L=remark), B)))
    assert not parsed.rows.get("quarantine") and not parsed.rows.get("transfer")
    assert len(parsed.rows["division_listing"]) == 2


@pytest.fixture(scope="module")
def listings():
    rows = [row for path in SAMPLE.iterdir() for row in read(path).rows.get("division_listing", [])]
    return {row["listing_code"]: row for row in rows}


def test_every_listing_of_the_report_is_read_with_its_figures(listings):
    expected = source("division_listing.csv")
    assert len(listings) == len(expected) == 88
    for row in expected:
        got = listings[row["code"]]
        assert got["listing_name"] == row["name"]
        assert got["division"] == row["division"]
        for ours, theirs in [
            ("budget_plan_baht", "budget_plan"),
            ("budget_ordinance_baht", "budget_ordinance"),
            ("disbursed_baht", "disbursed"),
            ("remaining_baht", "remaining"),
        ]:
            assert got[ours] == baht(row[theirs]), (row["code"], ours)
        assert got["transfer_in_baht"] == Decimal(row["transfer_in"]), row["code"]
        assert got["transfer_out_baht"] == Decimal(row["transfer_out"]), row["code"]
        assert got["no_budget"] == (row["no_budget"] == "1"), row["code"]
        assert got["status"] == row["status"].replace("not_done", "unable"), row["code"]


def test_figures_name_the_cell_they_came_from(listings):
    # The workbook of the welfare division, opened by hand: 3.2.1 stands in row 27, its ordinance in column E.
    row = listings["3.2.1"]
    assert (row["source_row"], row["budget_ordinance_baht_cell"]) == (27, "E27")
    assert row["budget_ordinance_baht_as_written"] == "30,000 ออนไลน์ 25,400"


def test_dimension_and_mission_are_carried_down_to_every_listing(listings):
    assert all(row["dimension_name"] and row["mission_name"] for row in listings.values())
    assert listings["4.1.5"]["mission_name"].startswith("4.1")


def test_every_project_of_e_plannacc_is_read():
    got = {row["eplan_seq"]: row for row in read(SAMPLE / "e-PlanNACC เทศบาลนครตรัง.xlsx").rows["eplan_project"]}
    expected = source("eplan_projects.csv")
    assert len(got) == len(expected) == 81
    for row in expected:
        project = got[int(row["seq"])]
        assert (project["dimension"], project["is_initial"]) == (row["dimension"], row["additional"] == "0")
        assert (project["budget_plan_baht"], project["disbursed_baht"]) == (
            baht(row["budget"]),
            baht(row["disbursed"]),
        )
        assert project["status"] == row["status"]


def test_figures_inside_the_sentences_of_the_summary():
    [row] = read(SAMPLE / "e-PlanNACC เทศบาลนครตรัง.xlsx").rows["eplan_summary"]
    assert (row["initial_projects"], row["completed"], row["unable"]) == (34, 77, 4)
    assert (row["disbursed_baht"], row["disbursed_pct"]) == (Decimal("2932164.35"), Decimal("48.47"))
    assert (row["implementation_level"], row["implementation_pct"]) == ("high", Decimal("91.43"))


def test_a_ranking_names_its_province_among_several():
    """The heading holds the word for a province twice: ระดับจังหวัด ของจังหวัดตรัง."""
    ranking = next(path for path in SAMPLE.iterdir() if path.suffix == ".html").read_bytes()
    parsed = parse(ranking, ROUND, "ranking.html", "0" * 64, frozenset({"3920102", "2850101"}))
    assert (parsed.province_code, parsed.rows.get("quarantine")) == ("92", None)


def test_ranking_page():
    parsed = read(SAMPLE / "ผลระดับจังหวัด ตรัง.html")
    rows = parsed.rows["ranking"]
    assert [row["implementation_pct"] for row in rows] == [
        Decimal(row["percent"]) for row in source("provincial_ranking.csv")
    ]
    assert [row["ranking_seq"] for row in rows if row["is_capped"]] == [6, 8, 10, 11, 13, 14]
    assert all(row["lgo_code"] for row in rows)
    assert [(r["implementation_level"], r["lgos"]) for r in parsed.rows["ranking_count"]] == [
        ("high", 11),
        ("medium", 3),
        ("low", 3),
    ]


RANKING = [
    ["ผลการนำแผนปฏิบัติการป้องกันการทุจริต ไปสู่การปฏิบัติระดับจังหวัด ของจังหวัดตรัง ประจำปีงบประมาณ พ.ศ. 2566 รอบ 12 เดือน"],
    ["ลำดับ", "ชื่อ อปท.", "อำเภอ", "ร้อยละ", "ระดับการนำไปปฏิบัติ"],
]
KLONG_TENG = ["เทศบาลตำบลคลองเต็ง", "เมืองตรัง", "93.33", "มาก"]
KHOK_LO = ["เทศบาลตำบลโคกหล่อ", "เมืองตรัง", "80.00", "มาก"]
UNREADABLE = ["เทศบาลตำบลย่านตาขาว", "ย่านตาขาว", "ราวๆ", "มาก"]


def counts(high):
    return [["", "", "", "มาก", str(high)], ["", "", "", "น้อย", "0"]]


SUMMARY = [
    ["สรุปผลการขับเคลื่อนแผนฯ"],
    ["เทศบาลนครตรัง ประจำปีงบประมาณ พ.ศ. 2566 รอบ 12 เดือน"],
    ["☑ แผนปฏิบัติการป้องกันการทุจริต มีโครงการ/กิจกรรม/มาตรการ จำนวน 34 โครงการ"],
    ["☑ รอการรายงาน 0 โครงการ"],
    ["☑ อยู่ระหว่างดำเนินการ จำนวน 1 โครงการ"],
    ["☑ ดำเนินการแล้วเสร็จ จำนวน 32 โครงการ"],
    ["☑ ไม่สามารถดำเนินการได้ 1 โครงการ"],
    ["☑ เบิกจ่ายงบประมาณรวมทั้งสิ้น 1,072,500.00 บาท คิดเป็นร้อยละ 48.47"],
]


def test_sentences_of_the_summary_worded_a_little_differently_are_read():
    (row,) = read(xlsx(SUMMARY)).rows["eplan_summary"]
    assert (row["completed"], row["in_progress"], row["disbursed_baht"]) == (32, 1, Decimal("1072500.00"))


def test_a_sentence_that_the_summary_lacks_is_said():
    changed = [*SUMMARY[:5], ["☑ เสร็จแล้ว 32 โครงการ"], SUMMARY[6], ["☑ ใช้เงิน 1,072,500.00 บาท"]]
    parsed = read(xlsx(changed))
    (said,) = parsed.rows["quarantine"]
    assert (said["rule"], said["scope"]) == ("sentence_missing", "row")
    for name in ("ดำเนินการแล้วเสร็จ", "เบิกจ่ายงบประมาณ", "ร้อยละการเบิกจ่าย"):
        assert name in said["message_th"]
    assert "อยู่ระหว่างดำเนินการ" not in said["message_th"]
    (row,) = parsed.rows["eplan_summary"]
    assert (row["in_progress"], row["completed"]) == (1, None)


LIST = [
    [*("ลำดับ", "รายการโครงการ(ตั้งต้น)", "มิติ", "งบประมาณ(บาท)", "เบิกจ่าย(บาท)", "สถานะ"), *("", "", "", "หมายเหตุ")],
    [""] * 5 + ["รอรายงาน", "อยู่ระหว่างดำเนินการ", "ดำเนินการแล้วเสร็จ", "ไม่สามารถดำเนินการได้", ""],
    ["1", "โครงการอบรม", "1", "10,000.00", "5,000.00", "☐", "☐", "☑", "☐", "ดำเนินการแล้วเสร็จ 2 โครงการ"],
    ["2", "โครงการค่าย", "*1", "-", "-", "☐", "☑", "☐", "☐", "อยู่ระหว่างดำเนินการ 7 โครงการ"],
]
SENTENCES = SUMMARY[2:]


@pytest.mark.parametrize(
    ("sheets", "completed"),
    [
        ([[SUMMARY[1], *SENTENCES, *LIST]], "A5"),
        ([[SUMMARY[1], *LIST, [], *SENTENCES]], "A10"),
        ([[SUMMARY[1], *LIST, [], *(["", *sentence] for sentence in SENTENCES)]], "B10"),
        ([[SUMMARY[1], *SENTENCES[:3], *LIST, *SENTENCES[3:]]], "A9"),
        # Read once where they stand both alone and with the list.
        ([[SUMMARY[1], *SENTENCES, *LIST], SUMMARY], "A6"),
    ],
)
def test_sentences_of_the_summary_are_read_where_the_list_stands_as_well(sheets, completed):
    parsed = read(xlsx(*sheets))
    (row,) = parsed.rows["eplan_summary"]
    assert (row["completed"], row["completed_cell"], row["in_progress"]) == (32, completed, 1)
    assert (row["disbursed_baht"], row["disbursed_pct"]) == (Decimal("1072500.00"), Decimal("48.47"))
    assert [(p["eplan_seq"], p["status"]) for p in parsed.rows["eplan_project"]] == [
        (1, "completed"),
        (2, "in_progress"),
    ]
    assert not parsed.rows.get("quarantine")


def test_a_line_with_a_sentence_is_counted_once():
    sheet = [SUMMARY[1], *SENTENCES[:3], *LIST, *SENTENCES[3:], ["ผู้รายงาน"]]
    rows = read(xlsx(sheet)).rows
    (summary,) = rows["eplan_summary"]
    said = {int(summary[name][1:]) for name in summary if name.endswith("_cell") and summary[name]}
    others = [row["source_row"] for row in rows["other_row"]]
    assert sorted([*said, *others, *(row["source_row"] for row in rows["eplan_project"])]) == [*range(1, 13)]
    # A file that is refused goes back with all its lines.
    refused = read(xlsx([SUMMARY[1], *SENTENCES, *LIST, LIST[2]])).rows
    assert [row["rule"] for row in refused["quarantine"]] == ["duplicate_key"]
    assert [row["source_row"] for row in refused["other_row"]] == [*range(1, 13)]


@pytest.mark.parametrize("page", ["{title}{sentences}{table}", "{title}{table}{sentences}"])
@pytest.mark.parametrize("number", [r"\1", r"<b>\1</b>"])
def test_sentences_of_the_summary_are_read_around_the_table_of_a_page(page, number):
    sentences = "".join(f"<p>{re.sub(r'([0-9][0-9,.]*)', number, text)}</p>" for (text,) in SENTENCES)
    table = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in LIST)
    said = {"title": f"<h3>{SUMMARY[1][0]}</h3>", "sentences": sentences, "table": f"<table>{table}</table>"}
    parsed = read(f"<html><meta charset='utf-8'><body>{page.format(**said)}</body></html>".encode())
    (row,) = parsed.rows["eplan_summary"]
    assert (row["initial_projects"], row["completed"], row["in_progress"]) == (34, 32, 1)
    assert (row["disbursed_baht"], row["disbursed_pct"]) == (Decimal("1072500.00"), Decimal("48.47"))
    # It stands in no cell; what was written is kept.
    assert (row["source_row"], row["completed_cell"]) == (None, None) and "32" in row["completed_as_written"]
    assert "34" not in row["completed_as_written"]
    assert len(parsed.rows["eplan_project"]) == 2 and not parsed.rows.get("quarantine")


def test_sentences_below_the_form_of_a_division_are_no_summary_of_e_plannacc():
    parsed = read(xlsx(form(A, B, *SENTENCES)))
    assert "eplan_summary" not in parsed.rows
    assert len([row for row in parsed.rows["other_row"] if row["role"] == "note"]) == len(SENTENCES)


@pytest.mark.parametrize("written", [0.8571, 0.857142857142857, "0.933"])
def test_a_percent_that_came_in_as_a_fraction_refuses_the_file(written):
    rows = [["1", *KLONG_TENG], ["2", "เทศบาลตำบลโคกหล่อ", "เมืองตรัง", written, "มาก"]]
    said = refusal(xlsx([*RANKING, *rows]))
    assert (said["rule"], said["source_row"]) == ("percent_is_fraction", 4)
    assert "85.71" in said["message_th"]


def test_a_district_that_is_written_once_goes_for_the_rows_below():
    rows = [
        ["1", "เทศบาลตำบลย่านตาขาว", "ย่านตาขาว", "93.33", "มาก"],
        ["2", "องค์การบริหารส่วนจังหวัดตรัง", "", "86.67", "มาก"],
        ["3", *KLONG_TENG],
        ["4", "เทศบาลตำบลโคกหล่อ", "", "80.00", "มาก"],
    ]
    found = read(xlsx([*RANKING, *rows])).rows["ranking"]
    assert [row["district"] or "" for row in found] == ["ย่านตาขาว", "", "เมืองตรัง", "เมืองตรัง"]
    assert [row["lgo_code"] for row in found] == ["5920301", "2920101", "5920103", "5920104"]


@pytest.mark.parametrize(
    ("sheets", "rows", "counted"),
    [
        # The numbers begin again.
        (
            [[*RANKING, ["1", *KLONG_TENG], *counts(1)], [*RANKING, ["1", *KHOK_LO], *counts(1)]],
            [1, 2],
            [1, 1, 2, 2],
        ),
        ([[*RANKING, ["1", *KLONG_TENG]], [*RANKING, ["1", *KLONG_TENG], *counts(1)]], [1, 2], [2, 2]),
        # The numbers go on, and the counts stand below the last page.
        ([[*RANKING, ["1", *KLONG_TENG]], [*RANKING, ["2", *KHOK_LO], *counts(2)]], [1, 1], [1, 1]),
        # What comes below counts is another table, whatever its numbers.
        (
            [[*RANKING, ["1", *KLONG_TENG], *counts(1), RANKING[1], ["2", *KHOK_LO], *counts(1)]],
            [1, 2],
            [1, 1, 2, 2],
        ),
        # Counts below rows that cannot be read are not those of the table before.
        (
            [[*RANKING, ["1", *KLONG_TENG], *counts(1)], [*RANKING, ["1", *UNREADABLE], *counts(1)]],
            [1],
            [1, 1, 2, 2],
        ),
    ],
    ids=["a sheet per district", "copied to a second sheet", "pages", "below one another", "refused"],
)
def test_counts_belong_to_the_table_above_them(sheets, rows, counted):
    parsed = read(xlsx(*sheets))
    assert [row["table_number"] for row in parsed.rows["ranking"]] == rows
    assert [row["table_number"] for row in parsed.rows["ranking_count"]] == counted


def test_no_line_of_any_sample_is_lost():
    from orchestration.spreadsheets.readers import read as read_sheets

    for path in SAMPLE.iterdir():
        written = sum(
            any(cell.strip() for cell in row) for sheet in read_sheets(path.read_bytes()) for row in sheet.rows
        )
        rows = read(path).rows
        kinds = [
            "division_listing",
            "eplan_project",
            "eplan_dimension",
            "eplan_status",
            "ranking",
            "ranking_count",
        ]
        summary = {r[name] for r in rows.get("eplan_summary", []) for name in r if name.endswith("_cell")}
        accounted = sum(len(rows.get(t, [])) for t in [*kinds, "crosswalk", "other_row"])
        assert accounted + len({cell[1:] for cell in summary}) == written, path.name


# -- refusals


def workbook(rows):
    file = BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("แบบติดตาม")
        for y, row in enumerate(rows):
            sheet.write_row(y, 0, row)
    return file.getvalue()


TITLE = ["เทศบาลนครตรัง รอบ 12 เดือน (วันที่ 1 ตุลาคม 2565 ถึง 30 กันยายน 2566)"]
HEADER = [
    [
        "มิติ",
        "ภารกิจตามมิติ",
        "โครงการ/กิจกรรม/มาตรการ",
        "งบประมาณตามแผน",
        "งบประมาณตามเทศบัญญัติ",
        "เบิกจ่าย",
        "คงเหลือ",
        "ไม่ใช้งบประมาณ",
        "ผลการดำเนินการ",
        "",
        "",
        "หมายเหตุ",
    ],
    ["", "", "", "", "", "", "", "", "แล้วเสร็จ", "อยู่ระหว่างดำเนินการ", "ไม่ได้ดำเนินการ/ยกเลิกโครงการ", ""],
]
ROW = ["1. สุจริต", "1.1 จิตสำนึก", "1.1.1 โครงการทดสอบ", 100, 100, 40, 60, "", "/", "", "", ""]


def changed(column, value):
    row = list(ROW)
    row[column] = value
    return row


def refusal(content, **more):
    parsed = read(content, **more)
    [row] = parsed.rows["quarantine"]
    assert not parsed.kinds
    return row


def test_a_good_form_is_accepted():
    parsed = read(workbook([TITLE, *HEADER, ROW]))
    assert [row["listing_code"] for row in parsed.rows["division_listing"]] == ["1.1.1"]
    assert "quarantine" not in parsed.rows


@pytest.mark.parametrize("in_sheet", [False, True], ids=["shared string", "in the sheet"])
@pytest.mark.parametrize("first", ["400", "1"])
def test_the_mark_of_a_note_is_no_digit_of_an_amount(first, in_sheet):
    """400 with a raised 1 behind or before it."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": in_sheet}) as book:
        sheet = book.add_worksheet("แบบติดตาม")
        amount = [book.add_format({"bold": True}), "400"]
        mark = [book.add_format({"font_script": 1}), "1"]
        for y, row in enumerate([TITLE, *HEADER, changed(3, None)]):
            sheet.write_row(y, 0, row)
        sheet.write_rich_string(3, 3, *(amount + mark if first == "400" else mark + amount))
    (row,) = (row for row in read(file.getvalue()).rows["quarantine"] if row["scope"] == "row")
    assert (row["rule"], row["cell"]) == ("amount_unreadable", "D4")
    assert row["value_as_written"].split() == (["400", "1"] if first == "400" else ["1", "400"])


def test_corrupt():
    content = workbook([TITLE, *HEADER, ROW])
    assert refusal(content[: len(content) // 2])["rule"] == "file_corrupt"


def test_encrypted():
    file = BytesIO()
    OOXMLFile(BytesIO(workbook([TITLE, *HEADER, ROW]))).encrypt("secret", file)
    assert msoffcrypto.OfficeFile(BytesIO(file.getvalue())).is_encrypted()
    row = refusal(file.getvalue())
    assert row["rule"] == "file_encrypted"
    assert "รหัสผ่าน" in row["message_th"]


@pytest.mark.parametrize("content", [b"", b"\n\n", workbook([])])
def test_empty(content):
    assert refusal(content)["rule"] == "file_empty"


def test_unknown_header():
    row = refusal(workbook([["ชื่อ", "เบอร์โทร"], ["ก", "1234"]]))
    assert row["rule"] == "header_unknown"
    assert "เบอร์โทร" in row["message_th"]


def test_missing_column_is_proposed():
    header = [list(HEADER[0]), HEADER[1]]
    header[0][6] = "คงเหลิอ"
    row = refusal(workbook([TITLE, *header, ROW]))
    assert row["rule"] == "header_incomplete"
    assert "คงเหลือ" in row["message_th"] and "คงเหลิอ" in row["message_th"]
    assert (row["source_sheet"], row["source_row"]) == ("แบบติดตาม", 2)


def test_a_missing_column_that_no_heading_resembles_is_not_said_to_resemble_one():
    header = [list(HEADER[0]), list(HEADER[1])]
    row = refusal(workbook([TITLE, *([*line[:5], *line[6:]] for line in header), [*ROW[:5], *ROW[6:]]]))
    assert row["rule"] == "header_incomplete"
    assert "«เบิกจ่าย»" in row["message_th"] and "ไม่มี (none)" in row["message_th"]
    assert "«-»" not in row["message_th"] + row["message_en"]


def test_where_no_heading_resembles_the_missing_one_those_that_are_not_known_are_said():
    header = [[*HEADER[0], "แหล่งเงิน"], [*HEADER[1], ""]]
    header[0][5] = "ยอดใช้จริง"
    row = refusal(workbook([TITLE, *header, [*ROW, "งบ อปท."]]))
    assert row["rule"] == "header_incomplete"
    for language in ("message_th", "message_en"):
        assert "«เบิกจ่าย»" in row[language] and "«ยอดใช้จริง» «แหล่งเงิน»" in row[language]


def test_a_refused_file_says_what_it_is_as_far_as_its_tables_are_known():
    """A newer file of that kind stands for it (stg_quarantine); a file that cannot be opened is of no kind."""
    listed = [
        ["รายการโครงการ ของเทศบาลนครตรัง พ.ศ. 2566 รอบ 12 เดือน"],
        ["ลำดับ", "รายการโครงการ (ตั้งต้น)", "มิติ", "งบประมาณ (บาท)"],
    ]
    whole = [*listed, ["1", "โครงการอบรม", "1", "500"]]
    assert (refusal(workbook(whole))["rule"], refusal(workbook(whole))["kind"]) == (
        "header_incomplete",
        "eplan_project",
    )
    header = [list(HEADER[0]), HEADER[1]]
    header[0][6] = "คงเหลิอ"
    assert refusal(workbook([TITLE, *header, ROW]))["kind"] == "division_listing"
    assert refusal(b"PK")["kind"] is None


def test_another_local_government():
    row = refusal(workbook([["เทศบาลนครหาดใหญ่ รอบ 12 เดือน พ.ศ. 2566"], *HEADER, ROW]))
    assert row["rule"] == "other_lgo"
    assert "เทศบาลนครหาดใหญ่" in row["message_th"] and "เทศบาลนครตรัง" in row["message_th"]


def test_a_local_government_that_does_not_exist():
    """A slip of the pen more often than not: the name that was expected is said too."""
    row = refusal(workbook([["เทศบาลนครฟ้าใส รอบ 12 เดือน พ.ศ. 2566"], *HEADER, ROW]))
    assert row["rule"] == "unknown_lgo"
    for message in (row["message_th"], row["message_en"]):
        assert "เทศบาลนครฟ้าใส" in message and "เทศบาลนครตรัง" in message


@pytest.mark.parametrize(
    "title",
    [
        "เทศบาลนครตรัง รอบ 6 เดือน (วันที่ 1 ตุลาคม 2565 ถึง 31 มีนาคม 2566)",
        "เทศบาลนครตรัง (พ.ศ. 2566 - 2570) ประจำปีงบประมาณ พ.ศ. ๒๕๖๗ รอบ ๑๒ เดือน",
        "เทศบาลนครตรัง (พ.ศ. 2566 ถึง 2570) รอบ 12 เดือน ปีงบประมาณ 2567",
        "เทศบาลนครตรัง (พ.ศ. 2566 ถึง พ.ศ. 2570) รอบ 12 เดือน ปีงบประมาณ พ.ศ. 2567",
        "เทศบาลนครตรัง (พ.ศ. 2566 — 2570) รอบ 12 เดือน ปี 2567",
        "เทศบาลนครตรัง (พ.ศ. 2566/2570) รอบ 12 เดือน ปี 2567",
        "แผนปฏิบัติการ พ.ศ. 2566 เทศบาลนครตรัง รอบ 12 เดือน ปีงบประมาณ 2567",
    ],
)
def test_another_round(title):
    assert refusal(workbook([[title], *HEADER, ROW]))["rule"] == "other_round"


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("แบบติดตาม 6 เดือนแรก ปีงบประมาณ พ.ศ. 2566 (ต.ค. 65 - มี.ค. 66)", "FY2566-6M"),
        ("แบบติดตาม ตุลาคม 2565 - มีนาคม 2566", "FY2566-6M"),
        ("แบบติดตาม เดือนตุลาคม 2566 ถึง เดือนกันยายน 2567", "FY2567-12M"),
        ("รอบที่ 1 (6 เดือน) ปีงบประมาณ 2566", "6 เดือน"),
        ("รายงาน 6 เดือน ปีงบประมาณ พ.ศ. 2566", "6 เดือน"),
        ("รอบ 6 เดือน", "6 เดือน"),
        ("ครึ่งปีแรก ปีงบประมาณ 2566", "ครึ่งปีแรก"),
        ("รอบ 9 เดือน ปีงบประมาณ 2566", "9 เดือน"),
        ("แบบติดตาม ประจำปีงบประมาณ พ.ศ. ๒๕๖๕", "ปีงบประมาณ 2565"),
    ],
)
def test_half_a_round_in_the_title_is_enough_to_contradict(title, found):
    row = refusal(workbook([["เทศบาลนครตรัง"], [title], *HEADER, ROW]))
    assert row["rule"] == "other_round"
    assert f" {found} " in row["message_th"]


@pytest.mark.parametrize(
    "title",
    [
        "แบบติดตาม ประจำปีงบประมาณ พ.ศ. 2566",
        "รอบ 12 เดือน",
        "รายงานผลรอบ 6 เดือน และรอบ 12 เดือน",
        "ให้รายงานทุก 6 เดือน ประจำปีงบประมาณ 2566",
        "แผนปฏิบัติการ (พ.ศ. 2566 - 2570) ปีงบประมาณ 2566",
        "ตุลาคม 2565 - กันยายน 2566",
        "ตุลาคม 2022 - กันยายน 2023",
        "รายงานภายใน 3 เดือน",
    ],
)
def test_half_a_round_that_fits_is_no_contradiction(title):
    parsed = read(workbook([["เทศบาลนครตรัง"], [title], *HEADER, ROW]))
    assert [row["listing_code"] for row in parsed.rows["division_listing"]] == ["1.1.1"]


@pytest.mark.parametrize(
    ("name", "money"),
    [
        ("โครงการพัฒนาระบบ e-Laas", ["(50,000)", "(50,000)", "๔๐,๐๐", "-"]),
        ("โครงการใหม่ไม่มีรหัส", ["-", "-", "-", "-"]),
        ("โครงการใหม่ไม่มีรหัส", ["ห้าหมื่นบาท", "", "", ""]),
        ("โครงการใหม่ไม่มีรหัส", ["50.000", "", "", ""]),
    ],
)
def test_a_project_without_code_whose_money_cannot_be_read_is_no_note(name, money):
    row = ["มิติที่ 1", "ภารกิจ", name, *money, "", "", "", "", ""]
    parsed = read(workbook([TITLE, *HEADER, ROW, row]))
    assert [(q["rule"], q["source_row"]) for q in parsed.rows["quarantine"]] == [("row_without_code", 5)]


@pytest.mark.parametrize("money", ["รอแจ้ง", "", "-"])
def test_a_project_of_the_list_without_its_number_is_no_note(money):
    parsed = read(workbook([SUMMARY[1], *LIST, ["", "โครงการข", "*2", money]]))
    assert [row["eplan_seq"] for row in parsed.rows["eplan_project"]] == [1, 2]
    (refused,) = parsed.rows["quarantine"]
    assert (refused["rule"], refused["kind"]) == ("row_without_code", "eplan_project")
    assert "โครงการข" in refused["row_text"]


@pytest.mark.parametrize("column", ["plan", "ordinance", "disbursed"])
@pytest.mark.parametrize(
    "money",
    [
        "โอนเพิ่ม 10,000",
        "๕๐,๐๐๐ โอนลด ๒,๐๐๐",
        "โอนลด 12.500",
        "10,000 + 5,000",
        "12,3456",
        "(5,000)",
        "-5000",
        -5000,
        "ห้าพันบาทถ้วน",
    ],
)
def test_money_in_a_row_of_its_own_below_a_listing_is_no_note(column, money):
    row = [""] * 12
    row[3 + ["plan", "ordinance", "disbursed"].index(column)] = money
    parsed = read(workbook([TITLE, *HEADER, ROW, row]))
    (refused,) = parsed.rows["quarantine"]
    assert (refused["rule"], refused["source_row"]) == ("row_without_code", 5)
    assert str(money) in refused["row_text"]


def test_a_transfer_in_a_remark_that_goes_on_below_its_line_is_no_note():
    row = ["", "", "", "", "", "", "", "", "", "", "", "โอนเพิ่ม 10,000 บาท ตามมติสภา"]
    parsed = read(workbook([TITLE, *HEADER, ROW, row]))
    (refused,) = parsed.rows["quarantine"]
    assert (refused["rule"], refused["source_row"]) == ("row_without_code", 5)
    assert "โอนเพิ่ม 10,000" in refused["row_text"]


def test_a_transfer_that_a_page_break_parts_from_its_line_is_no_rest_of_a_remark():
    first, other = [*ROW[:11], "เสร็จแล้ว"], [*ROW[:2], "1.1.2 อีกโครงการ", *ROW[3:]]
    row = ["", "", "", "", "", "", "", "", "", "", "", "โอนเพิ่ม 10,000 บาท"]
    parsed = read(workbook([TITLE, *HEADER, first, *HEADER, row, other]))
    assert [(q["rule"], q["source_row"]) for q in parsed.rows["quarantine"]] == [("row_without_code", 7)]
    assert next(r["remark"] for r in parsed.rows["division_listing"]) == "เสร็จแล้ว"


def test_a_remark_without_money_below_its_line_is_a_note():
    row = ["", "", "", "", "", "", "", "", "", "", "", "ไม่ได้โอนเพิ่ม ครั้งที่ 2 เมื่อ 26 ก.ค. 66"]
    parsed = read(workbook([TITLE, *HEADER, ROW, row]))
    assert not parsed.rows.get("quarantine")


@pytest.mark.parametrize(
    "row",
    [
        ["", "", "(ลงชื่อ) ................ ผู้รายงาน", "", "", "วันที่ 5 ตุลาคม 2566"],
        ["", "", "", "", "", "- 2 -"],
        ["", "", "", "(บาท)", "(บาท)", "(พันบาท)"],
        ["", "", "", "(1)", "(2)", "(3)=(1)-(2)"],
        ["", "", "", "075-218017", "17-10-2566", "2565 - 2566"],
        ["", "", "", "", "หมายเหตุ โอนเพิ่ม 5,000 บาท ตามมติสภา"],
        ["", "", "หมายเหตุ งบประมาณ 2566 โอนมา", "50,0O0"],
        ["", "", "ผู้ประสานงาน", "", "โทร. 075-218017"],
        ["", "", "ผู้อำนวยการกองคลัง", "", "5 ต.ค. 2566"],
    ],
)
def test_lines_below_a_table_are_notes(row):
    parsed = read(workbook([TITLE, *HEADER, ROW, row]))
    assert not parsed.rows.get("quarantine")


def test_a_code_twice_in_one_file():
    row = refusal(workbook([TITLE, *HEADER, ROW, ROW]))
    assert (row["rule"], row["source_row"]) == ("duplicate_key", 5)


@pytest.mark.parametrize(
    ("column", "value", "rule", "cell"),
    [
        (3, "5O,000", "amount_unreadable", "D4"),
        (5, -40, "amount_negative", "F4"),
        (8, "เสร็จแล้วจ้า", "mark_unreadable", "I4"),
        (2, "โครงการไม่มีรหัส", "row_without_code", "C4"),
        (2, "1.1.1", "text_missing", "C4"),
        (4, "100 โอน 20", "transfer_unclear", "E4"),
    ],
)
def test_one_bad_row_is_refused_with_its_cell_and_the_others_stand(column, value, rule, cell):
    other = [*ROW[:2], "1.1.2 อีกโครงการ", *ROW[3:]]
    parsed = read(workbook([TITLE, *HEADER, changed(column, value), other]))
    assert [row["listing_code"] for row in parsed.rows["division_listing"]] == ["1.1.2"]
    [row] = parsed.rows["quarantine"]
    assert (row["rule"], row["cell"], row["source_row"]) == (rule, cell, 4)
    assert str(value) in row["message_th"] and str(value) in row["message_en"]
    assert str(value) in row["row_text"]


def test_an_unknown_column_is_reported():
    header = [[*HEADER[0], "ผู้ประสานงาน"], [*HEADER[1], ""]]
    parsed = read(workbook([TITLE, *header, [*ROW, "ก"]]))
    assert len(parsed.rows["division_listing"]) == 1
    assert [(r["rule"], r["before"], r["cell"]) for r in parsed.rows["repair"]] == [
        # The cell in which it stands, not the one below it in the second line of the headings.
        ("unknown_column", "ผู้ประสานงาน", "M2")
    ]


def with_a_second_disbursed(*seconds):
    """Return a form with the column ผลการเบิกจ่าย behind เบิกจ่าย, and what its rows have there."""
    cells = ("", "", "ผลการเบิกจ่าย", "", *seconds)
    return xlsx([[*row[:6], cell, *row[6:]] for row, cell in zip(form(A, B), cells, strict=True)])


def test_two_columns_for_one_figure_are_named_by_their_letters():
    (refused,) = read(with_a_second_disbursed(90000, "-")).rows["quarantine"]
    assert (refused["rule"], refused["scope"], refused["source_row"]) == ("two_columns", "file", 3)
    assert "«เบิกจ่าย»: F, G" in refused["message_th"] and "«เบิกจ่าย»: F, G" in refused["message_en"]


def test_a_second_column_that_is_not_used_is_not_called_unknown():
    (said,) = read(with_a_second_disbursed("", "")).rows["repair"]
    assert (said["rule"], said["cell"], said["before"]) == ("unknown_column", "G3", "ผลการเบิกจ่าย")
    assert "ซ้ำกับคอลัมน์ F" in said["detail_th"] and "repeats column F" in said["detail_en"]
    assert "ไม่รู้จัก" not in said["detail_th"] and "not known" not in said["detail_en"]


def test_money_above_a_table_is_no_title():
    # A table that nobody knows stands above the known one, as on a sheet of its own.
    titles = [TITLE, ["ปีงบประมาณ", 2566], ["รหัส อปท.", 3920102], ["ลำดับ", "กิจกรรม", "เงินที่ใช้"]]
    rows = [*titles, [1, "นอกแผน", 5000]]
    parsed = read(workbook([*rows, *HEADER, ROW]))
    assert len(parsed.rows["division_listing"]) == 1
    roles = [(r["source_row"], r["role"]) for r in parsed.rows["other_row"]]
    assert roles[:5] == [*((y, "heading") for y in range(1, 5)), (5, "unrecognised")]


def test_total_and_signature_rows_do_not_count():
    rows = [TITLE, *HEADER, ROW, ["รวม", "", "", 100, 100, 40, 60], ["", "ลงชื่อ ........ ผู้รายงาน"]]
    parsed = read(workbook(rows))
    assert len(parsed.rows["division_listing"]) == 1
    assert [r["role"] for r in parsed.rows["other_row"]][-2:] == ["total", "note"]


def test_a_total_that_cannot_be_read_is_named():
    total = ["รวม", "", "", "1OO.5", "100 โอนเพิ่ม 20", "12 โครงการ", "-"]
    parsed = read(workbook([TITLE, *HEADER, ROW, total]))
    (said,) = parsed.rows["repair"]
    assert (said["rule"], said["cell"], said["before"], said["after"]) == (
        "total_differs",
        "D5",
        "1OO.5",
        "100.00",
    )
    assert "cannot be read" in said["detail_en"] and "อ่านไม่ได้" in said["detail_th"]


@pytest.mark.parametrize(
    ("stated", "nearest"),
    [
        # Rows of 40 and 60, a subtotal of 100, a row of 7, and under it a total of who knows what.
        (106, "107.00"),
        (8, "7.00"),
    ],
)
def test_a_total_that_does_not_add_up_is_held_against_the_rows_that_it_comes_nearest_to(stated, nearest):
    rows = [
        changed(5, 40),
        changed(5, 60),
        ["รวม", "", "", "", "", 100],
        changed(5, 7),
        ["รวม", "", "", "", "", stated],
    ]
    for n, row in enumerate(rows):
        row[2] = row[2] and f"1.1.{n + 1} โครงการทดสอบ"
    parsed = read(workbook([TITLE, *HEADER, *rows]))
    totals = [(r["before"], r["after"], r["cell"]) for r in parsed.rows["repair"] if r["rule"] == "total_differs"]
    assert totals == [(str(stated), nearest, "F8")]


def test_a_refused_file_keeps_what_could_be_read_of_it():
    content = xlsx(form(A, B, header=[put(TOP, G="คงเหลิอ"), UNDER]))
    parsed = parse(content, ROUND, "x.xlsx", "sha", frozenset({"3920102"}))
    assert [row["rule"] for row in parsed.rows["quarantine"]] == ["header_incomplete"]
    assert "«คงเหลิอ»" in parsed.rows["quarantine"][0]["message_th"]
    kept = parsed.rows["other_row"]
    assert [row["source_row"] for row in kept] == [1, 2, 3, 4, 5, 6]
    assert [row["role"] for row in kept] == ["heading"] * 2 + ["refused"] * 4
    assert json.loads(kept[4]["row_text"])[2] == A[2]


def test_a_cell_far_out_is_named_once():
    content = xlsx(form([*A, *[""] * 20, "ดูเอกสาร"], B))
    parsed = parse(content, ROUND, "x.xlsx", "sha", frozenset({"3920102"}))
    assert [(row["rule"], row["cell"]) for row in parsed.rows["repair"]] == [("stray_cell", "AG5")]
