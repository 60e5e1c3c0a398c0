"""Shared fixtures: a runtime directory of its own, and one finished run of the reference round."""

import os
import shutil
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
ROUND = "FY2566-12M"
SAMPLE = PROJECT / "samples" / ROUND

os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
os.environ["GX_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"


@pytest.fixture(scope="session")
def session_home(tmp_path_factory):
    """One runtime directory for the whole session: dbt bakes its paths into the manifest."""
    home = tmp_path_factory.mktemp("home")
    os.environ["SUCHARIT_HOME"] = str(home)
    from orchestration.__main__ import init

    init(sample_round=None)
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    return home


@pytest.fixture
def settings(tmp_path):
    """Settings of an empty runtime directory that takes files of เทศบาลนครตรัง."""
    from orchestration.settings import Settings

    return Settings(home=tmp_path, local_governments=("3920102",))


@pytest.fixture
def inbox(settings):
    """The drop folder of the reference round with the sample in it."""
    shutil.copytree(SAMPLE, settings.inbox / ROUND)
    return settings.inbox / ROUND
