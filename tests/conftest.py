"""Shared fixtures: a runtime directory of its own, and one finished run of the reference round."""

import gc
import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))
ROUND = "FY2566-12M"
SAMPLE = PROJECT / "samples" / ROUND

os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
os.environ["GX_ANALYTICS_ENABLED"] = "false"
os.environ["DO_NOT_TRACK"] = "1"

# How many examples each property is tried on. HYPOTHESIS_PROFILE=thorough make test: after a change of the reader.
for name, examples in (("every time", 100), ("thorough", 1000)):
    hypothesis_settings.register_profile(
        name, max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck)
    )
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "every time"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Keep together what shares fixtures when tests run on several processes, and begin with what takes longest.

    The end-to-end tests tell the story of one installation in the order of their files; they are the larger half
    of the work, so there are two such stories. Any other file is its own.
    """
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: not _group(item).startswith(("end_to_end", "province", "unit test_types")))


def pytest_collection_finish():
    """Look through what lives until the end for garbage once, and seldom for more: as the job's own command does."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def pytest_make_parametrize_id(val, argname):
    """Name files among parameters by their argument: the time in them would differ from process to process."""
    return argname if isinstance(val, bytes) else None


def _group(item):
    folder = item.path.parent.name
    if folder == "end_to_end":
        return "end_to_end 1" if item.path.name < "test_o" else "end_to_end 2"
    return f"{folder} {item.path.name}"


@pytest.fixture(scope="session")
def session_home(tmp_path_factory):
    """One runtime directory for the whole session: dbt bakes its paths into the manifest."""
    home = tmp_path_factory.mktemp("home")
    os.environ["SUCHARIT_HOME"] = str(home)
    from orchestration.__main__ import init

    init(sample_round=None)
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    return home


@pytest.fixture(scope="session")
def lend_parse(session_home):
    """Give another runtime directory what dbt has parsed: parsing takes seconds and differs in one path only."""
    import msgpack

    from orchestration import dbt
    from orchestration.settings import Settings

    own = Settings(home=session_home)

    def moved(value, to):
        if isinstance(value, dict):
            return {name: moved(one, to) for name, one in value.items()}
        if isinstance(value, list):
            return [moved(one, to) for one in value]
        return value.replace(str(own.accepted), str(to)) if isinstance(value, str) else value

    def lend(settings):
        as_json = dbt.prepared_manifest(own)
        packed = as_json.with_name("partial_parse.msgpack")
        manifest = msgpack.unpackb(packed.read_bytes(), strict_map_key=False)
        settings.dbt_target.mkdir(parents=True, exist_ok=True)
        (settings.dbt_target / packed.name).write_bytes(msgpack.packb(moved(manifest, settings.accepted)))
        (settings.dbt_target / as_json.name).write_text(
            as_json.read_text(encoding="utf-8").replace(str(own.accepted), str(settings.accepted)),
            encoding="utf-8",
        )
        dbt._seal(settings).write_text(dbt._fingerprint(settings), encoding="utf-8")

    return lend


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


@pytest.fixture(scope="session", autouse=True)
def no_second_look_takes_time():
    """Files of tests are all there: what is received in this process is not waited for."""
    from orchestration import intake

    intake.SECOND_LOOK_SECONDS = 0.0


@pytest.fixture(autouse=True)
def no_reader_is_left_ready():
    """One that got ready in a test would be the one that the next test reads with, without what that test changed."""
    yield
    if workers := sys.modules.get("orchestration.workers"):
        workers.end_prepared()


@pytest.fixture
def read_here(monkeypatch):
    """Reading in this process, several files at a time, where how it is done does not matter."""
    from orchestration import intake, workers
    from orchestration.spreadsheets.columns import Layouts

    def read_isolated(works, scope, *_):
        for n in range(0, len(works), 5):
            some = works[n : n + 5]
            parsed = workers.read_together(some, scope, Layouts())
            yield workers._as_read(some, parsed)

    monkeypatch.setattr(intake, "read_isolated", read_isolated)


# What a reader with a fault does with a file that begins with one of these words: at once, or once it has its cells.
FAULTS = """
import os
from orchestration.spreadsheets import parse
reads, parses = parse.read_together, parse.parse_sheets
def fail(word):
    if word.startswith("abort"):
        os.abort()
    if word.startswith("hang"):
        while True:
            pass
    if word.startswith("memory"):
        bytearray(2**31)
    if word.startswith("raise"):
        raise ZeroDivisionError("oops")
def read_together(contents, texts):
    for content in contents:
        fail(content[:10].decode("latin-1"))
    return reads(contents, texts)
def parse_sheets(taken, *rest):
    fail(taken.sheets[0].rows[0][0].removeprefix("later "))
    return parses(taken, *rest)
parse.read_together, parse.parse_sheets = read_together, parse_sheets
"""


@pytest.fixture
def faulty_reader(tmp_path, monkeypatch):
    """Reader processes that abort, hang, run out of memory or raise on files that begin with that word."""
    folder = tmp_path / "faults"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(FAULTS)
    monkeypatch.setenv("PYTHONPATH", f"{folder}{os.pathsep}{PROJECT}")
