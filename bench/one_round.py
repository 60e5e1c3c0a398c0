"""One municipality: the whole job against the floor (bench/empty_job.py), in turn, in one go.

    python bench/one_round.py [runs]

Uses a finished round in SUCHARIT_HOME (default var/), so run `make round` first. Prints wall and CPU seconds
(median, least, most) of each, and how many times its CPU seconds the whole job takes: when both gates judge every
row (what they found before is removed), and when they have judged the same rows before. Machines are noisy, and
faster at one time than at another: a ratio is the median of those of each turn. Quote the ratios.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ROUND = [sys.executable, "-m", "orchestration", "round", "FY2566-12M"]
JUDGED, KEPT = "round, every row judged", "round, all judged before"
COMMANDS = {
    JUDGED: ROUND,
    KEPT: ROUND,
    "empty job, dbt parse": [sys.executable, "bench/empty_job.py", "--full-parse"],
    "empty job, parsed before": [sys.executable, "bench/empty_job.py"],
}


def timed(command: list[str]) -> tuple[float, float]:
    """Return (wall, CPU) seconds of a command and its children. Raises CalledProcessError where it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu


def main(runs: int) -> None:
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    home = Path(os.environ.get("SUCHARIT_HOME", PROJECT / "var"))
    for n in range(runs + 1):
        for name, command in COMMANDS.items():
            if name == JUDGED:
                shutil.rmtree(home / "cache" / "judged", ignore_errors=True)
            result = timed(command)
            if n:  # the first turn warms the disk cache
                taken[name].append(result)
        print(f"turn {n} of {runs}", file=sys.stderr)
    print(f"{'':26}{'wall s':>20}{'CPU s':>20}{'judged / this':>15}{'kept / this':>13}")
    for name, results in taken.items():
        spreads = "".join(f"{_spread([r[i] for r in results]):>20}" for i in (0, 1))
        print(f"{name:26}{spreads}{_ratio(taken[JUDGED], results):>15.2f}{_ratio(taken[KEPT], results):>13.2f}")


def _ratio(ours: list[tuple[float, float]], theirs: list[tuple[float, float]]) -> float:
    """Return the median over the turns of how many times their CPU seconds ours are."""
    return statistics.median(our[1] / their[1] for our, their in zip(ours, theirs, strict=True))


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
