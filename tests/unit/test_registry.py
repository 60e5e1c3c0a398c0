"""Names against the register of the Department of Local Administration (7,849 local governments)."""

import pytest

from orchestration import registry
from orchestration.paths import SEEDS


def test_the_whole_register_is_there():
    founded = "count a local government that was founded later here too"
    assert len(registry.register()) == 7849, founded
    assert len([lgo for lgo in registry.register().values() if lgo.province_code == "92"]) == 100, founded


def test_the_mark_that_excel_puts_in_front_of_a_csv_is_no_part_of_it(tmp_path, monkeypatch):
    known = registry.register()
    for name in ("lgo_registry.csv", "province.csv"):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + (SEEDS / name).read_bytes())
    monkeypatch.setattr(registry, "SEEDS", tmp_path)
    assert registry.provinces.__wrapped__() == registry.provinces()
    assert registry.register.__wrapped__() == known


@pytest.mark.parametrize("seed", sorted(SEEDS.glob("*.csv")), ids=lambda seed: seed.name)
def test_a_seed_ends_its_lines_in_one_way(seed):
    """A line added by an editor that ends it otherwise than the rest makes a file that DuckDB cannot read."""
    assert b"\r" not in seed.read_bytes()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("5920999,เทศบาลตำบล,ใหม่,99,เมืองตรัง", ("ไม่มีรหัสจังหวัด 99", "no province code 99 in province.csv")),
        ("5920999,เทศบาลใหญ่,ใหม่,92,เมืองตรัง", ("ไม่รู้จักประเภท เทศบาลใหญ่", "type เทศบาลใหญ่ is none of อบจ.")),
        ("5920999,เทศบาลตำบล,ใหม่,92", ("5 ช่อง แต่มี 4", "must have 5 columns, has 4")),
        ("3920102,เทศบาลตำบล,ใหม่,92,เมืองตรัง", ("รหัส 3920102 ซ้ำ", "the code 3920102 is there twice")),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path, monkeypatch, line, said):
    for name in ("lgo_registry.csv", "province.csv"):
        (tmp_path / name).write_bytes((SEEDS / name).read_bytes())
    written = (tmp_path / "lgo_registry.csv").read_text(encoding="utf-8")
    (tmp_path / "lgo_registry.csv").write_text(f"{written}{line}\n", encoding="utf-8")
    monkeypatch.setattr(registry, "SEEDS", tmp_path)
    with pytest.raises(registry.RegistryError) as error:
        registry.register.__wrapped__()
    number = written.count("\n") + 1
    assert all(part in str(error.value) for part in (f"บรรทัด {number}: ", f"line {number}: ", *said))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("เทศบาลนครตรัง (พ.ศ. 2566 - 2570)", "3920102"),
        ("ของเทศบาลนครตรังประจำปีงบประมาณ", "3920102"),
        ("องค์การบริหารส่วนจังหวัดตรัง", "2920101"),
        ("อบจ.ตรัง", "2920101"),
        ("เมืองพัทยา", "3200408"),
        ("อบจ ตรัง", "2920101"),
        ("องค์กรบริหารส่วนจังหวัดตรัง", "2920101"),
        ("ทน.ตรัง", "3920102"),
        ("องค์การบริหารส่วนตำบลนาทามใต้", "6920111"),
    ],
)
def test_names_in_headings(text, code):
    [(_, candidates)] = registry.names_in(text)
    assert [lgo.lgo_code for lgo in candidates] == [code]


def test_a_name_that_several_bear_is_settled_by_the_province():
    [(_, candidates)] = registry.names_in("อบต.นาโยงใต้")
    assert {lgo.lgo_code for lgo in registry.narrow(candidates, "จังหวัดตรัง")} == {"6920106"}


@pytest.mark.parametrize(
    ("name", "code", "exact"),
    [
        ("องค์การบริหารส่วนตำบลน้ำผุด", "6920114", True),
        ("องค์การบริหารส่วนตำบลนาทามใต้", "6920111", False),
        ("องค์การบริหารส่วนตำบลนาทามเหนือ", "6920112", False),
    ],
)
def test_names_of_a_ranking(name, code, exact):
    lgo, is_exact = registry.find(name, "92", "เมืองตรัง")
    assert (lgo.lgo_code, is_exact) == (code, exact)


def test_a_name_of_another_district_is_not_taken():
    assert registry.find("องค์การบริหารส่วนตำบลน้ำผุด", "92", "ห้วยยอด") == (None, False)


@pytest.mark.parametrize("text", ["ประจำรอบจังหวัดตรัง", "ผลการสอบตก", "มอบตัวอย่าง", "รอบ 12 เดือน"])
def test_letters_of_a_short_type_inside_a_word_are_no_type(text):
    assert registry.names_in(text) == []


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        ("อำเภอวัฒนานคร จังหวัดสระแก้ว", {"6270511"}),
        ("อ.โคกสูง จ.สระแก้ว", {"6270804"}),
        ("จังหวัดสระแก้ว", {"6270511", "6270804"}),
    ],
)
def test_a_name_twice_in_a_province_is_settled_by_the_district_only(place, codes):
    [(_, candidates)] = registry.names_in("องค์การบริหารส่วนตำบลหนองแวง " + place)
    assert {lgo.lgo_code for lgo in registry.narrow(candidates, place)} == codes


def test_the_capital_district_by_its_short_name():
    # Two of this name in the province, one of them in the district that bears the province's name.
    [(_, candidates)] = registry.names_in("อบต." + CAPITAL.name)
    place = f"อ.เมือง จ.{CAPITAL.province}"
    assert registry.narrow(candidates, place) == [CAPITAL]


def _in_capital():
    by_name = {}
    for lgo in registry.register().values():
        by_name.setdefault((lgo.type, lgo.name, lgo.province), []).append(lgo)
    return next(
        lgo
        for (kind, _, _), namesakes in by_name.items()
        for lgo in namesakes
        if kind == "อบต." and len(namesakes) == 2 and lgo.district == "เมือง" + lgo.province
    )


CAPITAL = _in_capital()


def test_every_local_government_is_found_by_its_short_type_and_short_place():
    short = {"เทศบาลนคร": "ทน.", "เทศบาลเมือง": "ทม.", "เทศบาลตำบล": "ทต.", "ท้องถิ่นรูปแบบพิเศษ": ""}
    lost = [
        lgo.full_name
        for lgo in registry.register().values()
        for line in [f"{short.get(lgo.type, lgo.type)} {lgo.name} อ.{lgo.district} จ.{lgo.province}"]
        if registry.narrow(registry.names_in(line)[0][1], line) != [lgo]
    ]
    assert lost == []


def test_every_local_government_is_found_by_its_full_name_and_place():
    lost = []
    for lgo in registry.register().values():
        candidates = registry.names_in(lgo.full_name)[0][1]
        place = f"อำเภอ{lgo.district} จังหวัด{lgo.province}"
        if lgo not in registry.narrow(candidates, place):
            lost.append(lgo)
    assert lost == []
