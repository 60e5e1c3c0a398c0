"""Every figure in every output of the reference round against the warehouse, read back out of the files.

The memo is read with python-docx and pypdfium2, the annexes with pypdfium2, the workbook with openpyxl, the page
with lxml. Two tests ask LibreOffice and are skipped where it is not installed.
"""

import csv
import itertools
import re
import shutil
import subprocess
import zipfile
from decimal import Decimal

import docx
import duckdb
import openpyxl
import pypdfium2
import pytest
from lxml import etree, html

from tests.conftest import PROJECT, ROUND

LGO = "3920102"
ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


@pytest.fixture(scope="module")
def reports(installation):
    return (installation.home / "reports" / ROUND / "current").resolve()


@pytest.fixture(scope="module")
def summary(installation):
    [row] = installation.ask("from marts.round_summary where lgo_code = ?", LGO)
    return row


def squeezed(text):
    """Without what only layout puts in: spaces, line breaks, places to break."""
    return re.sub(r"[\s\u200b]+", "", text)


def pdf_pages(path):
    document = pypdfium2.PdfDocument(path)
    return [squeezed(document[at].get_textpage().get_text_range()) for at in range(len(document))]


@pytest.fixture(scope="module")
def annexes(reports):
    return pdf_pages(reports / f"annexes_{LGO}.pdf")


@pytest.fixture(scope="module")
def workbook(reports):
    return openpyxl.load_workbook(reports / f"round_report_{LGO}.xlsx", data_only=True)


@pytest.fixture(scope="module")
def page(reports):
    return html.fromstring((reports / f"round_report_{LGO}.html").read_bytes())


def baht(value):
    return "–" if value is None else f"{value:,.2f}"


# -- the memo

SENTENCES = {
    r"โครงการ/กิจกรรม/มาตรการตั้งต้นตามแผน([\d,]+)โครงการและเพิ่มเติม([\d,]+)โครงการ": ("initial_projects", "additional_projects"),
    r"ดำเนินการแล้วเสร็จ([\d,]+)โครงการอยู่ระหว่างดำเนินการ([\d,]+)โครงการรอรายงาน([\d,]+)โครงการไม่สามารถดำเนินการได้([\d,]+)โครงการ": (
        "completed", "in_progress", "awaiting_report", "unable"),
    r"เบิกจ่ายงบประมาณ([\d,.]+)บาทจากงบประมาณ([\d,.]+)บาทคิดเป็นร้อยละ(\d+\.\d\d)": ("disbursed_baht", "budget_baht", "disbursed_pct"),
    r"มีการนำแผนฯไปปฏิบัติระดับมากร้อยละ([\d.]+)\(โครงการตั้งต้นแล้วเสร็จ([\d,]+)โครงการจากจำนวนขั้นต่ำที่ป\.ป\.ช\.กำหนด([\d,]+)โครงการ\)": (
        "implementation_pct", "initial_completed", "minimum_projects"),
}  # fmt: skip


def docx_text(path):
    return "\n".join(paragraph.text for paragraph in docx.Document(str(path)).paragraphs)


@pytest.mark.parametrize("suffix", ["docx", "pdf"])
@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_memo_says_what_the_warehouse_says(reports, summary, suffix, sentence):
    path = reports / f"memo_{LGO}.{suffix}"
    text = squeezed(docx_text(path)) if suffix == "docx" else "".join(pdf_pages(path))
    assert not re.search(r"\d", re.sub(r"[๐-๙]", "", text)), "the memo has Thai digits only"
    found = re.search(sentence, text.translate(ARABIC))
    assert found
    assert [Decimal(number.replace(",", "")) for number in found.groups()] == [
        summary[key] for key in SENTENCES[sentence]
    ]


