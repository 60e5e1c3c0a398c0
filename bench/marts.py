"""The warehouse built by dbt against the same SQL in bare DuckDB, in one go.

    python -m bench.marts HOME [--threads N] [--nodes]

HOME is an installation whose rows are accepted. dbt builds it as a run would; then every node's compiled SQL
(seeds, views, tables and tests; the Python models are called as they are) runs in the order in which dbt finished
it, in a new file through one connection, with the same memory and, where dbt builds a table round after round,
round after round as well. Printed are wall and CPU seconds and the ratios; with --nodes what each
node took. Left out of both: importing dbt and DuckDB, once in the process of a run.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Node:
    """One node as it ran: `sql` is compiled; `seconds` is what dbt says that it took."""

    name: str
    kind: str
    materialized: str
    relation: str | None
    path: str
    sql: str
    parents: tuple[str, ...]
    seconds: float
    by_round: bool


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def _timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """Return what `work` returns, and its seconds by the clock, of CPU, of children's CPU, and the peak in MB."""
    wall, cpu, children = time.perf_counter(), _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    result = work()
    return result, {
        "wall": time.perf_counter() - wall,
        "cpu": _cpu(resource.RUSAGE_SELF) - cpu,
        "children": _cpu(resource.RUSAGE_CHILDREN) - children,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def by_dbt(home: Path) -> dict[str, Any]:
    """Build with dbt in this process; return what it cost and the nodes in the order of their completion."""
    from orchestration import dbt
    from orchestration.settings import Settings

    settings = Settings(home=home)
    dbt.prepared_manifest(settings)
    # What is imported once and lives on in the process of a run is none of a build's business. (A run pays for
    # it in its first call of dbt: 3 to 4 s of CPU, whatever the size.)
    import dbt.adapters.duckdb
    import dbt.cli.main

    built, cost = _timed(lambda: dbt_build(settings))
    nodes = [
        {
            "name": r.node.name,
            "kind": r.node.resource_type.value,
            "materialized": r.node.config.materialized or "",
            "relation": None if r.node.resource_type.value == "test" else f"{r.node.schema}.{r.node.name}",
            "path": str(PROJECT / "dbt_project" / r.node.original_file_path),
            "sql": getattr(r.node, "compiled_code", None) or "",
            "parents": list(getattr(r.node.depends_on, "nodes", ())),
            "seconds": r.execution_time,
            "by_round": bool(r.node.config.meta.get("by_round")),
        }
        for r in built.result.results
        if r.node.resource_type.value in ("seed", "model", "test")
    ]
    failed = [r.node.name for r in built.result.results if r.status in ("error", "fail")]
    if failed:
        raise SystemExit(f"dbt: {failed}")
    return {"cost": cost, "nodes": nodes}


def dbt_build(settings: Any) -> Any:
    from orchestration import dbt

    return dbt.build(settings)


def bare(home: Path, nodes: list[Node], threads: int | None) -> dict[str, Any]:
    """Run the same SQL through one connection; return what it cost and the seconds of CPU of each node."""
    import duckdb

    from orchestration import memory
    from orchestration.settings import Settings

    file = home / "build" / "bare.duckdb"
    file.unlink(missing_ok=True)
    took: dict[str, float] = {}
    with duckdb.connect(str(file)) as connection:
        given = memory.for_build(Settings(home=home))
        connection.execute(f"set memory_limit = '{given.limit}'")
        if threads:
            connection.execute(f"set threads = {threads}")
        connection.execute(f"attach '{home / 'build' / 'warehouse.duckdb'}' as built (read_only)")

        def run_all() -> None:
            for node in nodes:
                started = time.process_time()
                _run(connection, node, given.rounds if node.by_round else ())
                took[node.name] = time.process_time() - started

        _, cost = _timed(run_all)
        rows = {
            f"{schema}.{name}": connection.execute(f'select count(*) from "{schema}"."{name}"').fetchall()[0][0]
            for schema, name in connection.execute(
                "select table_schema, table_name from information_schema.tables"
                " where table_catalog = current_database() and table_schema in ('core', 'marts')"
            ).fetchall()
        }
    file.unlink()
    return {"cost": cost, "took": took, "rows": sum(rows.values())}


def _run(connection: Any, node: Node, rounds: Sequence[str]) -> None:
    sql = node.sql.replace('"warehouse".', "")
    if node.relation:
        connection.execute(f"create schema if not exists {node.relation.split('.')[0]}")
    if node.kind == "seed":
        # In the types that dbt was told: read_csv would take codes for numbers.
        types = connection.execute(f"describe built.{node.relation}").fetchall()
        columns = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind, *_ in types) + "}"
        source = f"read_csv('{node.path}', header = true, columns = {columns})"
        connection.execute(f"create table {node.relation} as from {source}")
    elif node.kind == "test":
        connection.execute(f"select count(*) from ({sql})").fetchall()
    elif node.path.endswith(".py"):
        made = _call(connection, node)
        connection.register("made", made)
        connection.execute(f"create table {node.relation} as from made")
        connection.unregister("made")
    elif node.materialized == "table":
        into = f"create table {node.relation} as"
        for round_key in rounds or (None,):
            if round_key:
                connection.execute(f"set variable sucharit_round = '{round_key}'")
            connection.execute(f"{into} {sql}")
            into = f"insert into {node.relation}"
        if rounds:
            connection.execute("reset variable sucharit_round")
    elif node.materialized == "view":
        connection.execute(f"create view {node.relation} as {sql}")


