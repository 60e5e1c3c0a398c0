"""Names against the register of the Department of Local Administration (7,849 local governments)."""

import pytest

from orchestration import registry


def test_the_whole_register_is_there():
    assert len(registry.register()) == 7849
    assert len([lgo for lgo in registry.register().values() if lgo.province_code == "92"]) == 100


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("เทศบาลนครตรัง (พ.ศ. 2566 - 2570)", "3920102"),
        ("ของเทศบาลนครตรังประจำปีงบประมาณ", "3920102"),
        ("องค์การบริหารส่วนจังหวัดตรัง", "2920101"),
        ("อบจ.ตรัง", "2920101"),
        ("เมืองพัทยา", "3200408"),
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


def test_every_local_government_is_found_by_its_full_name_and_place():
    lost = []
    for lgo in registry.register().values():
        candidates = registry.names_in(lgo.full_name)[0][1]
        place = f"อำเภอ{lgo.district} จังหวัด{lgo.province}"
        if lgo not in registry.narrow(candidates, place):
            lost.append(lgo)
    assert lost == []
