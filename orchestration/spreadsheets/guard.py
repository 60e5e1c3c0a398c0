"""What a file must not be before a reader opens it: a bomb, a trap, or a sheet too large for memory.

The readers behind this module allocate a sheet from its first to its last cell and do not check checksums:
two cells in opposite corners of a 7 kB workbook end the process, and a flipped byte is read as another figure.
So everything is checked here first, and a zip-based workbook is packed again from the parts that were checked:
the reader sees those bytes and no others.
"""

from __future__ import annotations

import csv
import io
import posixpath
import re
import struct
import zipfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar
from xml.parsers import expat

from isal.isal_zlib import MAX_WBITS, crc32, decompressobj, error

from orchestration.spreadsheets import filetype, plain

# Its stub takes the class for an instance.
InflateError: type[Exception] = error  # type: ignore[assignment]
# A form of one division is 5 to 500 kB; with pictures of documents pasted in, some 20 MB.
FILE_BYTES = 50 * 2**20
# Text is held several times over while it is read: these keep a file below a few hundred MB of memory.
TEXT_BYTES = 20 * 2**20
# All inflated parts together that the reader opens; a sheet of 100,000 filled cells has about 5 MB.
PARTS_BYTES = 64 * 2**20
# XML of real sheets shrinks 5 to 60 times, deflate reaches 1,032. Small parts may be as empty as they like.
RATIO, RATIO_FROM_BYTES = 200, 2**20
# A workbook of 100 sheets, each with a drawing and a comment, has some 600 entries.
ENTRIES = 2_000
# Content types, relationships, styles: an office program writes the same into every workbook.
SMALL_PART = 8_192
# Every local government of the country with 20 columns is 157,000 cells; reading that many takes some 4 s.
FILLED_CELLS = 200_000
# From A1 to the last filled cell, over all sheets: what the reader allocates (about 40 bytes a cell).
GRID_CELLS = 2_000_000
# Of one cell of a CSV file; a spreadsheet's own cells hold 32,767.
CSV_CELL_CHARACTERS = 131_072
COLUMNS = 16_384
# A table of fewer columns is none that is read here; in so few a remark may have as many commas as a row.
FEWEST_DELIMITERS = 3
# A page as a web application serves it has a few tables; the ranking of the whole country has 80,000 cells.
HTML_TABLES, HTML_GRID_CELLS, HTML_TAGS = 200, 100_000, 400_000

Result = TypeVar("Result")

ZIP, CFB = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Unreadable(Exception):
    """The file as a whole cannot be read; `rule` and `found` name why (see layouts/messages.csv)."""

    def __init__(self, rule: str, found: str = "") -> None:
        super().__init__(f"{rule}: {found}")
        self.rule = rule
        self.found = found


@dataclass(frozen=True)
class Checked:
    """A workbook that a reader may open. `remarks` are codes of what is in it but is not read (see `_remarks`).

    `parts` are the inflated parts of a zip-based workbook that the reader sees (none for .xls), `cut` its plain
    sheets, `strings` what their cells refer to where that is plain as well.
    """

    as_sent: bytes
    remarks: tuple[str, ...] = ()
    parts: dict[str, bytes] = field(default_factory=dict)
    cut: dict[str, plain.Rows] = field(default_factory=dict)
    strings: plain.Strings | None = None

    @property
    def content(self) -> bytes:
        """Return what the reader may open: of a zip-based workbook, a zip of the parts that were checked."""
        return _packed(self.parts) if self.parts else self.as_sent


def check_size(content: bytes, limit: int = FILE_BYTES) -> None:
    """Raise Unreadable (file_too_large) where a file is larger than its kind ever is."""
    if len(content) > limit:
        raise Unreadable("file_too_large", f"{len(content) / 2**20:,.1f} MB > {limit / 2**20:,.0f} MB")


def check_workbook(content: bytes) -> Checked:
    """Return a workbook (.xlsx, .xlsm, .xlsb, .ods, .xls) that is safe to open.

    Raises Unreadable with rule file_corrupt, file_encrypted, file_hostile, file_too_large, sheet_too_large or
    file_type_unknown.
    """
    (checked,) = check_workbooks([content])
    if isinstance(checked, Unreadable):
        raise checked
    return checked


