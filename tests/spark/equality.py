"""Spark builds what DuckDB builds: every table, every row, every type. Run by `make test-spark`.

    python -m tests.spark.equality [--lgos 500] [--home DIRECTORY]

Starts a cluster of this machine alone (cluster.py), and stops it whatever happens. First the reference round goes
through the whole job twice, the second time with engine = "spark": nothing may have changed, so there must be no new
release. Then generated local governments with a planted fault each are built by both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import duckdb

from tests.spark.cluster import cluster

PROJECT = Path(__file__).resolve().parents[2]
ROUND = "FY2566-12M"


def differences(ours: Path, theirs: Path) -> list[str]:
    """Return what differs between two build files; `theirs` must have every published table. Prints rows by table."""
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{ours}' as duck (read_only); attach '{theirs}' as spark (read_only)")
        listed = (
            "select table_schema, table_name, table_type from information_schema.tables where table_catalog = ?"
        )
        duck, spark = (connection.execute(listed, [name]).fetchall() for name in ("duck", "spark"))
        wanted = sorted((schema, name) for schema, name, kind in duck if kind == "BASE TABLE")
        built = {(schema, name) for schema, name, _ in spark}
        for schema, name in wanted:
            table = f"{schema}.{name}"
            if (schema, name) not in built:
                found.append(f"{table}: Spark has not built it")
                continue
            columns = [connection.execute(f"describe {engine}.{table}").fetchall() for engine in ("duck", "spark")]
            if [c[:2] for c in columns[0]] != [c[:2] for c in columns[1]]:
                found.append(f"{table}: columns {columns[0]} are {columns[1]} from Spark")
                continue
            rows, only_duck, only_spark = (
                connection.execute(f"select count(*) from ({query})").fetchall()[0][0]
                for query in (
                    f"from duck.{table}",
                    f"from duck.{table} except all from spark.{table}",
                    f"from spark.{table} except all from duck.{table}",
                )
            )
            print(f"  {table:45}{rows:9,} rows", flush=True)
            if only_duck or only_spark:
                found.append(f"{table}: {only_duck} of {rows} rows only from DuckDB, {only_spark} only from Spark")
        print(f"  {len(wanted)} tables, {len(found)} differ")
    return found


def reference_round(home: Path, lake: Path, port: int) -> list[str]:
    """Run the job on the sample round with either engine; the second must leave the release of the first."""
    _job(home, "init", "--sample", ROUND)
    _job(home, "round", ROUND)
    first, ours = _current(home), home / "duckdb.build"
    shutil.copy(home / "build" / "warehouse.duckdb", ours)
    with (home / "sucharit.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[warehouse]\nengine = "spark"\n\n[spark]\nlake = "{lake}"\nport = {port}\n')
    _job(home, "round", ROUND)
    found = differences(ours, home / "build" / "warehouse.duckdb")
    if _current(home) != first:
        found.append(f"Spark's build made a release of its own: {_current(home)} after {first}")
    return found


def generated(home: Path, lake: Path, port: int, lgos: int) -> list[str]:
    """Generate one round of so many local governments and build it with either engine."""
    from bench.nation import _settings, generate, take_in
    from orchestration import dbt
    from orchestration.settings import Spark

    generate(home, lgos)
    take_in(home, lgos)
    ours = _settings(home)
    theirs = replace(ours, spark=Spark(lake=str(lake), port=port))
    kept = home / "duckdb.build"
    for settings in (ours, theirs):
        started = time.monotonic()
        built = dbt.build(settings).result.results
        print(f"  {'Spark' if settings.spark else 'DuckDB'}: {time.monotonic() - started:.0f} s", flush=True)
        if failed := [node.node.name for node in built if node.status in ("error", "fail")]:
            return [f"failed: {', '.join(failed)}"]
        if settings is ours:
            shutil.copy(ours.build_db, kept)
    return differences(kept, theirs.build_db)


def _job(home: Path, *arguments: str) -> None:
    environment = os.environ | {"SUCHARIT_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    started = time.monotonic()
    command = [sys.executable, "-m", "orchestration", *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout[-3000:]}")
    print(f"  {' '.join(arguments)}: {time.monotonic() - started:.0f} s", flush=True)


def _current(home: Path) -> str:
    return (home / "releases" / "current").resolve().name


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lgos", type=int, default=500, help="local governments to generate; 0: none")
    parser.add_argument(
        "--home", type=Path, help="where to work, and to leave everything (default: a temporary one)"
    )
    given = parser.parse_args()
    # Whoever ends this process ends the cluster with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    place = given.home or Path(tempfile.mkdtemp(prefix="sucharit-spark-"))
    try:
        with cluster(place / "cluster") as port:
            print("the reference round")
            found = reference_round(place / "reference", place / "lake", port)
            if given.lgos:
                print(f"{given.lgos:,} generated local governments")
                found += generated(place / "generated", place / "lake", port, given.lgos)
    finally:
        if not given.home:
            shutil.rmtree(place, ignore_errors=True)
    if found:
        raise SystemExit("Spark and DuckDB differ:\n" + "\n".join(found))
    print("Spark and DuckDB agree in every table and row")


if __name__ == "__main__":
    main()
