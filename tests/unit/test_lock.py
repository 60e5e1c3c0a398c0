"""Only one process at a time has a runtime directory."""

import subprocess
import sys

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
