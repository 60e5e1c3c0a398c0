"""The warehouse's copy of the ledger is what the ledger says, however it came about."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from orchestration import intake
from orchestration.ledger import Arrival, Ledger, Outcome
from orchestration.parts import write_parquet
from orchestration.settings import Settings

ROUNDS = ("FY2566-6M", "FY2566-12M")
NOON = datetime(2023, 10, 10, 5, tzinfo=UTC)
# What happens to (round, file): it arrives, is read, is refused by the gate; or the copy is written, or gets lost.
STEP = st.one_of(
    st.tuples(
        st.sampled_from(["arrives", "accepted", "quarantined", "refused"]),
        st.sampled_from(ROUNDS),
        st.integers(0, 4),
    ),
    st.tuples(st.sampled_from(["written", "lost", "linked"]), st.just(""), st.just(0)),
)


def outcome(round_key, n, what):
    return Outcome(
        round_key, f"sha{n}", "v", what, "division_listing", "3920102", "กองคลัง", "92", n, 0, None, None, None
    )


def take(settings, ledger, number, what, round_key, n):
    """Let one step happen."""
    target = settings.accepted / "submission" / "ledger.parquet"
    if what == "arrives":
        at = NOON + timedelta(minutes=number)
        ledger.receive([Arrival(round_key, f"{n}.xlsx", f"sha{n}", 7, str(number), at, "drop folder")])
    elif what in ("accepted", "quarantined"):
        ledger.decide([outcome(round_key, n, what)])
    elif what == "refused":
        ledger.refuse([("ไทย", "English", "rule", round_key, f"sha{n}")])
    elif what == "written":
        intake.write_ledger(settings, ledger)
    elif target.exists():
        if what == "lost":
            target.unlink()
        else:  # a past state is built from it: its change time is another one
            (target.parent / "link").hardlink_to(target)
            (target.parent / "link").unlink()


@given(st.lists(STEP, max_size=25))
@how(max_examples=60, deadline=None)
def test_the_copy_is_the_ledger(tmp_path_factory, steps):
    home = tmp_path_factory.mktemp("home")
    settings, ledger = Settings(home=home, local_governments=("3920102",)), Ledger(home / "ledger.sqlite")
    for number, step in enumerate([*steps, ("written", "", 0)]):
        take(settings, ledger, number, *step)
        if step[0] == "written":
            copy = settings.accepted / "submission" / "ledger.parquet"
            write_parquet(home / "whole.parquet", ledger.as_table())
            assert pq.read_table(copy).to_pylist() == pq.read_table(home / "whole.parquet").to_pylist()
            assert copy.read_bytes() == (home / "whole.parquet").read_bytes()


def test_a_changed_outcome_is_news_and_only_it(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.receive([Arrival(ROUNDS[1], f"{n}.xlsx", f"sha{n}", 7, "", NOON, "drop folder") for n in (1, 2, 1)])
    ledger.decide([outcome(ROUNDS[1], n, "accepted") for n in (1, 2)])
    first = ledger.news("")
    assert first.rows is None
    ledger.copied("a copy", first)
    assert ledger.news("a copy").rows.num_rows == 0
    assert ledger.news("another copy").rows is None
    # Both times that the file arrived are the one reading's.
    ledger.decide([outcome(ROUNDS[1], 1, "quarantined")])
    assert ledger.news("a copy").rows["arrival_id"].to_pylist() == [1, 3]


def test_what_changes_while_a_copy_is_written_is_news_for_the_next(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.receive([Arrival(ROUNDS[1], "1.xlsx", "sha1", 7, "", NOON, "drop folder")])
    ledger.decide([outcome(ROUNDS[1], 1, "accepted")])
    news = ledger.news("")
    ledger.decide([outcome(ROUNDS[1], 1, "quarantined")])
    ledger.copied("a copy", news)
    assert ledger.news("a copy").rows["outcome"].to_pylist() == ["quarantined"]


def test_changed_outcomes_do_not_pile_up(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    ledger.receive([Arrival(ROUNDS[1], "1.xlsx", "sha1", 7, "", NOON, "drop folder")])
    for _ in range(3):
        ledger.decide([outcome(ROUNDS[1], 1, "accepted")])
    ledger.copied("a copy", ledger.news(""))
    with closing(sqlite3.connect(ledger.path)) as connection:
        assert connection.execute("select count(*) from changed").fetchall() == [(0,)]


def test_a_refused_file_is_named_until_one_of_its_name_comes_that_is_not(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")

    def arrives(name, sha256, minute, round_key="FY2566-12M"):
        at = NOON + timedelta(minutes=minute)
        ledger.receive([Arrival(round_key, name, sha256, 7, str(minute), at, "drop folder")])

    def read(sha256, what, round_key="FY2566-12M"):
        ledger.decide(
            [Outcome(round_key, sha256, "v", what, None, None, None, None, 0, 0, "why", f"ไทย {sha256}", sha256)]
        )

    arrives("b.xlsx", "bad", 1)
    arrives("a.xlsx", "worse", 2)
    arrives("a.xlsx", "worse", 2, "FY2566-6M")
    arrives("c.xlsx", "good", 3)
    assert ledger.refused("FY2566-12M") == [], "not read yet"
    for sha256, what in (("bad", "quarantined"), ("worse", "quarantined"), ("good", "partly_accepted")):
        read(sha256, what)
    bad, worse = ("b.xlsx", "ไทย bad", "bad"), ("a.xlsx", "ไทย worse", "worse")
    assert ledger.refused("FY2566-12M") == [bad, worse]
    arrives("a.xlsx", "better", 4)
    read("better", "accepted")
    assert ledger.refused("FY2566-12M") == [bad]
    # The same bytes that were refused, again, in place of what was not.
    arrives("a.xlsx", "worse", 5)
    assert ledger.refused("FY2566-12M") == [bad, worse]
    assert ledger.refused("FY2566-6M") == [], "read in the other round only"


def test_a_refused_form_is_not_asked_for_again_once_a_later_one_of_its_division_counts(tmp_path):
    """Whatever the later one is called: กองคลัง (2).xlsx. Not so of a form that came before, or of another division."""
    ledger = Ledger(tmp_path / "ledger.sqlite")

    def arrives(name, what, division, lgo="3920102"):
        ledger.receive([Arrival(ROUNDS[1], name, name, 7, "", NOON, "drop folder")])
        ledger.decide(
            [Outcome(ROUNDS[1], name, "v", what, "k", lgo, division, "92", 0, 0, None, "ไทย", "English")]
        )

    def refused():
        return [name for name, _, _ in ledger.refused(ROUNDS[1])]

    arrives("good before", "accepted", "กองคลัง")
    arrives("bad", "quarantined", "กองคลัง")
    arrives("of nobody", "quarantined", None)
    arrives("other division", "accepted", "กองช่าง")
    arrives("other local government", "accepted", "กองคลัง", "3920101")
    arrives("list", "accepted", None)
    assert refused() == ["bad", "of nobody"]
    arrives("mended", "partly_accepted", "กอง คลัง")
    assert refused() == ["of nobody"]
    arrives("of the clerk", "quarantined", "สำนักปลัด")
    arrives("of a school", "quarantined", "โรงเรียนเทศบาล 1")
    arrives("of another school", "accepted", "โรงเรียนเทศบาล 2")
    assert refused() == ["of nobody", "of the clerk", "of a school"]
    arrives("of the clerk, mended", "accepted", "สำนักปลัดเทศบาล")
    assert refused() == ["of nobody", "of a school"]
