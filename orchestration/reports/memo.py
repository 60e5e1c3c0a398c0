"""The memo (บันทึกข้อความ) of a round as text: the wording of templates/memo.txt filled with the release's figures.

What it looks like is decided by its two writers (memo_docx.py, pdf.py); what it says is decided here, once. Text
from spreadsheets enters as a value of the template and is never read as one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from orchestration.reports import formats
from orchestration.reports.data import RoundData
from orchestration.settings import POSTS, Letterhead

SHIPPED = Path(__file__).parent / "templates" / "memo.txt"
SECTIONS = ("subject", "to", "background", "purpose", "figures", "closing", "signature", "endorsement")
HEADING = re.compile(r"\[(\w+)\]\s*")
TITLE = "บันทึกข้อความ"


class TemplateMistake(Exception):
    """A template cannot be used; the message names file and line, Thai first."""


@dataclass(frozen=True)
class Signer:
    """A place to sign: `name` may be empty."""

    position: str
    name: str


@dataclass(frozen=True)
class Part:
    """One paragraph ("text", "item") or one place to sign ("signer")."""

    kind: Literal["text", "item", "signer"]
    text: str = ""
    signer: Signer | None = None


@dataclass(frozen=True)
class Memo:
    """A memo ready to be set: every digit is a Thai one. `sections` are (name, parts) in the order of printing.

    `draft` is the line for every page where the release has critical findings, else empty.
    """

    agency: str
    number: str
    date: str
    subject: str
    to: str
    sections: list[tuple[str, list[Part]]]
    draft: str = ""
    title: str = TITLE


@dataclass
class Section:
    """One section of a wording file: its name, the line of its heading and its lines as written."""

    name: str
    line: int
    source: Path
    lines: list[str] = field(default_factory=list)


def read_sections(path: Path) -> list[Section]:
    """The sections of a wording file. Raises TemplateMistake where a heading is unknown or the file is no text."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateMistake(
            f"{path}: อ่านไม่ได้ ให้บันทึกเป็นข้อความ UTF-8 / cannot be read, save it as UTF-8 text: {error}"
        ) from error
    sections: list[Section] = []
    for number, line in enumerate(lines, start=1):
        heading = HEADING.fullmatch(line)
        if heading and heading[1] not in SECTIONS:
            raise TemplateMistake(
                f"{path}:{number}: ไม่รู้จักส่วน [{heading[1]}] ใช้ได้เฉพาะ {', '.join(SECTIONS)}"
                f" / unknown section [{heading[1]}]"
            )
        if heading:
            sections.append(Section(heading[1], number, path))
        elif sections:
            # A note keeps its line, so that the lines below it keep their numbers.
            sections[-1].lines.append("" if line.startswith("#") else line)
        elif line.strip() and not line.startswith("#"):
            raise TemplateMistake(
                f"{path}:{number}: ข้อความต้องอยู่ใต้หัวส่วน เช่น [subject] / text before the first section heading"
            )
    return sections


def wording(own: Path | None) -> list[Section]:
    """The shipped sections, each replaced where the office's own file has it, in the order of printing."""
    shipped = read_sections(SHIPPED)
    changed = read_sections(own) if own is not None and own.exists() else []
    names = {section.name for section in changed}
    chosen = [section for section in shipped if section.name not in names] + changed
    return sorted(chosen, key=lambda section: SECTIONS.index(section.name))


def render(section: Section, values: Mapping[str, Any]) -> list[str]:
    """The lines of a section, filled in. Raises TemplateMistake with the line of the mistake."""
    environment = SandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    # Empty lines above put Jinja's line numbers right.
    source = "\n" * section.line + "\n".join(section.lines)
    try:
        code = environment.compile(source, filename=str(section.source))
        text = environment.template_class.from_code(environment, code, dict(environment.globals)).render(values)
    except Exception as error:
        raise mistake(section.source, error) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def mistake(path: Path, error: Exception) -> TemplateMistake:
    """What a template error says to the person who wrote the template."""
    line = error.lineno if isinstance(error, TemplateSyntaxError) else None
    trace = error.__traceback__
    while trace is not None and not isinstance(error, TemplateSyntaxError):
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    said = error.message if isinstance(error, TemplateError) else str(error)
    place = f"{path}:{line}" if line else str(path)
    return TemplateMistake(
        f"{place}: แม่แบบเขียนผิด แก้ตามข้อความนี้หรือลบแฟ้มเพื่อใช้แบบที่มากับระบบ"
        f" / the template is wrong; correct it, or remove the file to use the shipped one: {said}"
    )


