"""Ingest against dlt's Arrow route on the same workbooks: what the ledger, the gate's rows and the parts cost.

    python bench/against_dlt.py [files]

dlt is no dependency of the project; without it this says so and ends. It belongs into an environment of its own,
with what the reader needs: `pip install "dlt[filesystem,parquet]" -r requirements.lock`.

dlt is given its best settings: Arrow tables of 100 workbooks each, written as Parquet to a local folder, no load
ids, names taken as they are (its own convention makes the same column of every Thai header), no telemetry. It is
fed twice in its own process, which spares it the workers: with the cells as python-calamine gives them, under
their Thai headers; and with the rows of this project's reader. Neither has hashing, storing or a ledger in it.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ |= {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "SCHEMA__NAMING": "direct",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "false",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_ID": "false",
    "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
}

import pyarrow as pa
from python_calamine import CalamineWorkbook

from bench.ingest import HEADER, ROUND, Round, bare, cpu
from orchestration import workers
from orchestration.spreadsheets.columns import Layouts

try:
    import dlt
except ImportError:
    dlt = None

FILES_AT_ONCE = 100
HEADINGS = [below or above for above, below in zip(*HEADER, strict=True)]


def cells(paths: list[Path]) -> Iterator[pa.Table]:
    """Yield the cells below the header as text, as anybody would hand them to dlt."""
    for n in range(0, len(paths), FILES_AT_ONCE):
        rows = []
        for path in paths[n : n + FILES_AT_ONCE]:
            rows += CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[len(HEADER) + 2 :]
        columns = [["" if cell is None else str(cell) for cell in column] for column in zip(*rows, strict=True)]
        yield pa.table(dict(zip(HEADINGS, columns, strict=True)))


def rows(paths: list[Path], scope: frozenset[str]) -> Iterator[pa.Table]:
    """Yield the listings of this project's reader."""
    works = [workers.Work(path, ROUND, path.name, path.name) for path in paths]
    for n in range(0, len(works), FILES_AT_ONCE):
        layouts = Layouts()
        some = works[n : n + FILES_AT_ONCE]
        parsed = [p for group in workers.groups(some) for p in workers.read_together(group, scope, layouts)]
        yield workers._as_read(works, parsed).tables["division_listing"]


def run(place: Path, name: str, tables: Iterator[pa.Table]) -> int:
    """Load Arrow tables with dlt; return the rows that it says it has loaded."""
    pipeline = dlt.pipeline(
        name,
        destination=dlt.destinations.filesystem(bucket_url=(place / "out").as_uri()),
        dataset_name=name,
        pipelines_dir=str(place / "state"),
    )
    pipeline.run(
        dlt.resource(tables, name="division_listing"), loader_file_format="parquet", write_disposition="append"
    )
    return pipeline.last_trace.last_normalize_info.row_counts["division_listing"]


def main(files: int) -> None:
    if dlt is None:
        print("dlt is not installed: nothing to compare with (see the head of this file)")
        return
    with tempfile.TemporaryDirectory(prefix="bench-dlt-") as folder:
        place = Path(folder)
        taken = Round(place / "round", files)
        scope = taken.settings.scope()
        loaded: list[int] = []
        reader = cpu(lambda: bare(taken.paths)) / files
        ours = cpu(taken.ingest) / files
        fed_cells = cpu(lambda: loaded.append(run(place, "cells", cells(taken.paths)))) / files
        fed_rows = cpu(lambda: loaded.append(run(place, "rows", rows(taken.paths, scope)))) / files
        print(f"{files} workbooks, dlt {dlt.__version__}, rows loaded {loaded}; CPU ms per file")
        for name, value in (
            ("bare python-calamine", reader),
            ("ingest, ledger and all", ours),
            ("dlt, fed with cells", fed_cells),
            ("dlt, fed with our rows", fed_rows),
        ):
            times = f"{value * 1000:8.2f}   {value / reader:6.2f} x bare   ingest takes {ours / value:5.2f} of it"
            print(f"  {name:28}{times}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
