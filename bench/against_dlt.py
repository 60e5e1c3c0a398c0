"""Ingest against dlt's Arrow route on the same workbooks: what the ledger, the gate's rows and the parts cost.

    python bench/against_dlt.py [files [turns]]

dlt is no dependency of the project; without it this says so and ends. It belongs into an environment of its own,
with what the reader needs: `pip install -r requirements.lock`, then `pip install "dlt[filesystem,parquet]"`.

dlt is given its best settings: Arrow tables of 100 workbooks each, written as Parquet to a local folder, no load
ids, names taken as they are (its own convention makes the same column of every Thai header), no telemetry. It is
fed twice in its own process, which spares it the workers: with the cells as python-calamine gives them, under
their Thai headers; and with the rows of this project's reader. The third time this project's processes read for
it, as they read for ingest. None has hashing, storing or a ledger in it.

CPU is taken on one core, time by the clock on two.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

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

from bench.ingest import HEADER, ROUND, Round, bare, cpu, seconds
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


def ways(taken: Round, place: Path) -> dict[str, Callable[[], object]]:
    """Return what is timed, each writing to a place of its own."""
    scope = taken.settings.scope()
    here = taken.copied_to(place / "ingest")
    # In processes of their own, as ingest reads: the same reader, the same protection from a file that kills one.
    isolated = (read.tables["division_listing"] for read in workers.read_isolated(taken.works(), scope))
    fed = {
        "dlt, fed with cells": cells(taken.paths),
        "dlt, fed with our rows": rows(taken.paths, scope),
        "dlt, fed by our readers": isolated,
    }
    return {
        "bare python-calamine": lambda: bare(taken.paths),
        "ingest, ledger and all": here.ingest,
        **{
            name: lambda n=n, tables=tables: run(place, f"fed_{n}", tables)
            for n, (name, tables) in enumerate(fed.items())
        },
    }


def main(files: int, turns: int) -> None:
    if dlt is None:
        print("dlt is not installed: nothing to compare with (see the head of this file)")
        return
    # Removed at the very end: see the head of ingest.py.
    place = Path(tempfile.mkdtemp(prefix="bench-dlt-"))
    try:
        taken = Round(place / "round", files)
        cores = sorted(os.sched_getaffinity(0))[:2]
        processor: dict[str, list[float]] = {}
        clock: dict[str, list[float]] = {}
        for n in range(turns):
            for name, work in ways(taken, place / f"cpu-{n}").items():
                os.sched_setaffinity(0, cores[:1])
                processor.setdefault(name, []).append(cpu(work))
            for name, work in ways(taken, place / f"clock-{n}").items():
                clock.setdefault(name, []).append(seconds(work, set(cores)))
    finally:
        shutil.rmtree(place)
    print(f"{files} workbooks, dlt {dlt.__version__}, {turns} turns: how many times as long ingest takes")
    print(f"  {'':26}{'CPU ms per file':>16}{'ingest / this':>26}{'ms by the clock':>18}{'ingest / this':>26}")
    ours = "ingest, ledger and all"
    for name in processor:
        line = f"  {name:26}"
        for taken_by, width in ((processor, 16), (clock, 18)):
            ratios = sorted(mine / its for mine, its in zip(taken_by[ours], taken_by[name], strict=True))
            spread = f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
            line += f"{median(taken_by[name]) / files * 1000:{width}.2f}{spread:>26}"
        print(line)


if __name__ == "__main__":
    given = [*map(int, sys.argv[1:])]
    main(*(given + [2000, 3][len(given) :]))
