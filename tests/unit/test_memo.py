"""The memo: its wording and templates, its two forms, and what an office may get wrong."""

import re
import zipfile
from pathlib import Path

import docx
import duckdb
import pdfplumber
import pypdfium2
import pytest
from docx.oxml.ns import qn

from orchestration.reports import PROBLEMS, annexes, formats, pdf, write_for_signing, write_reports
from orchestration.reports.data import RoundData, read_rankings, read_round
from orchestration.reports.memo import Memo, TemplateMistake, make_memo
from orchestration.reports.memo_docx import blank_frame, write_memo_docx
from orchestration.settings import Letterhead, Settings, SettingsError
from tests.unit.test_reports import (  # noqa: F401  (fixtures)
    LGO,
    RELEASE,
    ROUND,
    unchanged,
    warehouse,
    without_explorer,
)

STACKED = "ที่ ผู้ น้ำ กตัญญู ปฏิบัติ ทั้ง ครั้ง ซึ่ง ปั้น ป้ำ ญี่ปุ่น ก๊วยเตี๋ยว ฎุ สิทธิ์ เป็น ำ"


def round_of(path: Path) -> RoundData:
    with duckdb.connect(str(path), read_only=True) as connection:
        return read_round(connection, RELEASE, ROUND, LGO)


@pytest.fixture
def data(warehouse: Path) -> RoundData:  # noqa: F811
    return round_of(warehouse)


def renamed(path: Path, name: str) -> RoundData:
    with duckdb.connect(str(path)) as connection:
        connection.execute("update core.dim_lgo set lgo_name = ?", [name])
    return round_of(path)


def text_of(memo: Memo) -> str:
    parts = [part for _, parts in memo.sections for part in parts]
    signers = [f"{part.signer.position} {part.signer.name}" for part in parts if part.signer]
    return "\n".join(
        [memo.agency, memo.number, memo.date, memo.subject, memo.to, *(p.text for p in parts), *signers]
    )


def pdf_text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    return "".join(document[at].get_textpage().get_text_range() for at in range(len(document)))


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


# -- wording


def test_the_round_of_twelve_months(data: RoundData) -> None:
    memo = make_memo(data, Letterhead())
    assert memo.subject.endswith("ของเทศบาลนครตรัง ประจำปีงบประมาณ ๒๕๖๖ (รอบ ๑๒ เดือน)")
    assert "รอบ ๑๒ เดือน (วันที่ ๑ ตุลาคม ๒๕๖๕ ถึง ๓๐ กันยายน ๒๕๖๖)" in text_of(memo)
    assert "เบิกจ่ายงบประมาณ ๙๔๒,๑๕๔.๒๕ บาท จากงบประมาณ ๑,๐๐๐,๐๐๐.๐๐ บาท คิดเป็นร้อยละ ๙๔.๒๒" in text_of(memo)
    assert "ระดับ มาก ร้อยละ *๑๐๐.๐๐" in text_of(memo)


def test_the_round_of_six_months(warehouse: Path) -> None:  # noqa: F811
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update core.dim_round set months = 6, period_end = '2023-03-31'")
    memo = make_memo(round_of(warehouse), Letterhead())
    assert memo.subject.endswith("ประจำปีงบประมาณ ๒๕๖๖ (รอบ ๖ เดือน)")
    assert "รอบ ๖ เดือนแรก (วันที่ ๑ ตุลาคม ๒๕๖๕ ถึง ๓๑ มีนาคม ๒๕๖๖)" in text_of(memo)
    assert "ณ สิ้นรอบ ๖ เดือน ดำเนินการแล้วเสร็จ" in text_of(memo)


def test_projects_whose_status_is_unclear_are_said(data: RoundData) -> None:
    """So that the counts of the memo add up."""
    assert "สถานะไม่ชัดเจน" not in text_of(make_memo(data, Letterhead()))
    data.summary["status_unclear"] = 2
    assert "สถานะไม่ชัดเจน ๒ โครงการ ไม่สามารถดำเนินการได้" in text_of(make_memo(data, Letterhead()))
    assert ("สถานะไม่ชัดเจน", 2) in [(item.th, item.value) for item in data.headlines()]
    assert "สถานะไม่ชัดเจน 2 โครงการ" in str(annexes.round_annexes(data, None))


