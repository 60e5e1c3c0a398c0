"""Whose file and which round: read from the lines above the tables, never from the file's name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestration import registry
from orchestration.registry import Lgo
from orchestration.rounds import round_key
from orchestration.spreadsheets.thai import arabic_digits, clean, key

_MONTHS = re.compile(r"รอบ\s*(6|12)\s*เดือน")
_PERIOD_END = re.compile(
    r"(?:ถึง|-|–)\s*(?:วันที่)?\s*3[01]\s*(?:กันยายน|มีนาคม|ก\.ย\.|มี\.ค\.)\s*(?:พ\.?ศ\.?)?\s*(25\d\d)"
)
# Not the plan's period: (พ.ศ. 2566 - 2570).
_YEAR = re.compile(r"(?:ปีงบประมาณ|พ\.?ศ\.?)\s*(?:พ\.?ศ\.?)?\s*(25\d\d)(?!\d|\s*[-–]\s*25)")
_DIVISION = re.compile(r"^(?:หน่วยงาน|ส่วนราชการ|กอง/สำนัก|ชื่อหน่วยงาน)\s*:?\s*(.+)$")
_DIVISION_NAME = re.compile(r"^((?:สำนัก|กอง|หน่วย|ฝ่าย)\S.*)$")
_PROVINCE = re.compile(r"จังหวัด\s*([ก-๎]+)")


@dataclass(frozen=True)
class Heading:
    """What the lines of a file say about it; None for what they do not say.

    `lgo_written` is set without `lgos` where a type is written but no such name is registered.
    """

    round_key: str | None
    lgo_written: str | None
    lgos: tuple[Lgo, ...]
    division: str | None
    province_code: str | None


def read_heading(lines: list[str], scope: frozenset[str]) -> Heading:
    """Read round, local government, division and province from heading lines, in reading order.

    `scope` are the expected lgo_codes; they only decide between bearers of one and the same name.
    """
    lines = [clean(line) for line in lines]
    text = arabic_digits(" ".join(lines))
    written, lgos = _local_government(lines, text, scope)
    return Heading(_round(text), written, lgos, _division(lines), _province(text))


def _round(text: str) -> str | None:
    months = _MONTHS.search(text)
    year = _PERIOD_END.search(text) or _YEAR.search(text)
    return round_key(int(year[1]), int(months[1])) if months and year else None


def _local_government(lines: list[str], text: str, scope: frozenset[str]) -> tuple[str | None, tuple[Lgo, ...]]:
    named = [found for line in lines for found in registry.names_in(line)]
    for written, candidates in named:
        if candidates:
            return written, tuple(registry.narrow(candidates, text, scope))
    return (named[0][0], ()) if named else (None, ())


def _division(lines: list[str]) -> str | None:
    for pattern in (_DIVISION, _DIVISION_NAME):
        for line in lines:
            if match := pattern.match(line):
                return match[1].strip()
    return None


def _province(text: str) -> str | None:
    for match in _PROVINCE.finditer(text):
        for code, name in registry.provinces().items():
            if key(match[1]).startswith(key(name)):
                return code
    return None
