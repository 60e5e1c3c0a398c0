"""Everything that has a floor or a peer, for one municipality, a province and the nation, as one table.

    python -m bench [1 100 7849] [--home DIRECTORY]        # or: make bench LGOS="1 100"

Generates each nation, takes it in, builds and releases it (bench/nation.py), builds it again with the same SQL in
bare DuckDB (bench/marts.py), and reads a sample of its workbooks with the bare reader and as a script of pandas
with openpyxl would. Prints Markdown: seconds of CPU (children included), seconds by the clock, the most memory of
one process, and how often the floor goes into ours and ours into the peer. Everything of a row is from one go.
"""

from __future__ import annotations

import argparse
import io
import os
import resource
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench import marts, nation

# Workbooks read by floor and peer; the seconds are projected to all of them.
SAMPLE = 300
HEAD = ("what", "N", "CPU s", "clock s", "peak MB", "floor CPU s", "ours / floor", "peer CPU s", "peer / ours")


def _cpu(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def bare_reader(paths: Iterable[Path]) -> None:
    """Read every cell with python-calamine, and do nothing with it."""
    from python_calamine import CalamineWorkbook

    for path in paths:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()


def script(paths: Iterable[Path]) -> None:
    """Read with pandas and openpyxl into one table and write it, without looking what anything means."""
    import pandas as pd

    # openpyxl says of every workbook that it has no default style.
    warnings.filterwarnings("ignore", module="openpyxl")
    frames = [
        frame.astype(str).set_axis([str(n) for n in range(frame.shape[1])], axis=1)
        for path in paths
        for frame in pd.read_excel(path, sheet_name=None, header=None, engine="openpyxl").values()
    ]
    pd.concat(frames).to_parquet(io.BytesIO())


def peers(home: Path) -> tuple[float, float]:
    """Return the CPU seconds that the bare reader and the script take for all workbooks of a nation."""
    paths = sorted((home / "inbox" / nation.ROUND).rglob("*.xlsx"))
    sample = [path for path in paths[:: max(1, len(paths) // SAMPLE)][:SAMPLE] if path.stat().st_size > 1_000]
    bare_reader(sample[:5])
    script(sample[:5])
    share = len(sample) / len(paths)
    return _cpu(lambda: bare_reader(sample)) / share, _cpu(lambda: script(sample)) / share


def rows_for(lgos: int, home: Path) -> Iterable[tuple[Any, ...]]:
    """Yield the rows of the table for so many local governments."""
    steps = nation.nation(lgos, home)
    cost = {name: step["cost"] for name, step in steps.items()}
    floor, peer = peers(home)
    for name in steps:
        ours = cost[name]
        row = [name, lgos, ours["cpu"], ours["wall"], ours["peak"]]
        if name == "first pass":
            row += [floor, ours["cpu"] / floor, peer, peer / ours["cpu"]]
        yield (*row, *[None] * (len(HEAD) - len(row)))
    both = marts.compare(home)
    ours, bare = both["dbt"]["cost"], both["bare"]["cost"]
    ratio = ours["cpu"] / bare["cpu"]
    yield "dbt build / the same SQL bare", lgos, ours["cpu"], ours["wall"], None, bare["cpu"], ratio, None, None
    first = cost["first pass"]["cpu"]
    for name in ("second pass, nothing new", "pass over one changed file"):
        share = f"{100 * cost[name]['cpu'] / first:.1f} %"
        yield f"{name}, of the first pass", lgos, share, *[None] * (len(HEAD) - 3)


def shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}" if value >= 1 else f"{value:.2f}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lgos", type=int, nargs="*", default=[1, 100, 7849])
    parser.add_argument("--home", type=Path, help="where to work (default: a temporary directory)")
    given = parser.parse_args()
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    place = given.home or Path(tempfile.mkdtemp(prefix="bench-"))
    started = time.perf_counter()
    rows: list[tuple[Any, ...]] = []
    for lgos in given.lgos:
        try:
            rows += rows_for(lgos, place / str(lgos))
        finally:
            shutil.rmtree(place / str(lgos), ignore_errors=True)
    print(f"\n| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}")
    for row in rows:
        print(f"| {' | '.join(map(shown, row))} |")
    print(f"\n{len(os.sched_getaffinity(0))} cores, {time.perf_counter() - started:,.0f} s in all")


if __name__ == "__main__":
    main()