def test_no_percent_where_the_minimum_is_unknown(warehouse: Path) -> None:  # noqa: F811
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update marts.round_summary set implementation_pct = null, implementation_level = null,"
            " implementation_level_th = null, minimum_projects = null"
        )
    text = text_of(make_memo(round_of(warehouse), Letterhead()))
    assert "ยังไม่มีร้อยละและระดับ" in text and "ร้อยละ –" not in text


@pytest.mark.parametrize(
    ("name", "clerk", "head"),
    [
        ("เทศบาลตำบลโคกหล่อ", "ปลัดเทศบาลตำบลโคกหล่อ", "นายกเทศมนตรีตำบลโคกหล่อ"),
        ("องค์การบริหารส่วนตำบลนาพละ", "ปลัดองค์การบริหารส่วนตำบลนาพละ", "นายกองค์การบริหารส่วนตำบลนาพละ"),
        ("องค์การบริหารส่วนจังหวัดตรัง", "ปลัดองค์การบริหารส่วนจังหวัดตรัง", "นายกองค์การบริหารส่วนจังหวัดตรัง"),
        ("เมืองพัทยา", "ปลัดเมืองพัทยา", "นายกเมืองพัทยา"),
    ],
)
def test_the_posts_of_each_type(warehouse: Path, name: str, clerk: str, head: str) -> None:  # noqa: F811
    memo = make_memo(renamed(warehouse, name), Letterhead())
    signers = [part.signer.position for _, parts in memo.sections for part in parts if part.signer]
    assert signers[-2:] == [clerk, head]


def test_names_are_blank_unless_configured_and_posts_without_position_do_not_sign(data: RoundData) -> None:
    memo = make_memo(
        data, Letterhead(names={"clerk": "(ผู้ทดสอบ)"}, positions={"division_head": "", "writer": "นักวิชาการ ๗"})
    )
    signers = {
        part.signer.position: part.signer.name for _, parts in memo.sections for part in parts if part.signer
    }
    assert signers == {"นักวิชาการ ๗": "", "ปลัดเทศบาลนครตรัง": "(ผู้ทดสอบ)", "นายกเทศมนตรีนครตรัง": ""}


def test_every_digit_is_thai(data: RoundData) -> None:
    text = text_of(make_memo(data, Letterhead(agency="กอง 1 โทร. 1217", number="ตง 52008/969", date="data")))
    assert "ตง ๕๒๐๐๘/๙๖๙" in text and not re.search("[0-9]", text)


# -- templates of an office


def office(tmp_path: Path, text: str) -> Letterhead:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "memo.txt").write_text(text, encoding="utf-8")
    return Letterhead(templates=templates)


def test_an_office_replaces_the_sections_that_it_names(data: RoundData, tmp_path: Path) -> None:
    memo = make_memo(data, office(tmp_path, "# ของสำนักงาน\n[closing]\nจึงเรียนมาเพื่อโปรดพิจารณา {{ year }}\n"))
    assert dict(memo.sections)["closing"][0].text == "จึงเรียนมาเพื่อโปรดพิจารณา ๒๕๖๖"
    assert "ตามที่ เทศบาลนครตรัง" in text_of(memo)
    assert "จึงเรียนมาเพื่อโปรดทราบ" not in text_of(memo)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[closing]\nดี\n\n[clsoing]\n", 4, "clsoing"),
        ("ก่อนหัวข้อ\n", 1, "[subject]"),
        ("[closing]\nดี\n{% if year %}\nไม่ปิด\n", 4, "endif"),
        ("[background]\nดี\n# หมายเหตุ\n{{ yaer }}\n", 4, "yaer"),
        ("[closing]\n{{ ().__class__.__bases__ }}\n", 2, "__class__"),
        ("[signature]\n@ boss\n", 1, "boss"),
    ],
)
def test_a_wrong_template_is_named_with_its_line(
    data: RoundData, tmp_path: Path, text: str, line: int, said: str
) -> None:
    with pytest.raises(TemplateMistake) as caught:
        make_memo(data, office(tmp_path, text))
    assert f"memo.txt:{line}:" in str(caught.value) and said in str(caught.value)


def test_a_template_that_is_no_text(data: RoundData, tmp_path: Path) -> None:
    letterhead = office(tmp_path, "")
    assert letterhead.templates
    (letterhead.templates / "memo.txt").write_bytes("[closing]\nดี".encode("cp874"))
    with pytest.raises(TemplateMistake, match="UTF-8"):
        make_memo(data, letterhead)


