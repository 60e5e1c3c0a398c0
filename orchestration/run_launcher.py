"""Dagster's run launcher, and a look at whether the process of a run is still there.

The stock launcher cannot tell: after a power cut, or where the daemon and its runs were killed together, a run
would stay "started" for ever and keep its pool slot, and no other run would begin.
"""

from __future__ import annotations

import os
from pathlib import Path

from dagster import DagsterEventType, DagsterRun
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.launcher.default_run_launcher import DefaultRunLauncher

# Clocks are set, and a process begins a moment before it says so.
TOLERANCE_SECONDS = 120.0


class WatchedRunLauncher(DefaultRunLauncher):
    """Starts runs as the stock launcher does; the daemon fails those whose process is gone (run_monitoring)."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return FAILED where the process that a run's events name is gone; RUNNING also where none is named."""
        events = self._instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT)
        for entry in reversed(events):
            event = entry.dagster_event
            pid = event.engine_event_data.metadata.get("pid") if event else None
            if pid is not None:
                number = int(str(pid.value))
                if is_there(number, entry.timestamp):
                    return CheckRunHealthResult(WorkerStatus.RUNNING)
                return CheckRunHealthResult(WorkerStatus.FAILED, f"process {number} is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def is_there(pid: int, at: float) -> bool:
    """Tell whether the process that had a number at a moment (seconds since 1970) still has it.

    After the machine was started again, another process may have the same number; it began later.
    """
    try:
        # The name of the program stands in brackets and may hold anything; what follows is the state and numbers.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return False
    booted = next(
        int(line.split()[1]) for line in Path("/proc/stat").read_text().splitlines() if line.startswith("btime")
    )
    began = booted + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return fields[0] != "Z" and began <= at + TOLERANCE_SECONDS
