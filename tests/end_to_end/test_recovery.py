"""What survives: the warehouse is built again from a backup alone, byte for byte, by a process that has built nothing yet."""

import os
import subprocess
import sys

from orchestration import backup, releases, upkeep
from orchestration.__main__ import main
from orchestration.settings import Settings
from tests.conftest import PROJECT, ROUND


def test_the_warehouse_is_rebuilt_from_a_backup_alone(installation, lend_parse, tmp_path, monkeypatch):
    settings = Settings(home=installation.home)
    backup.back_up(settings, tmp_path / "backup")
    home = tmp_path / "restored"

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["orchestration", *arguments])
        return main()

    with monkeypatch.context() as there:
        there.setenv("SUCHARIT_HOME", str(home))
        there.setenv("DAGSTER_HOME", str(home / "dagster"))
        assert command("restore", str(tmp_path / "backup")) == 0
        # What dbt makes of its project holds nothing that was received.
        lend_parse(Settings(home=home))
        program = [sys.executable, "-m", "orchestration", "round", ROUND]
        done = subprocess.run(program, cwd=PROJECT, env=os.environ.copy(), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert command("verify") == 0
    restored = releases.current(Settings(home=home))
    assert restored.manifest["content_sha256"] == releases.current(settings).manifest["content_sha256"]
    assert installation.parquet() == installation.parquet(restored.directory)


def test_every_release_of_the_session_verifies(installation):
    for release in releases.all_releases(Settings(home=installation.home)):
        assert upkeep.verify(release) == []