def test_a_wrong_template_costs_the_memo_and_nothing_else(
    warehouse: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = tmp_path / "memo.txt"
    wrong.write_text("[closing]\n{{ yaer }}\n", encoding="utf-8")
    monkeypatch.setattr("orchestration.reports.memo.SHIPPED", wrong)
    names = {path.name for path in write_reports(warehouse, RELEASE, ROUND, tmp_path / "reports")}
    assert {PROBLEMS, f"annexes_{LGO}.pdf", f"round_report_{LGO}.xlsx"} <= names
    assert not any(name.startswith("memo_") for name in names)
    assert "memo.txt:2:" in (tmp_path / "reports" / PROBLEMS).read_text(encoding="utf-8")
    assert PROBLEMS in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [b"no picture", b"\x89PNG\r\n\x1a\nbroken"])
def test_a_garuda_that_is_no_picture_costs_the_memo_and_nothing_else(
    data: RoundData, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "garuda.png").write_bytes(content)
    letterhead = Letterhead(templates=tmp_path, garuda=tmp_path / "garuda.png")
    problems: list[str] = []
    written = write_for_signing(data, None, lambda code: letterhead, tmp_path, problems)
    assert [path.name for path in written] == [f"annexes_{LGO}.pdf"]
    assert len(problems) == 1 and "garuda.png" in problems[0]


def test_a_garuda_is_printed_in_its_size(data: RoundData, tmp_path: Path) -> None:
    (tmp_path / "garuda.png").write_bytes(blank_frame())
    letterhead = Letterhead(templates=tmp_path, garuda=tmp_path / "garuda.png")
    problems: list[str] = []
    written = write_for_signing(data, None, lambda code: letterhead, tmp_path, problems)
    assert len(written) == 3 and not problems
    with pdfplumber.open(tmp_path / f"memo_{LGO}.pdf") as book:
        [picture] = book.pages[0].images
        assert round(picture["height"] / 72 * 2.54, 2) == 1.5


def settings_with(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "sucharit.toml").write_text(text, encoding="utf-8")
    return Settings(home=tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[memo]\nofice = 'x'", "ofice"),
        ("[memo]\nagency = 7", "agency"),
        ("[memo]\ndate = '17 ต.ค. 66'", "blank"),
        ("[memo]\ngaruda = 'none.png'", "none.png"),
        ("[memo.positions]\nboss = 'x'", "boss"),
        ("[memo.names]\nwriter = 1", "memo.names"),
        ("memo = 1", "[memo]"),
    ],
)
def test_a_wrong_setting_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_with(tmp_path, text).letterhead(LGO)
    assert said in str(caught.value)


def test_a_local_government_has_settings_of_its_own(tmp_path: Path) -> None:
    settings = settings_with(
        tmp_path,
        f"[memo]\nagency = 'ทุกแห่ง'\n[memo.positions]\nwriter = 'ก'\nclerk = 'ข'\n"
        f"[memo.{LGO}]\nagency = 'ที่นี่'\n[memo.{LGO}.positions]\nclerk = 'ค'\n",
    )
    assert settings.letterhead("4920999").agency == "ทุกแห่ง"
    assert settings.letterhead(LGO).agency == "ที่นี่"
    assert settings.letterhead(LGO).positions == {"writer": "ก", "clerk": "ค"}


# -- fonts


def test_a_missing_font_is_said_and_not_replaced(data: RoundData, tmp_path: Path) -> None:
    letterhead = Letterhead(font="TH SarabunPSK")
    with pytest.raises(TemplateMistake, match="TH SarabunPSK"):
        pdf.write_memo_pdf(make_memo(data, letterhead), letterhead, RELEASE, data.created, tmp_path / "memo.pdf")


def test_each_font_has_its_licence_beside_it_and_none_is_large() -> None:
    fonts = list(pdf.FONTS.glob("*.ttf"))
    assert len(fonts) == 4
    for font in fonts:
        assert list(pdf.FONTS.glob(f"{font.stem.split('-')[0]}-*.txt")), font.name
        assert font.stat().st_size < 2_000_000


