"""`make doctor`: looks at a machine and an installation, and says what is missing and what to do about it.

Changes nothing but one small file that it writes and removes. Each examination is a function that returns a line
or raises Unwell; the order is that in which a person would mend things.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orchestration import settings as configuration
from orchestration.ledger import look_into
from orchestration.settings import SettingsError

FREE_BYTES = 5 * 2**30
# Older than that, a daemon does not run (Dagster's own heartbeats come every half minute).
HEARTBEAT = timedelta(minutes=5)
# Of how many local governments the memo is looked at.
LETTERHEADS = 400


class Unwell(Exception):
    """Something must be done; the text says what, Thai first."""


class Unknown(Exception):
    """Cannot be looked at yet; the text says why. Not a fault."""


@dataclass(frozen=True)
class Finding:
    """What one examination found: state is ok, unwell or unknown."""

    name: str
    state: str
    text: str


def python() -> str:
    if sys.version_info[:2] != (3, 11):
        raise Unwell(f"ต้องใช้ Python 3.11 / Python 3.11 is needed, this is {sys.version.split()[0]}")
    return sys.version.split()[0]


def packages() -> str:
    import dagster
    import dbt.version
    import duckdb

    return f"dagster {dagster.__version__}, dbt {dbt.version.__version__}, duckdb {duckdb.__version__}"


def runtime_directory() -> str:
    home = configuration.home()
    if not home.is_dir():
        raise Unwell(f"ไม่มีโฟลเดอร์ {home} ให้สั่ง make round หรือ init / missing: run `python -m orchestration init`")
    try:
        with tempfile.NamedTemporaryFile(dir=home, prefix=".doctor-") as file:
            file.write(b"x")
            file.flush()
            os.fsync(file.fileno())
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise Unwell(
            f"{home}: เขียนหรือล็อกไฟล์ไม่ได้ ตรวจสิทธิ์และชนิดของดิสก์ / cannot write and lock files here "
            f"({error.strerror}): look at rights, and keep it off network shares without locks"
        ) from error
    if home.stat().st_mode & 0o007:
        raise Unwell(f"{home}: ผู้ใช้อื่นเปิดดูได้ ให้สั่ง chmod o-rwx / open to every user: chmod o-rwx {home}")
    return str(home)


def disk() -> str:
    home = configuration.home()
    usage = shutil.disk_usage(home if home.exists() else home.parent)
    if usage.free < FREE_BYTES:
        raise Unwell(
            f"เหลือที่ว่าง {usage.free / 2**30:.1f} GiB น้อยกว่า {FREE_BYTES / 2**30:.0f} GiB / free space is low: "
            "lower [releases] keep and run clean-up (docs/runbook.md), or give the disk more room"
        )
    return f"{usage.free / 2**30:.0f} GiB free"


def settings_file() -> str:
    from orchestration.spreadsheets.rows import lgo_names

    scope = configuration.load().scope()
    return lgo_names(scope) + (f" ({len(scope)} local governments)" if len(scope) > 1 else "")


def capture_settings() -> str:
    source = configuration.load().eplannacc()
    return source.base_url if source else "no [eplannacc]: exports are dropped by hand"


def alert_settings() -> str:
    from orchestration.alerts import settings as alerts
    from orchestration.alerts.delivery import channels_of, outbox_of

    home = configuration.home()
    found = alerts.load(home)
    if found is None:
        raise Unknown("ไม่ได้ตั้งการแจ้งเตือน / no [alerts]: nobody is told of a failure (docs/alerts.md)")
    names = [name for name, _, _ in channels_of(found, home)]
    down = outbox_of(home).failures()
    if down:
        raise Unwell("; ".join(f"{name}: {error}" for name, error in down.items()))
    return ", ".join(names) or "no channel"


def memo_settings() -> str:
    settings = configuration.load()
    wrong = []
    for code in sorted(settings.scope())[:LETTERHEADS]:
        try:
            settings.letterhead(code)
        except SettingsError as error:
            wrong.append(str(error))
    if wrong:
        raise Unwell("; ".join(dict.fromkeys(wrong)))
    if settings.memo_is_the_samples():
        raise Unknown(configuration.MEMO_OF_THE_SAMPLE)
    return "as [memo] says"


def publishing_settings() -> str:
    from orchestration import open_data, postgresql

    home = configuration.load().home
    open_data.load(home)
    return "PostgreSQL as well" if postgresql.load(home) else "files only"


def round_calendar() -> str:
    from orchestration.rounds import BANGKOK, last_round

    last = last_round()
    if _now().astimezone(BANGKOK).date() > last.closes_on:
        raise Unwell(
            f"ปฏิทินไม่มีรอบหลัง {last.round_key} ไม่มีงานใดเริ่มเอง ให้ติดตั้งรุ่นใหม่หรือเพิ่มรอบ / has no round after "
            f"{last.round_key}, no run starts by itself: install a newer version, or add rounds "
            "(docs/operations.md, New rounds)"
        )
    return f"rounds until {last.round_key}, which closes on {last.closes_on}"


def _now() -> datetime:
    return datetime.now(UTC)


def drop_folder() -> str:
    """Files beside the rounds' folders, or in one whose name is no round, are never received.

    Nor are those in a folder that cannot be looked into. A round's own folder may be a link.
    """
    from orchestration.intake import closed_in, outside_rounds
    from orchestration.rounds import calendar

    inbox, rounds = configuration.load().inbox, calendar()
    if not inbox.exists():
        raise Unknown("ยังไม่มีโฟลเดอร์รับแฟ้ม / no drop folder yet: the first run makes it")
    linked = [key for key in rounds if (inbox / key).is_symlink() and (inbox / key).is_dir()]
    closed = {name: why for name, why in closed_in(inbox).items() if name not in linked}
    for key in linked:
        closed |= {f"{key}/{name}": why for name, why in closed_in(inbox / key).items()}
    wrong = [f"inbox/{name}: {why}" for name, why in list(closed.items())[:10]]
    if nowhere := outside_rounds(inbox, list(rounds)[-1]):
        wrong.append(nowhere)
    if wrong:
        raise Unwell("; ".join(wrong))
    return "every file lies in a round's folder"


def ledger() -> str:
    settings = configuration.load()
    if not settings.ledger.exists():
        raise Unknown("ยังไม่ได้รับแฟ้มใด / nothing has been received yet")
    with closing(look_into(settings.ledger)) as connection:
        (state,) = connection.execute("pragma integrity_check").fetchone()
        hashes = [sha for (sha,) in connection.execute("select distinct source_sha256 from arrival")]
    if state != "ok":
        raise Unwell(f"ledger.sqlite เสียหาย ให้กู้จากสำเนา / is damaged ({state}): restore it (docs/operations.md)")
    gone = [sha for sha in hashes if not (settings.submissions / sha[:2] / sha).exists()]
    if gone:
        raise Unwell(
            f"แฟ้มที่รับไว้หายไป {len(gone)} แฟ้ม ให้กู้จากสำเนา / {len(gone)} submissions are missing, such as "
            f"{gone[0]}: restore them (docs/operations.md)"
        )
    return f"{len(hashes)} submissions, all there"


def release() -> str:
    from orchestration import releases, upkeep

    settings = configuration.load()
    try:
        serving = releases.current(settings)
    except releases.NoRelease as error:
        raise Unknown("ยังไม่มีชุดข้อมูล / no release yet: make round") from error
    if wrong := upkeep.verify(serving):
        raise Unwell(f"{serving.release_id}: {'; '.join(wrong)} (python -m orchestration rollback …)")
    if unreadable := upkeep.unreadable(settings):
        raise Unwell("; ".join(unreadable))
    hold = releases.held(settings)
    return f"{serving.release_id} is whole" + (f", held since {hold.since}: {hold.because}" if hold else "")


def daemon() -> str:
    settings = configuration.load()
    if not (settings.dagster_home / "dagster.yaml").exists():
        raise Unknown("ยังไม่มี Dagster / no Dagster instance yet: python -m orchestration init")
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    from dagster import DagsterInstance

    with DagsterInstance.get() as instance:
        beats = instance.get_daemon_heartbeats()
    newest = max((beat.timestamp for beat in beats.values()), default=0.0)
    age = datetime.now(UTC) - datetime.fromtimestamp(newest, UTC)
    if not beats or age > HEARTBEAT:
        raise Unwell(
            "ตัวตั้งเวลาไม่ทำงาน งานกลางคืนและโฟลเดอร์รับแฟ้มจะไม่เริ่มเอง / the daemon is not running, no run starts by "
            "itself: start sucharit-daemon (deploy/), or make ui"
        )
    return f"heartbeat {age.seconds} s ago"


EXAMINATIONS: tuple[Callable[[], str], ...] = (
    python,
    packages,
    runtime_directory,
    disk,
    settings_file,
    capture_settings,
    alert_settings,
    memo_settings,
    publishing_settings,
    round_calendar,
    drop_folder,
    ledger,
    release,
    daemon,
)


def examine() -> list[Finding]:
    """Return what every examination found, in order. Never raises: a fault of its own is a finding."""
    found = []
    for look in EXAMINATIONS:
        name = look.__name__.replace("_", " ")
        try:
            found.append(Finding(name, "ok", look()))
        except Unknown as reason:
            found.append(Finding(name, "unknown", str(reason)))
        except SettingsError as fault:
            # Said once, by the examination of the settings; what needs them has to wait.
            said = any(f.state == "unwell" and f.text == str(fault) for f in found)
            found.append(Finding(name, "unknown" if said else "unwell", "รอ / waits" if said else str(fault)))
        except Unwell as fault:
            found.append(Finding(name, "unwell", str(fault)))
        except Exception as error:
            found.append(Finding(name, "unwell", f"{type(error).__name__}: {error}"))
    return found


MARKS = {"ok": "✓", "unwell": "✗", "unknown": "–"}


def report() -> int:
    """Print what was found; return 1 where something must be done."""
    found = examine()
    for finding in found:
        print(f"{MARKS[finding.state]} {finding.name:18} {finding.text}")
    unwell = sum(finding.state == "unwell" for finding in found)
    print(f"\nต้องแก้ {unwell} เรื่อง / {unwell} to mend" if unwell else "\nพร้อมใช้งาน / ready")
    return 1 if unwell else 0
