"""What a refused row is about, as far as it can be read: somebody may look for what it would have replaced."""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.spreadsheets import corrections
from orchestration.spreadsheets.roles import LISTING_CODE
from orchestration.spreadsheets.thai import arabic_digits, clean


def about(kind: str, cells: Mapping[str, str]) -> dict[str, str | None]:
    """Return kind, row_key (and lgo_code and decided_on of a correction) of a row that was refused.

    `cells` are the texts of the row by field. row_key is the listing code, the number in the e-PlanNACC list, or
    side:what:field of a correction; None where it cannot be read.
    """
    said: dict[str, str | None] = {"kind": kind, "row_key": None}
    if kind == "division_listing":
        if match := LISTING_CODE.match(arabic_digits(clean(cells.get("listing_text", "")))):
            said["row_key"] = ".".join(str(int(part)) for part in match.groups()[:3])
    elif kind == "eplan_project":
        seq = arabic_digits(clean(cells.get("eplan_seq", "")))
        said["row_key"] = str(int(seq)) if seq.isdecimal() else None
    elif kind == "correction":
        row = {name: clean(text) or None for name, text in cells.items()}
        said["row_key"] = corrections.target(row)
        said["decided_on"] = corrections.day_or_none(row.get("decided_on"))
        if (code := row.get("lgo_code")) and code.isdecimal():
            said["lgo_code"] = code
    return said