def test_thai_comes_out_of_the_pdf_as_it_went_in(warehouse: Path, tmp_path: Path) -> None:  # noqa: F811
    """Clusters of several marks are where text is doubled or lost."""
    data = renamed(warehouse, STACKED)
    pdf.write_annexes_pdf(annexes.round_annexes(data, None), Letterhead(), data.created, tmp_path / "annexes.pdf")
    assert squeezed(STACKED) in squeezed(pdf_text(tmp_path / "annexes.pdf"))
    memo = make_memo(data, Letterhead())
    pdf.write_memo_pdf(memo, Letterhead(), RELEASE, data.created, tmp_path / "memo.pdf")
    assert squeezed(memo.subject) in squeezed(pdf_text(tmp_path / "memo.pdf"))


def test_the_layout_of_the_letter(data: RoundData, tmp_path: Path) -> None:
    """Sizes and margins as the rules of correspondence name them, for Latin and for complex script alike."""
    path = tmp_path / "memo.docx"
    write_memo_docx(make_memo(data, Letterhead()), data, Letterhead(), path)
    document = docx.Document(str(path))
    section = document.sections[0]
    assert [round(m.cm, 1) for m in (section.left_margin, section.right_margin, section.page_width)] == [
        3.0,
        2.0,
        21.0,
    ]
    assert round(document.inline_shapes[0].height.cm, 2) == 1.5
    sizes = {}
    for paragraph in document.paragraphs:
        for run in paragraph.runs:
            properties = run._r.rPr
            if not run.text:
                continue
            assert properties.rFonts.get(qn("w:cs")) == properties.rFonts.get(qn("w:ascii")) == pdf.FONT
            size = properties.find(qn("w:sz")).get(qn("w:val"))
            assert properties.find(qn("w:szCs")).get(qn("w:val")) == size
            sizes[run.text.strip()] = (int(size) / 2, properties.find(qn("w:bCs")) is not None)
    assert sizes["บันทึกข้อความ"] == (29, True)
    assert {sizes[label] for label in ("ส่วนราชการ", "ที่", "วันที่", "เรื่อง")} == {(20, True)}
    assert sizes["จึงเรียนมาเพื่อโปรดทราบ"] == (16, False)
    body = next(p for p in document.paragraphs if p.text.startswith("ตามที่"))
    assert body._p.pPr.jc.get(qn("w:val")) == "thaiDistribute"
    assert not document.tables


def test_the_font_is_embedded_whole(data: RoundData, tmp_path: Path) -> None:
    path = tmp_path / "memo.docx"
    write_memo_docx(make_memo(data, Letterhead()), data, Letterhead(), path)
    with zipfile.ZipFile(path) as package:
        keys = re.findall(r'fontKey="\{([0-9A-F-]+)\}"', package.read("word/fontTable.xml").decode())
        embedded = package.read("word/fonts/font1.odttf")
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    mask = bytes.fromhex(keys[0].replace("-", ""))[::-1]
    plain = bytes(byte ^ mask[at % 16] for at, byte in enumerate(embedded[:32])) + embedded[32:]
    assert plain == (pdf.FONTS / "SucharitSarabun-Regular.ttf").read_bytes()


# -- hostile text

