"""Which columns a column of the warehouse is made of, for the UI.

Parsing the SQL of all models takes seconds that no run should pay, so the answer is kept beside the models
(dbt_project/column_lineage.json), written by `make lineage` and held against the models by a test. Models in
Python have none.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.paths import DBT_PROJECT
from orchestration.settings import Settings

KEPT = DBT_PROJECT / "column_lineage.json"
# How dbt writes the accepted rows of a kind of table.
ACCEPTED = re.compile(r"read_parquet\('[^']*/accepted/(\w+)/\*\.parquet', union_by_name=true\)")

# A column that is made of more than this (a hash over a whole line) would only be a knot in the drawing.
MOST_DRAWN = 40
MOST_NAMED = 8

# {schema.name of a table: {column: [schema.name.column of what it is made of]}}
Lineage = dict[str, dict[str, list[str]]]


def lineage_of(sql: str, columns: dict[str, dict[str, dict[str, str]]]) -> dict[str, list[str]]:
    """Return, by output column of a query, the columns of tables that it is made of.

    `columns` are names and types of every table's columns, by schema and name. A column that is made of nothing
    (a constant, a count) has an empty list.
    """
    from sqlglot import exp, parse_one
    from sqlglot.lineage import lineage
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    tree = parse_one(ACCEPTED.sub(r'"accepted"."\1"', sql.replace('"warehouse".', "")), dialect="duckdb")
    query: Any = qualify(tree, dialect="duckdb", schema=columns, validate_qualify_columns=False)  # type: ignore[arg-type]
    scope = build_scope(query)
    found: dict[str, list[str]] = {}
    for name in query.named_selects:
        made_of = set()
        for node in lineage(
            name, query, columns, dialect="duckdb", scope=scope, trim_selects=False, copy=False
        ).walk():
            table = node.expression
            if isinstance(table, exp.Table) and not node.downstream:
                made_of.add(f"{table.db}.{table.name}.{exp.to_column(node.name).name}")
        found[name] = sorted(made_of)
    return found


def computed(settings: Settings, only: Collection[str] | None = None) -> Lineage:
    """Return the lineage of every model in SQL, or of some, from what the last run compiled and built."""
    import duckdb

    manifest = json.loads((settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    columns: dict[str, dict[str, dict[str, str]]] = {}
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        for schema, table, column, kind in connection.execute(
            "select table_schema, table_name, column_name, data_type from information_schema.columns"
            " where table_catalog = 'warehouse' order by all"
        ).fetchall():
            columns.setdefault(schema, {}).setdefault(table, {})[column] = kind
        for folder in sorted(settings.accepted.iterdir()):
            described = connection.execute(
                f"describe from read_parquet('{folder}/*.parquet', union_by_name=true)"
            ).fetchall()
            columns.setdefault("accepted", {})[folder.name] = {name: kind for name, kind, *_ in described}
    made: Lineage = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] != "model" or node["language"] != "sql":
            continue
        if node["config"]["materialized"] == "ephemeral":
            continue
        if only is not None and f"{node['schema']}.{node['name']}" not in only:
            continue
        compiled = settings.dbt_target / "compiled" / node["package_name"] / node["original_file_path"]
        made[f"{node['schema']}.{node['name']}"] = lineage_of(compiled.read_text(encoding="utf-8"), columns)
    return dict(sorted(made.items()))


@cache
def kept() -> Lineage:
    """Return what `make lineage` wrote last; nothing where the file is missing."""
    return json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}


def written(lineage: Lineage) -> str:
    """Return the text of the kept file: a line per column, so that a change can be reviewed."""
    tables = (
        f" {json.dumps(table)}: {{\n"
        + ",\n".join(f"  {json.dumps(column)}: {json.dumps(made_of)}" for column, made_of in columns.items())
        + "\n }"
        for table, columns in lineage.items()
    )
    return "{\n" + ",\n".join(tables) + "\n}\n"


def for_dagster(table: str) -> Any:
    """Return the lineage of a table for Dagster (TableColumnLineage), or None where none is kept."""
    from dagster import TableColumnLineage

    columns = kept().get(table)
    if not columns:
        return None
    return TableColumnLineage(
        {
            column: [_dependency(source) for source in made_of]
            for column, made_of in columns.items()
            if len(made_of) <= MOST_DRAWN
        }
    )


def in_words(made_of: Sequence[str] | None) -> str:
    """Return what a column is made of as a line of Markdown, tables only where the columns are many."""
    if not made_of:
        return ""
    if len(made_of) > MOST_NAMED:
        tables = sorted({source.rpartition(".")[0] for source in made_of})
        return (
            f"← {len(made_of)} columns of {len(tables)} tables: {', '.join(f'`{t}`' for t in tables[:MOST_NAMED])}"
        )
    return "← " + ", ".join(f"`{source}`" for source in made_of)


@cache
def _dependency(source: str) -> Any:
    from dagster import AssetKey, TableColumnDep

    schema, table, column = source.split(".")
    return TableColumnDep(asset_key=AssetKey([schema, table]), column_name=column)


if __name__ == "__main__":
    from orchestration import settings as configuration

    Path(sys.argv[1] if len(sys.argv) > 1 else KEPT).write_text(
        written(computed(configuration.load())), encoding="utf-8"
    )
