"""The acceptance gate judges a part of a round once, and says the same whether it judged or remembers."""

import json
from dataclasses import replace

import pyarrow as pa
import pytest

from expectations import accepted, bridge
from orchestration import judged
from orchestration.checks import judge_submissions
from orchestration.intake import parsed_folder
from orchestration.parts import Parts
from orchestration.settings import Settings
from orchestration.spreadsheets.tables import schema, tables

ROUND = "FY2566-12M"
SHAS = [f"{first}{'0' * 63}" for first in "0369cf"]


def write(settings, amounts):
    """Write parsed rows: one listing per submission, with this much disbursed."""
    parts = Parts(parsed_folder(settings, ROUND))
    parts.count = 4
    for table in tables():
        for number in range(4):
            rows = []
            if table == "division_listing":
                rows = [
                    dict.fromkeys(schema(table).names)
                    | {"source_sha256": sha, "source_file": "f.xlsx", "source_sheet": "s", "source_row": 3}
                    | {"round_key": ROUND, "listing_code": "1.1.1", "division": "กองคลัง", "status": "completed"}
                    | {
                        "disbursed_baht": amount,
                        "disbursed_baht_cell": "E3",
                        "disbursed_baht_as_written": str(amount),
                    }
                    for sha, amount in zip(SHAS, amounts, strict=True)
                    if parts.number(sha) == number
                ]
            parts.write(table, number, pa.Table.from_pylist(rows, schema=schema(table)))
    parts.save()


@pytest.fixture
def judging(monkeypatch):
    """How many rows of listings each call of Great Expectations was given."""
    given = []
    validate = bridge.validate

    def count(frames, rules):
        given.append(len(frames["division_listing"]))
        return validate(frames, rules)

    monkeypatch.setattr(bridge, "validate", count)
    return given


def test_only_parts_with_news_are_judged_and_failures_keep_their_rows(tmp_path, judging):
    settings = Settings(home=tmp_path)
    write(settings, [1, -5, 1, 1, -7, 1])
    first = judge_submissions(settings, ROUND)
    assert judging == [6]
    assert list(first.refused) == [SHAS[1], SHAS[4]]
    assert first.refused[SHAS[4]]["value_as_written"] == "-7"
    assert first.refused[SHAS[4]]["rule"] == "division_listing_disbursed_baht_is_plausible"
    [check] = [r for r in first.results if r.check_name == "division_listing_disbursed_baht_is_plausible"]
    assert (check.passed, check.metadata["rows"].value, check.metadata["failing rows"].value) == (False, 6, 2)

    again = judge_submissions(settings, ROUND)
    assert judging == [6]
    assert (again.refused, again.failures) == (first.refused, first.failures)
    assert [(r.check_name, r.passed) for r in again.results] == [(r.check_name, r.passed) for r in first.results]

    # The first part holds the first two submissions.
    write(settings, [1, 5, 1, 1, -7, 1])
    assert list(judge_submissions(settings, ROUND).refused) == [SHAS[4]]
    assert judging == [6, 2]


def test_what_is_kept_names_every_rule_and_another_version_of_the_rules_judges_again(
    tmp_path, judging, monkeypatch
):
    settings = Settings(home=tmp_path)
    write(settings, [1, -5, 1, 1, 1, 1])
    judge_submissions(settings, ROUND)
    listed = [rule.name for rule in accepted.RULES if rule.table == "division_listing"]
    kept = [json.loads(p.read_text()) for p in (tmp_path / "cache" / "judged").glob("division_listing-*.json")]
    assert len(kept) == 4
    assert {name for found in kept for name in found} == set(listed)
    monkeypatch.setattr(judged, "_version", lambda: "another")
    judge_submissions(settings, ROUND)
    assert judging == [6, 6]


def test_a_rule_that_cannot_be_judged_keeps_the_gate_shut_and_nothing_is_kept(tmp_path, monkeypatch):
    settings = Settings(home=tmp_path)
    write(settings, [1] * 6)
    validate = bridge.validate
    monkeypatch.setattr(
        bridge, "validate", lambda frames, rules: [replace(r, success=False) for r in validate(frames, rules)]
    )
    with pytest.raises(judged.GateError):
        judge_submissions(settings, ROUND)
    assert not list((tmp_path / "cache" / "judged").glob("*"))
