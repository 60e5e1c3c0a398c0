"""Backup and restore of the only things that cannot be made again: submissions, the ledger and the settings.

A backup is plain files in a directory (another disk, a mounted share): submissions under their hash, copied once;
the ledger as it was at the moment, one file per backup, and with it sucharit.toml, templates/,
accepted_changes.csv and publishing_decisions.csv: what an office took out does not come back with a restore, and
what was deleted by mistake lies in the backup before. Backups are numbered: the newest is not what the clock says.
No key, no tool and no knowledge of this project is needed to read it. Everything else in the runtime directory is
built from these.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.atomic import drafted, write_atomically
from orchestration.intake import stored_at
from orchestration.ledger import Ledger, look_into
from orchestration.releases import sha256_of
from orchestration.settings import Settings

LEDGERS = "ledgers"
LEDGERS_KEPT = 60
SETTINGS = "settings"
SET_BY_PEOPLE = ("sucharit.toml", "templates", "accepted_changes.csv", "publishing_decisions.csv")


class BackupError(Exception):
    """The backup or the restore is not whole; the message says what is missing or damaged."""


@dataclass(frozen=True)
class Backup:
    """What a backup or a restore did: the ledger's file, and submissions copied and found there already."""

    ledger: Path
    copied: int
    unchanged: int


def back_up(settings: Settings, target: Path) -> Backup:
    """Bring a backup directory up to date. Raises BackupError where a submission or the ledger is missing, or one
    is damaged.

    The ledger is copied first: what arrives meanwhile is in the next backup with its bytes.
    """
    # However the path is written, links included.
    if settings.home.resolve() in (target.resolve(), *target.resolve().parents):
        raise BackupError(
            f"{target}: อยู่ในโฟลเดอร์เดียวกับข้อมูล ให้สำรองไปที่ดิสก์อื่น / lies inside the runtime directory; "
            "a backup belongs on another disk"
        )
    ledgers = target / LEDGERS
    ledgers.mkdir(parents=True, exist_ok=True)
    made = _ledgers(target)
    if not settings.ledger.exists() and (settings.submissions.exists() or any(map(_hashes, made[-1:]))):
        raise BackupError(
            f"{settings.ledger}: ทะเบียนรับหายไปทั้งที่เคยรับแฟ้มแล้ว ให้กู้จากสำเนา / the ledger is missing although files "
            "have been received: restore it (docs/operations.md)"
        )
    last = _number(made[-1]) if made else 0
    moment = f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}-{last + 1:06}"
    name = ledgers / f"ledger-{moment}.sqlite"
    # The ledger's file says that there is a backup of this moment, so its settings are there before it.
    _copy_settings(settings.home, target / SETTINGS, moment)
    write_atomically(name, lambda path: _copy_ledger(settings.ledger, path))
    copied, unchanged = _copy_submissions(settings, Settings(home=target), _hashes(name))
    for old in _ledgers(target)[:-LEDGERS_KEPT]:
        old.unlink()
        shutil.rmtree(target / SETTINGS / _moment(old), ignore_errors=True)
    return Backup(name, copied, unchanged)


def restore(source: Path, settings: Settings) -> Backup:
    """Bring back the newest state of a backup into an empty runtime directory; the next run builds the rest.

    Raises BackupError where there is no backup, where the directory already holds a ledger (nothing is
    overwritten), or where a submission is missing or damaged; then the ledger is not put in place.
    """
    ledgers = _ledgers(source)
    if not ledgers:
        raise BackupError(f"{source}: ไม่พบข้อมูลสำรอง / there is no backup here ({LEDGERS}/ledger-*.sqlite)")
    if settings.ledger.exists():
        raise BackupError(
            f"{settings.ledger}: มีทะเบียนรับอยู่แล้ว ให้กู้ลงโฟลเดอร์ว่าง / exists already; restore into an empty "
            "directory (SUCHARIT_HOME)"
        )
    newest = _newest(ledgers)
    settings.home.mkdir(parents=True, exist_ok=True)
    copied, unchanged = _copy_submissions(Settings(home=source), settings, _hashes(newest))
    copied_then = source / SETTINGS / _moment(newest)
    # Backups of versions before this one have them beside the ledgers, once.
    _copy_set(copied_then if copied_then.exists() else source, settings.home)
    # Last, so that a restore that was cut off is one that can be started again.
    write_atomically(settings.ledger, lambda path: _copy_ledger(newest, path))
    return Backup(newest, copied, unchanged)


def _ledgers(backup: Path) -> list[Path]:
    """Return the ledgers of a backup in the order in which they were made, whatever the clock said."""
    return sorted((backup / LEDGERS).glob("ledger-*.sqlite"), key=lambda path: (_number(path), path.name))


def _number(ledger: Path) -> int:
    """Return which of the backups a ledger is of; 0 where a version made it that knew the moment alone."""
    _, _, number = _moment(ledger).partition("-")
    return int(number) if number.isdecimal() else 0


def _newest(ledgers: list[Path]) -> Path:
    """Return the ledger that was made last; where none is numbered, the one that knows the latest arrival."""
    if _number(ledgers[-1]):
        return ledgers[-1]
    return max(ledgers, key=lambda path: (_last_arrival(path), path.name))


def _last_arrival(ledger: Path) -> int:
    try:
        with closing(look_into(ledger)) as connection:
            (last,) = connection.execute("select coalesce(max(arrival_id), 0) from arrival").fetchone()
            return int(last)
    except sqlite3.DatabaseError:
        return -1  # damaged: any other is better


def _moment(ledger: Path) -> str:
    return ledger.stem.removeprefix("ledger-")


def _copy_settings(home: Path, target: Path, moment: str) -> None:
    """Copy what people set into a directory of this moment, which is there whole or not at all."""
    with drafted(target) as draft:
        _copy_set(home, draft)
        draft.rename(target / moment)


def _copy_set(source: Path, target: Path) -> None:
    for name in SET_BY_PEOPLE:
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        elif (source / name).exists():
            shutil.copy2(source / name, target / name)


def _copy_ledger(source: Path, target: Path) -> None:
    if not source.exists():  # Nothing has been received yet: an empty one, so that this backup can be restored.
        Ledger(target).receive(())
        return
    # SQLite's own backup: a consistent state, whoever writes meanwhile.
    with (
        closing(look_into(source)) as there,
        closing(sqlite3.connect(target)) as here,
    ):
        there.backup(here)


def _hashes(ledger: Path) -> list[str]:
    with closing(look_into(ledger)) as connection:
        return [sha for (sha,) in connection.execute("select distinct source_sha256 from arrival order by 1")]


def _copy_submissions(source: Settings, target: Settings, hashes: list[str]) -> tuple[int, int]:
    """Copy what is not there yet, and look at the hash of every copy that is made."""
    copied = 0
    for sha256 in hashes:
        there, here = stored_at(source, sha256), stored_at(target, sha256)
        if here.exists():
            continue
        if not there.exists():
            raise BackupError(f"{there}: ไฟล์ที่รับไว้หายไป / a submission named in the ledger is missing")
        write_atomically(here, lambda path: shutil.copyfile(there, path), mode=0o440)  # noqa: B023
        if sha256_of(here) != sha256:
            here.unlink()
            raise BackupError(f"{there}: ไฟล์ที่รับไว้เสียหาย / a submission is damaged: its hash is another one")
        copied += 1
    return copied, len(hashes) - copied
