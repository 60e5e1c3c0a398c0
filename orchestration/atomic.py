"""Files and directories that are there whole or not at all, whenever the power is cut."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomically(target: Path, write: Callable[[Path], object], mode: int = 0o640) -> None:
    """Write a file beside its place, flush it to disk and rename it into place: all of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".writing-", suffix=target.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        to_disk(temporary)
        temporary.chmod(mode)
        temporary.replace(target)
        to_disk(target.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def to_disk(path: Path) -> None:
    """Wait until a file, or the names in a directory, are on disk: what is recorded afterwards relies on them."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def drafted(place: Path) -> Iterator[Path]:
    """Give a new directory in a place, to be filled and renamed; what was not renamed is removed in the end."""
    place.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=place, prefix=".draft-"))
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def put_in_place(draft: Path, target: Path) -> None:
    """Rename a filled directory to its place. What stood there is moved away first: nobody sees half of either."""
    with drafted(target.parent) as gone:
        if target.exists():
            target.rename(gone / target.name)
        draft.rename(target)
