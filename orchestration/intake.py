"""From the drop folder to accepted rows on disk, in three steps that can each be stopped and run again.

`receive`: every new file is stored once under its SHA-256 and written into the ledger.
`read_submissions`: what has not been read by this version of the reader is parsed (`parsed/`).
`accept`: parsed rows that pass the gate go where dbt reads (`accepted/`), the others to quarantine.

A crash between two steps, or inside one, is healed by the next run: each step compares what is there with
what should be and never trusts a half-written file, because files are renamed into place.
"""

from __future__ import annotations

import ctypes
import hashlib
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from importlib import metadata
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.allocator import keep_freed_memory
from orchestration.atomic import write_atomically
from orchestration.footers import remember, rows_in
from orchestration.ledger import MOMENT, SCOPE, Arrival, Ledger, Outcome
from orchestration.parts import Parts, part_name, write_parquet
from orchestration.paths import PROJECT, SEEDS
from orchestration.rounds import BANGKOK, calendar
from orchestration.settings import Settings
from orchestration.spreadsheets.layouts import header_paths
from orchestration.spreadsheets.parse import Row
from orchestration.spreadsheets.tables import from_rows, in_order, tables, to_arrow
from orchestration.workers import Read, Summary, Work, prepare, read_isolated

log = logging.getLogger(__name__)

# Lock files and leftovers of office programs and of copying; they are no submissions.
NO_SUBMISSION = ("~$", ".~lock.", ".", "Thumbs.db", "desktop.ini")
NO_SUBMISSION_SUFFIX = (".tmp", ".part", ".crdownload")
# Nor is what the system keeps at the top of a disk that is mounted as the drop folder; only root may look into it.
OF_THE_DISK = "/lost+found"
# What the ledger says of where a file came from.
DROP_FOLDER, OVER_HTTP, SAMPLE = "drop folder", "eplannacc http", "sample"
NAMES_ARE_UTF8 = sys.getfilesystemencoding() == "utf-8"

# Submissions are written to disk together up to so many bytes.
BYTES_AT_ONCE = 64 * 2**20
# A file that was written within the last seconds may not be all there yet: it is looked at again after a moment.
YOUNG_SECONDS, SECOND_LOOK_SECONDS = 10.0, 2.0
FLUSHED_ONE_BY_ONE = 20
MOST_NAMES_SAID = 10
# Why what lies in the drop folder may not be received.
CANNOT_BE_OPENED = "เปิดไม่ได้ ที่อยู่ข้างในยังไม่ถูกรับ ให้ตรวจสิทธิ์ / cannot be opened, what is in it waits"
LEADS_TO_NO_FILE = (
    "เป็นลิงก์ที่ไม่ได้ชี้ไปยังแฟ้ม จะไม่ถูกรับ ให้วางแฟ้มเองไว้ที่นี่ / a link that leads to no file is not followed, "
    "put the files themselves here"
)
# What a run says of such files, and of those that wait for the next one.
NOT_RECEIVED = "ไม่ได้รับในครั้งนี้ / not received this time"

# -- receive


def files_in(folder: Path) -> list[Path]:
    """Return the files below a round's folder that count as submissions, in a fixed order."""
    files, _ = _listed(os.fspath(folder))
    return sorted(Path(path) for path, _ in files)


def closed_in(folder: Path) -> dict[str, str]:
    """Return, by its name below a folder, what cannot be looked into and why; see `_listed`."""
    _, closed = _listed(os.fspath(folder))
    above = len(os.fspath(folder)) + 1
    return {_as_text(path[above:]) or folder.name: why for path, why in sorted(closed.items())}


