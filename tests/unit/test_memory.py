"""A build gets the memory that its rows need, as far as the machine has it."""

import os

import pytest

from orchestration import memory

GB = 10**9
CORES = len(os.sched_getaffinity(0))


@pytest.fixture
def accepted(settings, monkeypatch):
    """Let so many bytes be accepted on a machine with so many bytes of memory."""
    monkeypatch.delenv(memory.VARIABLE, raising=False)

    def make(size, of_machine):
        folder = settings.accepted / "division_listing"
        folder.mkdir(parents=True)
        with (folder / "FY2566-12M.parquet").open("wb") as file:
            file.truncate(size)
        monkeypatch.setattr(memory, "of_machine", lambda: of_machine)
        return memory.for_build(settings)

    return make


def test_before_anything_is_accepted_there_is_memory_too(settings, monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    assert memory.for_build(settings).models_at_once == 2


def test_a_round_of_the_nation_is_built_one_table_at_a_time(accepted):
    """With two of its widest tables at once and 1,300 MB one build of five found no room (docs/performance.md)."""
    assert accepted(115_000_000, 24 * GB) == memory.Memory("1500MB", 1, CORES)


def test_more_rows_get_more_and_are_built_by_round(accepted):
    given = accepted(460_000_000, 24 * GB)
    assert given.models_at_once == 2
    assert 1_500 < int(given.limit.removesuffix("MB")) <= 12_000
    assert "FY2566-12M" in given.rounds


def test_a_small_machine_gives_half_and_builds_one_table_at_a_time(accepted):
    given = accepted(1_260_000_000, 8 * GB)
    assert (given.limit, given.models_at_once) == ("4000MB", 1)


def test_the_smallest_machine_gives_what_a_build_needs_at_least(accepted):
    assert accepted(3_000_000, 2 * GB) == memory.Memory("1500MB", 2, CORES)


def test_one_municipality_is_built_by_one_thread(accepted):
    assert accepted(140_000, 24 * GB) == memory.Memory("1500MB", 2, 1)


def test_what_the_operator_says_holds(settings, monkeypatch):
    monkeypatch.setenv(memory.VARIABLE, "9GB")
    assert memory.for_build(settings) == memory.Memory("9GB", 2, 1)


def test_a_container_has_what_it_may_take(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "LIMITS", (limit, tmp_path / "no such file"))
    whole = memory.of_machine()
    assert whole > 2**28
    limit.write_text("max\n")
    assert memory.of_machine() == whole
    limit.write_text("268435456\n")
    assert memory.of_machine() == 268_435_456


def test_other_faults_get_no_advice_about_memory():
    assert memory.advice('Catalog Error: Table with name "x" does not exist!') is None