def check_workbooks(contents: Sequence[bytes]) -> list[Checked | Unreadable]:
    """Return workbooks that are safe to open, and why the others are not: a step at a time for all of them.

    So the code of a step is at hand when it is needed, and what many sheets have in common is done once.
    """
    opened = [_tried(_opened, content) for content in contents]
    sheets = [
        (n, name, part)
        for n, parts in enumerate(opened)
        if isinstance(parts, _Opened)
        for name, part in parts.parts.items()
        if "sheets/" in name and name.endswith(".xml")
    ]
    cut: list[dict[str, plain.Rows]] = [{} for _ in contents]
    for (n, name, _), rows in zip(sheets, plain.cut([part for *_, part in sheets]), strict=True):
        if rows is not None:
            cut[n][name] = rows
    return [
        _tried(_check_opened, parts, cut[n]) if isinstance(parts, _Opened) else parts
        for n, parts in enumerate(opened)
    ]


def _tried(step: Callable[..., Result], *given: Any) -> Result | Unreadable:
    """Return what a step returns, or why the file cannot be read."""
    try:
        return step(*given)
    except Unreadable as error:
        return error
    except (zipfile.BadZipFile, InflateError, EOFError, OSError, RuntimeError, ValueError) as error:
        return Unreadable("file_corrupt", str(error)[:100])
    except (struct.error, IndexError):
        return Unreadable("file_corrupt", "xlsb")


# -- the container


@dataclass(frozen=True)
class _Opened:
    """A zip-based workbook taken apart: the names of its entries, and the parts that are read."""

    content: bytes
    names: tuple[str, ...]
    parts: dict[str, bytes]


def _opened(content: bytes) -> _Opened | Checked:
    if content.startswith(CFB[:4]):
        try:
            _check_xls(content)
        except (struct.error, IndexError, ValueError) as error:
            raise Unreadable("file_corrupt", "CFB") from error
        return Checked(content)
    entries = _directory(content)
    _check_entries(entries)
    wanted = [entry for entry in entries if _is_read(entry.filename)]
    if any(entry.flag_bits & 1 for entry in wanted):
        raise Unreadable("file_encrypted")
    size = sum(entry.file_size for entry in wanted)
    if size > PARTS_BYTES:
        raise Unreadable("file_too_large", f"{size / 2**20:,.0f} MB > {PARTS_BYTES / 2**20:,.0f} MB")
    parts = {entry.filename: _inflated(content, entry) for entry in wanted}
    if b"encryption-data" in parts.get(_MANIFEST, b""):
        raise Unreadable("file_encrypted")
    return _Opened(content, tuple(entry.filename for entry in entries), parts)


def _check_opened(opened: _Opened, cut: dict[str, plain.Rows]) -> Checked:
    """Check the parts of a workbook of which some sheets have been cut."""
    parts = opened.parts
    # The root element of each part.
    roots, strings = {}, None
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")) and name != _MANIFEST:
            if name in cut:
                part = cut[name].frame
            elif name == _STRINGS and (strings := plain.cut_strings(part)):
                part = strings.frame
            # Most small parts are the same in all workbooks that one program writes.
            roots[name] = (_check_known_xml if len(part) < SMALL_PART else _check_xml)(name, part)
    if "content.xml" in parts:
        _check_ods(parts, roots)
    elif "xl/workbook.xml" in parts or "xl/workbook.bin" in parts:
        _check_ooxml(parts, roots, opened.names, cut)
    else:
        if found := filetype.of_zip(opened.names):
            raise Unreadable("file_type_unknown", found)
        if _TYPES in opened.names:  # a package of an office program, without its main part
            raise Unreadable("file_corrupt", "xl/workbook.xml ?")
        raise Unreadable("file_archive", "ZIP")
    has_links = b"'file:" in parts.get("content.xml", b"")
    return Checked(opened.content, _remarks(opened.names, has_links), parts, cut, strings)


class _Entry(NamedTuple):
    """What the directory of a zip says of one part; named as in zipfile.ZipInfo."""

    filename: str
    orig_filename: str
    flag_bits: int
    compress_type: int
    CRC: int
    compress_size: int
    file_size: int
    header_offset: int


