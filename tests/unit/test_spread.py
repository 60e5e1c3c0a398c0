"""Matching many local governments: the same whatever the number of processes, and what is kept is what was matched."""

import os
import time

import pyarrow as pa
import pytest

from bench.matching import weights
from orchestration.matching import spread
from orchestration.matching.pairs import match_listings, match_tables
from tests.unit.test_matching import decided, listing, project

LGOS = ("5920101", "5920102", "4900301", "2110101")


@pytest.fixture(scope="module")
def tables():
    source = {"source_file": "f", "source_sha256": "s", "source_sheet": "1"}
    listings, projects, reviewed = [], [], []
    for lgo in LGOS:
        for round_key in ("FY2565-12M", "FY2566-12M"):
            place = {"lgo_code": lgo, "round_key": round_key}
            for n in range(1, 6):
                row = place | source | {"source_row": n}
                name = f"โครงการ{'กขคงจฉ'[n] * 9} ของ {lgo}"
                money = n * 1000 + int(lgo[-3:])
                line = listing(f"1.1.{n}", name, money, money // 2)
                listings.append(row | line | {"listing_order": line["listing_code"]})
                projects.append(row | project(n, name, money, money // 2))
            reviewed.append(place | decided(2, "1.1.3"))
    # Amounts of staging are baht; `listing` and `project` give satang.
    for row in (*listings, *projects):
        row |= {name: row[name] / 100 for name in row if name.endswith("_baht")}
    return {
        "listings": pa.Table.from_pylist(listings),
        "projects": pa.Table.from_pylist(projects),
        "reviewed": pa.Table.from_pylist(reviewed),
    }


def in_order(table):
    return table.sort_by(
        [(c, "ascending") for c in ("round_key", "lgo_code", "listing_code", "eplan_seq", "outcome")]
    )


def test_parts_over_processes_give_what_one_process_gives_and_what_is_kept_is_not_matched_again(
    tables, tmp_path, monkeypatch
):
    at_once = match_tables(tables, weights())
    monkeypatch.setattr(spread, "ROWS_FOR_PROCESSES", 0)
    apart = match_listings(*tables.values(), weights(), tmp_path)
    assert len({(r["round_key"], r["lgo_code"], r["listing_code"]) for r in apart.to_pylist()}) == 40
    assert in_order(apart).equals(in_order(at_once))
    assert len(list(tmp_path.glob("*.parquet"))) == 6  # three provinces, two rounds

    asked = []
    ask = spread._Children.ask
    monkeypatch.setattr(spread._Children, "ask", lambda self, *given: asked.append(given) or ask(self, *given))
    assert match_listings(*tables.values(), weights(), tmp_path).equals(apart)
    assert not asked
    # One name changes: its province and round are matched again. What is damaged is matched again too.
    names = tables["listings"]["listing_name"].to_pylist()
    names[0] = "อย่างอื่น"
    changed = tables["listings"].set_column(
        tables["listings"].column_names.index("listing_name"), "listing_name", pa.array(names)
    )
    again = match_listings(changed, tables["projects"], tables["reviewed"], weights(), tmp_path)
    assert len(asked) == 1
    assert in_order(again).equals(in_order(match_tables(tables | {"listings": changed}, weights())))
    for path in tmp_path.glob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-9])
    assert match_listings(*tables.values(), weights(), tmp_path).equals(apart)
    assert len(asked) == 1 + 6


def test_what_no_build_has_asked_for_in_a_month_goes_away(tables, tmp_path, monkeypatch):
    monkeypatch.setattr(spread, "ROWS_FOR_PROCESSES", 0)
    old = tmp_path / "old.parquet"
    recent = tmp_path / "recent.parquet"
    for days, path in ((31, old), (29, recent)):
        path.touch()
        os.utime(path, (time.time() - days * 86_400,) * 2)
    match_listings(*tables.values(), weights(), tmp_path)
    assert recent.exists()
    assert not old.exists()
