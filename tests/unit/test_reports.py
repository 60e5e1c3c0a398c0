"""The report writers against a small warehouse with hostile names, made by hand."""

import csv
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import docx
import duckdb
import openpyxl
import pdfplumber
import pytest
import vl_convert
from lxml import html

from orchestration.reports import LEFT_OUT, Office, formats, write_reports
from orchestration.reports.data import read_rankings, read_round
from orchestration.reports.page import with_breaks
from orchestration.reports.ranking import chart_svg
from orchestration.reports.workbook import lines_of

LGO = "4920102"
ROUND = "FY2566-12M"
RELEASE = "20231101T020000-1a2b3c4d"

FORMULA = '=HYPERLINK("http://example.invalid","คลิก")'
SCRIPT = '<script>alert(1)</script> โครงการ & "อบรม"'
LONG = "ก" * 500
EMOJI = "@โครงการ 👩🏽‍🌾 ปลูกป่า"
SILENT = "องค์การบริหารส่วนตำบลที่ยังไม่ส่ง"
CHARTED = "</text><script>alert(2)</script>"

# What the workbooks may hold as formulas: ranges and cells of their own sheet, nothing else.
RANGE = r"[A-Z]+\d+:[A-Z]+\d+"
FORMULAS = re.compile(
    rf"=SUBTOTAL\(109,{RANGE}\)|=SUM\({RANGE}\)|=SUMIF\(\$[A-Z]+\$\d+:\$[A-Z]+\$\d+,\"/\",{RANGE}\)"
    rf"|=COUNTIF\({RANGE},\"[ก-๙]+\"\)"
    r"|=ROUND\([A-Z]\d+/[A-Z]\d+\*100,2\)|=[A-Z]\d+"
)

