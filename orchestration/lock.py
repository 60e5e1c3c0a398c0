"""One run at a time in one runtime directory, whoever started it: the daemon, the UI or the command line."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

# A national round with its gates stays well below this; a run that waits longer has met a stuck one.
LONGEST_WAIT_SECONDS = 3600
_held: dict[Path, TextIO] = {}


class Busy(Exception):
    """Another run held the runtime directory for too long; the message says for how long."""


def hold_until_exit(home: Path, say: Callable[[str], object], longest: float = LONGEST_WAIT_SECONDS) -> None:
    """Take the runtime directory for this process, waiting for another run to end; the kernel lets go at exit.

    A process that already holds it goes straight on, so every step may ask. Raises Busy after `longest` seconds.
    """
    path = home / "run.lock"
    if path in _held:
        return
    home.mkdir(parents=True, exist_ok=True)
    file = path.open("w")
    started = time.monotonic()
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            waited = time.monotonic() - started
            if waited >= longest:
                file.close()
                raise Busy(
                    f"มีงานอื่นทำงานค้างอยู่ ให้ดู docs/runbook.md (run_failed) / another run has held {path} for "
                    f"{waited:.0f} seconds"
                ) from None
            if waited < 1:
                say("มีงานอื่นทำงานอยู่ กำลังรอให้เสร็จ / another run is under way, waiting for it to end")
            time.sleep(1)
    _held[path] = file


@contextmanager
def hold(home: Path, say: Callable[[str], object], longest: float = LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Hold the runtime directory for a while, as `hold_until_exit` does for good. Raises Busy."""
    path = home / "run.lock"
    is_ours = path in _held
    hold_until_exit(home, say, longest)
    try:
        yield
    finally:
        if not is_ours:
            _held.pop(path).close()