class _Dbt:
    """What a Python model asks of dbt."""

    def __init__(self, connection: Any, relations: dict[str, str]) -> None:
        self.connection, self.relations = connection, relations

    def config(self, **ignored: Any) -> None:
        pass

    def ref(self, name: str) -> Any:
        return self.connection.sql(f"from {self.relations[name]}")


def _call(connection: Any, node: Node) -> Any:
    relations = dict(
        connection.execute(
            "select table_name, concat(table_schema, '.', table_name) from information_schema.tables"
            " where table_catalog = current_database()"
        ).fetchall()
    )  # fmt: skip
    namespace: dict[str, Any] = {}
    exec(compile(Path(node.path).read_text(encoding="utf-8"), node.path, "exec"), namespace)
    return namespace["model"](_Dbt(connection, relations), connection)


def compare(home: Path, threads: int | None = None) -> dict[str, Any]:
    """Build both ways, each in a process of its own; return the costs, the seconds by node and the ratio."""
    results: dict[str, Any] = {}
    for way in ("dbt", "bare"):
        command = [sys.executable, "-m", "bench.marts", str(home), "--way", way]
        command += ["--threads", str(threads)] if threads else []
        done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{way} failed:\n{done.stdout[-3000:]}")
        results[way] = json.loads(done.stdout.strip().splitlines()[-1])
    return results


def _nodes_path(home: Path) -> Path:
    return home / "build" / "nodes.json"


def _one_way(way: str, home: Path, threads: int | None) -> dict[str, Any]:
    if way == "dbt":
        result = by_dbt(home)
        _nodes_path(home).write_text(json.dumps(result["nodes"]), encoding="utf-8")
        return {"cost": result["cost"], "took": {n["name"]: n["seconds"] for n in result["nodes"]}}
    from orchestration import dbt
    from orchestration.settings import Settings

    dbt.use(Settings(home=home))
    nodes = [Node(**n) for n in json.loads(_nodes_path(home).read_text(encoding="utf-8"))]
    return bare(home, nodes, threads)


def show(results: dict[str, Any], nodes: bool) -> None:
    """Print what `compare` returned."""
    print(f"  {'build':28}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for way, result in results.items():
        cost = result["cost"]
        more = f"   processes of matching: {cost['children']:.1f} s of CPU"
        print(f"  {way:28}{cost['wall']:9.1f}{cost['cpu']:9.1f}{cost['peak']:9.0f}{more}")
    ratio = results["dbt"]["cost"]["cpu"] / results["bare"]["cost"]["cpu"]
    print(f"  dbt / bare: {ratio:.2f} of CPU; {results['bare']['rows']:,} rows of core and marts")
    if nodes:
        print(f"  {'node':50}{'dbt, wall s':>13}{'bare, CPU s':>13}")
        for name, seconds in sorted(results["bare"]["took"].items(), key=lambda item: -item[1])[:40]:
            print(f"  {name:50}{results['dbt']['took'][name]:13.2f}{seconds:13.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--threads", type=int, help="threads of bare DuckDB (default: as many as cores)")
    parser.add_argument("--nodes", action="store_true")
    parser.add_argument("--way", choices=("dbt", "bare"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    home = given.home.resolve()
    if given.way:
        print("\n" + json.dumps(_one_way(given.way, home, given.threads)))
        return
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    show(compare(home, given.threads), given.nodes)


if __name__ == "__main__":
    main()
