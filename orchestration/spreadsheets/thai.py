"""Thai text as offices write it, brought to one spelling. Pure functions on strings.

NFC only: NFKC would split ำ into two characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_DIGITS = {ord("๐") + i: str(i) for i in range(10)} | {ord("０") + i: str(i) for i in range(10)}
# Those that are white space as well are made a space of.
_CONTROL = re.compile("[\0-\b\x0e-\x1b\x7f-\x84\x86-\x9f]")
_ANY_DIGIT = re.compile("[๐-๙０-９]")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0f"))
_TONE_MARKS = dict.fromkeys(map(ord, "่้๊๋์็"))
# น + ํ + ้ + า and น + ้ + ํ + า both look like น้ำ on screen.
_SPLIT_SARA_AM = re.compile("ํ([่้๊๋]?)า")
# Most cells need none of it, and looking once is cheaper than replacing three times.
_TO_MEND = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\ufe0e\ufe0fํ]|เเ")
# Cells repeat within a file and from file to file; long ones do not, and would fill the memory.
LONGEST_REMEMBERED = 200


def arabic_digits(text: str) -> str:
    """Return text with Thai and full-width digits as 0-9; everything else unchanged."""
    return text.translate(_DIGITS) if _ANY_DIGIT.search(text) else text


def clean(text: str) -> str:
    """Return text in one spelling: NFC, no invisible or control characters, single spaces, none at the ends."""
    if text.isascii():
        return " ".join(_without_control(text).split())
    return _remembered_clean(text) if len(text) <= LONGEST_REMEMBERED else _clean(text)


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    if _TO_MEND.search(text):
        text = _SPLIT_SARA_AM.sub(r"\1ำ", text.translate(_INVISIBLE)).replace("เเ", "แ")
    return " ".join(_without_control(text).split())


def _without_control(text: str) -> str:
    """Leave out what no page nor database may hold: a workbook can have it as _x0000_."""
    return text if text.isprintable() else _CONTROL.sub("", text)


_remembered_clean = lru_cache(maxsize=4096)(_clean)


def key(text: str) -> str:
    """Return what is left of text for comparing words: no spaces (Thai wraps at any syllable), lower case.

    >>> key("ดำเนิน การ แล้วเสร็จ") == key("ดำเนินการแล้วเสร็จ")
    True
    """
    return _remembered_key(text) if len(text) <= LONGEST_REMEMBERED else _key(text)


def _key(text: str) -> str:
    return arabic_digits(clean(text)).replace(" ", "").casefold()


_remembered_key = lru_cache(maxsize=8192)(_key)


def without_tone_marks(text: str) -> str:
    """Return the comparison key without tone marks, the part of Thai spelling that is lost first."""
    return key(text).translate(_TONE_MARKS)


# Posts that begin like a title, but are none: นายกเทศมนตรี, นายช่างโยธา, นายแพทย์.
_PERSON = re.compile(
    r"(นาย(?!ก(เทศมนตรี|องค์การ|เมือง|\s?อบ)|ช่าง|แพทย์|สัตวแพทย์|อำเภอ|ทะเบียน|ตรวจ|ด่าน)|นาง|น\.ส\.|ด\.ร\.|ดร\."
    r"|mr\b|mrs\b|ms\b|miss\b)|@",
    re.IGNORECASE,
)


def names_person(text: str) -> bool:
    """Tell whether a text that should hold a post holds a person's name with a title, or a mailbox."""
    return _PERSON.search(text) is not None
