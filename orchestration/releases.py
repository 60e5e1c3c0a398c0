"""Releases: finished copies of the warehouse that readers open, and the switch between them.

A release is a directory of its own, written beside the others and renamed into place; `current` is a symbolic
link that is replaced in one step. A reader that has an old release open goes on reading it undisturbed.
What is kept, taken back and checked later: upkeep.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from orchestration.atomic import drafted, to_disk, write_atomically
from orchestration.intake import reader_version
from orchestration.settings import Settings

PUBLISHED_SCHEMAS = ("core", "marts")
CURRENT = "current"
HOLD = "hold.json"
SERVED = "served.jsonl"
# What sorting a table may take; beyond it DuckDB works on disk.
MEMORY = "1GB"
# Threads that sort a table; more of them would want more memory.
SORTED_BY = 2


class DamagedRelease(Exception):
    """The manifest of a release cannot be read; `reason` says how and what to do, the message the release too."""

    def __init__(self, release: Release, error: Exception) -> None:
        self.reason = (
            "manifest.json อ่านไม่ได้ ชุดนี้จะไม่ถูกใช้และไม่ถูกลบ ให้นำแฟ้มกลับมาจากสำเนาหรือลบโฟลเดอร์เอง / cannot be read "
            f"({type(error).__name__}: {error}); it is neither served again nor removed: bring the file back from "
            f"a copy, or remove {release.directory}"
        )
        super().__init__(f"{release.release_id}: {self.reason}")


@dataclass(frozen=True)
class Release:
    """One release. `is_new` is false where the build held exactly what the current release holds.

    `mends` says what was wrong with the release before where this one was made in place of it.
    """

    release_id: str
    directory: Path
    is_new: bool
    mends: tuple[str, ...] = ()

    @property
    def warehouse(self) -> Path:
        return self.directory / "warehouse.duckdb"

    @property
    def manifest(self) -> dict[str, Any]:
        """Return what the release says of itself. Raises DamagedRelease where that cannot be read."""
        try:
            said: dict[str, Any] = json.loads((self.directory / "manifest.json").read_text(encoding="utf-8"))
            _ = (datetime.fromisoformat(said["created_at"]), said["content_sha256"])
            _ = [(table["rows"], table["sha256"]) for table in said["tables"].values()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedRelease(self, error) from error
        return said


class NoRelease(Exception):
    """Nothing has been released yet."""


@dataclass(frozen=True)
class Hold:
    """A person took the warehouse back to an earlier release: nothing switches `current` until they let go."""

    release_id: str
    because: str
    since: str


def held(settings: Settings) -> Hold | None:
    """Return the hold on `current`, or None."""
    path = settings.releases / HOLD
    return Hold(**json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def all_releases(settings: Settings) -> list[Release]:
    """Return every finished release, oldest first: their ids begin with the moment of making."""
    return [Release(path.name, path, is_new=False) for path in sorted(settings.releases.glob("[0-9]*"))]


def waiting(settings: Settings) -> Release | None:
    """Return the newest release where it does not serve because an earlier one is held, or None."""
    hold = held(settings)
    if hold is None:
        return None
    newest = all_releases(settings)[-1]
    return newest if newest.release_id > hold.release_id else None


def current(settings: Settings) -> Release:
    """Return the current release. Raises NoRelease before the first one."""
    link = settings.releases / CURRENT
    if not link.exists():
        raise NoRelease(
            "ยังไม่มีชุดข้อมูลใดเผยแพร่ ให้สั่งงาน round_report ก่อน / nothing has been released: run the job round_report"
        )
    directory = link.resolve()
    return Release(directory.name, directory, is_new=False)


def publish(
    settings: Settings,
    checks: list[dict[str, Any]],
    descriptions: dict[str, Any],
    decisions: Sequence[dict[str, Any]] = (),
) -> Release:
    """Make a release of the build file, unless the newest one holds exactly the same tables and decisions.

    One whose files are not what its manifest says is replaced, with its decisions; to look at them costs no more
    than to make a release. It becomes the current one, unless a person holds an earlier release (`held`). `checks`
    go into the manifest, and so do the `decisions` to publish despite a rule, which reports must say;
    `descriptions` are table and column comments by "schema.table", with the columns of its `key`. Tables are plain
    and sorted by round, local government and key (by all their columns where no key is known), so that the same
    content gives the same bytes in Parquet and a question about one round or local government reads little.
    """
    with drafted(settings.releases) as draft:
        tables = _write_tables(settings.build_db, draft, descriptions)
        content = hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()
        earlier = all_releases(settings)
        mends: list[str] = []
        if earlier and _says_the_same(earlier[-1], content, decisions):
            mends = [f"{earlier[-1].release_id}: {wrong}" for wrong in changed_files(earlier[-1])]
            if not mends:
                shutil.rmtree(draft)
                _serve(settings, earlier[-1].release_id)
                return earlier[-1]
            decisions = earlier[-1].manifest.get("decisions", [])
        made = datetime.now(UTC)
        release_id = f"{_after(earlier, made):%Y%m%dT%H%M%SZ}-{content[:8]}"
        manifest = {
            "release_id": release_id,
            "created_at": made.isoformat(timespec="seconds"),
            "content_sha256": content,
            "code_version": code_version(),
            "tables": tables,
            "keys": {name: descriptions[name]["key"] for name in tables if descriptions.get(name, {}).get("key")},
            "warehouse_sha256": sha256_of(draft / "warehouse.duckdb"),
            "inputs": _inputs(settings),
            "checks": checks,
            "decisions": list(decisions),
        }
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (draft / "manifest.json").write_text(text + "\n", encoding="utf-8")
        for path in sorted(draft.rglob("*"), reverse=True):
            to_disk(path)
            if path.is_file():
                path.chmod(0o440)
        draft.chmod(0o750)
        directory = settings.releases / release_id
        draft.rename(directory)
        to_disk(settings.releases)
        _serve(settings, release_id)
        return Release(release_id, directory, is_new=True, mends=tuple(mends))


def _says_the_same(release: Release, content: str, decisions: Sequence[dict[str, Any]]) -> bool:
    try:
        manifest = release.manifest
    except DamagedRelease:
        return False
    # A release that was let through is what the next build is compared with, so it needs no decision any more.
    known = manifest.get("decisions", [])
    return manifest["content_sha256"] == content and all(decision in known for decision in decisions)


def files_of(manifest: dict[str, Any]) -> dict[str, str | None]:
    """Return the SHA-256 of each file that a manifest names, beside itself; None where it was not kept."""
    files = {f"parquet/{n.replace('.', '/')}.parquet": table["sha256"] for n, table in manifest["tables"].items()}
    # Releases made before the hash of the DuckDB file was kept are checked by their rows alone.
    return {**files, "warehouse.duckdb": manifest.get("warehouse_sha256")}


def changed_files(release: Release) -> list[str]:
    """Return the files of a release that are missing or not what they were when it was made, and which it is."""
    wrong = []
    for name, sha256 in sorted(files_of(release.manifest).items()):
        path = release.directory / name
        if not path.is_file():
            wrong.append(f"{name}: missing")
        elif sha256 and sha256_of(path) != sha256:
            wrong.append(f"{name}: changed since the release was made")
    return wrong


def _after(earlier: list[Release], made: datetime) -> datetime:
    """Return the moment that a release's id begins with: after every other's, whatever the clock says."""
    if not earlier:
        return made
    last = datetime.strptime(earlier[-1].release_id.split("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return max(made, last + timedelta(seconds=1))


def _serve(settings: Settings, release_id: str) -> None:
    """Serve a release, or the one that a person holds: who held it may have been cut off before it was served."""
    hold, link = held(settings), settings.releases / CURRENT
    if hold and (settings.releases / hold.release_id).exists():
        release_id = hold.release_id
    if not (link.exists() and link.resolve().name == release_id):
        serve(settings, release_id)


def serve(settings: Settings, release_id: str) -> None:
    """Point `current` at a release and remember since when it serves, which clean-up asks of each deadline."""
    path, link = settings.releases / SERVED, settings.releases / CURRENT
    lines = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    # What served when nothing was remembered yet served until now. And remembered first: what then did not come to
    # serve stays a while longer, what did is never forgotten.
    names = [link.resolve().name] if link.exists() and not lines else []
    since = datetime.now(UTC).isoformat(timespec="seconds")
    for name in [*names, release_id]:
        lines += json.dumps({"release_id": name, "since": since}) + "\n"
    write_atomically(path, lambda temporary: temporary.write_text(lines, encoding="utf-8"))
    switch(settings.releases, release_id)


def served(settings: Settings) -> list[tuple[datetime, str]]:
    """Return since when which release served, in that order, as far as it is remembered and can be read."""
    path, found = settings.releases / SERVED, []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else ():
        with suppress(ValueError, KeyError, TypeError):
            said = json.loads(line)
            found.append((datetime.fromisoformat(said["since"]), str(said["release_id"])))
    return found


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def switch(directory: Path, name: str) -> None:
    """Point `current` of a directory at one of its entries, in one step that no reader can see half of."""
    link = directory / f".{CURRENT}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(name)
    link.replace(directory / CURRENT)
    to_disk(directory)


def code_version() -> str:
    """Return the version of the project and of the reader that made a release."""
    from orchestration import __version__

    return f"{__version__}+{reader_version()}"


def _write_tables(build_db: Path, draft: Path, descriptions: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Copy core and marts into a DuckDB file and Parquet; return rows and SHA-256 by table."""
    tables = {}
    with duckdb.connect(str(draft / "warehouse.duckdb")) as connection:
        connection.execute(f"set memory_limit = '{MEMORY}'")
        connection.execute(f"attach {_text(build_db)} as build (read_only)")
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = 'build' and table_schema in (select unnest(?)) order by all",
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall()
        for schema, name in names:
            connection.execute(f"create schema if not exists {schema}")
            order = _order(
                connection.table(f"build.{schema}.{name}").columns,
                descriptions.get(f"{schema}.{name}", {}).get("key", []),
            )
            connection.execute(f"set threads = {SORTED_BY}")
            connection.execute(f"create table {schema}.{name} as from build.{schema}.{name} order by {order}")
            _comment(connection, f"{schema}.{name}", descriptions.get(f"{schema}.{name}", {}))
            parquet = draft / "parquet" / schema / f"{name}.parquet"
            parquet.parent.mkdir(parents=True, exist_ok=True)
            # One thread: where a row group of Parquet ends must not depend on the machine.
            connection.execute("set threads = 1")
            connection.execute(
                f"copy (from {schema}.{name}) to {_text(parquet)} (format parquet, compression zstd)"
            )
            rows = connection.execute(f"select count(*) from {schema}.{name}").fetchone()
            tables[f"{schema}.{name}"] = {
                "rows": rows[0] if rows else 0,
                "sha256": sha256_of(parquet),
            }
        connection.execute("detach build")
        connection.execute("checkpoint")
    return tables


