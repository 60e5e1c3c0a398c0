"""dbt's own unit tests and documentation, run against the sample's accepted rows."""

import errno
import json
import os
import shutil
from dataclasses import replace

import duckdb
import pytest


def test_dbt_unit_tests(installation):
    from orchestration import dbt, settings

    result = dbt.invoke(settings.load(), "test", "--select", "test_type:unit")
    statuses = {r.node.name: str(r.status) for r in result.result.results}
    assert len(statuses) >= 10
    assert {name: status for name, status in statuses.items() if status != "pass"} == {}


def test_every_published_column_is_described_and_under_contract(installation):
    manifest = json.loads((installation.home / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in ("core", "marts"):
            assert node["description"], node["name"]
            assert [c for c, column in node["columns"].items() if not column["description"]] == [], node["name"]
            if node["config"]["materialized"] == "table":
                assert node["config"]["contract"]["enforced"], node["name"]


def test_the_page_is_made_also_where_temporary_files_lie_on_another_disk(installation, monkeypatch):
    from orchestration import dbt, settings

    def link(source, target, **_):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", link)
    page = dbt.docs(settings.load())
    assert "round_summary" in page.read_text(encoding="utf-8")
    page.unlink()


@pytest.fixture
def there(installation, tmp_path):
    """Return the settings of a home with a copy of the build."""
    from orchestration.settings import load

    there = replace(load(), home=tmp_path)
    there.build.mkdir()
    shutil.copy(load().build_db, there.build_db)
    return there


@pytest.fixture
def beside(there, monkeypatch):
    """Run models in a copy of the build with a manifest that a test may change; return it and what runs one."""
    from orchestration import dbt
    from orchestration.settings import load

    manifest = dbt.sealed_manifest(load())
    monkeypatch.setattr(dbt, "sealed_manifest", lambda settings: manifest)

    def run(model):
        (result,) = dbt.invoke(there, "run", "--select", model).result.results
        return str(result.status), str(result.message)

    return manifest, run


@pytest.mark.parametrize("model", ["dim_dimension", "stg_transfer"])  # a table and a view
def test_a_relation_that_breaks_its_contract_is_named_with_what_differs(beside, model):
    manifest, run = beside
    assert run(model)[0] == "success"
    columns = manifest.nodes[f"model.sucharit.{model}"].columns
    name, other, *_ = columns
    columns[name].data_type = "int"
    del columns[other]
    status, message = run(model)
    assert status == "error"
    for said in (
        f"/{model}.yml",
        f"{name} VARCHAR (made)",
        f"{name} INTEGER (in the contract)",
        f"{other} VARCHAR (made)",
    ):
        assert said in message, said


@pytest.mark.parametrize(
    ("forgotten", "named"),
    [
        (
            "update core.dim_round set plan_period = null, round_key = 'FY2571-6M' where round_key = 'FY2570-6M'",
            [("FY2571-6M", "plan_period")],
        ),
        ("delete from reference.dimension where plan_period = '2566-2570'", [("2566-2570", "dimension")]),
        ("delete from reference.mission where plan_period = '2566-2570'", [("2566-2570", "mission")]),
        (
            "delete from reference.nacc_minimum where plan_period = '2566-2570' and lgo_type = 'อบต.'",
            [("2566-2570", "nacc_minimum: อบต.")],
        ),
    ],
)
def test_what_a_plan_period_lacks_stops_the_build(there, beside, forgotten, named):
    """Before it is described the projects of its rounds would be in no table of dimensions, without a word."""
    from orchestration import dbt
    from orchestration.assets.warehouse import said_of

    def wrong():
        (result,) = dbt.invoke(there, "test", "--select", "every_plan_period_is_described").result.results
        with duckdb.connect(str(there.build_db)) as connection:
            rows = connection.sql(result.node.compiled_code).fetchall()
        assert (result.status == "fail") is bool(rows)
        if rows:
            said = said_of(result, there.build_db)
            assert all(part in said for part in ("docs/operations.md", *rows[0])), said
        return rows

    assert wrong() == []
    with duckdb.connect(str(there.build_db)) as connection:
        connection.execute(forgotten)
    assert wrong() == named


def test_a_rule_with_words_that_is_never_looked_for_stops_the_build(there, beside):
    """Its model would find nothing, without a word."""
    from orchestration import dbt
    from orchestration.assets.warehouse import said_of

    with duckdb.connect(str(there.build_db)) as connection:
        connection.execute(
            "insert into reference.finding_rule select * replace ('unheard_of' as rule) from reference.finding_rule limit 1"
        )
    (result,) = dbt.invoke(there, "test", "--select", "every_rule_is_described").result.results
    assert result.status == "fail"
    assert "rule: unheard_of, missing_in: macros/rules.sql" in said_of(result, there.build_db)


def test_a_template_that_was_made_before_is_found(beside, monkeypatch):
    """Fails where the pinned dbt no longer asks as orchestration/dbt_shortcuts.py answers."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment

    _, run = beside
    assert run("dim_dimension")[0] == "success"

    def made_anew(self, source, filename):
        raise AssertionError(source)

    monkeypatch.setattr(MacroFuzzEnvironment, "_compile", made_anew)
    assert run("dim_dimension")[0] == "success"


def test_who_gives_a_model_what_is_not_made_is_told(beside):
    manifest, run = beside
    node = manifest.nodes["model.sucharit.dim_dimension"]
    node.config = node.config.from_dict({**node.config.to_dict(omit_none=True), "grants": {"select": ["bi"]}})
    status, message = run("dim_dimension")
    assert status == "error"
    assert "grants: not made by macros/materializations.sql" in message


def test_the_page_of_rules_is_up_to_date(installation):
    from docs.rules import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page(installation.first / "warehouse.duckdb"), "make docs-rules"


def test_the_kept_column_lineage_is_of_these_models(installation):
    from orchestration import lineage
    from orchestration.settings import load

    settings = load()
    kept = lineage.kept()
    manifest = json.loads((settings.dbt_target / "manifest.json").read_text(encoding="utf-8"))
    models = {
        f"{n['schema']}.{n['name']}"
        for n in manifest["nodes"].values()
        if n["resource_type"] == "model" and n["language"] == "sql" and n["config"]["materialized"] != "ephemeral"
    }
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        there = {
            table: set(names)
            for table, names in connection.execute(
                "select concat(table_schema, '.', table_name), list(column_name) from information_schema.columns"
                " group by all"
            ).fetchall()
        }
    assert set(kept) == models, "make lineage"
    made = {f"{table}.{column}" for table in models for column in there[table]}
    assert made ^ {f"{table}.{column}" for table in kept for column in kept[table]} == set(), "make lineage"
    some = ("marts.round_summary", "marts.dimension_summary", "core.fct_budget", "staging.stg_division_listing")
    assert lineage.computed(settings, some) == {name: kept[name] for name in sorted(some)}, "make lineage"


def test_a_failed_test_shows_its_rows(installation):
    from orchestration.assets.warehouse import failing_rows
    from orchestration.settings import load

    sql = "select round_key, null as nothing from marts.round_summary"
    shown = failing_rows(load().build_db, sql)
    assert [r.data for r in shown.records] == [{"round_key": "FY2566-12M", "nothing": ""}]


def test_a_table_that_is_not_sound_says_what_is_wrong(installation):
    from orchestration import dbt
    from orchestration.settings import load

    settings = load()
    (run,) = dbt.invoke(settings, "test", "--select", "round_summary_is_sound").result.results
    assert str(run.status) == "pass"
    with duckdb.connect(str(settings.build_db), read_only=True) as connection:
        connection.execute(
            "create temp table broken as from marts.round_summary union all by name"
            " select * replace ('9' as lgo_code, 'middling' as implementation_level) from marts.round_summary"
            " union all by name select * replace (null as lgo_code) from marts.round_summary union all by name"
            " from marts.round_summary"
        )
        ((lgo,),) = connection.execute("select distinct lgo_code from marts.round_summary").fetchall()
        found = connection.execute(
            run.node.compiled_code.replace('"warehouse"."marts"."round_summary"', "broken")
        ).fetchall()
    assert sorted(found) == [
        ("not in dim_lgo", "lgo_code", "9", 1),
        ("not known", "implementation_level", "middling", 1),
        ("not unique", "round_key, lgo_code", f"FY2566-12M, {lgo}", 2),
        ("not unique", "round_key, lgo_code", "FY2566-12M, NULL", 1),
    ]


def test_a_build_without_enough_memory_says_what_to_do(installation, put_back, monkeypatch):
    from orchestration import memory

    monkeypatch.setenv(memory.VARIABLE, "10MB")
    result = installation.run(expect_success=False, only=("warehouse",))
    (failed,) = [e for e in result.all_node_events if e.is_step_failure]
    said = failed.step_failure_data.error.message
    assert "หน่วยความจำไม่พอ" in said
    assert "SUCHARIT_BUILD_MEMORY=8GB" in said
