"""Tables of a PDF that a program has written: ruled cells with text in them, page by page.

What a PDF stores is glyphs at places, so three things are put together again here. Text: programs write Thai
clusters as glyphs whose own Unicode values are wrong, and the right text beside them (ActualText); that text
wins. Cells: a run of glyphs belongs to the cell that it is clipped to, else to the one that it begins in,
because text may run over the lines of its cell. Lines: a cell's lines are joined, between Thai letters without
a space, which Thai does not write between words.

A picture of a table (a scan) and a table without ruling lines are refused: guessing would give wrong figures.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import pdfplumber
from pdfminer.layout import LTChar, LTContainer, LTImage
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect, PDFXRefFallback
from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.psparser import literal_name
from pdfminer.utils import apply_matrix_pt, decode_text
from pdfplumber.page import Page, PDFPageAggregatorWithMarkedContent

from orchestration.spreadsheets.guard import Unreadable
from orchestration.spreadsheets.ooxml import Merged

# The lists of a round have 13 pages, a report with its annexes some 60; a page takes 30 to 100 ms.
PAGES = 80
# Glyphs and ruling lines of one page; a dense page of a form has 3,000 and 300.
GLYPHS, EDGES = 20_000, 4_000
# All streams inflated together, pictures left aside.
STREAM_BYTES = 32 * 2**20

Box = tuple[float, float, float, float]

# Thai letters in the private area, as old fonts draw them in places of their own.
_OLD_FONTS = str.maketrans({0xF700 + n: letter for n, letter in enumerate("ฐิีึื่้๊๋์่้๊๋์ญัํ็่้๊๋์ุู" + "\u0e3a")})
# No word begins with them, so a space before them was never written; and ำ that came out as ำ and า.
_LOOSE_MARK = re.compile("[ \u00a0]+(?=[ัำ-ฺ็-๎])")
_DOUBLED_SARA_AM = re.compile("ำา")
_THAI = ("ก", "๎")
_PAGE_NUMBER = re.compile(
    r"(?:หน้า(?:ที่)?|page)?[\s\-–]*[\d๐-๙]{1,3}[\s\-–]*(?:(?:/|จาก|of)\s*[\d๐-๙]{1,3})?", re.IGNORECASE
)


@dataclass(frozen=True)
class Glyph:
    """A glyph and what it stands for: box from the top left of the page in points, the clip it is drawn in.

    `piece` numbers the pieces of text in which the page is drawn.
    """

    text: str
    box: Box
    baseline: float
    size: float
    clip: Box | None
    piece: int


@dataclass
class Run:
    """Glyphs that follow each other without a gap: text, where it begins and ends, its line."""

    glyphs: list[Glyph] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(glyph.text for glyph in self.glyphs)


@dataclass(frozen=True)
class Table:
    """A ruled table of a page (1-based number of the page), and the lines of text above and below it."""

    page: int
    number: int
    above: list[str]
    rows: list[list[str]]
    below: list[str]
    page_numbers: list[str]
    # Cells (row, column of `rows`, 0-based) that are full to the edge: their text may have been cut in print.
    full: list[tuple[int, int]] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)


def read_tables(content: bytes) -> list[Table]:
    """Return the tables of a PDF in reading order.

    A page without a table comes out as a table without rows, its lines `above`. Raises Unreadable with rule
    file_corrupt, file_encrypted, file_hostile, file_too_large, pdf_scanned, pdf_text_unreadable or
    pdf_without_lines.
    """
    _check_streams(content)
    try:
        return _read(content)
    except (Unreadable, MemoryError):
        raise
    except RecursionError as error:
        raise Unreadable("file_hostile", "PDF: nested too deeply") from error
    except Exception as error:
        # Any kind of error comes out of a damaged file, most of them wrapped in another.
        cause = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
        if isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError):
            raise Unreadable("file_encrypted") from error
        raise Unreadable("file_corrupt", f"PDF: {type(cause).__name__}") from error


def _read(content: bytes) -> list[Table]:
    with pdfplumber.open(io.BytesIO(content)) as pdf:
        # Without its own list of objects, the library looks for what is left of the pages.
        if any(isinstance(xref, PDFXRefFallback) for xref in pdf.doc.xrefs):
            raise Unreadable("file_corrupt", "PDF: xref")
        if len(pdf.pages) > PAGES:
            raise Unreadable("file_too_large", f"{len(pdf.pages)} pages > {PAGES}")
        found: list[Table] = []
        without_lines = False
        scanned = []
        for page in pdf.pages:
            glyphs, has_pictures = _glyphs(page)
            if not any(glyph.text.strip() for glyph in glyphs):
                if has_pictures or page.curves:
                    scanned.append(page.page_number)
                continue
            tables = _tables(page, glyphs)
            found += tables
            without_lines = without_lines or not any(table.rows for table in tables)
            page.close()
    if scanned:
        raise Unreadable("pdf_scanned", ", ".join(map(str, scanned)))
    if not found:
        raise Unreadable("file_empty")
    if without_lines and not any(table.rows for table in found):
        raise Unreadable("pdf_without_lines", "-")
    return found


# -- the file


_STREAM = re.compile(rb"stream\r?\n")


def _check_streams(content: bytes) -> None:
    """Check that every deflated stream is whole (it carries a checksum) and that all fit in memory.

    Pictures are not inflated; the reader does not open them either.
    """
    room = STREAM_BYTES
    for match in _STREAM.finditer(content):
        if content[match.start() - 3 : match.start()] == b"end":
            continue
        begin = content.rfind(b" obj", max(0, match.start() - 4000), match.start())
        about = content[begin : match.start()] if begin >= 0 else b""
        if b"/FlateDecode" not in about.replace(b" ", b"") or re.search(rb"/Subtype\s*/Image", about):
            continue
        inflate = zlib.decompressobj()
        try:
            part = inflate.decompress(content[match.end() :], room + 1)
        except zlib.error as error:
            raise Unreadable("file_corrupt", "PDF: stream") from error
        room -= len(part)
        if room < 0:
            raise Unreadable("file_too_large", f"PDF > {STREAM_BYTES / 2**20:,.0f} MB")
        if not inflate.eof:
            raise Unreadable("file_corrupt", "PDF: stream")


# -- glyphs


class _Interpreter(PDFPageInterpreter):
    """Keeps the clip, which the library ignores: it tells which cell a text belongs to.

    Where a font or a drawing that a page names is not there, the library leaves the text out without a word;
    here that is an error.
    """

    clip: Box | None = None

    def init_state(self, ctm: Any) -> None:
        super().init_state(ctm)
        self._clips: list[Box | None] = []

    def do_q(self) -> None:
        super().do_q()
        self._clips.append(self.clip)

    def do_Q(self) -> None:
        super().do_Q()
        if self._clips:
            self._set_clip(self._clips.pop())

    def do_BT(self) -> None:
        super().do_BT()
        cast(_Device, self.device).piece += 1

    def do_Tf(self, fontid: Any, fontsize: Any) -> None:
        if literal_name(fontid) not in self.fontmap:
            raise ValueError("font")
        super().do_Tf(fontid, fontsize)

    def do_TJ(self, seq: Any) -> None:
        if self.textstate.font is None:
            raise ValueError("text without font")
        super().do_TJ(seq)

    def do_Do(self, xobjid_arg: Any) -> None:
        if literal_name(xobjid_arg) not in self.xobjmap:
            raise ValueError("drawing")
        super().do_Do(xobjid_arg)

    def do_W(self) -> None:
        super().do_W()
        self._intersect()

    def do_W_a(self) -> None:
        super().do_W_a()
        self._intersect()

    def _intersect(self) -> None:
        points = [
            apply_matrix_pt(self.ctm, (float(path[n]), float(path[n + 1])))
            for path in self.curpath
            for n in range(1, len(path) - 1, 2)
        ]
        if not points:
            return
        xs, ys = [x for x, _ in points], [y for _, y in points]
        x0, y0, x1, y1 = min(xs), min(ys), max(xs), max(ys)
        if self.clip:
            x0, y0 = max(x0, self.clip[0]), max(y0, self.clip[1])
            x1, y1 = min(x1, self.clip[2]), min(y1, self.clip[3])
        self._set_clip((x0, y0, x1, y1))

    def _set_clip(self, clip: Box | None) -> None:
        self.clip = cast(_Device, self.device).clip = clip


class _Device(PDFPageAggregatorWithMarkedContent):
    """Gives every glyph its clip, and the text that the file says it stands for."""

    clip: Box | None = None
    piece = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # One entry for each open tag: the text still to be given out, None where the tag names none.
        self._texts: list[str | None] = []

    def begin_tag(self, tag: Any, props: Any = None) -> None:
        super().begin_tag(tag, props)
        said = props.get("ActualText") if isinstance(props, dict) else None
        self._texts.append(decode_text(said) if isinstance(said, bytes) else None)

    def end_tag(self) -> None:
        super().end_tag()
        if self._texts:
            self._texts.pop()

    def render_char(self, *args: Any, **options: Any) -> float:
        advance = super().render_char(*args, **options)
        char: Any = self.cur_item._objs[-1]
        char.clip, char.piece = self.clip, self.piece
        for n, text in enumerate(self._texts):
            if text is not None:
                # All of it stands at the first glyph.
                char._text, self._texts[n] = text, ""
                break
        return advance


def _glyphs(page: Page) -> tuple[list[Glyph], bool]:
    """Return the glyphs of a page in the order in which the file draws them, and whether it has pictures."""
    device = _Device(page.pdf.rsrcmgr, pageno=page.page_number, laparams=None)
    _Interpreter(page.pdf.rsrcmgr, device).process_page(page.page_obj)
    # The page would go through its drawing a second time to find its ruling lines.
    page._layout = device.get_result()
    left, top = page.mediabox[:2]
    bottom = top + page.height

    def turned(box: Box) -> Box:
        return box[0] + left, bottom - box[3], box[2] + left, bottom - box[1]

    glyphs: list[Glyph] = []
    has_pictures = False
    for item in _items(page._layout):
        if isinstance(item, LTImage):
            has_pictures = True
        elif isinstance(item, LTChar):
            drawn = cast(Any, item)
            clip = drawn.clip and turned(drawn.clip)
            size = abs(item.size) or 1.0
            place = bottom - item.matrix[5]
            glyphs.append(Glyph(item.get_text(), turned(item.bbox), place, size, clip, drawn.piece))
            if len(glyphs) > GLYPHS:
                raise Unreadable("sheet_too_large", f"PDF {page.page_number}: > {GLYPHS:,}")
    for glyph in glyphs:
        if glyph.text.startswith("(cid:") or any(unicodedata.category(c) == "Co" for c in _mended(glyph.text)):
            raise Unreadable("pdf_text_unreadable", str(page.page_number))
    return glyphs, has_pictures


def _items(container: LTContainer) -> Iterator[Any]:
    for item in container:
        yield item
        if isinstance(item, LTContainer):
            yield from _items(item)


def _mended(text: str) -> str:
    return text.translate(_OLD_FONTS)


# -- runs and lines


def _runs(glyphs: list[Glyph], cells: list[Box]) -> list[Run]:
    """Return the glyphs in runs: a gap, another line or another clip begins a new one.

    So does a new piece of text in another cell; one piece that runs over the line of its cell stays whole.
    """
    runs: list[Run] = []
    last: Glyph | None = None
    for glyph in glyphs:
        # Vowels and tones stand above or below their letter, wherever the font puts them.
        goes_on = last is not None and (
            not glyph.text
            or unicodedata.category(glyph.text[0]) == "Mn"
            or (
                glyph.clip == last.clip
                and abs(glyph.baseline - last.baseline) < 0.4 * glyph.size
                and -0.6 * glyph.size < glyph.box[0] - last.box[2] < 0.3 * glyph.size
                and (glyph.piece == last.piece or _cell_at(glyph, cells) == _cell_at(last, cells))
            )
        )
        if not goes_on:
            runs.append(Run())
        runs[-1].glyphs.append(glyph)
        if last is None or not goes_on or unicodedata.category((glyph.text or "-")[0]) != "Mn":
            last = glyph
    return [run for run in runs if run.text.strip()]


def _lines(runs: list[Run]) -> list[str]:
    """Return runs as lines of text from top to bottom, left to right."""
    lines: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: run.glyphs[0].baseline):
        first = run.glyphs[0]
        if lines and abs(first.baseline - lines[-1][0].glyphs[0].baseline) < 0.5 * first.size:
            lines[-1].append(run)
        else:
            lines.append([run])
    return [_line(sorted(line, key=lambda run: run.glyphs[0].box[0])) for line in lines]


def _line(runs: list[Run]) -> str:
    text = _mended(" ".join(run.text for run in runs))
    return _DOUBLED_SARA_AM.sub("ำ", _LOOSE_MARK.sub("", text))


def _joined(lines: list[str]) -> str:
    """Join the lines of one cell. Only between two Thai letters there was no space to lose."""
    text = ""
    for line in lines:
        if (
            text
            and text[-1] not in "-/"
            and not (_THAI[0] <= text[-1] <= _THAI[1] and _THAI[0] <= line[:1] <= _THAI[1])
        ):
            text += " "
        text += line
    return " ".join(text.split())


# -- tables


def _tables(page: Page, glyphs: list[Glyph]) -> list[Table]:
    """Return the tables of a page with the lines of text around them."""
    if len(page.edges) > EDGES:
        raise Unreadable("sheet_too_large", f"PDF {page.page_number}: > {EDGES:,}")
    # A frame around a page or a heading is no table.
    ruled = [t for t in page.find_tables(_closed(page)) if len(t.cells) > 3 and len(t.columns) > 1]
    ruled.sort(key=lambda table: (table.bbox[1], table.bbox[0]))
    cells: list[Box] = [cell for table in ruled for cell in table.cells]
    in_cells: dict[Box, list[Run]] = {}
    outside: list[Run] = []
    for run in _runs(glyphs, cells):
        cell = _cell_of(run, cells)
        (in_cells.setdefault(cell, []) if cell else outside).append(run)
    grids = [_grid(table.cells, in_cells) for table in ruled]
    above: list[list[Run]] = [[] for _ in range(len(ruled) + 1)]
    for run in outside:
        # What stands beside the lines of a table is part of it for a reader, and of no cell for us.
        if any(table.bbox[1] < run.glyphs[0].baseline < table.bbox[3] for table in ruled):
            raise Unreadable("pdf_without_lines", f"«{run.text.strip()[:40]}»")
        below = next((n for n, table in enumerate(ruled) if run.glyphs[0].baseline < table.bbox[3]), len(ruled))
        above[below].append(run)
    texts = [[" ".join(line.split()) for line in _lines(runs)] for runs in above]
    numbers = [line for lines in texts for line in lines if _PAGE_NUMBER.fullmatch(line)]
    texts = [[line for line in lines if not _PAGE_NUMBER.fullmatch(line)] for lines in texts]
    if not ruled:
        return [Table(page.page_number, 1, texts[0], [], [], numbers)]
    last = len(grids) - 1
    return [
        Table(
            page.page_number,
            n + 1,
            texts[n],
            grid,
            texts[-1] if n == last else [],
            numbers if n == 0 else [],
            _full(ruled[n].cells, in_cells),
            _merged(ruled[n].cells),
        )
        for n, grid in enumerate(grids)
    ]


def _closed(page: Page) -> dict[str, Any]:
    """Return settings that close tables above and below, where a cell goes on over the edge of the page."""
    ends: list[list[float]] = []
    for edge in sorted((e for e in page.edges if e["orientation"] == "v"), key=lambda e: e["top"]):
        if ends and edge["top"] <= ends[-1][1] + 3:
            ends[-1][1] = max(ends[-1][1], edge["bottom"])
        else:
            ends.append([edge["top"], edge["bottom"]])
    return {"explicit_horizontal_lines": [y for span in ends for y in span]}


def _full(cells: list[Box], runs: dict[Box, list[Run]]) -> list[tuple[int, int]]:
    """Return the cells whose lines fill them, where the program clips the text of some cells only.

    Such a program clips what does not fit; lines that would stand below the clip are not in the file at all.
    """
    texts = {cell: [glyph for run in runs.get(cell, ()) for glyph in run.glyphs] for cell in cells}
    if not any(glyphs and not any(glyph.clip for glyph in glyphs) for glyphs in texts.values()):
        return []
    lefts, tops = _columns_and_rows(cells)
    full = []
    for cell, glyphs in texts.items():
        baselines = sorted({round(glyph.baseline) for glyph in glyphs if glyph.text.strip()})
        if len(baselines) < 2 or not all(glyph.clip for glyph in glyphs):
            continue
        pitch = (baselines[-1] - baselines[0]) / (len(baselines) - 1)
        if baselines[-1] + pitch > cell[3]:
            full.append((tops.index(cell[1]), lefts.index(cell[0])))
    return sorted(full)


def _merged(cells: list[Box]) -> list[Merged]:
    """Return the cells over several rows or columns."""
    lefts, tops = _columns_and_rows(cells)
    placed = [
        Merged(
            tops.index(cell[1]),
            lefts.index(cell[0]),
            bisect_left(tops, cell[3] - 1) - 1,
            bisect_left(lefts, cell[2] - 1) - 1,
        )
        for cell in cells
    ]
    return sorted(cell for cell in placed if not cell.is_one_cell)


def _cell_of(run: Run, cells: list[Box]) -> Box | None:
    """Return the cell that a run is clipped to, or that it begins in."""
    first = next(glyph for glyph in run.glyphs if glyph.text.strip())
    if first.clip:
        x0, y0, x1, y1 = first.clip
        middle = (x0 + x1) / 2, (y0 + y1) / 2
        for cell in cells:
            if _holds(cell, *middle) and x0 > cell[0] - 3 and x1 < cell[2] + 3 and y1 - y0 < cell[3] - cell[1] + 3:
                return cell
    return _cell_at(first, cells)


def _cell_at(glyph: Glyph, cells: list[Box]) -> Box | None:
    x, y = (glyph.box[0] + glyph.box[2]) / 2, (glyph.box[1] + glyph.box[3]) / 2
    return next((cell for cell in cells if _holds(cell, x, y)), None)


def _holds(cell: Box, x: float, y: float) -> bool:
    return cell[0] <= x < cell[2] and cell[1] <= y < cell[3]


def _grid(cells: list[Box], runs: dict[Box, list[Run]]) -> list[list[str]]:
    """Lay cells out in rows and columns; a merged cell's text stands at its first place."""
    lefts, tops = _columns_and_rows(cells)
    grid = [[""] * len(lefts) for _ in tops]
    for cell in cells:
        grid[tops.index(cell[1])][lefts.index(cell[0])] = _joined(_lines(runs.get(cell, [])))
    return grid


def _columns_and_rows(cells: list[Box]) -> tuple[list[float], list[float]]:
    return sorted({cell[0] for cell in cells}), sorted({cell[1] for cell in cells})
