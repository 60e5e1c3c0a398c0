"""The other engine: Spark builds the tables, and they come home into the build file.

The models are the same (dbt_project/macros/dialect.sql and spark.sql hold what Spark spells differently). What
Spark reads and writes lies in a directory of the lake that every worker reaches, a new one for every build. Its
tables are then copied into the build file, so that the gate, the release and the reports go on as they always do
and no reader ever asks Spark.
"""

from __future__ import annotations

import importlib.util
import json
import os
import posixpath
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import duckdb
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs

from orchestration import dbt
from orchestration.paths import DBT_PROJECT
from orchestration.settings import Settings, Spark

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.results import RunResult

# Directories of a build beside one per layer: rows for a model in Python, and rows that one made.
HANDED, MADE = "handed", "made"
BUILD_PREFIX = "build-"
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Place:
    """A directory of the lake: `uri` as Spark names it, `root` in `files` as Arrow does."""

    uri: str
    root: str
    files: fs.FileSystem

    @classmethod
    def of_lake(cls, spark: Spark) -> Place:
        """Return the lake of a configuration; AWS_… variables hold key, region and endpoint of an object store."""
        if spark.lake.startswith("s3a://"):
            # Arrow takes the others by itself.
            endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
            where = {"scheme": endpoint.scheme, "endpoint_override": endpoint.netloc} if endpoint.netloc else {}
            return cls(spark.lake, spark.lake.removeprefix("s3a://"), fs.S3FileSystem(**where))
        return cls(spark.lake, spark.lake, fs.LocalFileSystem())

    def below(self, *names: str) -> Place:
        """Return a directory of this one, whether or not it is there."""
        return Place(posixpath.join(self.uri, *names), posixpath.join(self.root, *names), self.files)

    def parquet(self) -> ds.Dataset:
        """Return the Parquet files of this directory as one table."""
        return ds.dataset(self.root, filesystem=self.files, format="parquet")


def build(settings: Settings) -> dbtRunnerResult:
    """Build every table on Spark and copy it into the build file. Raises DbtError; failed nodes are in the result.

    A model in Python runs in this process, on what Spark has made so far: Spark's Thrift server takes none.
    """
    spark = settings.spark
    if spark is None:
        raise ValueError("these settings name no Spark")
    if importlib.util.find_spec("dbt.adapters.spark") is None:
        raise dbt.DbtError(
            'engine = "spark" ต้องติดตั้ง requirements-spark.lock / needs what is in requirements-spark.lock installed'
        )
    reach(spark)
    dbt.prepared_manifest(settings)
    manifest = dbt.sealed_manifest(settings)
    assert manifest is not None
    lake = Place.of_lake(spark)
    here = lake.below(f"{BUILD_PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}")
    _begin(settings, manifest, here)
    results: list[RunResult] = []
    in_python = python_models(manifest)
    for number, chosen in enumerate(phases([node.name for node in in_python])):
        if number:
            results.append(_run_python(settings, manifest, in_python[number - 1], here))
        built = dbt.invoke(settings, "build", *dbt.EVERYTHING, *chosen)
        results += built.result.results
        if not built.success:
            break
    _bring_home(settings, manifest if built.success else None, here)
    if built.success:
        _forget_earlier(lake, here)
    built.result.results = results
    return built


def reach(spark: Spark) -> None:
    """Raise DbtError where nobody answers at the address of the Thrift server.

    dbt would say so only after a minute, on standard error, and not whether trying again later makes sense.
    """
    try:
        socket.create_connection((spark.host, spark.port), timeout=PATIENCE_SECONDS).close()
    except OSError as error:
        where = f"{spark.host}:{spark.port}"
        raise dbt.DbtError(f"Spark ที่ {where} ไม่ตอบ / Spark at {where} does not answer: {error}") from error


def phases(in_python: Sequence[str]) -> Iterator[list[str]]:
    """Return dbt's selection before the first model in Python, between each and the next, and after the last.

    `in_python` are their names in the order in which they are built. Tests count as what they are in the graph,
    not as parts of the models they look at, or those of a model in Python would run nowhere.
    """
    for done in range(len(in_python) + 1):
        chosen = ["--indirect-selection", "empty"]
        without = [f"{name}+" for name in in_python[done:]]
        if done:
            chosen += ["--select", f"{in_python[done - 1]}+"]
            without.insert(0, in_python[done - 1])
        yield [*chosen, *(["--exclude", *without] if without else [])]


def python_models(manifest: Manifest) -> list[Any]:
    """Return the models in Python, each after those that it depends on."""
    parents = {node.unique_id: getattr(node.depends_on, "nodes", []) for node in manifest.nodes.values()}
    order = TopologicalSorter(parents).static_order()
    nodes = [manifest.nodes[unique_id] for unique_id in order if unique_id in manifest.nodes]
    return [node for node in nodes if getattr(node, "language", "") == "python"]


def _run(settings: Settings, macro: str, **arguments: Any) -> None:
    """Run a macro of dbt_project/macros/spark.sql, over the connection of dbt's profile. Raises DbtError."""
    done = dbt.invoke(settings, "run-operation", macro, "--args", json.dumps(arguments))
    if not done.success:
        spark = settings.spark
        where = f"{spark.host}:{spark.port}" if spark else ""
        said = done.result.results[0].message or "dbt said why on standard error"
        raise dbt.DbtError(f"Spark ที่ {where} ไม่ทำตามคำสั่ง / Spark at {where} did not obey: {macro}: {said}")