# APPNOTE 4.3.16 and 4.3.12, behind their signatures.
_END = struct.Struct("<4H2LH")
_LISTED = struct.Struct("<6H3L5H2L")
_PLAIN_NAME = re.compile(rb"[\w./\[\]-]+")
_NEWEST_VERSION, _ESCAPED = 63, 0xFFFFFFFF


def _directory(content: bytes) -> list[_Entry] | list[zipfile.ZipInfo]:
    """Return the entries of a zip. Raises zipfile.BadZipFile.

    A directory as office programs write it is read here; zipfile, which takes ten times as long, knows the others.
    """
    found = _plain_directory(content)
    if found is not None:
        return found
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.infolist()


def _plain_directory(content: bytes) -> list[_Entry] | None:
    """Return the entries of a zip with nothing before, between or behind its parts; None for any other."""
    end = len(content) - 4 - _END.size
    if end < 0 or content[end : end + 4] != b"PK\5\6":
        return None
    disk, disk_of_directory, here, count, size, at, comment = _END.unpack_from(content, end + 4)
    if disk or disk_of_directory or comment or here != count or at + size != end:
        return None
    entries = []
    for _ in range(count):
        name_at = at + 4 + _LISTED.size
        if content[at : at + 4] != b"PK\1\2" or name_at > end:
            return None
        (_, needs, flags, method, _, _, crc, packed, size, name_size, extra, remark, _, _, _, start) = (
            _LISTED.unpack_from(content, at + 4)
        )
        at = name_at + name_size
        raw = content[name_at:at]
        if extra or remark or needs > _NEWEST_VERSION or _ESCAPED in (packed, size, start):
            return None
        if at > end or not raw.isascii() or not _PLAIN_NAME.fullmatch(raw):
            return None
        name = raw.decode()
        entries.append(_Entry(name, name, flags, method, crc, packed, size, start))
    return entries if at == end else None


def _inflated(content: bytes, entry: _Entry | zipfile.ZipInfo) -> bytes:
    """Return one part. It has the size and the checksum that the zip declares, or BadZipFile is raised."""
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable("file_hostile", f"{entry.filename[:60]}: compression {entry.compress_type}")
    at = entry.header_offset
    if content[at : at + 4] != ZIP:
        raise zipfile.BadZipFile(f"{entry.filename[:60]}: no local header")
    flags, name_size, extra_size = _LOCAL.unpack_from(content, at)
    # Patched data and masked names (as archives encrypt them) are nothing that spreadsheets have.
    if flags & 0x2061:
        raise zipfile.BadZipFile(f"{entry.filename[:60]}: flags {flags:#x}")
    raw = content[at + 30 : at + 30 + name_size]
    # Letters outside of ASCII are told apart by a flag (APPNOTE appendix D).
    name = raw.decode() if raw.isascii() or flags & 0x800 else raw.decode("cp437")
    if name != entry.orig_filename:
        raise zipfile.BadZipFile(f"{entry.filename[:60]}: another name in its local header")
    start = at + 30 + name_size + extra_size
    packed = content[start : start + entry.compress_size]
    # Most small parts are the same in all workbooks that one program writes.
    unpack = _known_unpacked if entry.compress_size < SMALL_PART else _unpacked
    part = unpack(packed, entry.compress_type, entry.file_size, entry.CRC)
    if part is None:
        raise zipfile.BadZipFile(f"{entry.filename[:60]}: bad size or checksum")
    return part


_LOCAL = struct.Struct("<6xH18xHH")


def _unpacked(packed: bytes, method: int, size: int, crc: int) -> bytes | None:
    """Return what is packed; None where it has another size or checksum. Raises InflateError."""
    part = packed
    if method == zipfile.ZIP_DEFLATED:
        # With a size given, no more than it is inflated, whatever is packed behind it (0 would mean no limit).
        part = decompressobj(-MAX_WBITS).decompress(packed, max(size, 1))
    return part if len(part) == size and crc32(part) == crc else None


_known_unpacked = lru_cache(maxsize=256)(_unpacked)


# From the root, with a drive or a stroke of Windows, or up a folder.
_TRICKY_NAME = re.compile(r"^/|[\\:]|(?:^|/)\.\.(?:/|$)")