def test_the_memo_has_the_parts_of_the_published_one_in_their_order(reports):
    parts = [
        "บันทึกข้อความ", "ส่วนราชการ", "ที่", "วันที่", "เรื่อง", "เรียนผู้อำนวยการกอง", "ตามที่เทศบาลนครตรัง", "ในการนี้",
        "จึงเรียนมาเพื่อโปรดทราบ", "นักวิเคราะห์นโยบายและแผน", "หัวหน้าฝ่ายแผนงานและงบประมาณ", "เรียนปลัดเทศบาลนครตรัง",
        "ปลัดเทศบาลนครตรัง", "นายกเทศมนตรีนครตรัง",
    ]  # fmt: skip
    for text in (
        squeezed(docx_text(reports / f"memo_{LGO}.docx")),
        "".join(pdf_pages(reports / f"memo_{LGO}.pdf")),
    ):
        places = []
        for part in parts:
            places.append(text.index(part, places[-1] if places else 0))
        assert places == sorted(places)


# -- the annexes as PDF


def test_every_listing_stands_in_the_monitoring_table(installation, annexes):
    text = "".join(annexes)
    rows = installation.ask("from core.fct_budget where source = 'division'")
    assert len(rows) == 88
    whole = 0
    for row in rows:
        money = [row["budget_plan_baht"], row["budget_ordinance_baht"]]
        # The form shows nothing where nothing was transferred.
        money += [row["transfer_in_baht"] or None, row["transfer_out_baht"] or None]
        money += [row["disbursed_baht"], row["remaining_baht"]]
        name, figures = squeezed(f"{row['listing_code']} {row['name_as_listed']}"), "".join(map(baht, money))
        if name + figures in text:
            whole += 1
        else:
            # Where a mission begins on the last line of a page, its text comes between in the order of reading.
            assert re.search(f"{re.escape(name[:12])}.{{0,160}}?{re.escape(figures)}", text), row["listing_code"]
    assert whole >= 84


def test_every_project_stands_in_the_list(installation, annexes):
    text = "".join(annexes)
    rows = installation.ask(
        "select b.*, p.is_initial from core.fct_budget as b join core.dim_project as p using (project_id)"
        " where source = 'eplan'"
    )
    assert len(rows) == 81
    for row in rows:
        star = "" if row["is_initial"] else "*"
        money = baht(row["budget_plan_baht"]) + baht(row["disbursed_baht"])
        assert squeezed(f"{row['name_as_listed']}{star}{row['dimension']}{money}☑") in text, row["eplan_seq"]


