"""How much memory a build may take, and how it goes about with it.

DuckDB puts what does not fit onto disk, but not all of it: some joins and windows need a share of their rows at
hand. So where there are many rows, the widest tables are built one round after the other
(dbt_project/macros/by_round.sql); what is left grows with all rounds, and gets memory by their size, as far as the
machine has it. Two tables are built at a time; where memory is scarce, one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from orchestration.rounds import calendar
from orchestration.settings import Settings

VARIABLE = "SUCHARIT_BUILD_MEMORY"
MB = 10**6
# A round of the nation (1.2 million lines, 115 MB of accepted Parquet) is built in this, all at once; the process
# holds up to twice as much, because Python, the matching of names and what DuckDB does not count come to it.
LEAST_MB = 1500
# From so many accepted bytes on, up to where rounds are built apart, one table at a time: two of the widest of
# a nation together did not fit (1,300 MB, one build of five).
ONE_BY_ONE_FROM_BYTES = 60 * MB
# From so many accepted bytes on, rounds are built one after the other.
APART_FROM_BYTES = 150 * MB
NEEDED_PER_ACCEPTED_BYTE = 12
# The rest is for the gate's frames, and for files that the system keeps at hand.
SHARE_OF_MACHINE = 0.5
MODELS_AT_ONCE = 2
# Below so many accepted bytes (a hundred local governments; one takes 140 kB) DuckDB is as fast with one thread,
# and handing out rows to several costs a tenth of a build's CPU.
ONE_THREAD_BELOW_BYTES = 2 * MB
# What a container may take (cgroup v2, v1); "max" or a number of bytes.
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
ROUND_KEY = re.compile(r"FY\d{4}-\d{1,2}M")
_SPENT = re.compile(r"out of memory", re.IGNORECASE)


@dataclass(frozen=True)
class Memory:
    """What a build gets.

    `limit` and `threads` are DuckDB's, the limit as it writes one; `rounds` are those that are built one
    after the other; none where all are built at once.
    """

    limit: str
    models_at_once: int
    threads: int
    rounds: tuple[str, ...] = ()


def for_build(settings: Settings) -> Memory:
    """Return the memory for a build: as SUCHARIT_BUILD_MEMORY says (4GB), or by the size of what is accepted."""
    files = [*settings.accepted.glob("*/*.parquet")]
    size = sum(path.stat().st_size for path in files)
    is_apart = size > APART_FROM_BYTES
    rounds = _rounds(files) if is_apart else ()
    at_once = 1 if size > ONE_BY_ONE_FROM_BYTES and not is_apart else MODELS_AT_ONCE
    threads = 1 if size < ONE_THREAD_BELOW_BYTES else len(os.sched_getaffinity(0))
    if said := os.environ.get(VARIABLE):
        return Memory(said, at_once, threads, rounds)
    wanted = max(LEAST_MB, NEEDED_PER_ACCEPTED_BYTE * size // MB if is_apart else 0)
    most = max(LEAST_MB, int(SHARE_OF_MACHINE * of_machine() / MB))
    return Memory(f"{min(wanted, most)}MB", at_once if wanted <= most else 1, threads, rounds)


def _rounds(files: Iterable[Path]) -> tuple[str, ...]:
    """Return all rounds of which there may be a row, in order: those of the calendar, and of every file."""
    of_files = {path.name.partition(".")[0] for path in files}
    return tuple(sorted(set(filter(ROUND_KEY.fullmatch, of_files)) | calendar().keys()))


def of_machine() -> int:
    """Return how many bytes of memory this machine has, or this container may take."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for path in LIMITS:
        with suppress(OSError, ValueError):  # there is no such limit
            found.append(int(path.read_text(encoding="ascii")))
    return min(found)


def advice(message: str) -> str | None:
    """Return what to do where a message of DuckDB says that memory was not enough, else None."""
    if not _SPENT.search(message):
        return None
    return (
        f"หน่วยความจำไม่พอสร้างตาราง ข้อมูลที่รับแล้วไม่สูญหาย ให้ตั้ง {VARIABLE} ให้มากขึ้น (เช่น {VARIABLE}=8GB) "
        "หรือใช้เครื่องที่มีหน่วยความจำมากกว่านี้ แล้วสั่งรอบนั้นใหม่ / Memory was not enough to build the tables; "
        f"nothing accepted is lost. Set {VARIABLE} higher (such as {VARIABLE}=8GB), or use a machine with more "
        "memory, and run the round again."
    )
