"""The publishing gate against the last release: what stops, what warns, and how a real change gets through."""

import csv
import json
from datetime import timedelta

import duckdb
import pytest

from tests.conftest import ROUND

LGO = "3920102"


@pytest.fixture
def gate(installation):
    """Break the build file in place and judge it; the build and what was accepted are put back afterwards."""
    from orchestration import baseline, checks, decisions
    from orchestration.settings import load

    settings = load()
    good, approved = settings.build_db.read_bytes(), checks.approval_path(settings).read_bytes()

    def judge(*statements, compared=True, despite=()):
        settings.build_db.write_bytes(good)
        with duckdb.connect(str(settings.build_db)) as connection:
            for statement in statements:
                connection.execute(statement)
        serving = checks.serving(settings) if compared else None
        results = checks.judge_build(settings, serving, despite, ROUND, "run")
        return {r.check_name: r for r in results}

    yield judge
    settings.build_db.write_bytes(good)
    baseline.acceptances_path(settings).unlink(missing_ok=True)
    decisions.path_of(settings).unlink(missing_ok=True)
    checks.approval_path(settings).write_bytes(approved)


def failed(results):
    return {(name, r.severity.value) for name, r in results.items() if not r.passed}


def approval(installation):
    path = installation.home / "build" / "approval.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def test_a_build_like_the_last_release_passes(installation, gate):
    assert failed(gate()) == set()
    assert approval(installation)


def test_what_was_judged_before_says_so_and_what_changed_is_judged_anew(installation, gate):
    gate()
    again = gate("update marts.round_summary set disbursed_pct = -1")
    rows = {name: r.metadata["rows"].value for name, r in again.items() if "skipped" not in r.metadata}
    before = {
        name: r.metadata["rows judged before"].value
        for name, r in again.items()
        if "rows judged before" in r.metadata
    }
    judged_now = {name for name in rows if rows[name] and name not in before}
    assert judged_now == {name for name in rows if name.startswith("round_summary_")}
    assert before.items() <= rows.items()
    assert failed(again) == {("round_summary_disbursed_pct_is_a_percent", "ERROR")}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        # 88 + 81 lines of the round; 81 are 47.9 percent of them, 151 are 89.3.
        (
            "delete from core.fct_status where source = 'division'",
            {("rows_do_not_collapse", "ERROR"), ("rows_are_mostly_kept", "WARN"), ("totals_agree", "ERROR")},
        ),
        (
            # 80 of 89 are 89.9 percent.
            "delete from marts.published_figure where figure_order in"
            " (select figure_order from marts.published_figure order by 1 limit 9)",
            {("rows_are_mostly_kept", "WARN")},
        ),
        (
            "delete from marts.provincial_ranking where lgo_code in ('6920108', '6920111')",
            {("reporting_does_not_collapse", "ERROR"), ("reporting_is_kept", "WARN")},
        ),
        (
            "delete from marts.submission_ledger where arrival_id = 1",
            {("ledger_keeps_every_arrival", "ERROR")},
        ),
        # 91.43 before: 41.43 is exactly 50 points below.
        ("update marts.round_summary set implementation_pct = 41.43", {("percent_does_not_jump", "WARN")}),
        (
            "update marts.round_summary set implementation_pct = null",
            {("percent_does_not_plunge", "ERROR"), ("percent_does_not_jump", "WARN")},
        ),
        (
            "update core.dim_project set dimension = '3' where dimension = '4'",
            {("dimension_does_not_vanish", "ERROR")},
        ),
        (
            "delete from marts.round_summary",
            {
                ("totals_agree", "ERROR"),
                ("percent_does_not_plunge", "ERROR"),
                ("percent_does_not_jump", "WARN"),
                ("disbursed_does_not_collapse", "ERROR"),
                ("disbursed_does_not_explode", "WARN"),
            },
        ),
        (
            "update marts.round_summary set disbursed_baht = disbursed_baht + 0.01",
            {("totals_agree", "ERROR")},
        ),
    ],
)
def test_what_is_lost_stops_or_warns(installation, gate, statement, expected):
    results = gate(statement)
    assert failed(results) == expected
    assert (approval(installation) is None) == any(severity == "ERROR" for _, severity in expected)


def test_the_first_release_has_nothing_to_be_compared_with_and_says_so(installation, gate):
    results = gate("update core.dim_project set dimension = '3' where dimension = '4'", compared=False)
    assert failed(results) == set()
    skipped = {name for name, r in results.items() if "skipped" in r.metadata}
    assert "dimension_does_not_vanish" in skipped and "totals_agree" not in skipped
    assert {c["name"] for c in approval(installation)["checks"] if "skipped" in c} == skipped


def test_a_list_that_was_accepted_has_its_row_and_a_build_of_nothing_stops(installation, gate):
    lists_are = f"{LGO}: round_summary rows = lists of fct_project_state"
    stopped = gate("delete from marts.round_summary", compared=False)["totals_agree"]
    assert lists_are in {row.data["subject"] for row in stopped.metadata["which rows"].records}
    # Also where the list was lost before anything was made of it.
    tables = (
        "core.fct_budget",
        "core.fct_status",
        "core.dim_project",
        "marts.dimension_summary",
        "marts.round_summary",
    )
    emptied = gate(*(f"delete from {table}" for table in tables), compared=False)
    assert {("totals_agree", "ERROR"), ("fct_budget_is_not_empty", "ERROR")} <= failed(emptied)
    assert lists_are in {row.data["subject"] for row in emptied["totals_agree"].metadata["which rows"].records}
    assert approval(installation) is None


