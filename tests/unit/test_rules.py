"""Every rule is a model with words and a unit test."""

import csv
import re

import pytest
import yaml

from tests.conftest import PROJECT

RULES = PROJECT / "dbt_project/models/marts/rules"
MODELS = {path.stem: yaml.safe_load(path.with_suffix(".yml").read_text("utf-8")) for path in RULES.glob("*.sql")}


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_of_a_rule_is_described_and_has_a_unit_test(model):
    [described] = MODELS[model]["models"]
    assert described["name"] == model and described["description"]
    assert [test["model"] for test in MODELS[model].get("unit_tests", [])].count(model) >= 1


def test_every_rule_has_words_and_one_model():
    said = []
    for model, content in MODELS.items():
        meta = content["models"][0].get("config", {}).get("meta", {})
        said += meta.get("rules", [model.removeprefix("rule_")])
    with (PROJECT / "dbt_project/seeds/finding_rule.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {*said} ^ {row["rule"] for row in rows} == set()
    assert len(said) == len(rows)
    assert [row["rule"] for row in rows if not all(row.values())] == []
    assert {row["severity"] for row in rows} <= {"critical", "warning", "info"}


def test_every_model_of_a_rule_is_looked_for():
    """One that neither list of macros/rules.sql names finds nothing, without a word."""
    macros = (PROJECT / "dbt_project/macros/rules.sql").read_text(encoding="utf-8")
    lists = re.findall(r"macro (?:difference|finding)_rules\(\) %}(.*?){% endmacro %}", macros, re.DOTALL)
    named = {f"rule_{name}" for names in lists for name in re.findall(r"'(\w+)'", names)}
    assert named ^ MODELS.keys() == set()


def test_a_unit_test_expects_rows():
    """One that expects nothing passes on a model that finds nothing."""
    tests = [test for content in MODELS.values() for test in content.get("unit_tests", [])]
    assert [test["name"] for test in tests if not test["expect"]["rows"]] == []
