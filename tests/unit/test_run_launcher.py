"""A run whose process is gone is found, so that it does not keep others from starting."""

import os
import subprocess
import sys
import time

import pytest
from dagster import DagsterInstance, job, op
from dagster._core.events import EngineEventData
from dagster._core.launcher.base import WorkerStatus

from orchestration.run_launcher import WatchedRunLauncher, is_there


@op
def nothing():
    pass


@job
def empty():
    nothing()


@pytest.fixture
def ended():
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def health(*pids):
    """What is said of a run whose events name these processes, one after the other."""
    with DagsterInstance.ephemeral() as instance:
        run = instance.create_run_for_job(empty)
        for pid in pids:
            instance.report_engine_event("Started process for run", run, EngineEventData.in_process(pid))
        launcher = WatchedRunLauncher()
        launcher.register_instance(instance)
        return launcher.check_run_worker_health(run).status


def test_a_run_is_alive_as_long_as_its_process_is(ended):
    assert health(os.getpid()) == WorkerStatus.RUNNING
    assert health(ended) == WorkerStatus.FAILED
    assert health(ended, os.getpid()) == WorkerStatus.RUNNING
    assert health() == WorkerStatus.RUNNING, "nothing is known of it: left alone"


def test_another_process_with_its_number_is_not_it():
    """As after the machine was started again: the number is taken, by something that began later."""
    assert is_there(os.getpid(), time.time())
    assert not is_there(os.getpid(), time.time() - 7 * 86400)


def test_a_process_that_has_ended_and_was_not_waited_for_is_gone():
    process = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    process.stdout.read()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not is_there(process.pid, time.time())
    process.wait()
