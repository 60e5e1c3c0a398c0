"""Every case of the corpus against what was written by hand for it."""

import hashlib
from decimal import Decimal
from functools import cache

import pytest

from orchestration.spreadsheets.headers import TO_THE_RIGHT
from orchestration.spreadsheets.parse import parse
from orchestration.spreadsheets.readers import read
from tests.conftest import ROUND
from tests.corpus.make import Listing, cases

CASES = cases()


def baht(text):
    return Decimal(text) if text else None


def as_read(row):
    """Return a parsed row as the listing that a case would write for it."""
    amounts = ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht", "remaining_baht")
    return (
        row["listing_code"],
        row["listing_name"],
        *(row[name] for name in amounts),
        row["status"],
        row["no_budget"],
        row["transfer_in_baht"],
        row["transfer_out_baht"],
        row["remark"],
    )


def as_expected(listing: Listing):
    return (
        listing.code,
        listing.name,
        *(baht(text) for text in (listing.plan, listing.ordinance, listing.disbursed, listing.remaining)),
        listing.status,
        listing.no_budget,
        Decimal(listing.moved_in),
        Decimal(listing.moved_out),
        listing.remark,
    )


@cache
def parsed(name):
    [case] = [case for case in CASES if case.name == name]
    return parse(case.content, ROUND, case.name, hashlib.sha256(case.content).hexdigest(), case.scope)


def test_there_are_enough_of_them():
    assert len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case):
    got = parsed(case.name)
    refused = got.rows.get("quarantine", [])
    if case.refused:
        assert [row["rule"] for row in refused] == [case.refused]
        assert not got.kinds
        return
    assert [(row["rule"], row["cell"]) for row in refused] == case.quarantined
    listings = got.rows.get("division_listing", [])
    assert [as_read(row) for row in listings] == [as_expected(listing) for listing in case.listings]
    assert sorted((r["rule"], r["cell"] or "") for r in got.rows.get("repair", [])) == sorted(
        (rule, cell or "") for rule, cell in case.repairs
    )
    assert (got.lgo_code, got.division) == (case.lgo_code, case.division)
    assert all(row["dimension_name"] and row["mission_name"] for row in listings)
    if case.roles is not None:
        assert [row["role"] for row in got.rows["other_row"]][-len(case.roles) :] == case.roles


@pytest.mark.parametrize("case", [case for case in CASES if not case.refused], ids=lambda case: case.name)
def test_no_row_is_lost_or_counted_twice(case):
    got = parsed(case.name)
    tables = ("division_listing", "quarantine", "other_row")
    accounted = sorted((row["source_sheet"], row["source_row"]) for t in tables for row in got.rows.get(t, []))
    if case.name.startswith("tables_side_by_side"):
        assert len(accounted) == len(set(accounted)), "what a row is named by"
        accounted = sorted({(sheet.removesuffix(TO_THE_RIGHT), row) for sheet, row in accounted})
    written, without_text = [], set()
    for sheet in read(case.content):
        filled = [y for y, row in enumerate(sheet.rows, start=1) if any(cell.strip() for cell in row)]
        written += [(sheet.name, y) for y in filled]
        bad = {y + 1 for y, _ in sheet.hidden.without_value} if sheet.hidden else set()
        without_text |= {(sheet.name, y) for y in bad.difference(filled)}
    refused = {(row["source_sheet"], row["source_row"]) for row in got.rows.get("quarantine", [])}
    assert accounted == sorted([*written, *(without_text & refused)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_said_names_its_place_in_thai(case):
    got = parsed(case.name)
    for row in got.rows.get("quarantine", []):
        assert "กรุณา" in row["message_th"] or (row["cell"] or "?") in row["message_th"]
        assert "{" not in row["message_th"] + row["message_en"]
    for row in got.rows.get("repair", []):
        assert row["detail_th"] and row["detail_en"]
        assert row["lgo_code"] == case.lgo_code
