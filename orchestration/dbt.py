"""dbt inside this process: where it writes, its manifest, and one call.

In process, because a subprocess costs four seconds and asks the package index for dbt's newest version.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import memory
from orchestration.atomic import write_atomically
from orchestration.dbt_shortcuts import (
    with_kept_templates,
    with_macros_named_at_once,
    with_parts_put_in_front,
    without_second_thoughts,
    without_small_talk,
)
from orchestration.paths import DBT_PROJECT
from orchestration.settings import Settings, home

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest


class DbtError(Exception):
    """dbt could not do what it was asked to; the message is dbt's own."""


def use(settings: Settings) -> None:
    """Set what profiles.yml and sources.yml read from the environment.

    The values are the same in every run of one installation: a change would make dbt parse everything anew.
    """
    os.environ |= {
        "SUCHARIT_ACCEPTED": str(settings.accepted),
        "SUCHARIT_BUILD_DB": str(settings.build_db),
        "SUCHARIT_CACHE": str(settings.cache),
        "DBT_TARGET_PATH": str(_target_path(settings)),
        "DBT_LOG_PATH": str(_target_path(settings) / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    if settings.spark:
        os.environ |= {
            "SUCHARIT_SPARK_HOST": settings.spark.host,
            "SUCHARIT_SPARK_PORT": str(settings.spark.port),
            "SUCHARIT_SPARK_SCHEMA": settings.spark.schema,
        }


def _target_path(settings: Settings) -> Path:
    # The assets and descriptions are those of the target duckdb, whoever builds: its manifest keeps its place.
    return settings.home / "dbt-spark" if settings.spark else settings.dbt_target


def invoke(settings: Settings, *arguments: str) -> dbtRunnerResult:
    """Run one dbt command. Raises DbtError where dbt itself breaks; failed nodes are in the result."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    use(settings)
    manifest = None if arguments[0] == "parse" else sealed_manifest(settings)
    settings.build.mkdir(parents=True, exist_ok=True)
    # dbt words every one of its thousands of events for a logger, even where the logger shows errors alone.
    quiet = ["--log-level", "none", "--log-level-file", "none"]
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    if settings.spark:
        places += ["--target", "spark"]
    # Nor does Python look again and again whether the manifest and all that was imported have become garbage.
    gc.freeze()
    try:
        # Parsing makes a thousand templates more that no build asks for.
        kept = nullcontext() if arguments[0] == "parse" else with_kept_templates(_templates(settings))
        valid = without_second_thoughts() if manifest else nullcontext()
        with without_small_talk(), with_parts_put_in_front(), with_macros_named_at_once(), kept, valid:
            result = dbtRunner(manifest, callbacks=[_show_error]).invoke([*quiet, *arguments, *places])
    finally:
        gc.unfreeze()
        # dbt keeps the build file open between models, which spares a third of the time; whoever comes
        # after dbt, in this process or another, must find it closed and without a write-ahead log.
        DuckDBConnectionManager.close_all_connections()
    if result.exception is not None:
        raise DbtError(str(result.exception)) from result.exception
    return result


def _show_error(event: Any) -> None:
    if event.info.level == "error":
        print(event.info.msg, file=sys.stderr)


# The options of `dbt build` that every build has.
EVERYTHING = ("--exclude-resource-type", "unit_test", "--no-write-json")


def build(settings: Settings) -> dbtRunnerResult:
    """Build every table from nothing into the build file, which no reader opens. Raises DbtError."""
    for leftover in settings.build.glob("warehouse.duckdb*"):
        # What did not fit into memory when a build was broken off is a folder.
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    if settings.spark:
        from orchestration import spark

        return spark.build(settings)
    given = memory.for_build(settings)
    variables = {
        memory.VARIABLE: given.limit,
        "SUCHARIT_BUILD_THREADS": str(given.threads),
        "SUCHARIT_BUILD_ROUNDS": ",".join(given.rounds),
    }
    with _environment(variables):
        return invoke(settings, "build", *EVERYTHING, "--threads", str(given.models_at_once))


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in values}
    os.environ |= values
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def docs_page(settings: Settings) -> Path:
    return settings.home / "docs" / "dbt.html"


def docs(settings: Settings) -> Path:
    """Write dbt's documentation of the last build as one page (docs/dbt.html); return its path.

    Made from a copy of the build in a directory of its own: dbt opens the file for writing, and the gate's
    approval is of its very bytes. Raises DbtError where nothing has been built yet or dbt breaks.
    """
    if not settings.build_db.exists():
        raise DbtError("nothing has been built yet; run a round first")
    page = docs_page(settings)
    page.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        there = replace(settings, home=Path(scratch), spark=None)
        there.build.mkdir()
        shutil.copy(settings.build_db, there.build_db)
        # What was read is only named in the documentation, never opened for it; it may lie on another disk.
        shutil.copytree(settings.accepted, there.accepted, copy_function=os.symlink)
        prepared_manifest(there)
        invoke(there, "docs", "generate", "--static", "--no-compile")
        shutil.copy(there.dbt_target / "static_index.html", page)
    return page


def _templates(settings: Settings) -> Path:
    return _target_path(settings) / "jinja"


def _seal(settings: Settings) -> Path:
    return _target_path(settings) / "manifest.seal"


def _is_sealed(settings: Settings) -> bool:
    seal = _seal(settings)
    return seal.exists() and seal.read_text(encoding="utf-8") == _fingerprint(settings)


def sealed_manifest(settings: Settings) -> Manifest | None:
    """Return what dbt parsed last, where the project has not changed since: parsing again costs seconds.

    It is loaded anew for every call, because dbt changes the object while it compiles.
    """
    from dbt.contracts.graph.manifest import Manifest

    parsed = _target_path(settings) / "partial_parse.msgpack"
    if not parsed.exists() or not _is_sealed(settings):
        return None
    manifest = Manifest.from_msgpack(parsed.read_bytes())
    manifest.build_flat_graph()
    return manifest


def prepared_manifest(settings: Settings | None = None) -> Path:
    """Return the path of a manifest that is true to the dbt project, parsing it only where it has changed.

    One process parses at a time and the others wait: services start together.
    """
    settings = settings or Settings(home=home())
    manifest = _target_path(settings) / "manifest.json"
    if not (manifest.exists() and _is_sealed(settings)):
        manifest.parent.mkdir(parents=True, exist_ok=True)
        with (manifest.parent / "parse.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (manifest.exists() and _is_sealed(settings)):
                _parse(settings)
    return manifest


def _parse(settings: Settings) -> None:
    _seal(settings).unlink(missing_ok=True)
    shutil.rmtree(_templates(settings), ignore_errors=True)
    # All of it: what dbt kept of another release's project can leave tests behind that are no longer there.
    invoke(settings, "parse", "--no-partial-parse")
    fingerprint = _fingerprint(settings)
    write_atomically(_seal(settings), lambda path: path.write_text(fingerprint, encoding="utf-8"))


def _fingerprint(settings: Settings) -> str:
    digest = hashlib.sha256(str(settings.home).encode())
    if settings.spark:
        digest.update(settings.spark.schema.encode())
    # Their own macros are in what was parsed, and what they make of templates is kept with it.
    for library in ("dbt-core", "dbt-common", "dbt-duckdb"):
        digest.update(f"{library} {metadata.version(library)}\0".encode())
    for path in sorted(DBT_PROJECT.rglob("*")):
        if path.suffix in (".sql", ".yml", ".csv", ".py") and not {"target", "logs"} & set(path.parts):
            digest.update(path.relative_to(DBT_PROJECT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