SCHEMA = """
create schema core;
create schema marts;
create table core.dim_round (
    round_key text, fiscal_year_be int, months int, period_start date, period_end date, report_due date,
    plan_period text);
create table core.dim_lgo (
    lgo_code text, lgo_name text, lgo_type text, district text, province_code text, province text);
create table core.dim_dimension (plan_period text, dimension text, name text);
create table core.dim_mission (plan_period text, mission text, dimension text, name text);
create table core.dim_project (
    project_id text, round_key text, lgo_code text, name text, dimension text, is_initial boolean, eplan_seq int);
create table core.fct_budget (
    line_id text, round_key text, lgo_code text, source text, project_id text, listing_code text, eplan_seq int,
    division text, dimension text, mission text, name_as_listed text,
    budget_plan_baht decimal(18,2), budget_ordinance_baht decimal(18,2), transfer_in_baht decimal(18,2),
    transfer_out_baht decimal(18,2), disbursed_baht decimal(18,2), remaining_baht decimal(18,2),
    remaining_computed_baht decimal(18,2), counts_towards_total boolean, no_budget boolean,
    source_file text, source_sha256 text, source_sheet text, source_row int,
    budget_plan_as_written text, budget_plan_cell text, disbursed_as_written text, disbursed_cell text,
    remark text);
create table core.fct_budget_movement (
    line_id text, round_key text, lgo_code text, transfer_seq int, direction text, amount_baht decimal(18,2),
    as_written text, cell text);
create table core.fct_status (line_id text, status text, status_as_written text, status_cell text);
create table marts.round_summary (
    round_key text, lgo_code text, initial_projects int, additional_projects int, awaiting_report int,
    in_progress int, completed int, unable int, budget_baht decimal(18,2), disbursed_baht decimal(18,2),
    disbursed_pct decimal(7,2), minimum_projects int, initial_in_progress int,
    initial_completed int, initial_unable int, initial_in_ordinance int, implementation_pct decimal(7,2),
    implementation_is_capped boolean, implementation_level text, implementation_level_th text);
create table marts.dimension_summary (
    round_key text, lgo_code text, dimension text, planned_projects int, completed_projects int,
    budget_plan_baht decimal(18,2), budget_ordinance_baht decimal(18,2), disbursed_baht decimal(18,2),
    project_pct decimal(7,2), budget_pct decimal(7,2));
create table marts.provincial_ranking (
    round_key text, province_code text, province text, district text, lgo_code text, lgo_name text, implementation_pct decimal(7,2),
    is_capped boolean, level text, level_th text, rank_in_province int, rank_in_district int, basis text,
    previous_rank int, rank_change int, lgo_type text, has_reported boolean, rank_in_type int,
    year_before_rank int, rank_change_on_year int, ranked_in_province int);
create table marts.reconciliation (
    reconciliation_id text, round_key text, lgo_code text, rule text, severity text, title_th text,
    project_id text, listing_code text, eplan_seq int, measure text, division text, message_th text, message_en text,
    division_cell text, eplan_cell text, division_value text, eplan_value text, difference_baht decimal(18,2), division_source_file text,
    division_source_sheet text, division_source_row int, eplan_source_file text, eplan_source_sheet text,
    eplan_source_row int);
create table marts.finding (
    round_key text, lgo_code text, finding_id text, rule text, severity text, title_th text, source_cell text, message_th text, message_en text,
    source_file text, source_sheet text, source_row int, source_column text, value_as_written text,
    division text);
create table marts.published_figure (
    round_key text, lgo_code text, province_code text, figure_id text, figure_order int, section text, label text, label_th text, unit text, value_as_written text, source_file text, source_sheet text, source_row int, published_value text,
    computed_value text, agrees boolean, explanation text);
create table marts.submission_ledger (
    arrival_id int, round_key text, source_file text, source_sha256 text, received_at timestamp,
    received_from text, outcome text, kinds text, lgo_code text, division text, province_code text,
    rows_accepted int, rows_quarantined int, reason text, message_th text, message_en text, is_current boolean, superseded_by int);
create table marts.correction (
    correction_id text, round_key text, lgo_code text, outcome text, division text, side text, what text, field text,
    old_value text, new_value text, found_value text, reason text, decided_by text, decided_on date, valid_until date,
    target_file text, target_sha256 text, target_sheet text, target_row int, target_cell text, source_file text);
create table marts.eplan_change (
    change_id text, round_key text, lgo_code text, kind text, eplan_seq int, name text, field text, old_value text,
    new_value text, old_baht decimal(18,2), new_baht decimal(18,2), difference_baht decimal(18,2), reason_th text,
    reason_en text, listing_code text, match_method text, division text, eplan_source_file text,
    eplan_source_sheet text, eplan_cell text, division_source_file text, division_source_sheet text,
    division_cell text);
create table marts.match_review (
    round_key text, lgo_code text, section text, subject text, eplan_seq int, rank int, listing_order int);
insert into core.dim_round values (
    'FY2566-12M', 2566, 12, '2022-10-01', '2023-09-30', '2023-10-31', '2566-2570');
insert into core.dim_dimension values
    ('2561-2565', '1', 'ชื่อเก่า'), ('2566-2570', '1', 'การสร้างวัฒนธรรมสุจริต'),
    ('2566-2570', '2', 'การบริหารราชการด้วยความโปร่งใส');
insert into core.dim_mission values ('2566-2570', '1.1', '1', 'การเสริมสร้างจิตสำนึก');
"""


