"""The memo as DOCX, to be edited in Word: real paragraphs with tab stops, no tables, no text boxes.

Word takes Thai for a complex script: font and size must stand a second time as w:cs and w:szCs, or it falls back
to its own. The shipped font is embedded (its licence allows it), because many office machines lack it; a font
that the office chose is only named. All text is put in as text, never as markup or field; the only field is the
page number. The same release gives the same bytes.
"""

from __future__ import annotations

import io
import struct
import uuid
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part as PackagePart
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from orchestration.reports import formats
from orchestration.reports.data import RoundData
from orchestration.reports.memo import Memo, Part, Signer
from orchestration.reports.pdf import FONT, FONTS
from orchestration.settings import Letterhead

TEXT_WIDTH = Cm(16)  # A4 without 3 cm on the left and 2 cm on the right
BODY, LABEL, TITLE, SMALL = 16, 20, 29, 12
INDENT = Cm(2.5)
SIGNED_FROM = Cm(6.5)
DOTS = "." * 48
ZIP_TIME = (1980, 1, 1, 0, 0, 0)
FONT_TYPE = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
FONT_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/font"


def set_font(properties: Any, name: str, size: float | None = None, bold: bool | None = None) -> None:
    """Font, size and weight for Latin and for complex script alike (w:rPr)."""
    fonts = properties.get_or_add_rFonts()
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), name)
    for theme in ("asciiTheme", "hAnsiTheme", "cstheme", "eastAsiaTheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    for tag, value in (("b", bold), ("bCs", bold), ("sz", size), ("szCs", size)):
        if value is None:
            continue
        for old in properties.findall(qn(f"w:{tag}")):
            properties.remove(old)
        element = OxmlElement(f"w:{tag}")
        element.set(qn("w:val"), str(round(value * 2)) if tag.startswith("sz") else str(int(value)))
        properties.append(element)
    put_in_order(properties)


# The schema of w:rPr wants its children in this order; Word calls a file with another one damaged.
ORDER = ["rStyle", "rFonts", "b", "bCs", "i", "iCs", "color", "sz", "szCs", "u", "rtl", "cs", "lang"]


def put_in_order(properties: Any) -> None:
    names = [qn(f"w:{name}") for name in ORDER]
    children = sorted(properties, key=lambda child: names.index(child.tag) if child.tag in names else len(names))
    for child in children:
        properties.remove(child)
        properties.append(child)


KEPT_STYLES = ("Normal", "Header", "Footer", "Default Paragraph Font", "Normal Table", "No List")


@lru_cache(maxsize=1)
def blank_document() -> bytes:
    """python-docx's own template without the styles and pictures that a letter does not use: a tenth of it."""
    document = Document()
    styles = document.styles.element
    for style in styles.findall(qn("w:style")):
        name = style.find(qn("w:name"))
        if name is None or name.get(qn("w:val")).casefold() not in [kept.casefold() for kept in KEPT_STYLES]:
            styles.remove(style)
        for link in style.findall(qn("w:link")):
            style.remove(link)
    for relations in (document.part.rels, document.part.package.rels):
        for key, relation in list(relations.items()):
            if relation.reltype.rsplit("/", 1)[1] in ("stylesWithEffects", "thumbnail", "customXml", "numbering"):
                del relations[key]
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


class Letter:
    """The document while it is written: a paragraph at a time, all in one font."""

    def __init__(self, font: str) -> None:
        self.document: DocumentType = Document(io.BytesIO(blank_document()))
        self.font = font
        style = self.document.styles["Normal"]
        set_font(style.element.get_or_add_rPr(), font, BODY)
        # The default template's language is English; Word breaks Thai between words only where it is told Thai.
        for language in self.document.styles.element.iter(qn("w:lang")):
            language.set(qn("w:bidi"), "th-TH")
        style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE

    def run(self, paragraph: Paragraph, text: str, size: float = BODY, bold: bool = False) -> Any:
        run = paragraph.add_run(formats.plain(text))
        set_font(run._r.get_or_add_rPr(), self.font, size, bold or None)
        # Marks the text as complex script, so that szCs and cs are what counts for every letter of it.
        run._r.get_or_add_rPr().append(OxmlElement("w:cs"))
        put_in_order(run._r.get_or_add_rPr())
        return run

    def paragraph(self, text: str = "", *, thai: bool = False, before: float = 0, after: float = 0) -> Paragraph:
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_before, paragraph.paragraph_format.space_after = Pt(before), Pt(after)
        if thai:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.THAI_JUSTIFY
        if text:
            self.run(paragraph, text)
        return paragraph


def dotted_to(paragraph: Paragraph, position: int, alignment: WD_TAB_ALIGNMENT) -> None:
    """A tab stop at ``position`` with dots up to it; what follows begins there (LEFT) or ends there (RIGHT)."""
    paragraph.paragraph_format.tab_stops.add_tab_stop(position, alignment, WD_TAB_LEADER.DOTS)


def write_head(letter: Letter, memo: Memo, letterhead: Letterhead) -> None:
    """Garuda and title, ส่วนราชการ, ที่ and วันที่, เรื่อง, เรียน."""
    line = letter.paragraph()
    line.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH // 2, WD_TAB_ALIGNMENT.CENTER)
    picture = str(letterhead.garuda) if letterhead.garuda else io.BytesIO(blank_frame())
    drawn = line.add_run().add_picture(picture, height=Cm(1.5))
    properties = drawn._inline.docPr
    properties.set("descr", "ตราครุฑ" if letterhead.garuda else "กรอบว่างสำหรับตราครุฑ")
    properties.set("name", "ตราครุฑ")
    letter.run(line, "\t" + memo.title, TITLE, bold=True)
    centred = OxmlElement("w:textAlignment")
    centred.set(qn("w:val"), "center")
    line._p.get_or_add_pPr().append(centred)

    line = letter.paragraph()
    letter.run(line, "ส่วนราชการ", LABEL, bold=True)
    letter.run(line, f"  {memo.agency}\t")
    dotted_to(line, TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)

    line = letter.paragraph()
    letter.run(line, "ที่", LABEL, bold=True)
    letter.run(line, f"  {memo.number}\t")
    letter.run(line, " วันที่", LABEL, bold=True)
    letter.run(line, f"  {memo.date}\t")
    dotted_to(line, TEXT_WIDTH // 2, WD_TAB_ALIGNMENT.LEFT)
    dotted_to(line, TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)

    line = letter.paragraph(after=3)
    letter.run(line, "เรื่อง", LABEL, bold=True)
    letter.run(line, f"\t{memo.subject}")
    hang(line, Cm(1.6))
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="4" w:space="3" w:color="auto"/></w:pBdr>'
    )
    line._p.get_or_add_pPr().insert_element_before(
        border, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
    line = letter.paragraph(before=3)
    letter.run(line, f"เรียน\t{memo.to}")
    hang(line, Cm(1.6))


def hang(paragraph: Paragraph, indent: int) -> None:
    paragraph.paragraph_format.left_indent = indent
    paragraph.paragraph_format.first_line_indent = -indent
    paragraph.paragraph_format.tab_stops.add_tab_stop(indent)


def write_signer(letter: Letter, signer: Signer) -> None:
    """Three centred lines on the right half, kept together with what they sign."""
    name = f"({signer.name})" if signer.name else f"({DOTS})"
    lines = (f"(ลงชื่อ) {DOTS}", name, signer.position)
    for number, text in enumerate(lines):
        line = letter.paragraph(text, before=18 if number == 0 else 0)
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.left_indent = SIGNED_FROM
        line.paragraph_format.keep_with_next = number < len(lines) - 1
        line.paragraph_format.keep_together = True


def write_section(letter: Letter, name: str, parts: list[Part]) -> None:
    endorsed = name == "endorsement"
    for number, part in enumerate(parts):
        if part.signer is not None:
            write_signer(letter, part.signer)
            continue
        before = 18 if endorsed and number == 0 else 6
        line = letter.paragraph(part.text, thai=not endorsed, before=0 if endorsed and number else before)
        if part.kind == "item":
            line.paragraph_format.left_indent = Cm(0.5) if endorsed else INDENT
        elif not endorsed:
            line.paragraph_format.first_line_indent = INDENT
        # What is signed stays with its signature.
        line.paragraph_format.keep_with_next = endorsed or name == "closing"


def write_headers(letter: Letter, draft: str) -> None:
    """The draft line on every page, and the page number from the second page on."""
    section = letter.document.sections[0]
    section.different_first_page_header_footer = True
    for header, numbered in ((section.first_page_header, False), (section.header, True)):
        header.is_linked_to_previous = False
        line = header.paragraphs[0]
        line.style = letter.document.styles["Normal"]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if draft:
            run = letter.run(line, draft, SMALL, bold=True)
            run.font.color.rgb = RGBColor(0xB3, 0x26, 0x1E)
            put_in_order(run._r.get_or_add_rPr())
        if numbered:
            line = header.add_paragraph() if draft else line
            line.style = letter.document.styles["Normal"]
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
            letter.run(line, "- ")
            field = OxmlElement("w:fldSimple")
            field.set(qn("w:instr"), " PAGE \\* THAIARABIC ")
            field.append(letter.run(line, "๒")._r)
            line._p.append(field)
            letter.run(line, " -")
    numbers = OxmlElement("w:pgNumType")
    numbers.set(qn("w:fmt"), "thaiNumbers")
    section._sectPr.insert_element_before(numbers, "w:cols", "w:titlePg", "w:docGrid")


def set_page(document: DocumentType) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin, section.right_margin = Cm(3), Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)
    section.header_distance, section.footer_distance = Cm(0.8), Cm(0.8)


def embed_fonts(document: DocumentType) -> None:
    """Put the shipped font into the file, obfuscated as ECMA-376 part 4 (17.8.1) wants it."""
    table = next(
        rel.target_part for rel in document.part.rels.values() if rel.reltype == RELATIONSHIP_TYPE.FONT_TABLE
    )
    embedded = []
    for number, (style, tag) in enumerate((("Regular", "embedRegular"), ("Bold", "embedBold")), start=1):
        data = (FONTS / f"SucharitSarabun-{style}.ttf").read_bytes()
        key = uuid.uuid5(uuid.NAMESPACE_URL, f"{FONT} {style} {zlib.crc32(data)}")
        mask = bytes.fromhex(key.hex)[::-1]
        head = bytes(byte ^ mask[at % 16] for at, byte in enumerate(data[:32]))
        part = PackagePart(
            PackURI(f"/word/fonts/font{number}.odttf"), FONT_TYPE, head + data[32:], document.part.package
        )
        relation = table.relate_to(part, FONT_RELATION)
        embedded.append(f'<w:{tag} r:id="{relation}" w:fontKey="{{{str(key).upper()}}}"/>')
    entry = (
        f'<w:font w:name="{FONT}"><w:altName w:val="TH Sarabun New"/><w:charset w:val="DE"/>'
        f'<w:family w:val="swiss"/><w:pitch w:val="variable"/>{"".join(embedded)}</w:font>'
    )
    text = table.blob.decode("utf-8").replace("</w:fonts>", f"{entry}</w:fonts>")
    table._blob = text.encode("utf-8")
    settings = document.settings.element
    settings.insert(0, OxmlElement("w:embedTrueTypeFonts"))
    # The schema wants w:zoom and the like first.
    for name in ("w:zoom", "w:writeProtection", "w:view"):
        for element in settings.findall(qn(name)):
            settings.remove(element)
            settings.insert(0, element)


def blank_frame() -> bytes:
    """A square with a thin grey edge as PNG: the place for the Garuda."""
    side, edge = 120, b"\x96"
    full = b"\x00" + edge * side
    open_ = b"\x00" + edge + b"\xff" * (side - 2) + edge
    rows = full + open_ * (side - 2) + full

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def write_memo_docx(memo: Memo, data: RoundData, letterhead: Letterhead, path: Path) -> None:
    """Write the memo at ``path``."""
    letter = Letter(letterhead.font or FONT)
    set_page(letter.document)
    write_headers(letter, memo.draft)
    write_head(letter, memo, letterhead)
    for name, parts in memo.sections:
        write_section(letter, name, parts)
    if not letterhead.font:
        embed_fonts(letter.document)
    properties = letter.document.core_properties
    properties.title, properties.subject = memo.title, formats.plain(memo.subject)[:255]
    properties.author, properties.comments = "", f"release {data.release_id}"
    properties.language = "th-TH"
    properties.created = properties.modified = data.created.replace(tzinfo=None, microsecond=0)
    made = io.BytesIO()
    letter.document.save(made)
    path.write_bytes(with_fixed_times(made.getvalue()))


def with_fixed_times(package: bytes) -> bytes:
    """The same package with one time on all entries: python-docx stamps them with the clock."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return out.getvalue()
