"""How the name of one project comes to be written in two ways: pure functions on a seeded dice.

Each function takes the dice and a name and returns a name, never an empty one; `drift` draws some of them. What is
drifted is still the same project to a reader; how hard it is to see grows with the strength.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

KINDS = ("โครงการ", "กิจกรรม", "มาตรการ", "การ", "โครงการจัดกิจกรรม", "")
ABBREVIATIONS = (
    ("องค์การบริหารส่วนจังหวัด", "อบจ."),
    ("องค์การบริหารส่วนตำบล", "อบต."),
    ("องค์กรปกครองส่วนท้องถิ่น", "อปท."),
    ("เทศบาลนคร", "ทน."),
    ("เทศบาลเมือง", "ทม."),
    ("เทศบาลตำบล", "ทต."),
    ("คณะกรรมการ", "คกก."),
    ("ประชาสัมพันธ์", "ปชส."),
    ("งบประมาณ", "งปม."),
    ("ปฏิบัติการ", "ปฏิบัติฯ"),
    ("ผู้บริหารและสมาชิกสภาท้องถิ่น", "ผู้บริหารฯ"),
    ("ป้องกันและแก้ไข", "ป้องกันฯ"),
    ("คุณธรรมและความโปร่งใส", "คุณธรรมฯ"),
    ("คุณธรรมจริยธรรม", "คุณธรรมฯ"),
    ("ประจำปีงบประมาณ", "ประจำปี"),
    ("ชุมชน", "ชุมชนฯ"),
)
FILLERS = (
    "ประจำปีงบประมาณ",
    "ประจำปี",
    "ในเขตพื้นที่",
    "ของหน่วยงาน",
    "สำหรับบุคลากร",
    "ให้แก่ประชาชน",
    "อย่างยั่งยืน",
    "(ต่อเนื่อง)",
    "ผ่านช่องทางออนไลน์",
)
MISSPELLINGS = (
    ("กฎ", "กฏ"),
    ("อนุญาต", "อนุญาติ"),
    ("ศักยภาพ", "ศักภาพ"),
    ("ประสิทธิภาพ", "ประสิทธภาพ"),
    ("โปร่งใส", "โปร่งไส"),
    ("สัมมนา", "สัมนา"),
    ("เจตนารมณ์", "เจตนารมย์"),
    ("คำนึง", "คำนึ่ง"),
    ("จริยธรรม", "จริธรรม"),
    ("ทุจริต", "ทุจริจ"),
    ("เว็บไซต์", "เวปไซด์"),
    ("ผู้สูงอายุ", "ผู้สูงวัย"),
    ("ขยะมูลฝอย", "ขยะ"),
    ("พัฒนา", "พัฒฒนา"),
)
# What a scan takes for one another.
LOOK_ALIKE = ("กถภ", "ดคต", "บปษ", "ผฝพฟ", "ชซ", "ขฃซ", "นมฆ", "รธ", "วา", "ลส", "ะร", "่้", "ิีึื", "ุู", "ํ็๊๋")
ABOVE_OR_BELOW = re.compile("[ัิีึืุู่้๊๋์็]")
# Where a phrase begins: Thai has no spaces to go by.
_PHRASES = re.compile(r"(?= )|(?=และ|หรือ|ของ|เพื่อ|ให้แก่|ให้กับ|สำหรับ|ตามหลัก|ตาม|เกี่ยวกับ|ผ่านทาง|ด้าน|ในเขต|แก่|ประจำปี|\()")
_KIND = re.compile("^(โครงการจัดกิจกรรม|โครงการ|กิจกรรม|มาตรการ)(?:การ(?=[ก-ฮเแโใไ]))?")


def phrases(name: str) -> list[str]:
    """Return a name cut before the words that usually begin a phrase; joined they give the name."""
    return [part for part in _PHRASES.split(name) if part]


def another_kind(dice: random.Random, name: str) -> str:
    """Write กิจกรรม for โครงการ, or nothing."""
    rest = _KIND.sub("", name).strip()
    return (dice.choice(KINDS) + rest) if rest else name


def reordered(dice: random.Random, name: str) -> str:
    """Swap two neighbouring phrases behind the first."""
    parts = phrases(name)
    if len(parts) < 3:
        return name
    at = dice.randrange(1, len(parts) - 1)
    parts[at], parts[at + 1] = " " + parts[at + 1].strip(), parts[at]
    return "".join(parts)


def dropped(dice: random.Random, name: str) -> str:
    """Leave out a phrase that is not the first and no more than a third of the name."""
    parts = phrases(name)
    short = [at for at, part in enumerate(parts) if at and len(part) * 3 <= len(name)]
    if not short:
        return name
    del parts[dice.choice(short)]
    return "".join(parts)


def added(dice: random.Random, name: str) -> str:
    """Append words that say nothing."""
    return name + dice.choice(("", " ")) + dice.choice(FILLERS)


def abbreviated(dice: random.Random, name: str) -> str:
    """Shorten one long word as offices do."""
    known = [(long, short) for long, short in ABBREVIATIONS if long in name]
    return name.replace(*dice.choice(known), 1) if known else name


def misspelt(dice: random.Random, name: str) -> str:
    """Make a usual mistake, or lose a mark above or below a letter."""
    known = [(right, wrong) for right, wrong in MISSPELLINGS if right in name]
    if known and dice.random() < 0.5:
        return name.replace(*dice.choice(known), 1)
    marks = [match.start() for match in ABOVE_OR_BELOW.finditer(name)]
    if not marks:
        return name
    at = dice.choice(marks)
    return name[:at] + name[at + 1 :]


def scanned(dice: random.Random, name: str) -> str:
    """Take a letter for one that looks like it, or put a space into a word, for one letter in twelve."""
    letters = list(name)
    for _ in range(max(1, len(letters) // 12)):
        at = dice.randrange(len(letters))
        alike = next((group for group in LOOK_ALIKE if letters[at] in group), None)
        if alike and dice.random() < 0.75:
            letters[at] = dice.choice(alike)
        elif letters[at].isalpha():
            letters[at] += " "
    return "".join(letters)


def respaced(dice: random.Random, name: str) -> str:
    """Put spaces, quotation marks or Thai digits where the other side has none."""
    way = dice.randrange(3)
    if way == 0:
        parts = phrases(name)
        return " ".join(part.strip() for part in parts)
    if way == 1:
        kind = _KIND.match(name)
        at = kind.end() if kind else 0
        return f"{name[:at]} “{name[at:].strip()}”" if name[at:].strip() else name
    return name.translate({ord("0") + n: chr(ord("๐") + n) for n in range(10)}).replace(" ", "")


WAYS: tuple[tuple[Callable[[random.Random, str], str], int], ...] = (
    (respaced, 3),
    (another_kind, 3),
    (abbreviated, 3),
    (misspelt, 3),
    (dropped, 2),
    (added, 2),
    (reordered, 2),
    (scanned, 2),
)


def drift(dice: random.Random, name: str, strength: float = 0.5) -> str:
    """Return the name as another office may write it.

    strength 0 leaves it as it is; 0.3 changes spelling in one or two places; 0.6 also words; 1 leaves a name that
    a reader recognises with difficulty. The same dice gives the same name.
    """
    if strength <= 0:
        return name
    times = sum(dice.random() < strength for _ in range(4))
    ways, weights = zip(*WAYS, strict=True)
    for way in dice.choices(ways, weights, k=times):
        changed = way(dice, name).strip()
        name = changed or name
    return name
