"""What survives: the warehouse is built again from a backup alone, figure for figure."""

import os
import subprocess
import sys

from orchestration import backup, releases, upkeep
from orchestration.settings import Settings
from tests.conftest import PROJECT, ROUND


def test_the_warehouse_is_rebuilt_from_a_backup_alone(installation, tmp_path):
    settings = Settings(home=installation.home)
    backup.back_up(settings, tmp_path / "backup")
    home = tmp_path / "restored"
    environment = os.environ | {"SUCHARIT_HOME": str(home), "DAGSTER_HOME": str(home / "dagster")}
    for command in (["restore", str(tmp_path / "backup")], ["round", ROUND], ["verify"]):
        done = subprocess.run(
            [sys.executable, "-m", "orchestration", *command],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    restored = releases.current(Settings(home=home))
    assert restored.manifest["content_sha256"] == releases.current(settings).manifest["content_sha256"]
    assert installation.parquet() == installation.parquet(restored.directory)


def test_every_release_of_the_session_verifies(installation):
    for release in releases.all_releases(Settings(home=installation.home)):
        assert upkeep.verify(release) == []