def _check_entries(entries: Sequence[_Entry | zipfile.ZipInfo]) -> None:
    if len(entries) > ENTRIES:
        raise Unreadable("file_hostile", f"{len(entries)} zip entries")
    _check_names(tuple(entry.orig_filename for entry in entries))
    for entry in entries:
        if entry.file_size > RATIO_FROM_BYTES and entry.file_size > RATIO * max(entry.compress_size, 1):
            sizes = f"{entry.compress_size:,} → {entry.file_size:,} bytes"
            raise Unreadable("file_hostile", f"{entry.orig_filename[:60]}: {sizes}")


# One program gives its workbooks the same parts again and again.
@lru_cache(maxsize=256)
def _check_names(names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in names:
        # Nothing is ever unpacked to disk, but no spreadsheet program writes such names either.
        if _TRICKY_NAME.search(name) or not name.isprintable():
            raise Unreadable("file_hostile", f"zip entry {name[:60]!r}")
        if name.casefold() in seen:
            raise Unreadable("file_hostile", f"zip entry {name[:60]!r} x2")
        seen.add(name.casefold())


# What the reader opens. The rest (pictures, macros, themes, printer settings, linked workbooks) stays packed.
_READ = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|xl/_rels/workbook\.(xml|bin)\.rels|xl/workbook\.(xml|bin)"
    r"|xl/(worksheets|chartsheets|dialogsheets|macrosheets)/[^/]+\.(xml|bin)"
    r"|xl/(sharedStrings|styles)\.(xml|bin)"
    r"|mimetype|content\.xml|META-INF/manifest\.xml"
)
# Looked at for encryption only, by this module and the reader. Old office programs put a DOCTYPE into it.
_MANIFEST = "META-INF/manifest.xml"
_TYPES = "[Content_Types].xml"
_STRINGS = "xl/sharedStrings.xml"


@lru_cache(maxsize=256)
def _is_read(name: str) -> bool:
    return _READ.fullmatch(name) is not None


def _packed(parts: dict[str, bytes]) -> bytes:
    """Return a zip of the parts, not compressed (APPNOTE 4.3: local headers and parts, directory, its end)."""
    packed, directory, at = list[bytes](), list[bytes](), 0
    for name, part in parts.items():
        raw = name.encode()
        # Version 2.0, names in UTF-8, stored, 1 January 1980, checksum, both sizes, size of the name, no extra.
        about = struct.pack("<3H4L2H", 20, 0x800, 0, 0x210000, crc32(part), len(part), len(part), len(raw), 0)
        packed += (b"PK\3\4", about, raw, part)
        directory += (b"PK\1\2\x14\0", about, struct.pack("<3H2L", 0, 0, 0, 0, at), raw)
        at += 4 + len(about) + len(raw) + len(part)
    listing = b"".join(directory)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(parts), len(parts), len(listing), at, 0)
    return b"".join([*packed, listing, end])


@lru_cache(maxsize=256)
def _remarks(names: tuple[str, ...], has_links: bool) -> tuple[str, ...]:
    """Return `macros` where the workbook holds some (never run) and `external_links` where it links to files."""
    remarks = []
    if any(name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names):
        remarks.append("macros")
    if has_links or any(name.startswith("xl/externalLinks/") for name in names):
        remarks.append("external_links")
    return tuple(remarks)


# -- XML


def _check_xml(name: str, part: bytes) -> str:
    """Return the local name of the root element of a well-formed XML part that declares no entities."""
    root = ""

    def declaration(_version: str, encoding: str | None, _standalone: int) -> None:
        # The reader takes every part for UTF-8 and would find nothing in another encoding.
        if (encoding or "utf-8").casefold() not in ("utf-8", "us-ascii"):
            raise Unreadable("file_corrupt", f"{name}: {encoding}")

    def doctype(*_: object) -> None:
        raise Unreadable("file_hostile", f"{name}: <!DOCTYPE>")

    def start(tag: str, _attributes: object) -> None:
        nonlocal root
        root = tag.rpartition(":")[2]
        parser.StartElementHandler = None

    parser = expat.ParserCreate()
    parser.XmlDeclHandler, parser.StartDoctypeDeclHandler, parser.StartElementHandler = declaration, doctype, start
    if part.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")):
        raise Unreadable("file_corrupt", f"{name}: UTF-16")
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise Unreadable("file_corrupt", f"{name}: {error}") from error
    return root


