"""How the fonts beside this file were made; nothing runs it. Needs fonttools, which the project does not install.

    python derive.py <directory of Sarabun TTFs> <DejaVuSans.ttf>

Sarabun comes from the package @expo-google-fonts/sarabun 0.4.1 (SIL Open Font License 1.1, no reserved font
name), DejaVu Sans 2.37 from dejavu-fonts.github.io. Three things change in Sarabun:

* Its em. Sarabun is drawn half as large again as the TH Sarabun that government letters are written in, so that
  16 points of it look like 23. With an em of 1450 units the sizes that the rules of correspondence name
  (16, 20, 29 points) come out as they are meant, and an office that puts TH Sarabun in its place gets the same
  page.
* Its line. Ascender and descender hold stacked tone marks and lower vowels, so that a line of 1.0 clips nothing.
* Its mark positioning (GPOS mark, mkmk) is left out. The glyphs of the marks already stand in the right place,
  and a mark moved by GPOS makes the PDF say its cluster twice (ซึ่ซึ่ง) to whoever searches or copies.

The symbols font is cut from DejaVu Sans, its em changed alike: signs for marks, arrows, and letters that Sarabun
lacks.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
EM, ASCENDER, DESCENDER = 1450, 1250, 480
FAMILY, SYMBOLS = "Sucharit Sarabun", "Sucharit Symbols"
STYLES = {"Regular": "400Regular", "Bold": "700Bold", "Italic": "400Regular_Italic"}
# Punctuation, arrows, mathematics, boxes, symbols, dingbats; Greek, Cyrillic, Hebrew, Arabic.
RANGES = [
    (0x370, 0x52F), (0x590, 0x6FF), (0x2000, 0x22FF), (0x2500, 0x27BF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF),
    (0xFFFD, 0xFFFD),
]  # fmt: skip


def rename(font: TTFont, family: str, style: str, note: str) -> None:
    """Give the font a family of its own, so that it is never mistaken for the one that it was made from."""
    names = font["name"]
    full = f"{family} {style}"
    postscript = f"{family.replace(' ', '')}-{style}"
    for number, text in ((1, family), (2, style), (3, postscript), (4, full), (6, postscript), (10, note)):
        names.setName(text, number, 3, 1, 0x409)
    names.names = [n for n in names.names if n.platformID == 3 and n.nameID not in (16, 17, 21, 22, 25)]


def derive_sarabun(source: Path, style: str) -> None:
    font = TTFont(source)
    font["head"].unitsPerEm = EM
    for table, ascender, descender in (("hhea", "ascent", "descent"), ("OS/2", "sTypoAscender", "sTypoDescender")):
        setattr(font[table], ascender, ASCENDER)
        setattr(font[table], descender, -DESCENDER)
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0
    font["OS/2"].usWinAscent, font["OS/2"].usWinDescent = 1290, 570
    positioning = font["GPOS"].table.FeatureList
    for record in positioning.FeatureRecord:
        if record.FeatureTag in ("mark", "mkmk"):
            record.Feature.LookupListIndex, record.Feature.LookupCount = [], 0
    rename(font, FAMILY, style, "Made from Sarabun 1.000 for Sucharit: em, line and mark positioning changed.")
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(HERE / f"SucharitSarabun-{style}.ttf")


def derive_symbols(source: Path) -> None:
    font = TTFont(source)
    options = subset.Options(layout_features=["*"], hinting=False, name_IDs=["*"])
    cut = subset.Subsetter(options)
    cut.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    cut.subset(font)
    font["head"].unitsPerEm = round(font["head"].unitsPerEm * EM / 1000)
    rename(font, SYMBOLS, "Book", "Cut from DejaVu Sans 2.37 for Sucharit.")
    font.recalcTimestamp = False
    font.save(HERE / "SucharitSymbols.ttf")


if __name__ == "__main__":
    for style, name in STYLES.items():
        derive_sarabun(next(Path(sys.argv[1]).rglob(f"Sarabun_{name}.ttf")), style)
    derive_symbols(Path(sys.argv[2]))