def _listed(folder: str) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Return the path and the stamp (see `stamp`) of every submission below a folder, and what may hide others.

    That is, with the reason: folders and files that this user may not look at, and links that lead to no file (one
    to a folder is not followed: it may lead in a circle, or out to what nobody sent). Never raises OSError.
    """
    files = []
    closed = {}
    folders = [folder]
    while folders:
        place = folders.pop()
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    try:
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        elif _is_left_over(entry.name):
                            continue
                        elif entry.is_file():
                            files.append((entry.path, _stamp(entry.stat())))
                        elif entry.is_symlink():
                            closed[entry.path] = LEADS_TO_NO_FILE
                    except FileNotFoundError:  # gone since the folder was listed
                        continue
                    except OSError as error:
                        closed[entry.path] = f"{CANNOT_BE_OPENED}: {error.strerror}"
        except FileNotFoundError:
            continue
        except OSError as error:
            if not place.endswith(OF_THE_DISK):
                closed[place] = f"{CANNOT_BE_OPENED}: {error.strerror}"
    return files, closed


def _is_left_over(name: str) -> bool:
    return name.startswith(NO_SUBMISSION) or name.casefold().endswith(NO_SUBMISSION_SUFFIX)


def outside_rounds(inbox: Path, such_as: str) -> str | None:
    """Say what lies in the drop folder beside the folders of rounds and will never be received, if anything.

    `such_as` is a round for which there could be a folder. Never raises OSError: what cannot be looked at is said
    by `closed_in`.
    """
    rounds = calendar()
    names = []
    with suppress(OSError):
        for path in inbox.iterdir():
            # Folders of rounds hold most of the files, and what is in them is received.
            if path.name in rounds or path.is_symlink():
                continue
            if files_in(path) if path.is_dir() else not _is_left_over(path.name):
                names.append(name_in(inbox, path))
    if not names:
        return None
    return (
        f"inbox/ {', '.join(sorted(names)[:MOST_NAMES_SAID])}: แฟ้มเหล่านี้จะไม่ถูกรับ ให้ย้ายเข้าโฟลเดอร์ของรอบ "
        f"เช่น inbox/{such_as} / in no round's folder, will not be received; "
        "rounds are named as in round_calendar.csv"
    )


def read_whole(path: str) -> tuple[str, bytes | None]:
    """Return the stamp and the content of a file; no content where it is being written. Raises OSError."""
    with open(path, "rb") as file:  # noqa: PTH123
        before = _stamp(os.fstat(file.fileno()))
        content = file.read()
    return before, content if stamp(path) == before else None


def name_in(folder: Path, path: Path) -> str:
    """Return a file's path below its folder as text that can be stored.

    A name that is no UTF-8 (archives made on Thai Windows are unpacked so) is read as CP874.
    """
    return _as_text(path.relative_to(folder).as_posix())


def _as_text(name: str) -> str:
    if name.isascii() or (NAMES_ARE_UTF8 and _is_text(name)):
        return name
    raw = os.fsencode(name)
    for encoding in ("utf-8", "cp874"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", errors="backslashreplace")


def _is_text(name: str) -> bool:
    """Tell whether no letter of a name only stands for a byte that is no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _saved_at(path: str) -> tuple[int, bytes]:
    try:
        saved = os.stat(path).st_mtime_ns  # noqa: PTH116
    except OSError:  # gone since the folder was listed; `receive` says so
        saved = 0
    return saved, os.fsencode(path)


def stamp(path: Path | str) -> str:
    """Return what tells a changed file from an unchanged one without reading it.

    Modification time alone is not enough: a copied file may carry an old one; the change time cannot be set.
    """
    return _stamp(os.stat(path))  # noqa: PTH116


def _stamp(stat: os.stat_result) -> str:
    return f"{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}"


def _changed_at(text: str) -> int:
    """Return the change time (ns) of a stamp; of a file that is being written it is always the last moment's."""
    return int(text.rpartition(":")[2])