_check_known_xml = lru_cache(maxsize=256)(_check_xml)


# What a part must be, by the last word of its relationship's type.
_ROOT_OF = {
    "worksheet": "worksheet",
    "sharedStrings": "sst",
    "styles": "styleSheet",
    "chartsheet": "chartsheet",
    "dialogsheet": "dialogsheet",
}


def _check_ooxml(
    parts: dict[str, bytes], roots: dict[str, str], names: tuple[str, ...], cut: dict[str, plain.Rows]
) -> None:
    """Check that all parts that the workbook refers to are there, and are what it says, and fit in memory."""
    workbook = "xl/workbook.xml" if "xl/workbook.xml" in parts else "xl/workbook.bin"
    listed = parts.get(f"xl/_rels/{posixpath.basename(workbook)}.rels")
    if listed is None or roots.get("xl/workbook.xml", "workbook") != "workbook":
        raise Unreadable("file_corrupt", workbook)
    room = _Room()
    titles = _titles(listed, parts.get("xl/workbook.xml", b""), names, tuple(parts), tuple(roots.items()))
    for name, part in parts.items():
        if "sheets/" in name and name not in cut and roots.get(name, "worksheet") == "worksheet":
            cells = _xlsb_cells(part) if name.endswith(".bin") else _xlsx_cells(part)
            room.take(titles.get(name, name), cells)


# Of workbooks of one program these are mostly the same.
@lru_cache(maxsize=64)
def _titles(
    listed: bytes,
    workbook: bytes,
    names: tuple[str, ...],
    read: tuple[str, ...],
    roots_of_read: tuple[tuple[str, str], ...],
) -> dict[str, str]:
    """Return what stands on the tabs by part. Raises Unreadable where one is missing or is not what it should be.

    `names` are all parts of the workbook, `read` those that are read, `roots_of_read` the root elements of these.
    """
    # As sets: a workbook may name thousands of parts as often as it likes.
    there, are_read, roots = frozenset(names), frozenset(read), dict(roots_of_read)
    tabs, titles = _tabs(workbook), {}
    for identity, kind, target, external in relations(listed):
        name = target.lstrip("/") if target.startswith("/") else posixpath.normpath("xl/" + target)
        if external:
            continue
        titles[name] = tabs.get(identity, posixpath.basename(name))
        if name not in there:
            raise Unreadable("file_corrupt", f"{name} ?")
        if kind in _ROOT_OF and name not in are_read:
            raise Unreadable("file_type_unknown", name)
        if roots.get(name, _ROOT_OF.get(kind)) != _ROOT_OF.get(kind) and kind in _ROOT_OF:
            raise Unreadable("file_corrupt", f"{name}: <{roots[name]}>")
    return titles


@lru_cache(maxsize=64)
def relations(part: bytes) -> list[tuple[str, str, str, bool]]:
    """Return the relationships of a part: id, last word of the type, target, whether it lies outside."""
    return [
        (
            a.get("Id", ""),
            a.get("Type", "").rpartition("/")[2],
            a.get("Target", ""),
            a.get("TargetMode") == "External",
        )
        for a in _elements(part, "Relationship")
    ]


@lru_cache(maxsize=64)
def _tabs(workbook: bytes) -> dict[str, str]:
    """Return the names on the tabs of a workbook by relationship; none for a binary one."""
    sheets = _elements(workbook, "sheet") if workbook else []
    return {value: a.get("name", "") for a in sheets for name, value in a.items() if name.endswith(":id")}


