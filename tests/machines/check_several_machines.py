"""Two machines, as far as one can play both: the desk asks for a run, the worker does it. Run by `make test-machines`.

Each has a runtime directory of its own and they share a PostgreSQL database, nothing else. The worker serves the code
over gRPC on loopback; the desk has the daemon, which takes runs from the queue and lets the worker start them.
"""

import os
import subprocess
import sys
import time
import uuid
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.conftest import PROJECT, ROUND
from tests.postgres import postgresql  # noqa: F401  (a fixture of the module)
from tests.spark.cluster import Process, free_port, listens

BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 300
ENDED = ("SUCCESS", "FAILURE", "CANCELED")


def environment(home):
    return os.environ | {"SUCHARIT_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}


def prepare(home, address, *sample):
    """Make an installation that keeps runs and events in the database."""
    init = [sys.executable, "-m", "orchestration", "init"]
    subprocess.run([*init, *sample], cwd=PROJECT, env=environment(home), check=True, stdout=subprocess.DEVNULL)
    (home / "secrets").mkdir()
    (home / "secrets" / "postgresql").write_text(address + "\n")
    with (home / "sucharit.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[dagster]\npostgresql_url_file = "secrets/postgresql"\n')
    subprocess.run(init, cwd=PROJECT, env=environment(home), check=True, stdout=subprocess.DEVNULL)


@contextmanager
def running(name, home, *command):
    process = Process(name, [str(BIN / command[0]), *command[1:]], home, environment(home), PROJECT)
    try:
        yield process
    finally:
        process.stop()


def test_a_run_that_the_desk_asks_for_is_done_by_the_worker(postgresql, tmp_path):  # noqa: F811
    address = postgresql.database("dagster")
    worker, desk = tmp_path / "worker", tmp_path / "desk"
    prepare(worker, address, "--sample", ROUND)
    prepare(desk, address)
    port, run_id = free_port(), str(uuid.uuid4())
    workspace = desk / "workspace.yaml"
    workspace.write_text(
        f"load_from:\n  - grpc_server: {{host: 127.0.0.1, port: {port}, location_name: sucharit}}\n",
        encoding="utf-8",
    )
    at_the_desk = {"cwd": PROJECT, "env": environment(desk), "check": True, "stdout": subprocess.DEVNULL}
    with ExitStack() as processes:
        serving = ["api", "grpc", "-m", "orchestration.definitions", "-h", "127.0.0.1", "-p", str(port)]
        code = processes.enter_context(running("code", worker, "dagster", *serving, "--location-name", "sucharit"))
        code.wait_until(lambda: listens(port))
        processes.enter_context(running("daemon", desk, "dagster-daemon", "run", "-w", str(workspace)))
        launch = [str(BIN / "dagster"), "job", "launch", "-w", str(workspace), "-j", "round_report"]
        tags = f'{{"dagster/partition": "{ROUND}"}}'
        subprocess.run([*launch, "--tags", tags, "--run-id", run_id], **at_the_desk)
        deadline = time.monotonic() + PATIENCE_SECONDS
        status = ""
        while status not in ENDED and time.monotonic() < deadline:
            time.sleep(0.5)
            status = postgresql.sql(f"select status from runs where run_id = '{run_id}'", "dagster")
    assert status == "SUCCESS", (worker / "code.log").read_text()[-3000:]
    assert (worker / "releases" / "current" / "warehouse.duckdb").exists()
    assert list((worker / "reports" / ROUND / "current").glob("memo_*.pdf"))
    # The desk has no file of anybody, and nothing was done there.
    assert not (desk / "releases").exists() and not (desk / "submissions").exists()
