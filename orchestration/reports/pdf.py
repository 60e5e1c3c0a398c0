"""PDF by typst: the memo and the annexes, from layouts in templates/ and data that is never read as markup.

Typst replaces a missing font without a word, so the fonts are looked for first. Nothing outside the shipped
fonts, the office's templates directory and the data reaches the page, and the creation time is the data's: the
same release gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from orchestration.reports import formats
from orchestration.reports.memo import Memo, Part, TemplateMistake
from orchestration.settings import Letterhead

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
FONT, SYMBOLS = "Sucharit Sarabun", "Sucharit Symbols"


def font_paths(letterhead: Letterhead) -> list[Path]:
    """Where fonts may lie: the shipped ones and the office's own."""
    own = letterhead.templates / "fonts" if letterhead.templates else None
    return [FONTS, own] if own is not None and own.is_dir() else [FONTS]


@lru_cache(maxsize=8)
def _families(paths: tuple[Path, ...]) -> frozenset[str]:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(paths))
    return frozenset(fonts.families())


def fonts_of(letterhead: Letterhead) -> list[str]:
    """The font families to set in, first choice first. Raises TemplateMistake where one is missing."""
    wanted = [letterhead.font or FONT, FONT, SYMBOLS]
    found = _families(tuple(font_paths(letterhead)))
    missing = [name for name in wanted if name not in found]
    if missing:
        raise TemplateMistake(
            f"ไม่พบแบบอักษร {', '.join(missing)} ให้วางแฟ้ม TTF ไว้ใน templates/fonts ที่มี: {', '.join(sorted(found))}"
            f" / font {', '.join(missing)} is missing; put its TTF files into templates/fonts"
        )
    return list(dict.fromkeys(wanted))


@lru_cache(maxsize=1)
def _shipped_words() -> tuple[str, ...]:
    lines = (HERE / "templates" / "unbroken.txt").read_text(encoding="utf-8").split("\n")
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def unbroken(*names: str) -> str:
    """A regular expression of the words that no line may break inside: those of unbroken.txt and ``names``.

    A name counts without เทศบาล before it, so that it fits a narrow column; what is not one Thai word of at most
    14 letters is left to break.
    """
    own = [name.removeprefix("เทศบาล") for name in names]
    words = [*(name for name in own if re.fullmatch("[ก-๎]{2,14}", name)), *_shipped_words()]
    return "|".join(sorted(set(words), key=lambda word: (-len(word), word)))


@lru_cache(maxsize=8)
def _compiler(layout: str, root: Path, paths: tuple[Path, ...]) -> Any:
    # One compiler for all local governments of a run: it reads the fonts once.
    source = (HERE / "templates" / layout).read_bytes()
    # The stubs leave a type parameter open that no argument settles.
    return typst.Compiler(source, root=root, font_paths=list(paths), ignore_system_fonts=True)  # type: ignore[misc]


def compile_pdf(
    layout: str, name: str, values: Mapping[str, Any], created: datetime, letterhead: Letterhead
) -> bytes:
    """A layout of templates/ with ``values`` as its data ``sys.inputs.<name>``."""
    stamp = {
        "fonts": fonts_of(letterhead),
        "symbols": [SYMBOLS],
        "created": {unit: getattr(created, unit) for unit in ("year", "month", "day", "hour", "minute", "second")},
    }
    root = letterhead.templates if letterhead.templates and letterhead.templates.is_dir() else HERE / "templates"
    source = (HERE / "templates" / layout).read_bytes()
    compiler = _compiler(layout, root, tuple(font_paths(letterhead)))
    text = json.dumps({**values, **stamp}, ensure_ascii=False)
    return compiler.compile(
        input=source, format="pdf", sys_inputs={name: text}, timestamp=int(created.timestamp())
    )


def printed(part: Part) -> dict[str, Any]:
    """A part of the memo with places to break in words that have none."""
    signer = part.signer and {key: formats.breakable(text) for key, text in asdict(part.signer).items()}
    return {"kind": part.kind, "text": formats.breakable(part.text), "signer": signer}


def write_memo_pdf(
    memo: Memo, letterhead: Letterhead, release_id: str, created: datetime, path: Path, names: Sequence[str] = ()
) -> None:
    """Write the memo at ``path``; no line breaks inside ``names``. Raises TemplateMistake for a missing font."""
    values: dict[str, Any] = asdict(memo)
    values["sections"] = [
        {"name": name, "parts": [printed(part) for part in parts]} for name, parts in memo.sections
    ]
    for key in ("agency", "number", "subject", "to"):
        values[key] = formats.breakable(values[key])
    values |= {
        "unbroken": unbroken(*names),
        "release": release_id,
        "digits": [formats.thai_digits(str(number)) for number in range(100)],
    }
    if letterhead.garuda and letterhead.templates:
        values["garuda"] = "/" + letterhead.garuda.relative_to(letterhead.templates).as_posix()
    path.write_bytes(compile_pdf("memo.typ", "memo", values, created, letterhead))


def write_annexes_pdf(annex: Mapping[str, Any], letterhead: Letterhead, created: datetime, path: Path) -> None:
    """Write annexes (see annexes.py) at ``path``. Raises TemplateMistake where a font is missing."""
    path.write_bytes(compile_pdf("annex.typ", "annex", annex, created, letterhead))
