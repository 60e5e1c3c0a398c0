"""Rankings of single districts beside that of the reference, and a newer one that names only some of its district."""

import os
from decimal import Decimal

import pytest

from tests.corpus.make import xlsx

D = Decimal
HEAD = [
    ["ผลการนำแผนปฏิบัติการป้องกันการทุจริต ไปสู่การปฏิบัติระดับจังหวัด ของจังหวัดตรัง ประจำปีงบประมาณ พ.ศ. 2566 รอบ 12 เดือน"],
    ["ลำดับ", "ชื่อ อปท.", "อำเภอ", "ร้อยละ", "ระดับการนำไปปฏิบัติ"],
]
REFERENCE = "ผลระดับจังหวัด ตรัง.html"
TWO_DISTRICTS, AGAIN = "สองอำเภอ.xlsx", "ย่านตาขาว แก้ไข.xlsx"
YAN_TA_KHAO, THUNG_KRABUE, WANG_WON, KHUAN_THANI = "5920301", "5920303", "6920202", "5920212"


def sheet(district, rows, counts=()):
    lines = [[str(n), name, district, percent, level] for n, (name, percent, level) in enumerate(rows, start=1)]
    return (district, [*HEAD, *lines, *(["", "", "", level, str(number)] for level, number in counts)])


@pytest.fixture(scope="module")
def rankings(installation):
    """Two districts in one workbook, each with its counts; then one of them again, with one of its three names."""
    content = {
        TWO_DISTRICTS: xlsx(
            sheet(
                "ย่านตาขาว",
                [
                    ("เทศบาลตำบลย่านตาขาว", "80.00", "มาก"),
                    ("เทศบาลตำบลทุ่งกระบือ", "40.00", "น้อย"),
                    ("เทศบาลตำบลไม่มีในทะเบียน", "93.33", "มาก"),
                ],
                [("มาก", 2), ("ปานกลาง", 0), ("น้อย", 1)],
            ),
            sheet(
                "กันตัง",
                [("องค์การบริหารส่วนตำบลวังวน", "53.33", "ปานกลาง"), ("เทศบาลตำบลควนธานี", "100.00", "มาก")],
                # One more than the rows give.
                [("มาก", 2), ("ปานกลาง", 1), ("น้อย", 0)],
            ),
        ),
        AGAIN: xlsx(sheet("ย่านตาขาว", [("เทศบาลตำบลทุ่งกระบือ", "53.33", "ปานกลาง")])),
    }
    for n, (name, file) in enumerate(content.items()):
        path = installation.inbox / name
        path.write_bytes(file)
        os.utime(path, (1_700_000_000 + n, 1_700_000_000 + n))
    installation.build(reports=True)
    yield installation
    installation.put_back()


def test_rankings_of_single_districts_stand_beside_each_other(rankings):
    """The reference has 17 of เมืองตรัง; of ย่านตาขาว the newer file names one, whose new percent counts."""
    rows = rankings.ask("from marts.provincial_ranking where has_reported")
    assert len(rows) == 17 + 2 + 2
    percents = {row["lgo_code"]: row["published_pct"] for row in rows}
    assert percents[YAN_TA_KHAO] == D("80.00"), "left out of the newer file: the older row stands"
    assert percents[THUNG_KRABUE] == D("53.33"), "named by the newer file"
    assert (percents[WANG_WON], percents[KHUAN_THANI]) == (D("53.33"), D("100.00"))
    assert percents["3920102"] == D("91.43")
    # A name that nobody knows goes with the next export of its district: it may have been put right there.
    assert None not in percents
    assert not rankings.ask("from marts.finding where rule = 'ranking_lgo_unknown'")


def test_the_ledger_says_that_all_of_them_count(rankings):
    rows = rankings.ask("from marts.submission_ledger where kinds like '%ranking%'")
    said = {row["source_file"]: (row["is_current"], row["superseded_by"]) for row in rows}
    assert said == dict.fromkeys((REFERENCE, TWO_DISTRICTS, AGAIN), (True, None))


def test_a_row_that_a_later_export_leaves_out_says_so_where_its_source_is_seen(rankings):
    rows = rankings.ask(
        "from marts.published_figure where figure_id like 'ranking.%.percent' and contains(explanation, ?)", AGAIN
    )
    [left_out] = rows
    assert left_out["source_file"] == TWO_DISTRICTS and left_out["label"] == "เทศบาลตำบลย่านตาขาว"
    # 12 of the minimum of 15.
    assert left_out["explanation"].startswith("12/15 โครงการ (แฟ้ม ")
    assert AGAIN in left_out["explanation_en"]


def test_every_row_has_its_figures_although_numbers_repeat(rankings):
    """Three tables begin with 1: their figures go by the codes. The reference's counts keep their names."""
    rows = rankings.ask("from marts.published_figure where figure_id like 'ranking.%.percent'")
    assert len(rows) == 17 + 2 + 2
    values = {row["figure_id"]: row["published_value"] for row in rows}
    assert values[f"ranking.{YAN_TA_KHAO}.percent"] == "80.00"
    assert values[f"ranking.{THUNG_KRABUE}.percent"] == "53.33"
    assert values["ranking.3920102.percent"] == "91.43"


def test_a_count_is_held_against_the_rows_of_its_own_table(rankings):
    """Those of ย่านตาขาว are gone: a later file has replaced one of the rows that they were counted over."""
    rows = rankings.ask(
        "from marts.published_figure where figure_id like 'ranking.count.%' order by source_file, source_row"
    )
    assert [(row["figure_id"], row["published_value"], row["computed_value"]) for row in rows] == [
        ("ranking.count.มาก", "11", "11"),
        ("ranking.count.ปานกลาง", "3", "3"),
        ("ranking.count.น้อย", "3", "3"),
        ("ranking.count.มาก.2", "2", "1"),
        ("ranking.count.ปานกลาง.2", "1", "1"),
        ("ranking.count.น้อย.2", "0", "0"),
    ]
    assert rows[3]["label"] == "จำนวน อปท. ระดับมาก (ตารางที่ 2 สองอำเภอ.xlsx · กันตัง)"
    [finding] = rankings.ask("from marts.finding where rule = 'ranking_count_differs'")
    assert (finding["source_file"], finding["source_sheet"], finding["source_row"]) == (TWO_DISTRICTS, "กันตัง", 5)
    assert (finding["source_cell"], finding["value_as_written"]) == ("E5", "2")


def test_a_rank_says_among_how_many(rankings):
    """Twenty-one of the hundred local governments of the province are known."""
    rows = rankings.ask("select distinct ranked_in_province from marts.provincial_ranking")
    assert rows == [{"ranked_in_province": 17 + 2 + 2}]
    said = "ลำดับในจังหวัดคิดจาก อปท. 21 แห่งที่ทราบผล จากทั้งจังหวัด 100 แห่ง"
    assert said in rankings.reports()["provincial_ranking_92.html"].decode()
