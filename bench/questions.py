"""Ordinary questions of a dashboard to a release of ten years: how long they take.

    python -m bench.questions RELEASE [--rounds 20] [--turns 20]

RELEASE is the directory of a release of one round (bench/nation.py leaves one with --keep). Its tables are copied
so often that they hold so many rounds, sorted as a release sorts them; then every question is asked so many times
through a connection of its own each time, as a BI tool does, and through one that stays open. Prints medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import duckdb

TABLES = ("core.fct_budget", "core.dim_lgo", "core.dim_round", "marts.round_summary", "marts.provincial_ranking")
QUESTIONS = {
    "disbursed by province in one round": """
        select l.province, sum(r.disbursed_baht)
        from marts.round_summary as r join core.dim_lgo as l using (lgo_code)
        where r.round_key = 'R07' group by all order by 2 desc""",
    "the ranking of one province in one round": """
        select rank_in_province, lgo_name, implementation_pct, level_th from marts.provincial_ranking
        where round_key = 'R07' and province_code = '92' order by 1""",
    "one local government through all rounds": """
        select round_key, budget_baht, disbursed_baht, implementation_pct from marts.round_summary
        where lgo_code = '5920101' order by 1""",
    "every line of one local government and round, with its cells": """
        select listing_code, eplan_seq, disbursed_baht, source_file, disbursed_cell from core.fct_budget
        where round_key = 'R07' and lgo_code = '5920101' order by 1, 2""",
    "disbursed by round and dimension, over all lines": """
        select round_key, dimension, sum(disbursed_baht), count(*) from core.fct_budget
        where source = 'eplan' and counts_towards_total group by all order by all""",
    "the twenty largest disbursements of all rounds": """
        select round_key, lgo_code, name_as_listed, disbursed_baht from core.fct_budget
        where source = 'eplan' order by disbursed_baht desc nulls last limit 20""",
}


def grow(release: Path, target: Path, rounds: int) -> int:
    """Write a warehouse of so many rounds; return the rows of core.fct_budget."""
    with duckdb.connect(str(target)) as connection:
        connection.execute("set memory_limit = '2GB'")
        connection.execute(f"attach '{release / 'warehouse.duckdb'}' as one (read_only)")
        for table in TABLES:
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            columns = connection.execute(f"describe one.{table}").fetchall()
            if table == "core.dim_lgo":
                connection.execute(f"create table {table} as from one.{table}")
                continue
            # The round is the first part of every key of a line.
            renamed = [name for name, *_ in columns if name in ("round_key", "line_id", "project_id")]
            changed = ", ".join(f"replace({n}, 'FY2566-12M', $round) as {n}" for n in renamed)
            own = "round_key = 'FY2566-12M'"
            for n in range(rounds):
                how = "insert into" if n else "create table"
                connection.execute(
                    f"{how} {table} {'' if n else 'as'} select * replace ({changed}) from one.{table} where {own}",
                    {"round": f"R{n:02}"},
                )
        found = connection.execute("select count(*) from core.fct_budget").fetchone()
        connection.execute("detach one")
    return found[0] if found else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("release", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--turns", type=int, default=20)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="questions-") as place:
        target = Path(place) / "warehouse.duckdb"
        started = time.perf_counter()
        rows = grow(given.release.resolve(), target, given.rounds)
        size = target.stat().st_size / 1e6
        took = time.perf_counter() - started
        print(f"{rows:,} lines, {given.rounds} rounds, {size:,.0f} MB, {took:.0f} s to write")
        print(f"{'median of ' + str(given.turns) + ', ms':64}{'connected anew':>16}{'open':>8}{'rows':>8}")
        for name, sql in QUESTIONS.items():
            anew = [_anew(target, sql) for _ in range(given.turns)]
            with duckdb.connect(str(target), read_only=True) as held:
                answer = held.execute(sql).fetchall()
                open_ = [_asked(held, sql) for _ in range(given.turns)]
            medians = statistics.median(anew), statistics.median(open_)
            print(f"{name:64}{medians[0]:16.1f}{medians[1]:8.1f}{len(answer):8}")


def _anew(target: Path, sql: str) -> float:
    began = time.perf_counter()
    with duckdb.connect(str(target), read_only=True) as connection:
        connection.execute(sql).fetchall()
    return 1000 * (time.perf_counter() - began)


def _asked(connection: duckdb.DuckDBPyConnection, sql: str) -> float:
    began = time.perf_counter()
    connection.execute(sql).fetchall()
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
