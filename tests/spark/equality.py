"""Spark builds what DuckDB builds: every table, every row, every type. Run by `make test-spark`.

    python -m tests.spark.equality [--lgos 500] [--home DIRECTORY]

Starts a cluster of this machine alone (cluster.py), and stops it whatever happens. First the reference round goes
through the whole job in two installations, one of which has engine = "spark": tables, release, checks and reports
must be the same. Put back to DuckDB, the latter must find nothing new to release. Then generated local governments
with a planted fault each are built by both.
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
from dagster import DagsterEventType, DagsterInstance

from orchestration import editions, releases
from orchestration import settings as configuration
from orchestration.releases import Release
from orchestration.settings import Settings
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


def reference_round(place: Path, lake: Path, port: int) -> list[str]:
    """Run the job on the sample round with either engine, each in an installation of its own; return what differs."""
    duck, spark = place / "duckdb", place / "spark"
    for home in (duck, spark):
        _job(home, "init", "--sample", ROUND)
    _job(duck, "round", ROUND)
    plain = (spark / "sucharit.toml").read_text("utf-8")
    chosen = f'\n[warehouse]\nengine = "spark"\n\n[spark]\nlake = "{lake}"\nport = {port}\n'
    (spark / "sucharit.toml").write_text(plain + chosen, "utf-8")
    _job(spark, "round", ROUND)
    found = differences(*(home / "build" / "warehouse.duckdb" for home in (duck, spark)))
    found += differing_outcomes(duck, spark)
    (spark / "sucharit.toml").write_text(plain, "utf-8")
    before = releases.current(_settings(spark)).release_id
    _job(spark, "round", ROUND)
    if (after := releases.current(_settings(spark)).release_id) != before:
        found.append(f"back on DuckDB there is a new release: {after} after Spark's {before}")
    return found


def differing_outcomes(duck: Path, spark: Path) -> list[str]:
    """Return what differs between the last runs of two installations, beyond tables: checks, release, reports."""
    found = []
    (of_duck, checks), (of_spark, theirs) = (_outcome(home) for home in (duck, spark))
    if checks != theirs:
        differ = sorted(check for check in checks | theirs if checks.get(check) != theirs.get(check))
        found.append(f"checks came out otherwise: {differ}")
    ours, other = of_duck.manifest, of_spark.manifest
    for part in ("content_sha256", "tables", "keys", "checks", "decisions"):
        if ours[part] != other[part]:
            found.append(f"manifest: {part} differ")
    # The reports of DuckDB's tables, under the name of Spark's release, are those that stand there.
    renamed = replace(of_duck, release_id=of_spark.release_id)
    edition = editions.write(_settings(spark), renamed, ROUND, serve=False)
    found += [f"report {name} differs" for name in edition.differing or ()]
    if edition.differing is None:
        found.append("Spark's run left no reports")
    failed = sum(not passed for passed, _ in theirs.values())
    print(f"  {len(theirs)} checks ({failed} of them failed), {len(edition.files)} reports, {len(found)} differ")
    return found


def _outcome(home: Path) -> tuple[Release, dict[tuple[str, str], tuple[bool, str]]]:
    """Return the current release and, of the newest run, whether each check passed and how severe it is."""
    settings = _settings(home)
    with DagsterInstance.get() as dagster:
        (run,) = dagster.get_runs(limit=1)
        events = dagster.all_logs(run.run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION)
    checks = [event.get_dagster_event().asset_check_evaluation_data for event in events]
    return releases.current(settings), {
        (check.asset_key.to_user_string(), check.check_name): (check.passed, check.severity.value)
        for check in checks
    }


def generated(home: Path, lake: Path, port: int, lgos: int, generator: str) -> list[str]:
    """Generate one round of so many local governments and build it with either engine."""
    from bench.nation import settings_of, take_in
    from orchestration import dbt
    from orchestration.settings import Spark

    generate = [generator, "-m", "bench.nation", str(lgos), "--home", str(home), "--step", "generate"]
    subprocess.run(generate, cwd=PROJECT, stdout=subprocess.DEVNULL, check=True)
    take_in(home, lgos)
    ours = settings_of(home)
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


def _settings(home: Path) -> Settings:
    os.environ |= {"SUCHARIT_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    return configuration.load()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lgos", type=int, default=500, help="local governments to generate; 0: none")
    parser.add_argument(
        "--home", type=Path, help="where to work, and to leave everything (default: a temporary one)"
    )
    parser.add_argument(
        "--generator",
        default=sys.executable,
        help="the Python that generates them: it has the libraries of the tests, which Spark does without",
    )
    given = parser.parse_args()
    # Whoever ends this process ends the cluster with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    place = given.home or Path(tempfile.mkdtemp(prefix="sucharit-spark-"))
    try:
        with cluster(place / "cluster") as port:
            print("the reference round")
            found = reference_round(place, place / "lake", port)
            if given.lgos:
                print(f"{given.lgos:,} generated local governments")
                found += generated(place / "generated", place / "lake", port, given.lgos, given.generator)
    finally:
        if not given.home:
            shutil.rmtree(place, ignore_errors=True)
    if found:
        raise SystemExit("Spark and DuckDB differ:\n" + "\n".join(found))
    print("Spark and DuckDB agree in every table and row")


if __name__ == "__main__":
    main()
