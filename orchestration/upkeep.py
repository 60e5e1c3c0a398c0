"""What a person does with releases after they were made: check one, take the warehouse back, tidy up."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from orchestration import editions, releases
from orchestration.atomic import write_atomically
from orchestration.releases import HOLD, DamagedRelease, Hold, Release, changed_files, files_of
from orchestration.rounds import BANGKOK, calendar
from orchestration.settings import Settings

# A reader that looked up `current` a moment ago may open what it names only now.
STAYS_AFTER_SERVING = timedelta(days=1)


class UpkeepError(Exception):
    """What was asked for cannot be done; the message says why and what to do instead."""


def find(settings: Settings, release_id: str | None) -> Release:
    """Return a release by its id, the current one for None. Raises UpkeepError where there is none."""
    if release_id is None:
        return releases.current(settings)
    for release in releases.all_releases(settings):
        if release.release_id == release_id:
            return release
    raise UpkeepError(
        f"ไม่มีชุดข้อมูล {release_id} ดูรายการด้วยคำสั่ง releases / there is no release {release_id}; "
        "`python -m orchestration releases` lists them"
    )


def verify(release: Release) -> list[str]:
    """Return what is wrong with a release, measured against its manifest; nothing for a whole one.

    Looks at every byte: the hash of each file, files too many and too few, the rows of each table in both
    formats, and the hash over all.
    """
    try:
        manifest = release.manifest
    except DamagedRelease as error:
        return [error.reason]
    tables = manifest["tables"]
    wrong = changed_files(release)
    there = {p.relative_to(release.directory).as_posix() for p in release.directory.rglob("*") if p.is_file()}
    known = files_of(manifest).keys() | {"manifest.json"}
    wrong += [f"{name}: not of this release" for name in sorted(there - known)]
    content = hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()
    if content != manifest["content_sha256"]:
        wrong.append("manifest.json: its tables are not those that its content hash was made of")
    return wrong or _rows_that_differ(release, tables)


def _rows_that_differ(release: Release, tables: dict[str, dict[str, int]]) -> list[str]:
    wrong = []
    with duckdb.connect(str(release.warehouse), read_only=True) as connection:
        for name, table in tables.items():
            parquet = pq.read_metadata(release.directory / "parquet" / f"{name.replace('.', '/')}.parquet")
            rows = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            if not rows == parquet.num_rows == table["rows"]:
                wrong.append(f"{name}: {table['rows']} rows made, {rows} in DuckDB, {parquet.num_rows} in Parquet")
    return wrong


def roll_back(settings: Settings, release_id: str, because: str, say: Callable[[str], object] = print) -> Release:
    """Serve an earlier release and hold it: runs go on making releases, but `current` stays until `resume`.

    Reports follow: those of a round that show a later release are switched to those of this one, which are
    written where there are none; reports of an earlier release (of a round that is over) stay. Raises UpkeepError
    where the release is not there or not whole.
    """
    release = find(settings, release_id)
    if wrong := verify(release):
        raise UpkeepError(
            f"ชุดข้อมูล {release_id} เสียหาย ไม่ได้เปลี่ยนอะไร / release {release_id} is damaged, nothing was "
            f"changed: {'; '.join(wrong)}"
        )
    hold = Hold(release_id, because, datetime.now(UTC).isoformat(timespec="seconds"))
    text = json.dumps(asdict(hold), ensure_ascii=False)
    write_atomically(settings.releases / HOLD, lambda path: path.write_text(text + "\n", encoding="utf-8"))
    releases.serve(settings, release_id)
    for shown in sorted(settings.reports.glob(f"*/{releases.CURRENT}")):
        place = shown.parent
        if (place / release_id).exists():
            releases.switch(place, release_id)
        elif shown.resolve().name > release_id:
            try:
                editions.write(settings, release, place.name)
            except LookupError:
                say(f"{place.name}: ชุดข้อมูลนี้ไม่มีรอบนี้ รายงานคงเดิม / not in this release; its reports stay")
        else:
            # Forward again: what was shown last before this release was made.
            before = [name for name in _reported(settings, place) if name <= release_id]
            releases.switch(place, max(before, default=shown.resolve().name))
    return release


def _reported(settings: Settings, place: Path) -> set[str]:
    """Return the releases of which a round has reports."""
    return {release.release_id for release in releases.all_releases(settings)} & {p.name for p in place.iterdir()}


def resume(settings: Settings) -> Release:
    """Let go of a held release and serve the newest one. Raises UpkeepError where nothing is held."""
    hold = releases.held(settings)
    if hold is None:
        raise UpkeepError("ไม่ได้ตรึงชุดข้อมูลใดไว้ / no release is held")
    newest = releases.all_releases(settings)[-1]
    if wrong := verify(newest):
        raise UpkeepError(
            f"ชุดข้อมูลล่าสุด {newest.release_id} เสียหาย ยังตรึงชุดเดิมไว้ / the newest release is damaged, the "
            f"held one stays: {'; '.join(wrong)}"
        )
    (settings.releases / HOLD).unlink()
    releases.serve(settings, newest.release_id)
    for shown in sorted(settings.reports.glob(f"*/{releases.CURRENT}")):
        place = shown.parent
        # The newest reports that the round has: those of one that is over are of an earlier release.
        last = max(_reported(settings, place), default=None)
        if last is None:
            continue
        if hold.release_id < last < newest.release_id:
            # Of a release that was taken back, and no run has reported the round since.
            with suppress(LookupError):
                editions.write(settings, newest, place.name)
                continue
        releases.switch(place, last)
    return newest


def unreadable(settings: Settings) -> list[str]:
    """Name the releases whose manifest cannot be read, and say why."""
    found = []
    for release in releases.all_releases(settings):
        try:
            _ = release.manifest
        except DamagedRelease as error:
            found.append(str(error))
    return found


def clean_up(settings: Settings, now: datetime | None = None, say: Callable[[str], object] = print) -> list[str]:
    """Remove releases that nobody needs, with reports and open data, and what broken runs left; return their ids.

    Kept are the newest `releases_kept`, the current and the held one, those whose reports a round serves, the one
    that was serving at the end of each round's last day, whatever served within the last day, and what a process
    of this machine has open. One whose manifest cannot be read is left alone, and `say` is told of it.
    """
    now = now or datetime.now(UTC)
    made, since = [], []
    for release in releases.all_releases(settings):
        try:
            since.append(datetime.fromisoformat(release.manifest["created_at"]))
            made.append(release)
        except DamagedRelease as error:
            say(str(error))
    hold, served = releases.held(settings), releases.served(settings)
    kept = {release.release_id for release in made[-settings.releases_kept :]}
    kept |= {releases.current(settings).release_id} | ({hold.release_id} if hold else set())
    # A round that is over gets no new reports: its last ones may be of a release that is long replaced.
    kept |= {link.resolve().name for link in settings.reports.glob(f"*/{releases.CURRENT}")}
    for moment in [*_deadlines(now), now - STAYS_AFTER_SERVING]:
        serving = [release_id for at, release_id in served if at <= moment]
        # Of a time that nothing is remembered of: the one made last before.
        serving = serving or [r.release_id for r, at in zip(made, since, strict=True) if at <= moment]
        kept.update(serving[-1:])
    kept |= {release_id for at, release_id in served if at > now - STAYS_AFTER_SERVING}
    kept |= {r.release_id for r, at in zip(made, since, strict=True) if at > now - STAYS_AFTER_SERVING}
    gone = [release for release in made if release.release_id not in kept]
    opened = _open_files() if gone else set()
    gone = [release for release in gone if not any(release.directory in path.parents for path in opened)]
    for release in gone:
        # Renamed first: what is half removed must not look like a release.
        trash = release.directory.with_name(f".gone-{release.release_id}")
        release.directory.rename(trash)
        for reports in settings.reports.glob(f"*/{release.release_id}"):
            shutil.rmtree(reports)
        if release.release_id != (settings.open_data / releases.CURRENT).resolve().name:
            shutil.rmtree(settings.open_data / release.release_id, ignore_errors=True)
    for left in [*settings.releases.glob(".gone-*"), *_abandoned(settings, now)]:
        shutil.rmtree(left, ignore_errors=True)
    return [release.release_id for release in gone]


def _deadlines(now: datetime) -> Iterable[datetime]:
    ends = (datetime.combine(r.report_due, time.max, BANGKOK) for r in calendar().values())
    return [end for end in ends if end <= now]


def _abandoned(settings: Settings, now: datetime) -> list[Path]:
    """Return drafts that a killed run left; one that is a day old is nobody's work any more."""
    drafts = [*settings.releases.glob(".draft-*"), *settings.reports.glob("*/.draft-*")]
    limit = (now - STAYS_AFTER_SERVING).timestamp()
    return [draft for draft in drafts if draft.stat().st_mtime < limit]


def _open_files() -> set[Path]:
    """Return the files that processes of this machine have open, as far as this user may see.

    What another user has open stays readable to them after it is removed, as always on Unix.
    """
    found: set[Path] = set()
    for handle in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # closed since, or another user's
            found.add(handle.readlink())
    return found
