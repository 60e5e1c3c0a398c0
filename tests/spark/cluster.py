"""A Spark cluster on this machine alone: a master, two workers and the Thrift server of the package pyspark.

Everything listens on loopback, on ports that were free, and writes below one directory. What was started is stopped
together with all that it started, whatever happened in between.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
WORKERS = 2
PATIENCE_SECONDS = 600


class NotStarted(Exception):
    """A process of the cluster ended or did not answer in time; the message names its log."""


class Process:
    """A process in a group of its own, with its log."""

    def __init__(
        self, name: str, command: list[str], directory: Path, environment: dict[str, str], cwd: Path | None = None
    ) -> None:
        self.name, self.log = name, directory / f"{name}.log"
        with self.log.open("wb") as log:
            self.popen = subprocess.Popen(
                command,
                cwd=cwd or directory,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until(self, answers: Callable[[], bool]) -> None:
        """Return once `answers` is true. Raises NotStarted where the process ends before or takes too long."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not answers():
            if self.popen.poll() is not None or time.monotonic() > deadline:
                raise NotStarted(f"{self.name} did not start: {self.log}\n{self.log.read_text()[-3000:]}")
            time.sleep(0.2)

    def stop(self) -> None:
        """End the whole group: spark-class is a shell script, and a worker starts executors."""
        for what in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.popen.pid, what)
                self.popen.wait(timeout=20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


@contextmanager
def cluster(directory: Path) -> Iterator[int]:
    """Start the cluster, give the port of its Thrift server, stop it again. Raises NotStarted."""
    directory.mkdir(parents=True)
    here = ["--host", LOOPBACK]
    master, page, thrift = free_port(), free_port(), free_port()
    started: list[Process] = []

    def start(name: str, command: list[str]) -> Process:
        started.append(Process(name, command, directory, _environment(directory)))
        return started[-1]

    try:
        ports = ["--port", str(master), "--webui-port", str(page)]
        process = start("master", [*_class("master.Master"), *here, *ports])
        process.wait_until(lambda: _alive_workers(page) is not None)
        for number in range(1, WORKERS + 1):
            size = ["--cores", "1", "--memory", "2g", "--work-dir", str(directory / "work")]
            worker = [*_class("worker.Worker"), *here, "--webui-port", "0", *size, f"spark://{LOOPBACK}:{master}"]
            process = start(f"worker-{number}", worker)
        process.wait_until(lambda: _alive_workers(page) == WORKERS)
        start("thrift", _thrift_server(directory, master, thrift)).wait_until(lambda: listens(thrift))
        yield thrift
    finally:
        for process in reversed(started):
            process.stop()


def _class(name: str) -> list[str]:
    return [str(_spark_home() / "bin" / "spark-class"), f"org.apache.spark.deploy.{name}"]


def _thrift_server(directory: Path, master: int, port: int) -> list[str]:
    settings = {
        "spark.driver.host": LOOPBACK,
        "spark.driver.bindAddress": LOOPBACK,
        "spark.driver.memory": "2g",
        "spark.executor.memory": "1536m",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(directory / "warehouse"),
        # Two cores: more partitions than that only cost time here.
        "spark.sql.shuffle.partitions": "4",
        # Tables are small here: to compile code for every query takes longer than to run it without.
        "spark.sql.codegen.wholeStage": "false",
        "spark.hadoop.hive.server2.thrift.bind.host": LOOPBACK,
        "spark.hadoop.hive.server2.thrift.port": str(port),
        "spark.hadoop.javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={directory}/metastore;create=true",
        "spark.driver.extraJavaOptions": f"-Dderby.system.home={directory}",
    }
    return [
        str(_spark_home() / "bin" / "spark-submit"),
        *["--master", f"spark://{LOOPBACK}:{master}"],
        *["--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"],
        *[part for name, value in settings.items() for part in ("--conf", f"{name}={value}")],
        "spark-internal",
    ]


def _spark_home() -> Path:
    import pyspark

    return Path(pyspark.__file__).parent


def _environment(directory: Path) -> dict[str, str]:
    return os.environ | {
        "SPARK_HOME": str(_spark_home()),
        "SPARK_LOCAL_IP": LOOPBACK,
        "SPARK_LOCAL_DIRS": str(directory / "scratch"),
    }


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


def _alive_workers(page: int) -> int | None:
    """Return how many workers the master knows, or None where it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{page}/json/", timeout=5) as answer:
            return int(json.load(answer)["aliveworkers"])
    except (OSError, ValueError):
        # Not there yet, or there and without an answer yet.
        return None
