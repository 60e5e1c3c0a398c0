"""Leaving out what dbt does for nobody leaves out nothing else: errors are said, templates are the same."""

import subprocess
import sys
from dataclasses import replace

import pytest

from orchestration import dbt
from orchestration.dbt_shortcuts import (
    with_kept_templates,
    with_macros_named_at_once,
    with_parts_put_in_front,
    without_second_thoughts,
    without_small_talk,
)


@pytest.fixture
def heard():
    """Return the names of what dbt says from here on."""
    from dbt_common.events.event_manager_client import get_event_manager

    names, manager = [], get_event_manager()

    def hear(event):
        names.append((event.info.name, event.info.level))

    manager.add_callback(hear)
    yield names
    manager.callbacks.remove(hear)


def test_what_went_wrong_is_still_said_and_small_talk_only_outside(heard):
    from dbt.adapters.events.types import SQLQuery
    from dbt.events.types import LogModelResult, MainEncounteredError, NoNodesForSelectionCriteria
    from dbt_common.events.base_types import EventLevel
    from dbt_common.events.functions import fire_event

    def say_all():
        fire_event(SQLQuery(conn_name="x", sql="select 1"))
        fire_event(NoNodesForSelectionCriteria(spec_raw="nothing"))
        fire_event(MainEncounteredError(exc="broken"))
        fire_event(
            LogModelResult(description="m", status="error", index=1, total=1, execution_time=1.0),
            level=EventLevel.ERROR,
        )

    loud = [
        ("NoNodesForSelectionCriteria", "warn"),
        ("MainEncounteredError", "error"),
        ("LogModelResult", "error"),
    ]
    with without_small_talk():
        say_all()
    assert heard == loud
    heard.clear()
    say_all()
    assert heard == [("SQLQuery", "debug"), *loud]


def test_a_template_is_made_once_for_each_kind_of_environment(tmp_path, monkeypatch):
    from dbt_common.clients.jinja import MacroFuzzEnvironment, get_template

    made = []
    compiled = MacroFuzzEnvironment._compile

    def count(self, source, filename):
        made.append(type(self).__name__)
        return compiled(self, source, filename)

    monkeypatch.setattr(MacroFuzzEnvironment, "_compile", count)

    def rendered(native):
        # A value where settings are read, text where SQL is made.
        return get_template("{{ given }}", {}, native=native).render({"given": [1]})

    for _ in range(2):
        with with_kept_templates(tmp_path / "jinja"):
            assert rendered(native=True) == [1]
            assert rendered(native=False) == "[1]"
    assert sorted(made) == ["MacroFuzzEnvironment", "NativeSandboxEnvironment"]


@pytest.mark.parametrize("damage", ["one bit", "cut short", "nothing left"])
def test_what_was_damaged_is_made_again(tmp_path, damage):
    """Figures come of these templates: one bit more or less must not."""
    from dbt_common.clients.jinja import get_template

    def rendered():
        with with_kept_templates(tmp_path / "jinja"):
            return get_template("select {{ n }} as completed", {}).render({"n": 1})

    assert rendered() == "select 1 as completed"
    [path] = (tmp_path / "jinja").iterdir()
    whole = path.read_bytes()
    at = whole.index(b"completed") + 4
    damaged = {
        "one bit": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :],
        "cut short": whole[:25],
        "nothing left": b"",
    }
    path.write_bytes(damaged[damage])
    assert rendered() == "select 1 as completed"
    assert path.read_bytes() == whole


