"""Services start together: one of them parses the dbt project, and none reads half of what it writes."""

import fcntl
from threading import Event, Thread

import pytest

from orchestration import dbt
from orchestration.settings import Settings


@pytest.fixture
def parsed(tmp_path, monkeypatch):
    """Return the settings of an empty home and the list of what is parsed in it."""
    settings, calls = Settings(home=tmp_path), []

    def parse(settings, *arguments):
        assert not dbt._seal(settings).exists(), "the manifest was taken for good while it was written"
        calls.append(arguments)
        (settings.dbt_target / "manifest.json").write_text("{}")

    monkeypatch.setattr(dbt, "invoke", parse)
    return settings, calls


def test_it_is_parsed_once_and_again_where_the_project_has_changed(parsed, monkeypatch):
    settings, calls = parsed
    assert dbt.prepared_manifest(settings) == dbt.prepared_manifest(settings)
    assert len(calls) == 1
    (dbt._templates(settings)).mkdir()
    monkeypatch.setattr(dbt, "_fingerprint", lambda settings: "another project")
    dbt.prepared_manifest(settings)
    assert len(calls) == 2
    assert not dbt._templates(settings).exists()


def test_who_comes_while_another_parses_waits_and_does_not_parse(parsed, monkeypatch):
    settings, calls = parsed
    settings.dbt_target.mkdir(parents=True)
    waits, lock = Event(), fcntl.flock

    def locked(file, how):
        waits.set()
        lock(file, how)

    with (settings.dbt_target / "parse.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        monkeypatch.setattr(dbt.fcntl, "flock", locked)
        second = Thread(target=dbt.prepared_manifest, args=(settings,))
        second.start()
        assert waits.wait(60)
        (settings.dbt_target / "manifest.json").write_text("{}")
        dbt._seal(settings).write_text(dbt._fingerprint(settings))
    second.join(60)
    assert not second.is_alive()
    assert calls == []
