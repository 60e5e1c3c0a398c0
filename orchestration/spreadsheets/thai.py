"""Thai text as offices write it, brought to one spelling. Pure functions on strings.

NFC only: NFKC would split ำ into two characters.
"""

from __future__ import annotations

import re
import unicodedata

_DIGITS = {ord("๐") + i: str(i) for i in range(10)} | {ord("０") + i: str(i) for i in range(10)}
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_TONE_MARKS = dict.fromkeys(map(ord, "่้๊๋์็"))
# น + ํ + ้ + า and น + ้ + ํ + า both look like น้ำ on screen.
_SPLIT_SARA_AM = re.compile("ํ([่้๊๋]?)า")


def arabic_digits(text: str) -> str:
    """Return text with Thai and full-width digits as 0-9; everything else unchanged."""
    return text.translate(_DIGITS)


def clean(text: str) -> str:
    """Return text in one spelling: NFC, no invisible characters, single spaces, none at the ends."""
    if text.isascii():
        return " ".join(text.split())
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    text = _SPLIT_SARA_AM.sub(r"\1ำ", text).replace("เเ", "แ")
    return " ".join(text.split())


def key(text: str) -> str:
    """Return what is left of text for comparing words: no spaces (Thai wraps at any syllable), lower case.

    >>> key("ดำเนิน การ แล้วเสร็จ") == key("ดำเนินการแล้วเสร็จ")
    True
    """
    return arabic_digits(clean(text)).replace(" ", "").casefold()


def without_tone_marks(text: str) -> str:
    """Return the comparison key without tone marks, the part of Thai spelling that is lost first."""
    return key(text).translate(_TONE_MARKS)
