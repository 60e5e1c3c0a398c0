"""A gate judges the same rows once, and says the same whether it judged or remembers."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

from expectations import accepted, bridge
from expectations.rules import Rule
from orchestration import judged
from orchestration.checks import judge_submissions
from orchestration.intake import parsed_folder
from orchestration.kept import found
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

    assert {r.metadata["rows judged before"].value for r in again.results if r.metadata["rows"].value} == {6}

    # The first part holds the first two submissions.
    write(settings, [1, 5, 1, 1, -7, 1])
    third = judge_submissions(settings, ROUND)
    assert list(third.refused) == [SHAS[4]]
    assert judging == [6, 2]
    assert {r.metadata["rows judged before"].value for r in third.results if r.metadata["rows"].value} == {4}


def test_what_is_kept_names_every_rule_and_another_version_of_the_rules_judges_again(
    tmp_path, judging, monkeypatch
):
    settings = Settings(home=tmp_path)
    write(settings, [1, -5, 1, 1, 1, 1])
    judge_submissions(settings, ROUND)
    listed = [rule.name for rule in accepted.RULES if rule.table == "division_listing"]
    kept = [found(p) for p in (tmp_path / "cache" / "judged").glob("division_listing-*.json")]
    assert len(kept) == 4
    assert {name for one in kept for name in one} == set(listed)
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


def test_a_kept_verdict_that_is_damaged_is_not_trusted(tmp_path, judging):
    settings = Settings(home=tmp_path)
    write(settings, [1, -5, 1, 1, 1, 1])
    first = judge_submissions(settings, ROUND)
    for path in (tmp_path / "cache" / "judged").glob("division_listing-*.json"):
        text = path.read_text()
        path.write_text(text.replace("[1]", "[]") if "[1]" in text else text[:-3])
    again = judge_submissions(settings, ROUND)
    assert judging == [6, 6]
    assert list(again.refused) == list(first.refused) == [SHAS[1]]


# -- frames: the publishing gate


def rule(name, expectation, frame="marts.a", **arguments):
    return Rule(name, frame, expectation, arguments, "critical", "", "", column=arguments.get("column"))


FILLED = rule("filled", "ExpectColumnValuesToNotBeNull", column="x")
SOME = rule("some", "ExpectTableRowCountToBeBetween", frame="marts.b", min_value=1)
FRAMES = {"marts.a": pd.DataFrame({"x": ["a", None]}), "marts.b": pd.DataFrame({"x": [1]})}


@pytest.fixture
def frames_judged(monkeypatch):
    """Which frames each call of Great Expectations was given."""
    given = []
    validate = bridge.validate

    def note(frames, rules):
        given.append(sorted(frames))
        return validate(frames, rules)

    monkeypatch.setattr(bridge, "validate", note)
    return given


def test_a_frame_is_judged_once_and_only_the_changed_one_again(tmp_path, frames_judged):
    settings = Settings(home=tmp_path)
    first, before = judged.judge_frames(settings, FRAMES, [FILLED, SOME])
    assert [(r.rule.name, r.success, r.rows) for r in first] == [("filled", False, (1,)), ("some", True, ())]
    assert before == set()
    assert judged.judge_frames(settings, FRAMES, [FILLED, SOME]) == (first, {"marts.a", "marts.b"})
    changed = FRAMES | {"marts.a": pd.DataFrame({"x": [None, "a"]})}
    again, before = judged.judge_frames(settings, changed, [FILLED, SOME])
    assert ([r.rows for r in again], before) == ([(0,), ()], {"marts.b"})
    # Another type is another frame, though the values look the same.
    judged.judge_frames(settings, FRAMES | {"marts.b": pd.DataFrame({"x": [1.0]})}, [FILLED, SOME])
    assert frames_judged == [["marts.a", "marts.b"], ["marts.a"], ["marts.b"]]


def test_changed_rules_judge_every_frame_again(tmp_path, frames_judged, monkeypatch):
    settings = Settings(home=tmp_path)
    judged.judge_frames(settings, FRAMES, [FILLED, SOME])
    monkeypatch.setattr(judged, "_version", lambda: "another")
    judged.judge_frames(settings, FRAMES, [FILLED, SOME])
    assert frames_judged == [["marts.a", "marts.b"]] * 2


@pytest.mark.parametrize("name", ["published.py", "against_last_release.csv", "bridge.py"])
def test_the_version_knows_every_file_that_says_what_a_rule_is(tmp_path, monkeypatch, name):
    folder = tmp_path / "expectations"
    folder.mkdir()
    for path in (judged.PROJECT / "expectations").glob("*.*"):
        (folder / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(judged, "PROJECT", tmp_path)
    before = judged._version.__wrapped__()
    assert judged._version.__wrapped__() == before
    with (folder / name).open("a") as file:
        file.write("\n")
    assert judged._version.__wrapped__() != before


def test_another_great_expectations_judges_again(monkeypatch):
    before = judged._version.__wrapped__()
    monkeypatch.setattr(judged.metadata, "version", lambda name: "0")
    assert judged._version.__wrapped__() != before


def test_what_fails_without_naming_a_row_is_judged_again(tmp_path, frames_judged):
    settings = Settings(home=tmp_path)
    empty = FRAMES | {"marts.b": pd.DataFrame({"x": []})}
    for _ in range(2):
        [_, some], _ = judged.judge_frames(settings, empty, [FILLED, SOME])
        assert (some.success, some.observed) == (False, "0")
    assert frames_judged == [["marts.a", "marts.b"], ["marts.b"]]


def test_a_long_frame_is_hashed_whole(monkeypatch):
    monkeypatch.setattr(judged, "ROWS_AT_ONCE", 2)
    frame = pd.DataFrame({"x": [1, 2, 3, 4, 5]})
    digests = {judged._digest_of(frame)}
    for row in range(5):
        changed = frame.copy()
        changed.loc[row, "x"] = 0
        digests.add(judged._digest_of(changed))
    assert len(digests) == 6
