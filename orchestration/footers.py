"""What the footers of Parquet files say, without opening a thousand unchanged files every night.

Beside the files of a folder lies `footers.json`: rows and columns of each by its name, believed as long as the
file is the one that was looked at. It may be deleted at any time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.kept import found, keep

# Under another name where a Footer says something else.
LIST = "footers.json"


@dataclass(frozen=True)
class Footer:
    """One file as it was when it was looked at: `columns` is a hash of their names and types."""

    stamp: str
    rows: int
    columns: str


# By folder what is known of its files, and the same as it was last written.
_known: dict[Path, dict[str, Footer]] = {}
_written: dict[Path, dict[str, Footer]] = {}


def rows_in(path: Path) -> int:
    """Return how many rows a Parquet file has. Raises FileNotFoundError and pyarrow.ArrowInvalid."""
    return _footer(path).rows


def has_columns(path: Path, columns: pa.Schema) -> bool:
    """Tell whether a file is there, whole, and has these columns."""
    try:
        return _footer(path).columns == _hash_of(columns)
    except (FileNotFoundError, pa.ArrowInvalid):
        return False


def remember(folder: Path) -> None:
    """Write down what has been seen of the files of a folder that are still there."""
    there = {path.name for path in folder.glob("*.parquet")}
    known = {name: footer for name, footer in _known.get(folder, {}).items() if name in there}
    if known != _written.get(folder):
        keep(folder / LIST, {name: vars(footer) for name, footer in sorted(known.items())})
        _written[folder] = known


def _footer(path: Path) -> Footer:
    stat = path.stat()
    stamp = f"{stat.st_dev}:{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}"
    known = _of_folder(path.parent)
    footer = known.get(path.name)
    if footer is None or footer.stamp != stamp:
        metadata = pq.read_metadata(path)
        footer = Footer(stamp, metadata.num_rows, _hash_of(metadata.schema.to_arrow_schema()))
        known[path.name] = footer
    return footer


def _of_folder(folder: Path) -> dict[str, Footer]:
    if folder not in _known:
        _written[folder] = {name: Footer(**said) for name, said in (found(folder / LIST) or {}).items()}
        _known[folder] = dict(_written[folder])
    return _known[folder]


@cache
def _hash_of(columns: pa.Schema) -> str:
    return hashlib.sha256(columns.remove_metadata().serialize()).hexdigest()[:16]