def required_settings() -> dict[str, str]:
    """Return the settings of a session that profiles.yml asks for, by their names in Spark."""
    import yaml  # type: ignore[import-untyped]

    profile = yaml.safe_load((DBT_PROJECT / "profiles.yml").read_text(encoding="utf-8"))
    asked = profile["sucharit"]["outputs"]["spark"]["server_side_parameters"]
    return {name.removeprefix("set:hivevar:"): value for name, value in asked.items()}


def _begin(settings: Settings, manifest: Manifest, here: Place) -> None:
    """Copy the accepted rows into the lake and make empty schemas there for what is built."""
    _run(settings, "require_settings", wanted=required_settings())
    statements = []
    for layer, schema in sorted(_layers(manifest).items()):
        statements += [
            f"drop schema if exists {schema} cascade",
            f"create schema {schema} location '{here.below(layer).uri}'",
        ]
    accepted = {source.schema for source in manifest.sources.values()}
    for schema in sorted(accepted):
        statements += [f"drop schema if exists {schema} cascade", f"create schema {schema}"]
    for source in manifest.sources.values():
        place = here.below("accepted", source.name)
        place.files.create_dir(place.root)
        for part in sorted((settings.accepted / source.name).glob("*.parquet")):
            fs.copy_files(
                str(part),
                posixpath.join(place.root, part.name),
                source_filesystem=fs.LocalFileSystem(),
                destination_filesystem=place.files,
            )
        statements.append(f"create table {source.schema}.{source.name} using parquet location '{place.uri}'")
    _run(settings, "run_statements", statements=statements)


def _layers(manifest: Manifest) -> dict[str, str]:
    """Return the schema in Spark's catalogue of each layer that has tables or views."""
    kinds = ("model", "seed")
    return {node.config.schema: node.schema for node in manifest.nodes.values() if node.resource_type in kinds}


class _Session:
    """What a model in Python gets from dbt-duckdb as `dbt`, with the rows that Spark handed over."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, handed: Place) -> None:
        self._connection, self._handed = connection, handed

    def config(self, **_: object) -> None:
        """Take no notice: where and how the rows are kept is decided here."""

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        """Return the rows of a model."""
        return self._connection.from_arrow(self._handed.below(name).parquet())


def _run_python(settings: Settings, manifest: Manifest, node: Any, here: Place) -> RunResult:
    """Run a model in Python on what Spark hands over, and hand back what it made."""
    from dbt.artifacts.schemas.results import RunStatus
    from dbt.artifacts.schemas.run import RunResult

    started = time.perf_counter()
    handed, made = here.below(HANDED, node.name), here.below(MADE, node.alias)
    parents = [manifest.nodes[unique_id] for unique_id in node.depends_on.nodes]
    statements = []
    for parent in parents:
        there = handed.below(parent.name).uri
        statements.append(
            f"insert overwrite directory '{there}' using parquet select * from {parent.relation_name}"
        )
    _run(settings, "run_statements", statements=statements)
    with duckdb.connect() as connection:
        rows = _function(DBT_PROJECT / node.original_file_path)(_Session(connection, handed), connection)
    made.files.create_dir(made.root)
    pq.write_table(rows, posixpath.join(made.root, "rows.parquet"), filesystem=made.files)
    taken = f"create table {node.relation_name} using parquet location '{made.uri}'"
    _run(settings, "run_statements", statements=[taken])
    return RunResult(
        status=RunStatus.Success,
        timing=[],
        thread_id="main",
        execution_time=time.perf_counter() - started,
        adapter_response={},
        message="OK",
        failures=None,
        batch_results=None,
        node=node,
    )


def _function(path: Path) -> Any:
    """Return the function `model` of a model in Python."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.model


def _bring_home(settings: Settings, manifest: Manifest | None, here: Place) -> None:
    """Copy every table that Spark made into a new build file; none where the build failed (`manifest` is None).

    Views stay behind: nobody reads them there.
    """
    with duckdb.connect(str(settings.build_db)) as connection:
        for node in manifest.nodes.values() if manifest else ():
            if node.resource_type not in ("model", "seed") or node.config.materialized not in ("table", "seed"):
                continue
            python = getattr(node, "language", "") == "python"
            where = (MADE, node.alias) if python else (node.config.schema, node.alias)
            connection.register("rows_in_the_lake", here.below(*where).parquet())
            connection.execute(f"create schema if not exists {node.config.schema}")
            connection.execute(f"create table {node.config.schema}.{node.alias} as from rows_in_the_lake")
            connection.unregister("rows_in_the_lake")
        connection.execute("checkpoint")


def _forget_earlier(lake: Place, here: Place) -> None:
    """Remove the directories of earlier builds; Spark's catalogue no longer knows them."""
    for entry in lake.files.get_file_info(fs.FileSelector(lake.root)):
        if entry.base_name.startswith(BUILD_PREFIX) and entry.path != here.root:
            lake.files.delete_dir(entry.path)