def receive(
    settings: Settings,
    round_key: str,
    received_from: Callable[[str, str], str] = lambda source_file, sha256: DROP_FOLDER,
    warn: Callable[[str], object] = lambda text: None,
    clock: Callable[[], int] = time.time_ns,
    pause: Callable[[float], object] = time.sleep,
) -> list[Arrival]:
    """Store and record the new and changed files of a round's drop folder; return their arrivals.

    A file whose bytes are those that it had when it last arrived is no new arrival. One that is being written,
    or that cannot be read just now, waits for the next run, and so does what lies in a folder that cannot be
    looked into; `warn` is told which and why, and which came again as they were. `received_from` says of a file
    and its SHA-256 where it came from. Where files have just been written, `pause` waits for a moment before any
    is read: what changes meanwhile is being written.
    """
    ledger = Ledger(settings.ledger)
    folder = settings.inbox / round_key
    folder.mkdir(parents=True, exist_ok=True)
    stamps = ledger.latest_stamps(round_key)
    arrivals = []
    # One moment for a run: two forms of one division with the same moment came together.
    received_at = datetime.now(UTC)
    same_again: dict[str, str] = {}
    keep: dict[str, bytes] = {}
    held = 0
    above = len(os.fspath(folder)) + 1
    files, closed = _listed(os.fspath(folder))
    for path, why in sorted(closed.items()):
        warn(f"{_as_text(path[above:]) or round_key}: {why}")
    new = {path: listed for path, listed in files if stamps.get(_as_text(path[above:])) != listed}
    hashes = ledger.latest_hashes(round_key) if new else {}
    if any(clock() - _changed_at(listed) < YOUNG_SECONDS * 1e9 for listed in new.values()):
        pause(SECOND_LOOK_SECONDS)
    # In the order in which they were saved: of two forms of one division in one run the later one counts.
    for path in sorted(new, key=_saved_at):
        source_file = _as_text(path[above:])
        try:
            file_stamp, content = read_whole(path)
        except OSError as error:
            warn(f"{source_file}: อ่านแฟ้มไม่ได้ จะลองใหม่ในรอบถัดไป / cannot be read, waits: {error.strerror}")
            continue
        if content is None or file_stamp != new[path]:
            warn(f"{source_file}: แฟ้มกำลังถูกเขียนอยู่ จะรับในรอบถัดไป / still being written, waits")
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        if hashes.get(source_file) == sha256:
            same_again[source_file] = file_stamp
            continue
        prepare()
        keep[sha256] = content
        held += len(content)
        if held > BYTES_AT_ONCE:
            store(settings, keep)
            keep, held = {}, 0
        arrivals.append(
            Arrival(
                round_key,
                source_file,
                sha256,
                len(content),
                file_stamp,
                received_at,
                received_from(source_file, sha256),
            )
        )
    if same_again:
        some = ", ".join(sorted(same_again)[:MOST_NAMES_SAID])
        warn(
            f"มีเนื้อหาเดิม ไม่นับเป็นการส่งใหม่ {len(same_again)} แฟ้ม (ถ้าต้องการให้นับแทนแฟ้มที่ใหม่กว่า ให้เปลี่ยนชื่อ) / "
            f"{len(same_again)} files hold what they held before and are no new arrivals (for one to count again "
            f"after a newer one, rename it): {some}"
        )
    store(settings, keep)
    ledger.receive(arrivals)
    ledger.saw(round_key, same_again)
    return arrivals


def stored_at(settings: Settings, sha256: str) -> Path:
    """Return where the bytes of a submission are kept."""
    return Path(_stored_at(os.fspath(settings.submissions), sha256))


def _stored_at(submissions: str, sha256: str) -> str:
    return f"{submissions}/{sha256[:2]}/{sha256}"


def store(settings: Settings, contents: Mapping[str, bytes]) -> None:
    """Keep the bytes of submissions under their hashes, once, read-only and on disk before returning.

    All are written and flushed, then all get their names, so that a name never stands for bytes that a power cut
    may lose.
    """
    written: list[tuple[str, str]] = []
    folders: set[str] = set()
    submissions, process = os.fspath(settings.submissions), os.getpid()
    try:
        for sha256, content in contents.items():
            target = _stored_at(submissions, sha256)
            folder = target[: -len(sha256) - 1]
            if folder not in folders:
                os.makedirs(folder, exist_ok=True)  # noqa: PTH103
                folders.add(folder)
            if os.access(target, os.F_OK):
                continue
            temporary = f"{folder}/.writing-{process}-{sha256}"
            written.append((temporary, target))
            with open(temporary, "wb", opener=_read_only) as file:
                file.write(content)
        _flush(settings.submissions, [temporary for temporary, _ in written])
        for temporary, target in written:
            os.rename(temporary, target)  # noqa: PTH104
    except BaseException:
        for temporary, _ in written:
            Path(temporary).unlink(missing_ok=True)
        raise
    # The names too are on disk before the ledger says so.
    _flush(settings.submissions, list(folders))


def _read_only(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_TRUNC, 0o440)


def _flush(place: Path, paths: Sequence[str]) -> None:
    """Return when files and folders below a place are on disk: one by one, or all that the disk has to write.

    A hundred commits of the file system's journal cost more than one with everything in it. Raises OSError.
    """
    together = len(paths) > FLUSHED_ONE_BY_ONE and hasattr(_libc, "syncfs")
    for path in [os.fspath(place)] if together else paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            if not together:
                os.fsync(handle)
            elif _libc.syncfs(handle):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        finally:
            os.close(handle)


_libc = ctypes.CDLL(None, use_errno=True)


# -- read