def values_of(data: RoundData, letterhead: Letterhead) -> dict[str, Any]:
    """What may stand in a template: texts only, each on one line; listed in docs/reports.md."""
    lgo, summary = data.lgo_name, data.summary
    positions = {
        "writer": "เจ้าหน้าที่ผู้รายงาน",
        "section_head": "",
        "division_head": "หัวหน้าส่วนราชการเจ้าของเรื่อง",
        "clerk": f"ปลัด{lgo}",
        # เทศบาลนครตรัง has a นายกเทศมนตรีนครตรัง; the others keep their name.
        "mayor": f"นายก{lgo.replace('เทศบาล', 'เทศมนตรี', 1) if lgo.startswith('เทศบาล') else lgo}",
        **letterhead.positions,
    }
    first, _, last = str(data.round["plan_period"]).partition("-")
    texts = {
        "lgo": lgo,
        "district": data.lgo["district"],
        "province": data.lgo["province"],
        "agency": letterhead.agency or lgo,
        "section": letterhead.section or letterhead.agency or lgo,
        "to": letterhead.to,
        "year": str(data.round["fiscal_year_be"]),
        "months": str(data.round["months"]),
        "period_start": formats.thai_day(data.round["period_start"]),
        "period_end": formats.thai_day(data.round["period_end"]),
        "report_due": formats.thai_day(data.round["report_due"]),
        "data_as_of": formats.thai_day(data.data_as_of),
        "plan_first_year": first,
        "plan_last_year": last,
        "dimensions": str(sum(row["dimension"] != "total" for row in data.dimensions)),
        "findings": str(len(data.findings)),
        "differences": str(len(data.reconciliation)),
        "critical": str(data.critical or ""),
        "release": data.release_id,
        "implementation_level": summary["implementation_level_th"] or "",
        "implementation_pct": formats.percent(
            summary["implementation_pct"], bool(summary["implementation_is_capped"])
        ),
    }
    for key, value in summary.items():
        if key in texts or (value is None and key.startswith("implementation")):
            continue
        if key.endswith("_baht"):
            texts[key] = formats.baht(value)
        elif key.endswith("_pct"):
            texts[key] = formats.percent(value)
        elif isinstance(value, int) or value is None:
            texts[key] = formats.count(value)
    return {
        **{key: one_line(text) for key, text in texts.items()},
        "position": {post: one_line(positions[post]) for post in POSTS},
    }


def one_line(text: str) -> str:
    """A text as one line of plain text: it can begin no section and no paragraph of its own."""
    return " ".join(formats.plain(text).split())


def parts_of(
    lines: list[str], section: Section, values: Mapping[str, Any], names: Mapping[str, str]
) -> list[Part]:
    """The paragraphs and signers of a rendered section; a post without a position is left out."""
    parts = []
    for line in lines:
        if line.startswith("@"):
            post = line[1:].strip()
            if post not in POSTS:
                raise TemplateMistake(
                    f"{section.source}:{section.line}: ไม่รู้จักผู้ลงนาม {post} ใช้ได้เฉพาะ {', '.join(POSTS)}"
                    f" / unknown post to sign: {post}"
                )
            position = values["position"][post]
            if position:
                signer = Signer(formats.thai_digits(position), formats.thai_digits(one_line(names.get(post, ""))))
                parts.append(Part("signer", signer=signer))
        elif line.startswith("- ") and not re.match(r"- \d", line):
            parts.append(Part("item", formats.thai_digits(line)))
        elif line.startswith("- "):
            parts.append(Part("item", formats.thai_digits(line[2:])))
        else:
            parts.append(Part("text", formats.thai_digits(line)))
    return parts


def make_memo(data: RoundData, letterhead: Letterhead) -> Memo:
    """The memo of one local government's round. Raises TemplateMistake."""
    values = values_of(data, letterhead)
    own = letterhead.templates / "memo.txt" if letterhead.templates else None
    heads = {"subject": "", "to": ""}
    sections = []
    for section in wording(own):
        lines = render(section, values)
        if section.name in heads:
            heads[section.name] = formats.thai_digits(" ".join(lines))
            continue
        parts = parts_of(lines, section, values, letterhead.names)
        signed = any(part.kind == "signer" for part in parts)
        if parts and (signed or section.name != "endorsement"):
            sections.append((section.name, parts))
    date = values["data_as_of"] if letterhead.date == "data" else ""
    return Memo(
        agency=formats.thai_digits(values["agency"]),
        number=formats.thai_digits(one_line(letterhead.number)),
        date=formats.thai_digits(date),
        subject=heads["subject"],
        to=heads["to"],
        sections=sections,
        draft=formats.thai_digits(data.draft_th),
    )