def accept(installation, lines, until, reason="ยกเลิกแผนมิติ 4 ตามมติสภา", post="ผู้อำนวยการกองยุทธศาสตร์ฯ"):
    from orchestration import baseline

    with (installation.home / "accepted_changes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(baseline.HEADER)
        for line in lines:
            writer.writerow([*line, reason, post, until])


def test_a_real_change_gets_through_with_a_reviewed_row_and_is_shown(installation, gate):
    from datetime import datetime

    from orchestration.rounds import BANGKOK

    gone = "update core.dim_project set dimension = '3' where dimension = '4'"
    lost = ["dimension_does_not_vanish", ROUND, f"{LGO}:4"]
    [before] = installation.ask(
        "select count(*) as n from core.dim_project where dimension = '4' and eplan_seq > 0"
    )
    first = gate(gone)["dimension_does_not_vanish"]
    # What to paste stands in the check itself.
    assert f"{','.join(lost)},{before['n']},0," in first.metadata["if the change is real"].value
    today = datetime.now(BANGKOK).date()
    exact = [*lost, str(before["n"]), "0"]
    for wrong in (
        lambda: accept(installation, [exact], today - timedelta(days=1)),
        lambda: accept(installation, [[*lost, str(before["n"]), "1"]], today),
        lambda: accept(installation, [["rows_do_not_collapse", *exact[1:]]], today),
        lambda: accept(installation, [exact], today, reason=""),
        lambda: accept(installation, [exact], "soon"),
    ):
        wrong()
        assert not gate(gone)["dimension_does_not_vanish"].passed
    assert "line 2" in gate(gone)["dimension_does_not_vanish"].metadata["accepted_changes.csv"].value
    # A Buddhist year is taken as one.
    accept(installation, [exact], f"{today.year + 543}-{today:%m-%d}")
    result = gate(gone)["dimension_does_not_vanish"]
    assert result.passed and "ผู้อำนวยการกองยุทธศาสตร์ฯ" in result.metadata["accepted changes"].value
    [check] = [c for c in approval(installation)["checks"] if c["name"] == "dimension_does_not_vanish"]
    assert check["accepted"][0]["reason"] == "ยกเลิกแผนมิติ 4 ตามมติสภา"


def test_totals_that_contradict_each_other_cannot_be_accepted(installation, gate):
    broken = "update marts.round_summary set disbursed_baht = disbursed_baht + 1"
    result = gate(broken)["totals_agree"]
    [row] = result.metadata["which rows"].records
    assert "if the change is real" not in result.metadata
    accept(
        installation,
        [["totals_agree", *(row.data[c] for c in ("round_key", "subject", "before", "now"))]],
        "2999-01-01",
    )
    assert not gate(broken)["totals_agree"].passed


GONE = "update core.dim_project set dimension = '3' where dimension = '4'"
BECAUSE = {"reason": "ยกเลิกแผนมิติ 4", "decided_by": "นายกเทศมนตรี"}


def test_a_decision_lets_exactly_these_rows_through_and_stays_on_record(installation, gate):
    from orchestration import decisions
    from orchestration.settings import load

    settings = load()
    despite = [{"rule": "dimension_does_not_vanish", **BECAUSE}]
    first = gate(GONE, despite=despite)["dimension_does_not_vanish"]
    assert (first.passed, first.severity.value) == (False, "WARN")
    assert "เพราะยกเลิกแผนมิติ 4 (ตัดสินโดยนายกเทศมนตรี)" in first.metadata["published despite"].value
    [kept] = decisions.kept(settings)
    assert (kept.rule, kept.rows, kept.run_id) == ("dimension_does_not_vanish", 1, "run")
    assert approval(installation)["decisions"] == [kept.as_dict()]
    [check] = [c for c in approval(installation)["checks"] if c["name"] == kept.rule]
    assert (check["passed"], check["despite"]) == (False, kept.as_dict())
    # The next night finds the same rows: decided already, and not a second time.
    assert not gate(GONE)["dimension_does_not_vanish"].passed and approval(installation)
    assert decisions.kept(settings) == [kept]
    # Other rows, or another rule, are another matter.
    gate(GONE, "update core.dim_project set dimension = '3' where dimension = '2'")
    assert approval(installation) is None
    gate(GONE, "delete from marts.submission_ledger where arrival_id = 1")
    assert approval(installation) is None
    # What cannot be decided is refused before anything is judged: tests/unit/test_decisions.py.
    with pytest.raises(decisions.WrongDecision):
        gate(despite=[{"rule": "no_such_rule", **BECAUSE}])
    assert approval(installation) is None


def test_the_page_of_the_gate_is_linked_and_asks_nobody(installation, gate):
    from urllib.parse import unquote, urlsplit

    results = gate("update marts.round_summary set implementation_pct = 5")
    path = unquote(urlsplit(results["percent_does_not_plunge"].metadata["data docs"].url).path)
    text = (installation.home / path.lstrip("/")).read_text(encoding="utf-8")
    assert "ไม่เผยแพร่" in text and "percent_does_not_plunge,FY2566-12M,3920102,91.43,5," in text
    assert "http" not in text.replace("http-equiv", "")