@cache
def reader_version() -> str:
    """Return a fingerprint of everything that decides how a file is read and judged.

    The rules of the gate belong to it because the ledger says what became of a file: where they change, it is read
    and judged anew.
    """
    digest = hashlib.sha256()
    for library in ("python-calamine", "lxml", "pdfplumber", "pdfminer.six", "great_expectations"):
        digest.update(f"{library} {metadata.version(library)}\0".encode())
    sources = [*(PROJECT / "orchestration" / "spreadsheets").rglob("*")]
    sources += (PROJECT / "expectations").iterdir()
    sources += [PROJECT / "orchestration" / name for name in ("registry.py", "rounds.py", "workers.py")]
    sources += [SEEDS / name for name in ("lgo_registry.csv", "province.csv", "round_calendar.csv", "status.csv")]
    for path in sorted(p for p in sources if p.suffix in (".py", ".csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Reading:
    """How many submissions a step read, and how many it found read already."""

    read: int
    unchanged: int


def read_submissions(
    settings: Settings,
    round_key: str,
    say: Callable[[str], object] = log.info,
    workers: int | None = None,
) -> Reading:
    """Parse the submissions of a round that this version of the reader has not read yet.

    Reads in processes of their own (workers.py), part by part (parts.py); `say` gets a line about the progress of
    long work. Writes a part of `parsed/<round>/`, then the ledger, then goes on: after a stop what is in the
    ledger is not read again.
    """
    keep_freed_memory()
    # In a worker a mistake in a layout would be taken for a fault of every file.
    header_paths()
    ledger = Ledger(settings.ledger)
    scope = settings.scope()
    # Whose files are taken is part of how they are read.
    version = reader_version() + "-" + hashlib.sha256(",".join(sorted(scope)).encode()).hexdigest()[:8]
    done = ledger.readings(round_key)
    submissions = ledger.submissions(round_key)
    parts = Parts(parsed_folder(settings, round_key)).grown_to(len(submissions))
    broken = {number for number in range(parts.count) if not parts.is_current(number)}
    stored = os.fspath(settings.submissions)
    new = [sha for sha in submissions if done.get(sha) != version or (broken and parts.number(sha) in broken)]
    works = [Work(_stored_at(stored, sha), round_key, submissions[sha], sha) for sha in sorted(new)]
    again: dict[int, list[str]] = {number: [] for number in broken}
    for work in works:
        again.setdefault(parts.number(work.sha256), []).append(work.sha256)
    for number in (n for n in sorted(again) if not again[n]):
        with parts.writing(number, (), is_broken=True):
            pass
    reads = (piece for read in read_isolated(works, scope, workers, say) for piece in _by_part(parts, read))
    for number, pieces in groupby(reads, key=itemgetter(0)):
        outcomes: list[Outcome] = []
        with parts.writing(number, again[number], is_broken=number in broken) as part:
            for _, read in pieces:
                part.add(read.tables, until=read.works[-1].sha256)
                outcomes += map(partial(_outcome, version), read.works, read.summaries)
        ledger.decide(outcomes)
    return Reading(len(works), len(submissions) - len(works))


def _by_part(parts: Parts, read: Read) -> Iterator[tuple[int, Read]]:
    """Yield what was read of the submissions of each part; they come in the order of their hashes."""
    for number, same in groupby(
        zip(read.works, read.summaries, strict=True), key=lambda pair: parts.number(pair[0].sha256)
    ):
        works, summaries = zip(*same, strict=True)
        if len(works) == len(read.works):
            yield number, read
            return
        hashes = pa.array([work.sha256 for work in works])
        rows = {t: a.filter(pc.is_in(a["source_sha256"], hashes)) for t, a in read.tables.items()}
        yield number, Read(works, summaries, rows)


def parsed_folder(settings: Settings, round_key: str) -> Path:
    """Return where the rows of a round are as they were read (parts.py)."""
    return settings.parsed / round_key


def _outcome(version: str, work: Work, found: Summary) -> Outcome:
    return Outcome(
        round_key=work.round_key,
        source_sha256=work.sha256,
        reader_version=version,
        outcome="quarantined"
        if found.is_refused or not found.kinds
        else "partly_accepted"
        if found.rows_quarantined
        else "accepted",
        kinds=",".join(found.kinds) or None,
        lgo_code=found.lgo_code,
        division=found.division,
        province_code=found.province_code,
        rows_accepted=found.rows_accepted,
        rows_quarantined=found.rows_quarantined,
        reason=found.rule,
        message_th=found.message_th,
        message_en=found.message_en,
    )


# -- accept


def accepted_path(settings: Settings, table: str, round_key: str, number: int = 0, count: int = 1) -> Path:
    """Return where dbt reads a part of a table of one round (parts.py)."""
    return settings.accepted / table / part_name(round_key, number, count)


def read_parsed(settings: Settings, round_key: str, table: str, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the parsed rows of a table, those of submissions refused by the gate included."""
    files = Parts(parsed_folder(settings, round_key)).files(table)
    return pa.concat_tables([pq.read_table(path, columns=columns) for path in files])


def accept(settings: Settings, round_key: str, refused: dict[str, Row], failures: Iterable[Row]) -> dict[str, int]:
    """Write the rows that dbt may read; return the rows per table.

    `refused` holds, by SHA-256, the quarantine row of each submission that the gate refuses as a whole;
    `failures` are rows that a lesser expectation names (table expectation_failure). A part of which nothing is
    refused is the parsed file itself under a second name.
    """
    parts = Parts(parsed_folder(settings, round_key))
    refused_in: dict[int, list[str]] = {}
    for sha in refused:
        refused_in.setdefault(parts.number(sha), []).append(sha)
    counts = {}
    for table in tables():
        if table == "expectation_failure":
            written = [accepted_path(settings, table, round_key)]
            write_parquet(written[0], to_arrow(table, failures))
            counts[table] = rows_in(written[0])
        else:
            counts[table] = 0
            there = parts.there[table] | (refused_in.keys() if table == "quarantine" else set())
            written = [accepted_path(settings, table, round_key, n, parts.count) for n in sorted(there)]
            for number, path in zip(sorted(there), written, strict=True):
                gone = [] if table == "other_row" else refused_in.get(number, [])
                if gone:
                    write_parquet(path, _accepted_of(parts, table, number, {sha: refused[sha] for sha in gone}))
                else:
                    _link(parts.path(table, number), path)
                counts[table] += rows_in(path if gone else parts.path(table, number))
        # Parts of before the round grew.
        for path in {*written[0].parent.glob(f"{round_key}.*parquet")} - {*written}:
            path.unlink()
    remember(parts.folder)
    ledger = Ledger(settings.ledger)
    ledger.refuse(
        (row["message_th"], row["message_en"], row["rule"], row["round_key"], sha) for sha, row in refused.items()
    )
    write_ledger(settings, ledger)
    return counts


def _accepted_of(parts: Parts, table: str, number: int, refused: dict[str, Row]) -> pa.Table:
    """Return the rows of a part that count: all but those of refused submissions, or the refusals as well."""
    rows = [pq.read_table(path) for path in [parts.path(table, number)] if number in parts.there[table]]
    if table == "quarantine":
        return in_order(pa.concat_tables([*rows, from_rows(table, refused.values())]))
    return rows[0].filter(pc.invert(pc.is_in(rows[0]["source_sha256"], pa.array(list(refused)))))


def _link(source: Path, target: Path) -> None:
    """Give a file that is never changed a second name: parts are replaced as a whole."""
    if target.exists() and target.samefile(source):
        return

    def link(temporary: Path) -> None:
        temporary.unlink()
        try:
            os.link(source, temporary)
        except OSError:  # a file system that cannot, or two
            shutil.copyfile(source, temporary)

    write_atomically(target, link)


def write_ledger(settings: Settings, ledger: Ledger, until: datetime | None = None) -> None:
    """Write what had been received at a moment (now: all of it), the day in Bangkok, and whose files are taken.

    Rows of files that the ledger does not name are no rows to dbt. The day decides which corrections have
    expired; it is data, so that the same accepted rows give the same warehouse on any day.
    """
    _write_submissions(settings, ledger, until)
    day = (until or datetime.now(UTC)).astimezone(BANGKOK).date()
    moment = pa.Table.from_pylist([{"known_on": day}], schema=MOMENT)
    write_parquet(settings.accepted / "moment" / "moment.parquet", moment)
    scope = pa.Table.from_pylist([{"lgo_code": code} for code in sorted(settings.scope())], schema=SCOPE)
    write_parquet(settings.accepted / "scope" / "scope.parquet", scope)


def _write_submissions(settings: Settings, ledger: Ledger, until: datetime | None) -> None:
    """Write what had been received; of now only what has changed since it was written."""
    target = settings.accepted / "submission" / "ledger.parquet"
    if until is not None:
        write_parquet(target, ledger.as_table(until))
        return
    news = ledger.news(_copy_stamp(target))
    if news.rows is None:
        write_parquet(target, ledger.as_table())
    elif news.rows.num_rows == 0:
        return
    else:
        there = pq.read_table(target)
        stays = pc.invert(pc.is_in(there["arrival_id"], news.rows["arrival_id"]))
        write_parquet(target, pa.concat_tables([there.filter(stays), news.rows]).sort_by("arrival_id"))
    ledger.copied(_copy_stamp(target), news)


def _copy_stamp(path: Path) -> str:
    """Return what tells one copy of the ledger from another, and from one in other columns."""
    code = hashlib.sha256((PROJECT / "orchestration" / "ledger.py").read_bytes()).hexdigest()[:16]
    return f"{code}:{stamp(path)}" if path.exists() else ""
