"""Only one process at a time has a runtime directory."""

import fcntl
import subprocess
import sys
from functools import partial

from orchestration import __main__ as command_line
from orchestration.lock import hold, hold_until_exit
from tests.conftest import PROJECT

TRY = """
import sys
from pathlib import Path
from orchestration.lock import Busy, hold_until_exit
try:
    hold_until_exit(Path(sys.argv[1]), print, longest=0)
except Busy:
    print("busy")
else:
    print("held")
"""


def other_process(home):
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(home)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_second_process_does_not_get_it_and_says_so(tmp_path):
    assert other_process(tmp_path) == ["held"]  # and let go when it ended
    hold_until_exit(tmp_path, print)
    hold_until_exit(tmp_path, print)  # the steps of one run may ask again
    assert other_process(tmp_path)[-1] == "busy"


def test_it_can_be_held_for_a_while_and_whoever_had_it_before_keeps_it(tmp_path):
    with hold(tmp_path, print):
        assert other_process(tmp_path)[-1] == "busy"
    assert other_process(tmp_path) == ["held"]
    hold_until_exit(tmp_path, print)
    with hold(tmp_path, print):
        pass
    assert other_process(tmp_path)[-1] == "busy"


def test_a_run_by_hand_says_that_it_waits_and_for_what(tmp_path, monkeypatch, capsys):
    """It prints no log, and waited for the nightly run without a word."""
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    command_line.init(None)
    monkeypatch.setattr(sys, "argv", ["orchestration", "round", "FY2566-12M"])
    monkeypatch.setattr(command_line, "hold_until_exit", partial(hold_until_exit, longest=0.5))
    with (tmp_path / "run.lock").open("w") as of_a_run:
        fcntl.flock(of_a_run, fcntl.LOCK_EX)
        capsys.readouterr()
        assert command_line.main() == 1
    said = capsys.readouterr()
    assert said.out.startswith("มีงานอื่นทำงานอยู่") and "waiting for it to end" in said.out
    assert "another run has held" in said.err and str(tmp_path / "run.lock") in said.err