def test_summary_dimensions_status_and_ranking_stand_in_the_annexes(installation, annexes, summary):
    text = "".join(annexes)
    for row in installation.ask("from marts.dimension_summary where lgo_code = ?", LGO):
        figures = [str(row["planned_projects"]), str(row["completed_projects"])]
        figures += [baht(row[k]) for k in ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht")]
        figures += [f"{row['project_pct']:.2f}", f"{row['budget_pct']:.2f}"]
        assert "".join(figures) in text, row["dimension"]
    keys = (
        "minimum_projects",
        "initial_projects",
        "initial_in_ordinance",
        "initial_in_progress",
        "initial_completed",
    )
    status = "".join(str(summary[key]) for key in (*keys, "initial_unable"))
    assert f"{status}{summary['implementation_pct']}{summary['implementation_level_th']}" in text
    assert f"เบิกจ่ายงบประมาณ{summary['disbursed_baht']:,}บาท" in text
    ranked = installation.ask("from marts.provincial_ranking where implementation_pct is not null")
    assert len(ranked) == 17
    for row in ranked:
        star = "*" if row["is_capped"] else ""
        line = f"{row['lgo_name']}{row['district']}{star}{row['implementation_pct']}{row['level_th']}"
        assert squeezed(line) in text, row["lgo_name"]
    assert "ระดับมาก11แห่งระดับปานกลาง3แห่งระดับน้อย3แห่ง" in text


def test_a_draft_says_so_on_every_page(installation, reports, annexes, page):
    [[critical]] = [
        row.values() for row in installation.ask("select count(*) from marts.finding where severity = 'critical'")
    ]
    assert critical >= 3
    draft = f"ฉบับร่าง:มีข้อผิดพลาดร้ายแรง{critical}รายการ/DRAFT"
    pages = [*annexes, *pdf_pages(reports / f"memo_{LGO}.pdf"), *pdf_pages(reports / "provincial_ranking_92.pdf")]
    assert all(text.translate(ARABIC).startswith(draft) for text in pages)
    section = docx.Document(str(reports / f"memo_{LGO}.docx")).sections[0]
    for header in (section.first_page_header, section.header):
        assert squeezed(header.paragraphs[0].text).translate(ARABIC) == draft
    for name in (f"round_report_{LGO}.xlsx", "provincial_ranking_92.xlsx"):
        for sheet in openpyxl.load_workbook(reports / name).worksheets:
            assert draft in squeezed(sheet.oddHeader.center.text), sheet.title
    assert draft in squeezed(page.xpath("//*[@class='draft']")[0].text)


@pytest.mark.parametrize("name", [f"memo_{LGO}.pdf", f"annexes_{LGO}.pdf"])
@pytest.mark.parametrize("word", ["นครตรัง", "เทศบาล", "โปร่งใส", "ตรวจสอบ"])
def test_no_line_breaks_inside_a_name_or_a_listed_word(reports, name, word):
    document = pypdfium2.PdfDocument(reports / name)
    lines = [
        line for at in range(len(document)) for line in document[at].get_textpage().get_text_range().splitlines()
    ]
    broken = [
        (line, after)
        for line, after in itertools.pairwise(lines)
        for at in range(1, len(word))
        if line.rstrip().endswith(word[:at]) and after.startswith(word[at:])
    ]
    assert not broken


# -- the 89 published figures

PUBLISHED = {
    row["figure_id"]: row
    for row in csv.DictReader((PROJECT / "tests/reference/published_figures.csv").open(encoding="utf-8"))
}
LEVELS = {"กลาง": "ปานกลาง"}
# The ranking prints two names wrongly; the register has them right.
NAMES = {"นาทามใต้": "นาท่ามใต้", "นาทามเหนือ": "นาท่ามเหนือ"}
SUMMARY_LABELS = {
    "initial_projects": "โครงการตั้งต้นตามแผน", "awaiting_report": "รอรายงาน", "in_progress": "อยู่ระหว่างดำเนินการ",
    "completed": "ดำเนินการแล้วเสร็จ", "unable": "ไม่สามารถดำเนินการได้", "disbursed_baht": "เบิกจ่ายงบประมาณทุกโครงการ",
    "disbursed_pct": "คิดเป็นร้อยละของงบประมาณ", "implementation_level": "ระดับการนำแผนฯ ไปปฏิบัติ",
    "implementation_pct": "ร้อยละการนำแผนฯ ไปปฏิบัติ (คิดจากโครงการขั้นต่ำ)",
}  # fmt: skip
DIMENSION_COLUMNS = {
    "planned_projects": 2, "completed_projects": 3, "budget_plan_baht": 4, "budget_ordinance_baht": 5,
    "disbursed_baht": 6, "project_pct": 7, "budget_pct": 8,
}  # fmt: skip
STATUS_COLUMNS = (
    "minimum_projects", "all_projects", "in_ordinance", "in_progress", "completed", "unable", "implementation_pct",
    "implementation_level",
)  # fmt: skip


def row_of(sheet, column, text):
    return next(cell.row for cell in sheet[column] if cell.value == text)


def place_of(workbook, figure):
    """The cell of the annexes in which a published figure stands."""
    kind, *rest = figure["figure_id"].split(".")
    if kind == "summary":
        sheet = workbook["สรุป"]
        return sheet[f"B{row_of(sheet, 'A', SUMMARY_LABELS[rest[0]])}"]
    if kind == "dimension":
        sheet = workbook["ตามมิติ"]
        label = "รวม" if rest[0] == "total" else None
        row = next(
            cell.row
            for cell in sheet["A"]
            if cell.value and (cell.value == label or cell.value.startswith(f"{rest[0]}. "))
        )
        return sheet.cell(row, DIMENSION_COLUMNS[rest[1]])
    if kind == "status":
        sheet = workbook["สถานะ"]
        return sheet.cell(row_of(sheet, "H", "มาก"), 1 + STATUS_COLUMNS.index(rest[0]))
    sheet = workbook["ลำดับจังหวัด"]
    if rest[0] == "count":
        return sheet[f"F{row_of(sheet, 'C', f'จำนวน อปท. ระดับ{rest[1]}')}"]
    name = figure["label"]
    for wrong, right in NAMES.items():
        name = name.replace(wrong, right)
    return sheet[f"{'E' if rest[1] == 'percent' else 'F'}{row_of(sheet, 'C', name)}"]


@pytest.mark.parametrize("figure_id", PUBLISHED)
def test_each_published_figure_has_its_place(installation, workbook, page, figure_id):
    figure = PUBLISHED[figure_id]
    [known] = installation.ask("from marts.published_figure where figure_id = ?", figure_id)
    expected = known["computed_value"] if known["computed_value"] is not None else known["published_value"]
    value = place_of(workbook, figure).value
    if figure["unit"] == "level":
        assert value == LEVELS.get(expected, expected)
    else:
        assert Decimal(str(value)) == Decimal(expected)
    # And as it was published, beside what was computed: in the workbook by its id, on the page by its label.
    sheet = workbook["ตัวเลขที่ประกาศ"]
    headings = {cell.value: cell.column for row in sheet.iter_rows(max_row=6) for cell in row}
    column = next(column for heading, column in headings.items() if heading and "figure id" in str(heading))
    row = next(cell.row for cell in sheet[openpyxl.utils.get_column_letter(column)] if cell.value == figure_id)
    published = sheet.cell(row, 3).value
    if figure["unit"] == "level":
        assert published == figure["published_value"]
    else:
        assert Decimal(str(published)) == Decimal(figure["published_value"])
    assert page.xpath(
        "//h2[@id='published']/following::table[1]//td[normalize-space()=$label]", label=known["label_th"]
    )


def test_a_published_figure_leads_to_its_cell_on_the_page(page):
    """The two that differ, in the dimension table of the e-PlanNACC export (samples/README.md)."""
    table = page.xpath("//h2[@id='published']/following::table[1]")[0]
    where = {
        row.xpath("string(td[3])"): row.xpath("string(td[last()])")
        for row in table.xpath("tbody/tr[td[5][normalize-space()='ไม่ตรง']]")
    }
    assert where == {
        "1,122,500.00": "e-PlanNACC เทศบาลนครตรัง.xlsx · ตามมิติ · เซลล์ F5",
        "1,152,500.00": "e-PlanNACC เทศบาลนครตรัง.xlsx · ตามมิติ · เซลล์ F9",
    }


def test_a_difference_says_which_side_is_taken_from_which(workbook, page):
    sheet = workbook["กระทบยอด"]
    heads = {
        cell.value: cell.column for row in sheet.iter_rows(min_row=5, max_row=6) for cell in row if cell.value
    }
    [at] = [column for head, column in heads.items() if "e-PlanNACC minus division" in head]
    values = {
        (row[0], row[4], row[5], row[at - 1])
        for row in sheet.iter_rows(min_row=7, values_only=True)
        if row[0] == 6
    }
    # Project 6: nothing in e-PlanNACC, 200,000 in the division's form.
    assert (6, 200000, 0, -200000) in values
    said = page.xpath("string(//h2[@id='reconciliation']/following::table[1]/thead)")
    assert "e-PlanNACCลบกอง" in squeezed(said)


def test_942154_25_stands_in_the_workbook_with_its_three_cells(workbook):
    """Listing 1.1.2 and the e-PlanNACC projects 3 and 35 state this amount; the transfer is in a remark, L9."""
    found = set()
    for sheet in ("ตารางติดตาม", "รายการ e-PlanNACC"):
        for row in workbook[sheet].iter_rows(min_row=6, values_only=True):
            if 942154.25 in row:
                found.add(row[-1])
    assert found == {
        "งบประมาณตามแผน D9 · งบประมาณตามข้อบัญญัติ/เทศบัญญัติ E9 · โอนเพิ่ม L9 · เบิกจ่าย F9 · คงเหลือ G9 · สถานะ I9",
        "งบประมาณตามแผน D6 · เบิกจ่าย E6 · สถานะ H6",
        "งบประมาณตามแผน D50 · เบิกจ่าย E50 · สถานะ H50",
    }


def test_the_two_figures_that_differ_are_named_in_the_annexes(annexes):
    text = "".join(annexes)
    start = text.index("ตัวเลขที่e-PlanNACCประกาศไม่ตรงกับที่คำนวณได้")
    assert "1,122,500.001,322,500.00ไม่ตรง" in text[start:]
    assert "1,152,500.001,352,500.00ไม่ตรง" in text[start:]


# -- the page


def test_the_page_shows_the_same_money_as_the_warehouse(installation, page):
    shown = page.xpath("//h2[@id='projects']/following::table[1]/tbody/tr/td[position()=5]/text()")
    rows = installation.ask("from core.fct_budget where source = 'eplan' order by eplan_seq")
    assert [text.strip() for text in shown] == [baht(row["disbursed_baht"]) for row in rows]


# -- with LibreOffice


def office(tmp_path, path, target):
    """The file converted by LibreOffice, or a skip that says why."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed: nothing to recalculate or convert with")
    done = subprocess.run(
        [program, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", target,
         "--outdir", str(tmp_path / "out"), str(path)],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    made = tmp_path / "out" / f"{path.stem}.{target}"
    if not made.exists():
        pytest.skip(f"this LibreOffice cannot open {path.suffix}: {done.stdout.strip()} {done.stderr.strip()}")
    return made


def without_cached_values(source, target):
    """A copy of a workbook whose formulas have lost their values, so that who opens it must calculate."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    formulas = 0
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                tree = etree.fromstring(content)
                for cell in tree.iter(f"{space}c"):
                    value = cell.find(f"{space}v")
                    if cell.find(f"{space}f") is not None and value is not None:
                        cell.remove(value)
                        formulas += 1
                content = etree.tostring(tree)
            new.writestr(name, content)
    return formulas


@pytest.mark.parametrize("name", [f"round_report_{LGO}.xlsx", "provincial_ranking_92.xlsx"])
def test_libreoffice_calculates_the_same_totals(reports, tmp_path, name):
    bare = tmp_path / name
    assert without_cached_values(reports / name, bare) >= 3
    calculated = openpyxl.load_workbook(office(tmp_path, bare, "xlsx"), data_only=True)
    cached = openpyxl.load_workbook(reports / name, data_only=True)
    formulas = openpyxl.load_workbook(reports / name)
    for sheet in formulas.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    got, expected = (book[sheet.title][cell.coordinate].value for book in (calculated, cached))
                    assert Decimal(str(got)).quantize(Decimal("0.01")) == Decimal(str(expected)).quantize(
                        Decimal("0.01")
                    ), (sheet.title, cell.coordinate, cell.value)


def test_no_number_is_wider_than_its_column(reports, tmp_path):
    text = "".join(pdf_pages(office(tmp_path, reports / f"round_report_{LGO}.xlsx", "pdf")))
    assert "6,050,000.00" in text and "###" not in text


def test_the_docx_has_as_many_pages_as_the_pdf(reports, tmp_path):
    made = office(tmp_path, reports / f"memo_{LGO}.docx", "pdf")
    assert len(pypdfium2.PdfDocument(made)) == len(pypdfium2.PdfDocument(reports / f"memo_{LGO}.pdf"))


# -- made again


def test_a_report_is_made_again_from_its_release_byte_for_byte(installation, reports, monkeypatch, capsys):
    import sys

    from orchestration.__main__ import main

    before = {path.relative_to(reports): path.read_bytes() for path in reports.rglob("*") if path.is_file()}
    shutil.rmtree(reports)
    monkeypatch.setattr(sys, "argv", ["orchestration", "report", ROUND, "--release", reports.name])
    assert main() == 0
    after = {path.relative_to(reports): path.read_bytes() for path in reports.rglob("*") if path.is_file()}
    assert before == after
    assert main() == 0
    assert "the same to the byte" in capsys.readouterr().out


def test_the_release_of_a_version_that_knew_no_parts_can_still_be_shown(installation, tmp_path):
    from orchestration.reports import explorer

    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(installation.first / "warehouse.duckdb", copy)
    copy.chmod(0o600)
    with duckdb.connect(copy) as connection:
        now = explorer.read(connection, ROUND)
        connection.execute("alter table core.bridge_listing_project drop column is_part")
        assert explorer.read(connection, ROUND) == now
    assert any(now["line"]["rows"])
