"""A synthetic province over three years, and a second one on another seed: what was planted is found, and no more.

The truth is the generator's (bench/generator), written in plain Python and independent of the SQL.
"""

from collections import Counter
from datetime import timedelta
from fractions import Fraction

import duckdb
import pytest

from bench.generator.faults import PLANTERS
from bench.generator.figures import known_minimum
from bench.generator.generate import Plan, Written, generate, some_lgos
from bench.province import build, deliver, found, ingest, rules
from orchestration.registry import register
from orchestration.rounds import calendar
from orchestration.settings import Settings

# Province, plan: จังหวัดตรัง has 100 local governments; จังหวัดระนอง few, but two whose minimum nobody knows.
PROVINCES = {
    "92": Plan(seed=2566, years=(2566, 2567, 2568)),
    "85": Plan(seed=1999, years=(2569,), faults=8),
}
MARTS = ("finding", "reconciliation", "round_summary", "provincial_ranking", "submission_ledger")


class Province:
    """Both provinces in one installation: the files as they arrived, and one build."""

    def __init__(self, home, lend_parse):
        self.settings = Settings(home=home, provinces=tuple(PROVINCES))
        lend_parse(self.settings)
        self.written = Written()
        for province, plan in PROVINCES.items():
            lgos = [lgo for lgo in some_lgos(len(register())) if lgo.province_code == province]
            self.written.add(generate(home, lgos, plan))
        deliver(self.settings, home, self.written)
        for folder in sorted((home / "inbox").iterdir()):
            ingest(self.settings, folder.name)
        # Not the states of projects over the rounds, nor the sheet for reviewers: they cost as much as all else.
        build(self.settings, *MARTS)
        self.connection = duckdb.connect(str(self.settings.build_db), read_only=True)

    def ask(self, sql):
        result = self.connection.execute(sql)
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.fixture(scope="module")
def province(tmp_path_factory, lend_parse):
    made = Province(tmp_path_factory.mktemp("province"), lend_parse)
    yield made
    made.connection.close()


def test_the_province_is_as_large_as_it_should_be(province):
    truth = Counter(t.round_key for t in province.written.truth)
    rounds = {f"FY{year}-{months}M": 100 for year in (2566, 2567, 2568) for months in (6, 12)}
    assert {key: count for key, count in truth.items() if "2569" not in key} == rounds
    assert len(province.written.sent) > 5_400


def test_every_planted_fault_is_found_and_none_is_invented(province):
    expected, there = Counter(province.written.expected), found(province.settings)
    assert sorted((expected - there).elements()) == []
    assert sorted((there - expected).elements()) == []


def test_every_rule_is_planted(province):
    register_ = register()
    planted = Counter(
        (e.rule, register_[e.lgo_code].province_code) for e in province.written.expected if e.lgo_code
    )
    for rule in rules() - {"ranking_lgo_unknown", "ranking_count_differs"}:
        assert planted[rule, "92"], rule
    assert {e.rule for e in province.written.expected} == rules()
    assert len(PLANTERS) > 30


def test_percents_and_levels_are_those_of_the_truth(province):
    there = {
        (row["round_key"], row["lgo_code"]): (row["implementation_pct"], row["is_capped"], row["level"])
        for row in province.ask(
            "select round_key, lgo_code, implementation_pct, implementation_is_capped as is_capped,"
            " implementation_level as level from marts.round_summary"
        )
    }
    truth = {
        (t.round_key, t.lgo_code): (t.result.pct, t.result.is_capped, t.result.level)
        if known_minimum(register()[t.lgo_code].type)
        else (None, None, None)
        for t in province.written.truth
        if t.is_sent
    }
    assert there == truth


def test_who_has_not_reported_is_said_to_have_not(province):
    rows = province.ask("from marts.provincial_ranking where lgo_code is not null")
    silent = {(t.round_key, t.lgo_code) for t in province.written.truth if not t.is_sent and not t.is_ranked}
    assert silent
    ranking = {(row["round_key"], row["lgo_code"]): row for row in rows}
    # Every local government of the province in every round, once.
    assert {(t.round_key, t.lgo_code) for t in province.written.truth} <= set(ranking)
    assert len(ranking) == len(rows)
    assert {key for key, row in ranking.items() if not row["has_reported"] and key in truth_of(province)} == silent
    figures = ("implementation_pct", "level", "rank_in_province", "rank_in_district", "basis")
    assert {ranking[key][figure] for key in silent for figure in figures} == {None}


def truth_of(province):
    return {(t.round_key, t.lgo_code): t for t in province.written.truth}


@pytest.mark.parametrize("place", ["province", "district"])
def test_ranks_with_ties_are_those_of_the_truth(province, place):
    rows = province.ask("from marts.provincial_ranking where implementation_pct is not null")
    truth = truth_of(province)

    def share(row):
        """Completed over the minimum, at most whole; as printed for a name that the register does not know."""
        if row["lgo_code"] is None:
            return Fraction(row["implementation_pct"]) / 100
        return min(Fraction(1), truth[row["round_key"], row["lgo_code"]].result.share)

    ranked = {}
    for row in rows:
        column = "province_code" if place == "province" else "district"
        ranked.setdefault((row["round_key"], row["province_code"], row[column]), []).append(row)
    ties = 0
    for group in ranked.values():
        shares = [round(share(row), 4) for row in group]
        assert [row[f"rank_in_{place}"] for row in group] == [1 + sum(s > mine for s in shares) for mine in shares]
        ties += len(shares) - len(set(shares))
    assert ties > 100


def test_what_was_sent_after_the_deadline_is_late(province):
    due = {key: round_.report_due for key, round_ in calendar().items()}
    truth = {
        sent.path: max(timedelta(0), sent.saved_at.date() - due[sent.path.split("/")[0]]).days
        for sent in province.written.sent
    }
    there = {
        f"{row['round_key']}/{row['source_file']}": row["days_late"]
        for row in province.ask("select round_key, source_file, days_late from marts.submission_ledger")
    }
    assert there == truth
    assert sum(days > 0 for days in truth.values()) > 300
