"""Ten years of a nation: twenty rounds built from nothing, released, and asked what dashboards ask.

    python -m bench.decade [200 800] [--home DIRECTORY] [--keep] [--nodes]

One round of so many local governments is generated and taken in (bench/nation.py). What was accepted of it is then
copied to every other round of the calendar: other round, other hashes of files, all money of a fiscal year times
a number of its own, so that nothing is the same from year to year and every sum and difference still holds. dbt
builds all of it, every province of every round matched anew; the same SQL follows in bare DuckDB, where matching
finds what was kept. So the ratio leaves out what the processes of matching took (bench/marts.py). The gate, the
release and the questions (bench/questions.py) come last. One local government has about 160 lines a round.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

from bench import marts, nation, questions
from orchestration.parts import ROWS_IN_A_GROUP
from orchestration.paths import SEEDS

ROUND_LENGTH = len(nation.ROUND)


def _calendar(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str, int, int]]:
    """Return (number, round_key, factor of money, days after the generated round) of every other round."""
    return connection.execute(
        f"with calendar as (from read_csv('{SEEDS / 'round_calendar.csv'}'))"
        " select row_number() over (order by period_end), round_key,"
        f" case fiscal_year_be when {nation.YEAR} then 1 else dense_rank() over (order by fiscal_year_be) + 1 end,"
        " report_due - (select report_due from calendar where round_key = $here)"
        " from calendar where round_key <> $here order by 1",
        {"here": nation.ROUND},
    ).fetchall()


def _copied(name: str, kind: str) -> str:
    """Return what a column of an accepted table is in another round; $n, $round, $factor, $days are left open."""
    if name == "round_key":
        return "$round as round_key"
    if name == "source_sha256":
        return "sha256(concat($round, source_sha256)) as source_sha256"
    if name == "arrival_id":
        return "arrival_id + $n * (select max(arrival_id) from before) as arrival_id"
    if name == "received_at":
        return "received_at + to_days($days) as received_at"
    if name in ("old_value", "new_value"):  # of a correction
        amount = f"cast(cast(cast({name} as decimal(18, 2)) * $factor as decimal(18, 2)) as varchar)"
        return f"case when field like '%_baht' then {amount} else {name} end as {name}"
    if kind == "DECIMAL(18,2)":
        return f"cast({name} * $factor as decimal(18, 2)) as {name}"
    return f'"{name}"'


def copy_rounds(home: Path, lgos: int) -> dict[str, object]:
    """Copy what was accepted of the generated round to all other rounds of the calendar, file by file."""
    accepted = nation.settings_of(home).accepted
    with duckdb.connect() as connection:
        connection.execute("set memory_limit = '1500MB'")
        rounds = _calendar(connection)
        for path in sorted(accepted.glob(f"*/{nation.ROUND}.*parquet")):
            for number, key, factor, days in rounds:
                _write(connection, path, path.with_name(key + path.name[ROUND_LENGTH:]), number, key, factor, days)
        ledger = accepted / "submission" / "ledger.parquet"
        for number, key, factor, days in rounds:
            _write(connection, ledger, ledger.with_name(f"{key}.parquet"), number, key, factor, days)
        # The release names its inputs by this one file.
        whole = ledger.with_suffix(".whole")
        connection.execute(
            f"copy (from read_parquet('{accepted}/submission/*.parquet') order by arrival_id)"
            f" to '{whole}' (format parquet)"
        )
        for path in accepted.glob("submission/*.parquet"):
            path.unlink()
        whole.rename(ledger)
        lines = connection.execute(
            "select count(*) from read_parquet($files, union_by_name = true)",
            {
                "files": [
                    str(p) for kind in ("division_listing", "eplan_project") for p in accepted.glob(f"{kind}/*")
                ]
            },
        ).fetchone()
    return {"rounds": len(rounds) + 1, "accepted lines": f"{lines[0]:,}" if lines else ""}


def _write(
    connection: duckdb.DuckDBPyConnection,
    source: Path,
    target: Path,
    n: int,
    round_key: str,
    factor: int,
    days: int,
) -> None:
    columns = connection.execute(f"describe from read_parquet('{source}')").fetchall()
    copied = ", ".join(_copied(name, kind) for name, kind, *_ in columns)
    for word, value in {"$round": f"'{round_key}'", "$factor": factor, "$days": days, "$n": n}.items():
        copied = copied.replace(word, str(value))
    connection.execute(
        f"copy (with before as (from read_parquet('{source}')) select {copied} from before)"
        f" to '{target}' (format parquet, compression zstd, row_group_size {ROWS_IN_A_GROUP})"
    )


BEFORE: nation.Steps = {
    "generate one round": nation.generate,
    "dbt parse": nation.prepare,
    "first pass": nation.take_in,
    "copy to twenty rounds": copy_rounds,
}
AFTER: nation.Steps = {"gate and release": nation.release}


def decade(lgos: int, home: Path, nodes: bool) -> None:
    """Run everything for so many local governments, printing as it goes."""
    print(f"\n{lgos:,} local governments, twenty rounds")
    nation.in_turn("bench.decade", BEFORE, lgos, home)
    marts.show(marts.compare(home), nodes)
    nation.in_turn("bench.decade", AFTER, lgos, home)
    questions.show(home / "releases" / "current")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lgos", type=int, nargs="*", default=[200, 800])
    parser.add_argument("--home", type=Path, help="where to work (default: a temporary directory)")
    parser.add_argument("--keep", action="store_true", help="leave what was made below --home")
    parser.add_argument("--nodes", action="store_true", help="say what every node of dbt took")
    parser.add_argument("--step", choices=[*BEFORE, *AFTER], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        nation.step(BEFORE | AFTER, given.step, given.home, given.lgos[0])
        return
    nation.each_in_its_home(given, "decade-", lambda lgos, home: decade(lgos, home, given.nodes))


if __name__ == "__main__":
    main()