def insert(connection: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    columns = ", ".join(values)
    marks = ", ".join("?" for _ in values)
    connection.execute(f"insert into {table} ({columns}) values ({marks})", list(values.values()))


def add_lgo(connection: duckdb.DuckDBPyConnection, lgo_code: str, name: str) -> None:
    insert(
        connection, "core.dim_lgo", lgo_code=lgo_code, lgo_name=name, lgo_type="เทศบาลนคร", district="เมืองตรัง",
        province_code="92", province="ตรัง",
    )  # fmt: skip
    insert(
        connection, "marts.round_summary", round_key=ROUND, lgo_code=lgo_code, initial_projects=2,
        additional_projects=1, awaiting_report=0, in_progress=0, completed=2, unable=1, budget_baht="1000000.00",
        disbursed_baht="942154.25", disbursed_pct="94.22", minimum_projects=1, 
        initial_in_progress=0, initial_completed=2, initial_unable=0, initial_in_ordinance=1,
        implementation_pct="100.00", implementation_is_capped=True, implementation_level="high",
        implementation_level_th="มาก",
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def without_explorer() -> Iterator[None]:
    """The explorer reads whole tables, which this warehouse has not: see end_to_end/test_explorer.py."""

    def blank(connection: object, release_id: str, round_key: str, path: Path, *more: object) -> Path:
        path.write_text(release_id)
        return path

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orchestration.reports.write_explorer", blank)
        yield


@pytest.fixture
def warehouse(unchanged: Path, tmp_path: Path) -> Path:
    """A copy of the small warehouse, to be changed at will."""
    return Path(shutil.copy(unchanged, tmp_path))


@pytest.fixture(scope="module")
def reports(unchanged: Path, without_explorer: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("reports") / "reports"
    write_reports(unchanged, RELEASE, ROUND, directory)
    return directory


@pytest.fixture(scope="session")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(SCHEMA)
        add_lgo(connection, LGO, "เทศบาลนครตรัง")
        common = {"round_key": ROUND, "lgo_code": LGO}
        origin = {"source_file": FORMULA, "source_sha256": "ab" * 32, "source_sheet": "=1+1"}
        for number, name in enumerate((FORMULA, SCRIPT, LONG, EMOJI), start=1):
            # 1.1.10 comes after 1.1.2, whatever the order of the rows.
            code = ("1.1.10", "1.1.2", "1.2.1", "2.1.1")[number - 1]
            insert(
                connection, "core.fct_budget", **common, **origin, line_id=f"d{number}", source="division",
                project_id=f"p{number}", listing_code=code, division="กองช่าง", dimension=code[0], mission=code[:3],
                name_as_listed=name, budget_plan_baht="1000.10", budget_ordinance_baht="1000.10",
                transfer_in_baht="272500.00", transfer_out_baht="0.00",
                disbursed_baht=None if number == 4 else "942154.25", remaining_baht="-1.50",
                remaining_computed_baht="-1.50", counts_towards_total=number != 3, no_budget=number == 4,
                source_row=number, budget_plan_as_written="๑,๐๐๐.๑๐", budget_plan_cell=f"D{number}", remark=name,
            )  # fmt: skip
            insert(connection, "core.fct_status", line_id=f"d{number}", status="completed")
            insert(
                connection, "core.fct_budget", **common, **origin, line_id=f"e{number}", source="eplan",
                project_id=f"p{number}", eplan_seq=number, dimension="1", name_as_listed=name,
                budget_plan_baht="250000.00", disbursed_baht="235538.56", counts_towards_total=True,
                source_row=number, remark=None,
            )  # fmt: skip
            insert(connection, "core.fct_status", line_id=f"e{number}", status="unable")
            insert(
                connection, "core.dim_project", **common, project_id=f"p{number}", name=name, dimension="1",
                is_initial=number < 3, eplan_seq=number,
            )  # fmt: skip
        insert(
            connection, "core.fct_budget_movement", **common, line_id="d1", transfer_seq=1, direction="in",
            amount_baht="272500.00", as_written="โอนเพิ่ม 272,500", cell="L4",
        )  # fmt: skip
        for dimension in ("1", "total"):
            insert(
                connection, "marts.dimension_summary", **common, dimension=dimension, planned_projects=2,
                completed_projects=2, budget_plan_baht="500000.00", budget_ordinance_baht="273500.10",
                disbursed_baht="471077.12", project_pct="100.00", budget_pct="94.22",
            )  # fmt: skip
        for severity in ("info", "warning", "critical"):
            insert(
                connection, "marts.finding", **common, finding_id=f"f-{severity}", rule="remaining_arithmetic",
                severity=severity, message_th=f"{severity} {SCRIPT}", message_en=FORMULA, source_file="a.xlsx",
                source_sheet="1", source_row=4, source_column="H", value_as_written=FORMULA, division=EMOJI,
            )  # fmt: skip
        insert(
            connection, "marts.reconciliation", **common, title_th=SCRIPT, message_th=FORMULA, rule="disbursed_differs", project_id="p1",
            listing_code="1.1.10", eplan_seq=1, measure="disbursed_baht", division_value="942154.25",
            eplan_value="-", difference_baht="942154.25", division_source_file="a.xlsx",
            division_source_sheet="1", division_source_row=4, eplan_source_file="b.xlsx",
        )  # fmt: skip
        insert(
            connection, "marts.published_figure", **common, figure_id="summary.disbursed_baht", section="สรุป",
            label_th="เบิกจ่าย", unit="baht", published_value="942154.25", computed_value="942154.20", agrees=False,
            explanation=FORMULA,
        )  # fmt: skip
        insert(
            connection, "marts.published_figure", **common, figure_id="ranking.1.percent", section="ลำดับ",
            label_th=SCRIPT, unit="percent", published_value="93.33", computed_value=None, agrees=None, explanation=None,
        )  # fmt: skip
        for arrival, (outcome, day, rows) in enumerate(
            (("accepted", "2023-10-17 09:30:00", 8), ("quarantined", "2023-10-20 09:30:00", 0)), start=1
        ):
            insert(
                connection, "marts.submission_ledger", arrival_id=arrival, round_key=ROUND, source_file=FORMULA,
                source_sha256="ab" * 32, received_at=day, received_from=SCRIPT, outcome=outcome,
                kinds="division_listing,eplan_project", lgo_code=LGO, rows_accepted=rows, rows_quarantined=0,
                message_th=EMOJI,
            )  # fmt: skip
        for rank, (code, name, pct, level) in enumerate(
            (
                (LGO, "เทศบาลนครตรัง", "100.00", "high"),
                ("6920101", FORMULA, "79.99", "medium"),
                ("6920102", CHARTED, "53.33", "medium"),
                ("6920103", EMOJI, "40.00", "low"),
            ),
            start=1,
        ):
            if code != LGO:
                insert(
                    connection, "core.dim_lgo", lgo_code=code, lgo_name=name, district="เมืองตรัง",
                    province_code="92", province="ตรัง",
                )  # fmt: skip
            insert(
                connection, "marts.provincial_ranking", round_key=ROUND, province_code="92", province="ตรัง", district="เมืองตรัง",
                lgo_code=code, lgo_name=name, implementation_pct=pct, is_capped=rank == 1, level=level,
                level_th=formats.LEVELS[level][0], rank_in_province=rank, rank_in_district=rank,
                basis="computed" if rank == 1 else "published", previous_rank=None if rank == 1 else rank - 1,
                rank_change=None if rank == 1 else -1, has_reported=True, ranked_in_province=4,
            )  # fmt: skip
        insert(
            connection, "marts.eplan_change", change_id="c", round_key=ROUND, lgo_code=LGO, kind="change", eplan_seq=2,
            name=FORMULA, field="status", old_value="completed", new_value="unable", reason_th=SCRIPT, reason_en=FORMULA,
            listing_code="1.1.2", division=EMOJI, eplan_source_file=FORMULA, eplan_cell="H5", division_source_file="a.xlsx",
        )  # fmt: skip
        insert(
            connection, "marts.provincial_ranking", round_key=ROUND, province_code="92", province="ตรัง", district="เมืองตรัง",
            lgo_code="6920199", lgo_name=SILENT, has_reported=False,
        )  # fmt: skip
    return path


def test_files(warehouse: Path, tmp_path: Path) -> None:
    written = write_reports(warehouse, RELEASE, ROUND, tmp_path / "reports")
    assert [path.name for path in written] == [
        "explorer.html",
        "round_report_4920102.xlsx",
        "round_report_4920102.html",
        "memo_4920102.docx",
        "memo_4920102.pdf",
        "annexes_4920102.pdf",
        "eplan_changes_4920102.xlsx",
        "provincial_ranking_92.csv",
        "provincial_ranking_92.xlsx",
        "provincial_ranking_92.html",
        "provincial_ranking_92.pdf",
        "index.html",
    ]


def test_the_index_names_what_it_links(reports: Path) -> None:
    page = html.fromstring((reports / "index.html").read_text(encoding="utf-8"))
    named = {link.get("href"): link.text for link in page.iter("a")}
    assert {href: text for href, text in named.items() if LGO in href} == {
        "round_report_4920102.xlsx": "รายงาน XLSX",
        "round_report_4920102.html": "รายงาน HTML",
        "memo_4920102.docx": "บันทึกข้อความ DOCX",
        "memo_4920102.pdf": "บันทึกข้อความ PDF",
        "annexes_4920102.pdf": "ภาคผนวก PDF",
        "eplan_changes_4920102.xlsx": "XLSX",
    }
    assert named["provincial_ranking_92.pdf"] == "PDF"


def test_two_writes_give_the_same_bytes(warehouse: Path, tmp_path: Path) -> None:
    first = write_reports(warehouse, RELEASE, ROUND, tmp_path / "first")
    second = write_reports(warehouse, RELEASE, ROUND, tmp_path / "second")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_unknown_round(warehouse: Path, tmp_path: Path) -> None:
    with pytest.raises(LookupError):
        write_reports(warehouse, RELEASE, "FY2599-6M", tmp_path / "reports")


def test_one_report_per_local_government(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        add_lgo(connection, "5920103", "เทศบาลตำบลคลองเต็ง")
    names = [path.name for path in write_reports(warehouse, RELEASE, ROUND, tmp_path / "reports")]
    assert "round_report_5920103.xlsx" in names and f"round_report_{LGO}.xlsx" in names
    assert "1.1.10" not in (tmp_path / "reports" / "round_report_5920103.html").read_text(encoding="utf-8")


def test_what_another_local_government_sent_is_shown_but_decides_nothing(warehouse: Path) -> None:
    """One that has no list yet: its files and findings stand in this report too, so that nobody overlooks them."""
    with duckdb.connect(str(warehouse)) as connection:
        before = read_round(connection, RELEASE, ROUND, LGO)
        insert(
            connection, "marts.finding", finding_id="of B", rule="file_quarantined", severity="critical",
            round_key=ROUND, lgo_code="5920103", title_th="t", message_th="m", message_en="m",
        )  # fmt: skip
        insert(
            connection, "marts.submission_ledger", arrival_id=99, round_key=ROUND, lgo_code="5920103",
            source_file="b.xlsx", received_at=datetime(2030, 1, 1), rows_accepted=5, outcome="accepted",
        )  # fmt: skip
        after = read_round(connection, RELEASE, ROUND, LGO)
    assert "of B" in [finding["finding_id"] for finding in after.findings]
    assert "b.xlsx" in [submission["source_file"] for submission in after.submissions]
    assert (after.critical, after.data_as_of) == (before.critical, before.data_as_of)


def texts_of(book: openpyxl.Workbook) -> set[str]:
    return {
        cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
    }


def test_without_any_division_form_nothing_is_compared_and_all_is_a_draft(warehouse: Path, tmp_path: Path) -> None:
    said = "ไม่มีข้อมูลให้เทียบ: ยังไม่มีแบบของหน่วยงานที่รับได้แม้แต่แบบเดียว / Nothing to compare: no usable division form has arrived."
    with duckdb.connect(str(warehouse)) as connection:
        whole = read_round(connection, RELEASE, ROUND, LGO)
        connection.execute(
            "delete from core.fct_budget where source = 'division'; delete from marts.reconciliation;"
            " delete from marts.eplan_change; delete from marts.finding"
        )
        data = read_round(connection, RELEASE, ROUND, LGO)
    assert (whole.missing_side, whole.nothing_differs) == (None, "ข้อมูลสองฝั่งตรงกัน / Both sides agree.")
    assert said.startswith(data.warnings()[0].th) and data.warnings()[0].severity == "critical"
    write_reports(warehouse, RELEASE, ROUND, tmp_path)
    page = html.fromstring((tmp_path / f"round_report_{LGO}.html").read_bytes())
    assert page.xpath("//h2[@id='reconciliation']/following::p[1]/text()") == [said]
    draft = "ฉบับร่าง: ยังไม่มีแบบของหน่วยงานที่รับได้แม้แต่แบบเดียว / DRAFT: no usable division form has arrived"
    assert page.xpath("//p[@class='draft']/text()") == [draft]
    report = openpyxl.load_workbook(tmp_path / f"round_report_{LGO}.xlsx")
    assert said in {cell.value for row in report["กระทบยอด"].iter_rows() for cell in row}
    changes = openpyxl.load_workbook(tmp_path / f"eplan_changes_{LGO}.xlsx")
    assert all(said in {cell.value for row in sheet.iter_rows() for cell in row} for sheet in changes)
    assert not any("สองฝั่งตรงกัน" in text or "ไม่มีค่าที่ต้องแก้" in text for text in texts_of(report) | texts_of(changes))
    memo = docx.Document(str(tmp_path / f"memo_{LGO}.docx"))
    assert memo.sections[0].first_page_header.paragraphs[0].text == draft
    with pdfplumber.open(tmp_path / f"annexes_{LGO}.pdf") as annexes:
        text = re.sub(r"[\s\u200b]+", "", annexes.pages[0].extract_text())
    assert "Nothingtocompare" in text and "0.00" not in text


def test_a_division_that_is_awaited_and_has_not_sent_is_named(warehouse: Path) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        data = read_round(connection, RELEASE, ROUND, LGO)
    assert not any("ต้องส่ง" in notice.th for notice in data.warnings())
    [notice] = [n for n in replace(data, awaited=("กองช่าง", "กองคลัง")).warnings() if "ต้องส่ง" in n.th]
    assert notice.th == "ยังไม่มีแบบของหน่วยงานที่ต้องส่ง 1 หน่วยงาน: กองคลัง"


def test_of_too_many_local_governments_those_named_are_reported_and_the_rest_is_said(
    warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        add_lgo(connection, "5920103", "เทศบาลตำบลคลองเต็ง")
    monkeypatch.setattr("orchestration.reports.MOST_LOCAL_GOVERNMENTS", 1)
    nobody = {path.name for path in write_reports(warehouse, RELEASE, ROUND, tmp_path / "nobody")}
    rankings = {f"provincial_ranking_92.{suffix}" for suffix in ("csv", "xlsx", "html", "pdf")}
    assert nobody == {LEFT_OUT, *rankings, "index.html"}
    # This warehouse has no table of rows as read, which returns show.
    monkeypatch.setattr("orchestration.reports.write_returns", lambda *given: [])
    office = Office(tmp_path, reported=frozenset({"5920103"}))
    written = write_reports(warehouse, RELEASE, ROUND, tmp_path / "one", office)
    assert {path.name for path in written} >= {LEFT_OUT, "round_report_5920103.xlsx", *rankings}
    assert not [path for path in written if LGO in path.name or path.name == "explorer.html"]


NAMES = [f"round_report_{LGO}.xlsx", f"eplan_changes_{LGO}.xlsx", "provincial_ranking_92.xlsx"]


@pytest.mark.parametrize("name", NAMES)
def test_workbook_texts_are_texts(reports: Path, name: str) -> None:
    book = openpyxl.load_workbook(reports / name)
    texts = set()
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert FORMULAS.fullmatch(cell.value), cell.value
                elif cell.data_type == "s":
                    texts.add(cell.value)
                assert cell.hyperlink is None
    assert FORMULA in texts
    assert any(EMOJI in text for text in texts)
    with zipfile.ZipFile(reports / name) as archive:
        assert not [member for member in archive.namelist() if "externalLink" in member or "vba" in member]


def test_workbook_figures(reports: Path) -> None:
    values = openpyxl.load_workbook(reports / f"round_report_{LGO}.xlsx", data_only=True)
    sheet = values["ตารางติดตาม"]
    rows = list(sheet.iter_rows(min_row=7, values_only=True))
    heads = [sheet.cell(5, column).value for column in range(1, sheet.max_column + 1)]
    at = next(index for index, head in enumerate(heads) if head and head.startswith("เบิกจ่าย"))
    assert [row[2].split()[0] for row in rows[:4]] == ["1.1.2", "1.1.10", "1.2.1", "2.1.1"]
    assert [row[at] for row in rows[:4]] == [942154.25, 942154.25, 942154.25, None]
    # All that is shown, then without the second listing of one project.
    assert [row[at] for row in rows[4:6]] == [2826462.75, 1884308.5]
    # Beside file, sheet and row: the cell of each figure, a transfer's as well, of those that are known.
    cells = next(index for index, head in enumerate(heads) if head and head.startswith("เซลล์"))
    assert rows[1][cells] == "งบประมาณตามแผน D1 · โอนเพิ่ม L4"
    # A merged dimension keeps its value in every row, or the filter would find only the first.
    with zipfile.ZipFile(reports / f"round_report_{LGO}.xlsx") as archive:
        xml = html.fromstring(archive.read("xl/worksheets/sheet2.xml"))
    assert len({xml.xpath(f"//c[@r='A{row}']/v/text()")[0] for row in (7, 8, 9)}) == 1
    projects = values["รายการ e-PlanNACC"]
    assert [row[2] for row in projects.iter_rows(min_row=7, max_row=10, values_only=True)] == [
        "1",
        "1",
        "*1",
        "*1",
    ]
    summary = {row[0].value: row[1] for row in values["สรุป"].iter_rows(min_row=6, max_row=20)}
    assert summary["เบิกจ่ายงบประมาณทุกโครงการ"].value == 942154.25
    capped = summary["ร้อยละการนำแผนฯ ไปปฏิบัติ (คิดจากโครงการขั้นต่ำ)"]
    assert capped.value == 100 and capped.number_format == '"*"0.00'


def test_a_total_fits_its_column_also_in_a_wider_font(warehouse: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update core.fct_budget set disbursed_baht = 123456789012.25 where line_id in ('d1', 'e1')"
        )
    write_reports(warehouse, RELEASE, ROUND, tmp_path)
    path = tmp_path / f"round_report_{LGO}.xlsx"
    with zipfile.ZipFile(path) as archive:
        for sheet, at, length in (
            ("sheet2", 8, len("124,341,097,520.75")),
            ("sheet3", 5, len("123,457,495,628.09")),
        ):
            columns = html.fromstring(archive.read(f"xl/worksheets/{sheet}.xml")).xpath("//cols/col")
            [width] = [c.get("width") for c in columns if int(c.get("min")) <= at <= int(c.get("max"))]
            assert float(width) >= 1.4 * length


def test_page_is_inert_and_self_contained(reports: Path) -> None:
    for path in reports.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        page = html.fromstring(text.encode())
        assert not page.xpath("//script | //link | //img | //iframe | //*[@onclick] | //*[@onerror]")
        assert not [
            a.get("href")
            for a in page.xpath("//a")
            if not a.get("href").startswith(
                ("#", "round_", "prov", "memo_", "annexes_", "eplan_changes_", "explorer.")
            )
        ]
        assert "http://" not in text.replace("http://example.invalid", "").replace("http://www.w3.org", "")
        assert RELEASE in text


def test_page_shows_the_figures_and_their_source(reports: Path) -> None:
    page = html.fromstring((reports / f"round_report_{LGO}.html").read_bytes())
    assert page.xpath("//h2/@id") == [
        "summary", "dimensions", "status", "listings", "projects", "findings", "reconciliation", "published", "files"
    ]  # fmt: skip
    text = page.text_content()
    assert SCRIPT in text and FORMULA in text and LONG in text
    assert "*100.00" in text and "942,154.25" in text
    # Of the two files the later one gave no data.
    assert "ข้อมูล ณ วันที่ 17 ต.ค. 2566" in text and "20 ต.ค. 2566 09:30 น." in text
    assert page.xpath("//td[contains(@title, 'เซลล์ D1') and contains(@title, '๑,๐๐๐.๑๐')]/text()") == ["1,000.10"]
    assert page.xpath("//td[contains(@title, 'เซลล์ L4')]/text()") == ["272,500.00"]
    severities = [td.text for td in page.xpath("//h2[@id='findings']/following::table[1]/tbody/tr/td[1]")]
    assert severities == ["ร้ายแรง", "ควรตรวจสอบ", "เพื่อทราบ"]
    # The titles are said in English too, by seeds/finding_rule.csv.
    for section, titles in (
        ("findings", ["Remaining amount does not add up"] * 3),
        ("reconciliation", ["Disbursement differs"]),
    ):
        cells = page.xpath(f"//h2[@id='{section}']/following::table[1]/tbody/tr/td//small[@lang='en']")
        assert [cell.text for cell in cells] == titles


def test_ranking_csv(reports: Path) -> None:
    path = reports / "provincial_ranking_92.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["lgo_name"] for row in rows] == ["เทศบาลนครตรัง", f"'{FORMULA}", CHARTED, f"'{EMOJI}", SILENT]
    assert [row["implementation_pct"] for row in rows] == ["100.00", "79.99", "53.33", "40.00", ""]
    assert [row["rank_change"] for row in rows] == ["", "-1", "-1", "-1", ""]
    assert [row["ranked_in_province"] for row in rows] == ["4", "4", "4", "4", ""]
    assert {row["release_id"] for row in rows} == {RELEASE}


def test_a_ranking_says_among_how_many(reports: Path) -> None:
    """Four have a percent; the registry of the fixture holds those four of the province."""
    said = "ลำดับในจังหวัดคิดจาก อปท. 4 แห่งที่ทราบผล จากทั้งจังหวัด 4 แห่ง ขึ้น/ลงเทียบเฉพาะแห่งที่ทราบผลทั้งสองรอบ"
    assert said in html.fromstring((reports / "provincial_ranking_92.html").read_bytes()).text_content()
    book = openpyxl.load_workbook(reports / "provincial_ranking_92.xlsx")
    assert said in {cell.value for line in book["ลำดับระดับจังหวัด"].iter_rows() for cell in line}
    book = openpyxl.load_workbook(reports / f"round_report_{LGO}.xlsx")
    assert said in {cell.value for line in book["ลำดับจังหวัด"].iter_rows() for cell in line}


def test_ranking_chart(reports: Path) -> None:
    page = html.fromstring((reports / "provincial_ranking_92.html").read_bytes())
    labels = page.xpath("//div[@class='chart']//*[local-name()='text']/text()")
    names = [label for label in labels if label in ("เทศบาลนครตรัง", FORMULA, CHARTED, EMOJI)]
    assert names == ["เทศบาลนครตรัง", FORMULA, CHARTED, EMOJI]
    assert "*100.00" in labels and "79.99" in labels
    assert {"50", "80"} <= set(labels)


def test_a_chart_is_drawn_once_and_anew_for_other_figures(warehouse: Path, tmp_path: Path, monkeypatch) -> None:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        (ranking,) = read_rankings(connection, RELEASE, ROUND)
    alone = chart_svg(ranking)
    drawn = []
    draw = vl_convert.vegalite_to_svg
    monkeypatch.setattr(vl_convert, "vegalite_to_svg", lambda spec: drawn.append(spec) or draw(spec))
    assert chart_svg(ranking, tmp_path) == chart_svg(ranking, tmp_path) == alone
    assert len(drawn) == 1
    ranking.rows[1]["implementation_pct"] = Decimal("79.98")
    assert "79.98" in chart_svg(ranking, tmp_path)
    assert len(drawn) == 2


def test_who_has_not_reported_is_said_and_never_drawn_as_nothing(reports: Path) -> None:
    page = html.fromstring((reports / "provincial_ranking_92.html").read_bytes())
    assert SILENT not in page.xpath("//div[@class='chart']//*[local-name()='text']/text()")
    [row] = [tr for tr in page.xpath("//tbody/tr") if SILENT in tr.text_content()]
    assert "ยังไม่รายงาน" in row.text_content() and "0" not in [td.text for td in row]
    book = openpyxl.load_workbook(reports / "provincial_ranking_92.xlsx")
    assert SILENT in {cell.value for line in book["ลำดับระดับจังหวัด"].iter_rows() for cell in line}
    assert SILENT not in {cell.value for line in book["แผนภูมิ"].iter_rows() for cell in line}


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        ("2932164.35", "baht", "2,932,164.35"),
        ("0", "baht", "0.00"),
        ("91.43", "percent", "91.43"),
        ("34", "project", "34"),
        ("completed", None, "ดำเนินการแล้วเสร็จ"),
        ("กลาง", "level", "กลาง"),
        ("NaN", None, "NaN"),
        (None, "baht", "–"),
    ],
)
def test_figure(value: str | None, unit: str | None, shown: str) -> None:
    assert formats.figure(value, unit) == shown


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("เบิกจ่าย 168,953.00 บาท (รายการ 1.1.4)", "เบิกจ่าย 168,953.00 บาท (รายการ 1.1.4)"),
        ("ส่ง/กอง_66.xlsx", "ส่ง/<wbr>กอง_<wbr>66.<wbr>xlsx"),
        ("<b>.", "&lt;b&gt;.<wbr>"),
    ],
)
def test_a_line_breaks_after_the_marks_of_names_and_within_no_number(text: str, broken: str) -> None:
    assert with_breaks(text) == broken


def test_lines_of_thai() -> None:
    # Marks above and below take no width of their own.
    assert lines_of("น้ำน้ำน้ำน้ำ", 10) == lines_of("นำนำนำนำ", 10) == 1
    assert lines_of("ก" * 40, 20) >= 2
    assert lines_of("ก\nข\nค", 20) == 3
