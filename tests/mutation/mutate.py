"""Damaged copies of the sample files, the same for the same number: mutant(n) -> (name, kind of damage, bytes).

Damage is of two sorts. To the bytes of a file (flipped, truncated, shuffled …), as disks and mail do it. And
inside a workbook that is packed again with correct checksums (entries swapped or removed, XML broken, cells
moved far out), as broken programs do it.
"""

import io
import random
import re
import zipfile
from functools import cache
from xml.parsers import expat

from tests.conftest import PROJECT, SAMPLE

MOVED_TO = ("XFD1048576", "ZZ99999", "AAA7", "XFE3", "ZZZZ12", "A1048577", "B900000", "M4000000000", "CV5")


@cache
def samples():
    """Return the sample files by name."""
    return {path.name: path.read_bytes() for path in sorted(SAMPLE.iterdir())}


@cache
def printed():
    """Return the sample files that were saved as PDF, by name."""
    folder = PROJECT / "tests" / "corpus" / "pdf"
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@cache
def members(name):
    with zipfile.ZipFile(io.BytesIO(samples()[name])) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def pack(parts, method=zipfile.ZIP_DEFLATED):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(name), part, method)
    return packed.getvalue()


def mutant(n):
    """Return (name of the sample, kind of damage, damaged bytes)."""
    dice = random.Random(2566 * 10_000 + n)
    workbooks = [name for name in samples() if not name.endswith((".csv", ".html"))]
    # Mostly workbooks; every twelfth is a text file.
    name = dice.choice(workbooks if n % 12 else [name for name in samples() if name not in workbooks])
    packed = samples()[name].startswith(b"PK")
    kind = dice.choice([*BYTES, *(PACKED if packed else ())])
    if kind in BYTES:
        return name, kind, BYTES[kind](dice, samples()[name])
    return name, kind, PACKED[kind](dice, dict(members(name)))


def pdf_mutant(n):
    """Return (name of the PDF, kind of damage, damaged bytes)."""
    dice = random.Random(2570 * 10_000 + n)
    name, kind = dice.choice(list(printed())), dice.choice(list(BYTES))
    return name, kind, BYTES[kind](dice, printed()[name])


# -- damage to the bytes


def flip(dice, content):
    damaged = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 8, 64))):
        damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
    return bytes(damaged)


def truncate(dice, content):
    return content[: dice.randrange(len(content))]


def overwrite(dice, content):
    start, size = dice.randrange(len(content)), dice.choice((1, 4, 64, 512))
    filling = dice.choice((b"\0" * size, b"\xff" * size, dice.randbytes(size)))
    return content[:start] + filling + content[start + size :]


def shuffle(dice, content):
    blocks = [content[at : at + 512] for at in range(0, len(content), 512)]
    a, b = dice.randrange(len(blocks)), dice.randrange(len(blocks))
    blocks[a], blocks[b] = blocks[b], blocks[a]
    return b"".join(blocks)


def surround(dice, content):
    rubbish = dice.randbytes(dice.choice((1, 100, 5000)))
    return rubbish + content if dice.random() < 0.5 else content + rubbish


def splice(dice, content):
    """Cut a stretch out, as a broken transfer does."""
    start = dice.randrange(len(content))
    return content[:start] + content[start + dice.randrange(1, 2000) :]


BYTES = {f.__name__: f for f in (flip, truncate, overwrite, shuffle, surround, splice)}


# -- damage inside a workbook


def swap(dice, parts):
    a, b = dice.sample(list(parts), 2)
    parts[a], parts[b] = parts[b], parts[a]
    return pack(parts)


def remove(dice, parts):
    for name in dice.sample(list(parts), dice.choice((1, 1, 2))):
        del parts[name]
    return pack(parts)


def rename(dice, parts):
    """Exchange two names in the list at the end of the file, so that it disagrees with the entries."""
    content = pack(parts)
    start = content.index(b"PK\1\2")
    a, b = (name.encode() for name in dice.sample(list(parts), 2))
    listing = content[start:]
    if len(a) == len(b):
        listing = listing.replace(a, b"\0").replace(b, a).replace(b"\0", b)
    else:
        listing = listing.replace(a, a[::-1])
    return content[:start] + listing


def double(dice, parts):
    """Write one name twice, once with another's content."""
    packed = io.BytesIO(pack(parts))
    a, b = dice.sample(list(parts), 2)
    with zipfile.ZipFile(packed, "a") as archive:
        # Past the writer's own warning about it.
        archive.NameToInfo.clear()
        archive.writestr(zipfile.ZipInfo(a), parts[b])
    return packed.getvalue()


def break_xml(dice, parts):
    """Take out, double or turn over a piece of markup, so that the part is no XML any more."""
    name = dice.choice([name for name, part in parts.items() if part.startswith(b"<")])
    part = parts[name]
    marks = [match.start() for match in re.finditer(rb"[<>/\"=]", part)]
    while is_xml(parts[name]):
        at, how = dice.choice(marks), dice.randrange(4)
        end = at + dice.randrange(1, 300)
        middle = (b"", part[at : at + 1] * 2, b"", part[at:end][::-1])[how]
        rest = (part[at + 1 :], part[at + 1 :], b"", part[end:])[how]
        parts[name] = part[:at] + middle + rest
    return pack(parts, dice.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def is_xml(part):
    try:
        expat.ParserCreate().Parse(part, True)
    except expat.ExpatError:
        return False
    return True


def move_out(dice, parts):
    """Send some cells far away."""
    name = dice.choice([n for n in parts if n.startswith("xl/worksheets/sheet")] or ["content.xml"])
    part = parts[name]
    if name == "content.xml":
        cells = [match.start() for match in re.finditer(rb"<table:table-cell (?=[^>]*office:value-type)", part)]
        at = dice.choice(cells)
        far = b'<table:table-cell table:number-columns-repeated="%d"/>' % dice.choice((5, 1000, 16_383, 10**9))
        part = part[:at] + far + part[at:]
    else:
        for match in dice.sample(list(re.finditer(rb'<c r="([A-Z]+\d+)"', part)), dice.choice((1, 1, 3))):
            part = part.replace(match[0], b'<c r="%s"' % dice.choice(MOVED_TO).encode(), 1)
    parts[name] = part
    return pack(parts)


def entity(dice, parts):
    name = dice.choice([name for name, part in parts.items() if part.startswith(b"<?xml")])
    bomb = b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/hostname">]>'
    parts[name] = parts[name].replace(b"?>", b"?>" + bomb, 1)
    return pack(parts)


PACKED = {f.__name__: f for f in (swap, remove, rename, double, break_xml, move_out, entity)}