# What people ask for first: rows that are asked for together lie together, and a reader skips the others.
ASKED_BY = ("round_key", "province_code", "lgo_code")


def _order(columns: Sequence[str], key: Sequence[str]) -> str:
    """Return what the rows of a table are sorted by: one order, whatever the order in which they were built."""
    if not key:
        return "all"
    return ", ".join(dict.fromkeys([*(name for name in ASKED_BY if name in columns), *key]))


def _comment(connection: duckdb.DuckDBPyConnection, table: str, description: dict[str, Any]) -> None:
    """Put dbt's descriptions into the file itself: a BI tool shows them beside the columns."""
    # Each would be flushed to disk by itself.
    connection.begin()
    if description.get("table"):
        connection.execute(f"comment on table {table} is {_text(description['table'])}")
    for column, text in description.get("columns", {}).items():
        connection.execute(f"comment on column {table}.{column} is {_text(text)}")
    connection.commit()


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _inputs(settings: Settings) -> list[dict[str, Any]]:
    # What the build was given, which for a state of the past is not the whole ledger.
    names = ("round_key", "source_file", "source_sha256", "received_at", "outcome")
    rows = pq.read_table(settings.accepted / "submission" / "ledger.parquet", columns=list(names)).to_pylist()
    return [row | {"received_at": row["received_at"].isoformat() + "+07:00"} for row in rows]
