"""A disk that is full or has become read-only: every step leaves what serves as it was, and does its work later.

On a real file system of a few megabytes, which only root can mount; bench/soak.py takes the room away from whole runs
at random moments.
"""

import errno
import sqlite3
import subprocess
from contextlib import contextmanager

import duckdb
import pytest

from orchestration import backup, editions, intake, releases, upkeep
from orchestration.ledger import Ledger
from orchestration.settings import Settings
from tests.conftest import ROUND, SAMPLE
from tests.unit.test_upkeep import publish

# What a full or read-only disk raises: Python's own, SQLite's, DuckDB's.
REFUSED = (OSError, sqlite3.OperationalError, duckdb.Error)
KIB = 1024


@pytest.fixture
def disk(tmp_path_factory):
    """An empty file system of 16 MiB."""
    place = tmp_path_factory.mktemp("disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def there(disk):
    return Settings(home=disk, local_governments=("3920102",))


@contextmanager
def only(kib, disk):
    """Leave so much room on a disk and no more."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file, pytest.raises(OSError) as full:
        while True:
            file.write(bytes(64 * KIB))
    assert full.value.errno == errno.ENOSPC
    with filler.open("r+b") as file:
        file.truncate(max(0, filler.stat().st_size - kib * KIB))
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(disk):
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)


def drop(settings):
    """Put the sample's files into the drop folder; return their names."""
    folder = settings.inbox / ROUND
    folder.mkdir(parents=True)
    for path in SAMPLE.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return {path.name for path in SAMPLE.iterdir()}


def whole(settings):
    """Tell that every arrival has its bytes, and that nothing half written lies about; return the files' names."""
    ledger = Ledger(settings.ledger)
    for sha256 in ledger.submissions(ROUND):
        assert releases.sha256_of(intake.stored_at(settings, sha256)) == sha256
    assert not list(settings.home.rglob(".writing-*"))
    return set(ledger.latest_hashes(ROUND))


def test_what_does_not_fit_is_received_later(there):
    names = drop(there)
    refused = 0
    for kib in (0, 8, 40, 60, 120):
        with only(kib, there.home):
            try:
                intake.receive(there, ROUND)
            except REFUSED:
                refused += 1
        assert whole(there) in (set(), names), "all of a night's files, or none"
    assert refused >= 3
    intake.receive(there, ROUND)
    assert whole(there) == names


def test_what_could_not_be_written_is_read_again(there):
    drop(there)
    intake.receive(there, ROUND)
    with only(0, there.home), pytest.raises(REFUSED):
        intake.read_submissions(there, ROUND)
    assert Ledger(there.ledger).readings(ROUND) == {}, "what was not kept does not count as read"
    intake.read_submissions(there, ROUND)
    with only(0, there.home), pytest.raises(REFUSED):
        intake.accept(there, ROUND, {}, [])
    assert intake.accept(there, ROUND, {}, [])["division_listing"] == 88
    whole(there)


def test_the_last_release_serves_until_another_fits(there):
    serving = publish(there, 1)
    for kib in (0, 100, 300):
        with only(kib, there.home), pytest.raises(REFUSED):
            publish(there, 2)
        assert releases.current(there).release_id == serving.release_id
        assert upkeep.verify(releases.current(there)) == []
        assert not list(there.releases.glob(".draft-*"))
    assert publish(there, 2).release_id == releases.current(there).release_id != serving.release_id
    assert upkeep.verify(releases.current(there)) == []


def test_reports_stay_until_others_fit(there, monkeypatch):
    def write(warehouse, release_id, round_key, directory, *rest):
        (directory / "report.html").write_text(release_id)
        (directory / "large.pdf").write_bytes(bytes(512 * KIB))
        return [directory / "report.html", directory / "large.pdf"]

    monkeypatch.setattr("orchestration.reports.write_reports", write)
    first, second = publish(there, 1), publish(there, 2)
    editions.write(there, first, ROUND)
    shown = there.reports / ROUND / "current"
    with only(300, there.home), pytest.raises(OSError, match="No space"):
        editions.write(there, second, ROUND)
    assert (shown / "report.html").read_text() == first.release_id
    assert {p.name for p in shown.parent.iterdir()} == {"current", first.release_id}
    editions.write(there, second, ROUND)
    assert (shown / "report.html").read_text() == second.release_id


def test_a_backup_that_does_not_fit_is_completed_later(settings, inbox, disk):
    intake.receive(settings, ROUND)
    with only(40, disk), pytest.raises(REFUSED):
        backup.back_up(settings, disk / "backup")
    done = backup.back_up(settings, disk / "backup")
    assert done.copied + done.unchanged == 12
    restored = Settings(home=settings.home / "elsewhere")
    backup.restore(disk / "backup", restored)
    assert whole(restored) == whole(settings)


def test_a_disk_that_becomes_read_only_still_serves(there):
    names = drop(there)
    serving = publish(there, 1)
    with read_only(there.home):
        for step in (lambda: intake.receive(there, ROUND), lambda: publish(there, 2)):
            with pytest.raises(REFUSED):
                step()
        assert upkeep.verify(releases.current(there)) == [], "read as usual"
        assert releases.current(there).release_id == serving.release_id
    intake.receive(there, ROUND)
    assert whole(there) == names
    assert publish(there, 2).release_id == releases.current(there).release_id