HOSTILE = [
    '=HYPERLINK("http://example.invalid","คลิก")',
    "<script>alert(1)</script> & <w:br/>",
    "#panic() *bold* $x$ [section] @ref // note",
    "{{ year }} {% include 'x' %}",
    "ชื่อ\x0bมี\x00อักขระ\u202eควบคุม\ufffe",
    "[closing]\n@ writer\n- รายการ",
    "ก" * 500,
    "שלום عليكم 👩🏽‍🌾",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_comes_out_as_text(warehouse: Path, tmp_path: Path, name: str) -> None:  # noqa: F811
    data = renamed(warehouse, name)
    memo = make_memo(data, Letterhead())
    expected = squeezed(formats.thai_digits(formats.plain(name)))
    assert [n for n, _ in memo.sections] == [
        n for n, _ in make_memo(renamed(warehouse, "ธรรมดา"), Letterhead()).sections
    ]
    write_memo_docx(memo, data, Letterhead(), tmp_path / "memo.docx")
    document = docx.Document(str(tmp_path / "memo.docx"))
    assert any(expected in squeezed(p.text) for p in document.paragraphs)
    with zipfile.ZipFile(tmp_path / "memo.docx") as package:
        xml = package.read("word/document.xml").decode()
        assert not re.search("<w:(hyperlink|fldSimple|instrText|br)|<script", xml)
        assert "External" not in package.read("word/_rels/document.xml.rels").decode()
    pdf.write_memo_pdf(memo, Letterhead(), RELEASE, data.created, tmp_path / "memo.pdf")
    assert b"/URI" not in (tmp_path / "memo.pdf").read_bytes()
    with pdfplumber.open(tmp_path / "memo.pdf") as book:
        assert max(char["x1"] - page.width for page in book.pages for char in page.chars) <= 0
    if name != HOSTILE[-1]:  # what is written from right to left is taken out in the order in which it is drawn
        assert expected in squeezed(pdf_text(tmp_path / "memo.pdf"))


def test_hostile_names_in_the_annexes(warehouse: Path, tmp_path: Path) -> None:  # noqa: F811
    """The names of test_reports.py: a formula, a script, 500 letters in one word, emoji."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        data = read_round(connection, RELEASE, ROUND, LGO)
        ranking = read_rankings(connection, RELEASE, ROUND)[0]
    path = tmp_path / "annexes.pdf"
    pdf.write_annexes_pdf(annexes.round_annexes(data, ranking), Letterhead(), data.created, path)
    text = squeezed(pdf_text(path))
    for name in ('=HYPERLINK("http://example.invalid","คลิก")', "<script>alert(1)</script>", "ก" * 500):
        assert squeezed(name) in text
    assert b"/URI" not in path.read_bytes() and b"/JavaScript" not in path.read_bytes()
    with pdfplumber.open(path) as book:
        for page in book.pages:
            assert all(char["x0"] >= 0 and char["x1"] <= page.width for char in page.chars)


def test_a_text_longer_than_a_page_goes_on_over_the_next(warehouse: Path, tmp_path: Path) -> None:  # noqa: F811
    words = " ".join(f"คำที่{number}" for number in range(1500))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update core.fct_budget set remark = ? where line_id = 'd1'", [words])
    data = round_of(warehouse)
    pdf.write_annexes_pdf(annexes.round_annexes(data, None), Letterhead(), data.created, tmp_path / "annexes.pdf")
    assert "คำที่1499" in squeezed(pdf_text(tmp_path / "annexes.pdf"))
    with pdfplumber.open(tmp_path / "annexes.pdf") as book:
        assert max(char["bottom"] - page.height for page in book.pages for char in page.chars) <= 0


@pytest.mark.parametrize(("number", "pages"), [(3, 1), (80, 4)])
def test_the_figures_that_differ_go_on_over_pages_with_their_heading(
    warehouse: Path,  # noqa: F811
    tmp_path: Path,
    number: int,
    pages: int,
) -> None:
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("delete from marts.published_figure")
        connection.execute(
            "insert into marts.published_figure by name select ? as round_key, ? as lgo_code, 'f' || i as figure_id,"
            " i as figure_order, 'ตามมิติ' as section, 'ตัวเลขที่ ' || i || ' มิติที่ 1 งบประมาณตามข้อบัญญัติ' as label_th,"
            " false as agrees, '1' as published_value, '2' as computed_value from range(?) as r(i)",
            [ROUND, LGO, number],
        )
    data = round_of(warehouse)
    path = tmp_path / "annexes.pdf"
    pdf.write_annexes_pdf(annexes.round_annexes(data, None), Letterhead(), data.created, path)
    texts = [squeezed(page.get_textpage().get_text_range()) for page in pypdfium2.PdfDocument(path)]
    shown = [text for text in texts if re.search("ตัวเลขที่[0-9]+มิติ", text)]
    assert len(re.findall("ตัวเลขที่[0-9]+มิติ", "".join(shown))) == number
    assert len(shown) == pages and all("ที่คำนวณได้ผลคำอธิบาย" in text for text in shown)
    with pdfplumber.open(path) as book:
        for page in book.pages:
            bottom_margin = 1.6 / 2.54 * 72
            assert max((edge["bottom"] for edge in page.edges), default=0) <= page.height - bottom_margin + 0.01


def test_places_to_break_never_part_a_letter_from_its_marks() -> None:
    broken = formats.breakable("กี่" * 100)
    assert broken.replace("\u200b", "") == "กี่" * 100
    assert "\u200b" in broken and not re.search("\u200b[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]", broken)
    assert formats.breakable("โครงการพัฒนาคุณภาพการให้บริการประชาชน") == "โครงการพัฒนาคุณภาพการให้บริการประชาชน"
