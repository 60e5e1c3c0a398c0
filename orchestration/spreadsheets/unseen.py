"""What a grid of text does not say about a workbook, whatever its format: see Hidden in ooxml.py."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from xml.parsers import expat

from orchestration.spreadsheets import binary, odf, ooxml
from orchestration.spreadsheets.guard import CFB
from orchestration.spreadsheets.ooxml import Hidden


def look(content: bytes) -> dict[str, Hidden]:
    """Return what is hidden by sheet name in a workbook that the guard has passed.

    Never raises: a workbook that is damaged here is refused by its reader, in its own words.
    """
    try:
        if content.startswith(CFB[:4]):
            return binary.look_at_xls(content)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if "content.xml" in names:
                return odf.look(archive.read("content.xml"))
            if "xl/workbook.bin" in names:
                return binary.look_at_xlsb({name: archive.read(name) for name in names})
            return ooxml.look(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        struct.error,
        LookupError,
        ValueError,
        OSError,
        NotImplementedError,
        RuntimeError,
        EOFError,
    ):
        return {}
