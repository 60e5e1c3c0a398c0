"""mypy on the whole of the code: a test, so that it has one of the processes and not the machine to itself."""

import subprocess
import sys

from tests.conftest import PROJECT


def test_the_types_of_the_code_hold():
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
