"""What a file is that is no table: people are told what they have sent, in words of the desktop."""

from __future__ import annotations

from collections.abc import Collection

STREAMS_SAID = 3
# How such files begin.
_BEGINNINGS = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
_ARCHIVES = {b"Rar!": "RAR", b"7z\xbc\xaf": "7-Zip", b"\x1f\x8b": "GZIP"}
# A part of a zip, or a stream of a compound file, that only one program writes.
_PARTS = {
    "word/document.xml": "Microsoft Word (.docx)",
    "ppt/presentation.xml": "Microsoft PowerPoint (.pptx)",
    "Index/Document.iwa": "Apple Numbers / Pages / Keynote",
}
_STREAMS = {
    "WordDocument": "Microsoft Word (.doc)",
    "PowerPoint Document": "Microsoft PowerPoint (.ppt)",
    "__properties_version1.0": "Microsoft Outlook (.msg)",
}


def of_bytes(content: bytes) -> str | None:
    """Return what a file is by how it begins, or None."""
    if content[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1"):
        return "HEIC"
    return next((name for start, name in _BEGINNINGS.items() if content.startswith(start)), None)


def archive(content: bytes) -> str | None:
    """Return what a file is that holds other files (a zip is told by `of_zip`), or None."""
    return next((name for start, name in _ARCHIVES.items() if content.startswith(start)), None)


def of_zip(names: Collection[str]) -> str | None:
    """Return what a zip without a workbook is by the names in it; None where it only holds other files."""
    return next((name for part, name in _PARTS.items() if part in names), None)


def of_compound_file(streams: Collection[str]) -> str:
    """Return what a compound file without a workbook is, by the names of its streams."""
    known = next((name for stream, name in _STREAMS.items() if stream in streams), None)
    return known or ", ".join(sorted(streams)[:STREAMS_SAID]) or "CFB"