def test_a_template_that_cannot_be_kept_is_made(tmp_path):
    from dbt_common.clients.jinja import get_template

    with with_kept_templates(tmp_path / "jinja"):
        (tmp_path / "jinja").rmdir()
        assert get_template("select {{ n }}", {}).render({"n": 1}) == "select 1"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("with a as (select 1) select * from a", "with p as (x), q as (y), a as (select 1) select * from a"),
        (
            "-- with care;\n/* with\n a */ WITH RECURSIVE a as (select 1) from a",
            "-- with care;\n/* with\n a */ WITH RECURSIVE p as (x), q as (y), a as (select 1) from a",
        ),
        # Not at the beginning, or no clause at all: dbt looks for the place itself.
        ("-- with care\nselect withheld from a", "with p as (x), q as (y) -- with care\nselect withheld from a"),
        (
            "select * from (with a as (select 1) from a)",
            "with p as (x), q as (y) select * from (with a as (select 1) from a)",
        ),
        ("withdrawn", "with p as (x), q as (y) withdrawn"),
    ],
)
def test_parts_come_before_those_of_the_query_as_dbt_puts_them(query, expected):
    from dbt import compilation

    def injected(parts):
        made = compilation.inject_ctes_into_sql(query, [compilation.InjectedCTE(id=p, sql=p) for p in parts])
        return "".join(made.split())

    theirs = injected([" p as (x)", " q as (y)"])
    with with_parts_put_in_front():
        assert injected([" p as (x)", " q as (y)"]) == "".join(expected.split()) == theirs
        assert injected([]) == "".join(query.split())


def test_a_macro_of_the_project_stands_before_one_of_dbt(monkeypatch):
    from dbt.context.configured import ConfiguredContext
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext

    context = object.__new__(ManifestContext)
    context.namespace = MacroNamespace(
        global_namespace={"a": "root", "b": "root"},
        local_namespace={"a": "local"},
        global_project_namespace={"a": "dbt", "b": "dbt", "c": "dbt", "var": "dbt"},
        packages={"other": {"a": "other", "d": "other"}},
    )
    monkeypatch.setattr(ConfiguredContext, "to_dict", lambda self: {"var": "not a macro", "this": "relation"})
    theirs = context.to_dict()
    with with_macros_named_at_once():
        ours = context.to_dict()
    assert ours == theirs
    assert (ours["a"], ours["b"], ours["c"], ours["this"]) == ("local", "root", "dbt", "relation")
    assert ours["other"] == {"a": "other", "d": "other"}


def test_settings_are_held_against_their_schema_outside_only():
    from dbt.contracts.project import Project
    from dbt_common.dataclass_schema import ValidationError

    wrong = {"name": "sucharit", "model-paths": "not a list"}
    with without_second_thoughts():
        Project.validate(wrong)
    with pytest.raises(ValidationError, match="not a list"):
        Project.validate(wrong)


def test_a_project_that_was_not_parsed_is_held_against_its_schema(settings, monkeypatch, tmp_path):
    """Only what dbt has parsed as it lies there goes unasked."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "profiles.yml").write_bytes((dbt.DBT_PROJECT / "profiles.yml").read_bytes())
    (project / "dbt_project.yml").write_text("name: sucharit\nprofile: sucharit\nmodel-paths: models\n")
    monkeypatch.setattr(dbt, "DBT_PROJECT", project)
    with pytest.raises(dbt.DbtError, match="'models' is not"):
        dbt.build(replace(settings, home=tmp_path / "home"))


def test_serializers_that_are_made_late_write_and_read_the_same():
    """In a process of its own, before dbt is imported as in a run: what dbt's classes write, they read again."""
    check = """
import orchestration.assets
from mashumaro.config import BaseConfig
from mashumaro.jsonschema.models import JSONSchema
assert BaseConfig.lazy_compilation and "dbt" not in __import__("sys").modules
from dbt.contracts.project import PackageConfig
schema = PackageConfig.json_schema()
assert "packages" in schema["properties"], schema
assert JSONSchema.from_dict({"title": "x"}).to_dict() == {"title": "x"}
config = PackageConfig.from_dict({"packages": [{"local": "x"}]})
assert config.to_dict()["packages"][0]["local"] == "x"
"""
    subprocess.run([sys.executable, "-c", check], check=True, cwd=dbt.DBT_PROJECT.parent)
