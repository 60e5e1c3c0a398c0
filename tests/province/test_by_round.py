"""Tables that are built one round after the other hold what they hold when all rounds are built at once."""

import duckdb
import pytest

from bench.generator.generate import Plan, generate, some_lgos
from bench.province import build, deliver, ingest
from orchestration import dbt, memory
from orchestration.settings import Settings

# One without a row, first.
ROUNDS = ("FY2565-12M", "FY2566-12M", "FY2566-6M")


@pytest.fixture
def accepted(tmp_path, lend_parse):
    """Two rounds of three local governments, with faults of every kind that they can have."""
    lgos = some_lgos(3)
    settings = Settings(home=tmp_path, local_governments=tuple(lgo.lgo_code for lgo in lgos))
    lend_parse(settings)
    written = generate(tmp_path, lgos, Plan(years=(2566,), faults=6))
    deliver(settings, tmp_path, written)
    for folder in sorted((tmp_path / "inbox").iterdir()):
        ingest(settings, folder.name)
    return settings


def tables(settings):
    """Return the rows of every table in the order in which they lie, without where a build lies on the disk."""
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        names = connection.execute(
            "select concat(table_schema, '.', table_name) from information_schema.tables"
            " where table_type = 'BASE TABLE' and table_schema in ('core', 'marts') order by all"
        ).fetchall()
        return {name: connection.execute(f"from {name}").fetchall() for (name,) in names}


def test_rounds_built_apart_are_the_same_tables(accepted, monkeypatch):
    # Tests of single tables are asked of the sample.
    monkeypatch.setattr(dbt, "EVERYTHING", (*dbt.EVERYTHING, "--exclude-resource-type", "test"))
    build(accepted)
    together = tables(accepted)
    assert len({row[5] for row in together["marts.finding"]}) == 2, "rounds"
    asked = []
    monkeypatch.setattr(memory, "APART_FROM_BYTES", 0)
    monkeypatch.setattr(memory, "_rounds", lambda files: asked.append(1) or ROUNDS)
    build(accepted)
    assert asked
    apart = tables(accepted)
    assert apart.keys() == together.keys()
    assert [name for name in together if apart[name] != together[name]] == []


def test_all_rounds_are_built_apart_that_may_have_a_row(settings, monkeypatch):
    monkeypatch.delenv(memory.VARIABLE, raising=False)
    for name in ("submission/ledger", "scope/scope", "ranking/FY2599-6M.003-of-128", "transfer/FY2566-12M"):
        path = settings.accepted / f"{name}.parquet"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"PAR1" * 100)
    assert memory.for_build(settings).rounds == ()
    monkeypatch.setattr(memory, "APART_FROM_BYTES", 1000)
    rounds = memory.for_build(settings).rounds
    assert {"FY2599-6M", "FY2566-12M", "FY2566-6M", "FY2569-12M"} <= set(rounds)
    assert list(rounds) == sorted(rounds), "in the order in which tables are sorted"
    assert not {"ledger", "scope"} & set(rounds)
