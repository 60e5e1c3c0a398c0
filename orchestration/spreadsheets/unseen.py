"""What a grid of text does not say about a workbook, whatever its format: see Hidden in ooxml.py."""

from __future__ import annotations

import struct
from xml.parsers import expat

from orchestration.spreadsheets import binary, odf, ooxml
from orchestration.spreadsheets.guard import Checked
from orchestration.spreadsheets.ooxml import Hidden


def look(workbook: Checked) -> dict[str, Hidden]:
    """Return what is hidden by sheet name in a workbook that the guard has passed.

    Never raises: a workbook that is damaged here is refused by its reader, in its own words.
    """
    try:
        if not workbook.parts:
            return binary.look_at_xls(workbook.content)
        if "content.xml" in workbook.parts:
            return odf.look(workbook.parts["content.xml"])
        if "xl/workbook.bin" in workbook.parts:
            return binary.look_at_xlsb(workbook.parts)
        return ooxml.look(workbook.parts, {name: rows.sample for name, rows in workbook.cut.items()})
    except (expat.ExpatError, struct.error, LookupError, ValueError, RuntimeError, EOFError):
        return {}
