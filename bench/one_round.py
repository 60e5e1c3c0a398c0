"""One municipality: the whole job against the floor (bench/empty_job.py), in turn, in one go.

    python bench/one_round.py [runs]

Uses a finished round in SUCHARIT_HOME (default var/), so run `make round` first. Prints wall and CPU seconds
(median, least, most) of each and the ratio of the wall medians. Machines are noisy: quote the ratio.
"""

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "round": [sys.executable, "-m", "orchestration", "round", "FY2566-12M"],
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
    for n in range(runs + 1):
        for name, command in COMMANDS.items():
            result = timed(command)
            if n:  # the first turn warms the disk cache
                taken[name].append(result)
        print(f"turn {n} of {runs}", file=sys.stderr)
    print(f"{'':26}{'wall s':>20}{'CPU s':>20}{'round / this':>14}")
    whole = statistics.median(wall for wall, _ in taken["round"])
    for name, results in taken.items():
        ratio = whole / statistics.median(wall for wall, _ in results)
        print(
            f"{name:26}" + "".join(f"{_spread([r[i] for r in results]):>20}" for i in (0, 1)) + f"{ratio:>14.2f}"
        )


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.1f} ({min(values):.1f}-{max(values):.1f})"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