def _elements(part: bytes, wanted: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == wanted:
            found.append(attributes)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(part, True)
    return found


# -- how large a sheet is


class _Room:
    """Adds up what the sheets of one file will take; raises Unreadable (sheet_too_large) at the limit."""

    def __init__(self) -> None:
        self.filled = self.grid = 0

    def take(self, sheet: str, cells: Iterator[tuple[int, int, int, int]]) -> None:
        """Take in filled cells of a sheet as (last row, last column, rows, columns of the block), 1-based."""
        height = width = 0
        for row, column, rows, columns in cells:
            height, width = max(height, row), max(width, column)
            self.filled += rows * columns
            if column > COLUMNS or self.filled > FILLED_CELLS or self.grid + height * width > GRID_CELLS:
                raise Unreadable("sheet_too_large", f"{sheet} {_letters(column)}{row}")
        self.grid += height * width


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


# A row of four digits or a column of two letters.
_FAR = re.compile(rb' r="(?:[A-Z]{2}|[A-Z]?\d{4}|[^A-Z\d])')
# Longer numbers are cut: what is left of them is out of bounds as well.
_REFERENCE = re.compile(r"([A-Z]{1,7})[A-Z]*(\d{1,9})\d*", re.IGNORECASE | re.ASCII)


def _xlsx_cells(part: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield the filled cells of a sheet; nothing for a sheet that is plainly small, as nearly all are."""
    count = part.count
    # Every row and cell says where it is, in the way in which office programs write it (<col>, <cfRule>,
    # <conditionalFormatting> and <rowBreaks> are the other names that begin like them).
    plain = count(b"<c") == count(b'<c r="') + count(b"<co") + count(b"<cf")
    plain = plain and count(b"<row") == count(b'<row r="') + count(b"<rowB") and b":row" not in part
    if plain and len(part) < 2**22 and not _FAR.search(part):
        return
    yield from _cells_of_xml(part)


def _cells_of_xml(part: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Walk a sheet cell by cell, as far as the limits may be from being met."""
    row = column = 0
    filled: list[tuple[int, int, int, int]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column
        tag = tag.rpartition(":")[2]
        if tag == "row":
            written = attributes.get("r", "")
            row, column = (int(written[:9]) if written[:9].isdecimal() else row + 1), 0
        elif tag == "c":
            match = _REFERENCE.fullmatch(attributes.get("r", ""))
            column = _column(match[1]) if match else column + 1
            row = int(match[2]) if match else row
        elif tag in ("v", "is") and (not filled or filled[-1][:2] != (row, column)):
            filled.append((row, column, 1, 1))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    for offset in range(0, len(part), 2**16):
        parser.Parse(part[offset : offset + 2**16], False)
        yield from filled
        filled.clear()


def _column(letters: str) -> int:
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column


def _xlsb_cells(part: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Yield the filled cells of a binary sheet (MS-XLSB 2.1.4: type and size as 7-bit groups, then the data)."""
    at, row = 0, 0
    while at < len(part):
        kind, at = seven_bits(part, at, 2)
        size, at = seven_bits(part, at, 4)
        if kind == 0:  # BrtRowHdr
            (row,) = struct.unpack_from("<I", part, at)
        elif 2 <= kind <= 11:  # BrtCellRk … BrtFmlaError; 1 is a blank
            (column,) = struct.unpack_from("<I", part, at)
            yield row + 1, column + 1, 1, 1
        at += size
    if at != len(part):
        raise Unreadable("file_corrupt", "xlsb")


def seven_bits(part: bytes, at: int, most: int) -> tuple[int, int]:
    value = 0
    for n in range(most):
        value |= (part[at] & 0x7F) << 7 * n
        at += 1
        if part[at - 1] < 0x80:
            break
    return value, at


def _check_ods(parts: dict[str, bytes], roots: dict[str, str]) -> None:
    """Check the sheets of an OpenDocument file, whose cells and rows may be repeated by a number.

    An office program fills the rest of a sheet with blank repeated cells: those take no room.
    """
    if roots["content.xml"] != "document-content":
        raise Unreadable("file_corrupt", f"content.xml: <{roots['content.xml']}>")
    room, has_sheet = _Room(), False
    for sheet, cells in _ods_sheets(parts["content.xml"]):
        has_sheet = True
        room.take(sheet, iter(cells))
    if not has_sheet:
        raise Unreadable("file_type_unknown", "OpenDocument (.odt, .odp)")


def _ods_sheets(part: bytes) -> Iterator[tuple[str, list[tuple[int, int, int, int]]]]:
    sheets: list[tuple[str, list[tuple[int, int, int, int]]]] = []
    row = rows = column = columns = 0
    in_cell = False

    def repeated(attributes: dict[str, str], name: str) -> int:
        written = attributes.get(name, "1")
        return int(written[:9]) if written.isdecimal() else 1

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, rows, column, columns, in_cell
        if tag == "table:table":
            sheets.append((attributes.get("table:name", ""), []))
            row = rows = 0
        elif tag == "table:table-row":
            row, column, columns = row + rows, 0, 0
            rows = repeated(attributes, "table:number-rows-repeated")
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            column, in_cell = column + columns, True
            columns = repeated(attributes, "table:number-columns-repeated")
            if "office:value-type" in attributes or "table:formula" in attributes:
                fill()
        elif in_cell and tag in ("text:p", "text:h"):
            fill()

    def fill() -> None:
        cell = (row + rows, column + columns, rows, columns)
        if sheets and (not sheets[-1][1] or sheets[-1][1][-1] != cell):
            sheets[-1][1].append(cell)

    def end(tag: str) -> None:
        nonlocal in_cell
        if tag in ("table:table-cell", "table:covered-table-cell"):
            in_cell = False

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(part, True)
    yield from sheets


# -- Excel 97


def _check_xls(content: bytes) -> None:
    """Check a compound file (MS-CFB) with a BIFF workbook (MS-XLS): encryption, and how far its cells reach."""
    streams = cfb_streams(content)
    names = {name.casefold() for name in streams}
    if {"encryptedpackage", "encryptioninfo"} & names:
        raise Unreadable("file_encrypted")
    stream = streams.get("Workbook") or streams.get("Book")
    if stream is None:
        raise Unreadable("file_type_unknown", filetype.of_compound_file(streams))
    room = _Room()
    for sheet, cells in enumerate(_biff_sheets(stream)):
        room.take(str(sheet), iter(cells))


# BIFF records that hold a value, each with its row and column first; blanks (0x201, 0xBE) take no room.
_BIFF_CELLS = frozenset({0x06, 0xD6, 0xFD, 0x0203, 0x0204, 0x0205, 0x027E})
_MULRK, _BOF, _FILEPASS = 0xBD, (0x0809, 0x0409, 0x0209, 0x09), 0x2F


def _biff_sheets(stream: bytes) -> Iterator[list[tuple[int, int, int, int]]]:
    """Return the filled cells of each substream, the workbook's own (without cells) first."""
    sheets: list[list[tuple[int, int, int, int]]] = []
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if kind in _BOF:
            sheets.append([])
        elif kind == _FILEPASS:
            raise Unreadable("file_encrypted")
        elif not sheets:
            raise Unreadable("file_corrupt", "BIFF")
        elif kind in _BIFF_CELLS:
            row, column = struct.unpack_from("<HH", stream, at)
            sheets[-1].append((row + 1, column + 1, 1, 1))
        elif kind == _MULRK:
            row, column = struct.unpack_from("<HH", stream, at)
            (last,) = struct.unpack_from("<H", stream, at + size - 2)
            sheets[-1].append((row + 1, max(last, column) + 1, 1, max(last - column, 0) + 1))
        at += size
    return iter(sheets)


def cfb_streams(content: bytes) -> dict[str, bytes]:
    """Return the streams of a compound file by name; ValueError, IndexError or struct.error where it is broken."""
    (shift,) = struct.unpack_from("<H", content, 30)
    if shift not in (9, 12):
        raise ValueError("sector size")
    sector = 1 << shift
    fat_count, directory = struct.unpack_from("<II", content, 44)
    (mini_fat_start,) = struct.unpack_from("<I", content, 60)
    (difat_start,) = struct.unpack_from("<I", content, 68)

    def at(number: int) -> bytes:
        start = (number + 1) << shift
        return content[start : start + sector].ljust(sector, b"\0")

    fat_sectors = list(struct.unpack_from("<109I", content, 76))
    for _ in range(len(content) // sector):
        if difat_start >= 0xFFFFFFFA:
            break
        *more, difat_start = struct.unpack(f"<{sector // 4}I", at(difat_start))
        fat_sectors += more
    fat = array("I", b"".join(at(n) for n in fat_sectors[:fat_count] if n < len(content) >> shift))

    def chain(start: int, table: array[int]) -> list[int]:
        numbers = []
        while start < 0xFFFFFFFA:
            numbers.append(start)
            if len(numbers) > len(table):
                raise ValueError("sectors in a circle")
            start = table[start]
        return numbers

    def stream(start: int) -> bytes:
        return b"".join(at(n) for n in chain(start, fat))

    entries = stream(directory)
    mini_fat = array("I", stream(mini_fat_start)) if mini_fat_start < 0xFFFFFFFA else array("I")
    streams: dict[str, bytes] = {}
    mini = b""
    for offset in range(0, len(entries), 128):
        length, kind = struct.unpack_from("<HB", entries, offset + 64)
        start, size = struct.unpack_from("<II", entries, offset + 116)
        name = entries[offset : offset + max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
        if kind == 5:
            mini = stream(start) if start < 0xFFFFFFFA else b""
        elif kind == 2:
            if size > len(content):
                raise ValueError("stream larger than the file")
            if size >= 4096:
                streams[name] = stream(start)[:size]
            else:
                streams[name] = b"".join(mini[n * 64 : n * 64 + 64] for n in chain(start, mini_fat))[:size]
    return streams


# -- text


def check_html(text: str) -> None:
    """Raise Unreadable where a page has more elements than any page with such tables."""
    if (tags := text.count("<")) > HTML_TAGS:
        raise Unreadable("sheet_too_large", f"{tags:,} HTML tags")


def check_csv(text: str, delimiter: str) -> None:
    """Raise Unreadable where a CSV file holds too many cells or a quote closed too late, or ends inside a row.

    Such a quote swallows the rows after it into one cell, up to the next quote or the end of the file.
    """
    cells = text.count(delimiter) + text.count("\n") + text.count("\r")
    if cells > GRID_CELLS:
        raise Unreadable("sheet_too_large", f"{cells:,} cells")
    filled = 0
    widths: list[int] = []
    # Said here: any library of the same process may have lifted the csv module's own limit.
    csv.field_size_limit(CSV_CELL_CHARACTERS)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            filled += len(row) - row.count("")
            widths.append(len(row))
    except csv.Error as error:
        if "unexpected end" in str(error):
            raise Unreadable("quote_not_closed", str(len(widths) + 1)) from error
        # Text after a closing quote is untidy, and read all the same.
        if "expected after" not in str(error):
            raise Unreadable("file_corrupt", str(error)) from error
        filled, widths = cells, []
    if filled > FILLED_CELLS:
        raise Unreadable("sheet_too_large", f"{filled:,} cells")
    if '"' in text and (swallowing := _row_that_swallows(text, delimiter)):
        raise Unreadable("quote_not_closed", str(swallowing))
    if not text.endswith(("\n", "\r")) and _ends_inside_row(widths):
        raise Unreadable("last_row_cut", str(len(widths)))


def _ends_inside_row(widths: list[int]) -> bool:
    """Tell whether the last row has fewer cells than those above it, which all have the same number.

    A line of few cells may stand below a table, unless the lines above the table are filled up as well.
    """
    *above, last = widths or [0]
    usual = {width for width in above if width > FEWEST_DELIMITERS}
    if len(usual) != 1 or last >= max(usual):
        return False
    return last > FEWEST_DELIMITERS or usual == set(above)


def _row_that_swallows(text: str, delimiter: str) -> int | None:
    """Return the first row (from 1) with a quoted cell that holds other rows; None where there is none.

    No line of a remark has as many delimiters as a row of the file. Where text follows the closing quote, which no
    program writes, it is enough that the row has those of two rows.
    """
    lines = list(io.StringIO(text, newline=""))
    usual, rows, begin = Counter[int](), [], 0
    reader = csv.reader(lines, delimiter=delimiter)
    for number, row in enumerate(reader, 1):
        own, begin = lines[begin : reader.line_num], reader.line_num
        if len(row) > FEWEST_DELIMITERS:
            usual[len(row) - 1] += 1
        if len(own) > 1:
            rows.append((number, row, own))
    for number, row, own in rows if usual else ():
        (fewest, _) = usual.most_common(1)[0]
        broken = [cell for cell in row if "\n" in cell or "\r" in cell]
        in_line = max((line.count(delimiter) for cell in broken for line in cell.splitlines()), default=0)
        in_all = len(row) - 1 + sum(cell.count(delimiter) for cell in broken)
        if in_line >= fewest or (in_all >= 2 * fewest and not _is_strict(own, delimiter)):
            return number
    return None


def _is_strict(lines: list[str], delimiter: str) -> bool:
    """Tell whether no text follows a closing quote."""
    try:
        return all(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
