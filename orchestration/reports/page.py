"""The round report of one local government as one self-contained HTML page.

Everything is inside the file: no script, no font, no request. Jinja escapes every value, and the page's own
policy would keep a script from running if one ever got through.
"""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from orchestration.reports import formats, tables
from orchestration.reports.data import RoundData, cell, source_of
from orchestration.reports.tables import Column, Row


def heading_lines(text: str) -> Markup:
    """A heading with its line breaks kept."""
    return Markup("<br>").join(text.split("\n"))


NAME_MARK = re.compile(r"_|[/.](?!\d)|(?<!\d)[/.]")


def with_breaks(text: str) -> Markup:
    """A text that may break after the punctuation of names and paths, where Thai and Latin words run on.

    Within an amount, a date or the code of a listing it may not: 168,953. alone would be read as the whole.
    """
    return Markup(NAME_MARK.sub(r"\g<0><wbr>", str(escape(text))))


def width_on_page(column: Column) -> float:
    """The least width of a column in rem: nearly its own for narrow ones, while long texts may wrap more."""
    return round(min(column.width * 0.42, column.width * 0.2 + 4), 1) if column.kind != "baht" else 4.5


# What stands beside other files of the same kind, by the beginning of its name.
DOCUMENTS = {"memo": "บันทึกข้อความ", "annexes": "ภาคผนวก", "round_report": "รายงาน"}


def document(path: Path) -> str:
    """What a link to a report says: บันทึกข้อความ PDF, or the kind of file alone where there is one document only."""
    return f"{DOCUMENTS.get(path.stem.rpartition('_')[0], '')} {path.suffix[1:].upper()}".strip()


def spans(rows: list[Row], *keys: str) -> dict[int, int]:
    """Rowspan by the index of the first row of each run; other rows are covered."""
    return {first: last - first + 1 for first, last in tables.runs(rows, *keys)}


def money_sources(row: Row, columns: tuple[Column, ...]) -> list[tuple[str, str, str]]:
    """(heading, figure, source) of each amount that the source row states."""
    return [
        (tables.heading(column), tables.shown(column, row), source_of(row, column.key))
        for column in columns
        if column.kind == "baht" and row.get(column.key) is not None and column.key != "remaining_computed_baht"
    ]


def environment() -> Environment:
    """The templates of this package with the shared filters; escaping is always on."""
    made = Environment(
        loader=PackageLoader("orchestration.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        baht=formats.baht,
        count=formats.count,
        percent=formats.percent,
        thai_date=formats.thai_date,
        thai_time=formats.thai_time,
        heading_lines=heading_lines,
        with_breaks=with_breaks,
        origin=formats.origin,
        document=document,
    )
    made.globals.update(
        shown=tables.shown, groups=tables.groups, spans=spans, source_of=source_of, cell=cell,
        money_sources=money_sources, width_on_page=width_on_page,
    )  # fmt: skip
    return made


def render(template: str, path: Path, **values: Any) -> None:
    """Write one page."""
    path.write_text(environment().get_template(template).render(**values), encoding="utf-8", newline="\n")


def on_page(columns: tuple[Column, ...], *more: str) -> tuple[Column, ...]:
    """The columns of a table on the page, where the source has a place of its own; ``more`` are keys of others."""
    return tuple(column for column in columns if column.printed or column.key in more)


def write_round_page(data: RoundData, path: Path) -> None:
    """Write the round report of one local government as a page at ``path``."""
    render(
        "round_report.html",
        path,
        data=data,
        draft=data.draft_th,
        headlines=data.headlines(),
        warnings=data.warnings(),
        listings=on_page(tables.with_corrected(tables.LISTINGS, data.listings)),
        project_list=on_page(tables.with_corrected(tables.PROJECT_LIST, data.projects)),
        dimensions=tables.DIMENSIONS,
        status_table=tables.STATUS_TABLE,
        findings=on_page(tables.FINDINGS),
        reconciliation=on_page(tables.RECONCILIATION),
        # Nothing else on the page says where a published figure stands.
        published=on_page(tables.PUBLISHED, "source"),
        submissions=on_page(tables.SUBMISSIONS),
        corrections=on_page(tables.CORRECTIONS),
    )


def write_index(
    links: list[tuple[str, list[Path]]],
    returns: list[Path],
    release_id: str,
    round_key: str,
    path: Path,
    no_list: tuple[str, str] | None = None,
    known: tuple[str, str] | None = None,
) -> Path:
    """Write the page that lists the reports beside it and the returns below; returns ``path``.

    ``no_list`` says in Thai and English whose e-PlanNACC list has not come, ``known`` of what moment a
    past state is.
    """
    render(
        "index.html",
        path,
        links=links,
        returns=returns,
        release_id=release_id,
        round_key=round_key,
        no_list=no_list,
        known=known,
    )
    return path
