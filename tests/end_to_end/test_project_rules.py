"""The rules of dbt-project-evaluator, by hand over the manifest: no package can be fetched on a closed network.

Every rule gives the set of what breaks it, and that set must be exactly the exceptions listed beside it, each with
its reason: a new breach fails, and so does an exception that nobody needs any more.
"""

import json
import re

import pytest

PUBLISHED = ("core", "marts")
KEYS = {"round_key", "lgo_code", "project_id", "division_id"}
UNITS = {"_baht": "baht", "_pct": "percent"}
PREFIXES = {
    "staging": r"stg_",
    "core": r"(dim|fct|bridge)_",
    "intermediate": r"int_",
    "rules": r"rule_",
    "marts": r"(?!stg_|dim_|fct_|bridge_|int_|rule_)",
}


@pytest.fixture(scope="module")
def manifest(installation):
    return json.loads((installation.home / "dbt" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest):
    return {n["name"]: n for n in manifest["nodes"].values() if n["resource_type"] == "model"}


def folder(model):
    """Return staging, core, marts, intermediate or rules: the innermost folder."""
    return model["fqn"][-2]


def is_published(model):
    return model["schema"] in PUBLISHED and model["config"]["materialized"] == "table"


def parents(model, kind):
    return [name.split(".")[-1] for name in model["depends_on"]["nodes"] if name.startswith(f"{kind}.")]


def generic_tests(manifest, model, name=None):
    found = [manifest["nodes"].get(child) for child in manifest["child_map"][model["unique_id"]]]
    return [
        t["test_metadata"]
        for t in found
        if t
        and t["resource_type"] == "test"
        and t.get("test_metadata")
        and t["attached_node"] == model["unique_id"]
        if name in (None, t["test_metadata"]["name"])
    ]


def test_names_say_the_layer(models):
    wrong = {name for name, m in models.items() if not re.match(PREFIXES[folder(m)], name)}
    assert wrong == set()


def test_only_staging_reads_what_was_accepted(models):
    exceptions = {
        "submission_change": "compares a superseded file with its successor cell by cell; staging has only what counts",
        "rule_correction_held": "looks for the earlier row also in superseded registers, of which staging has nothing",
        "rule_figure_withdrawn_by_refusal": "compares with the superseded file, of which staging has nothing",
        "rule_submissions_conflict": "compares with the file that does not count, of which staging has nothing",
    }
    assert {n for n, m in models.items() if folder(m) != "staging" and parents(m, "source")} == set(exceptions)


def test_a_staging_model_reads_one_table(models):
    exceptions = {
        "stg_submission_part": "decides for every kind of table alike which file counts",
        "stg_correction": "a correction is about a figure of one of two tables, on a day",
        "stg_correction_state": "when a correction ended depends on the day that the tables are the state of",
        "stg_project_line": "one history for both sides, so that their states have the same columns",
    }
    many = {n for n, m in models.items() if folder(m) == "staging" and len(parents(m, "source")) > 1}
    assert many == set(exceptions)


def test_staging_is_flat(models):
    """Beside its own table a staging model reads only what says which rows count and what was corrected."""
    shared = {
        "stg_submission_part",
        "stg_submission",
        "stg_submission_state",
        "stg_correction",
        "stg_refused_correction",  # a row that cannot be read holds back an earlier correction
    }
    deep = {
        (n, parent)
        for n, m in models.items()
        if folder(m) == "staging"
        for parent in parents(m, "model")
        if parent not in shared
    }
    assert deep == set()


def test_layers_only_look_back(models):
    order = {"staging": 0, "core": 1, "marts": 2}
    ahead = {
        (n, parent)
        for n, m in models.items()
        for parent in parents(m, "model")
        if order[models[parent]["fqn"][1]] > order[m["fqn"][1]]
    }
    assert ahead == set()


def test_marts_are_made_of_core(models):
    """Rules and intermediate models explain files, so they look into staging; the tables people read do not."""
    exceptions = {
        "submission_ledger": "the ledger with the words of the round and the local government: a list of files",
        "submission_change": "compares files, which core does not keep",
        "correction": "the register itself, with what became of each row",
        "published_figure": "figures as the exports state them; core has only what is computed",
        "provincial_ranking": "in which rounds anybody has sent anything",
        "eplan_change": "asks to add nothing that may be a row which could not be read",
        "match_review": "shows both sides of a pair as they were read, and the reviewed decision beside them",
    }
    into_staging = {
        n
        for n, m in models.items()
        if folder(m) == "marts" and any(folder(models[parent]) == "staging" for parent in parents(m, "model"))
    }
    assert into_staging == set(exceptions)


def test_every_model_has_a_parent(models):
    assert {n for n, m in models.items() if not m["depends_on"]["nodes"]} == set()


def test_every_model_is_read_by_somebody(manifest, models):
    unread = {
        n
        for n, m in models.items()
        if not any(c.startswith(("model.", "exposure.")) for c in manifest["child_map"][m["unique_id"]])
    }
    assert unread == set()


def test_no_model_joins_the_whole_project(models):
    exceptions = {
        "finding": "puts the rules together, one line each",
        "reconciliation": "puts the rules together, one line each",
        "stg_submission_part": "one line per kind of table",
        "published_figure": "one line per kind of export, each with the table that it states figures of",
        "round_summary": "seeds of weight, minimum and level beside the facts",
        "provincial_ranking": "seeds of province and level beside the two sides of the ranking",
        "dimension_summary": "the round, the dimension and the two facts, each by its own key",
        "mission_summary": "the same by mission, with the bridges of listings and missions",
        "eplan_change": "what both sides say and every rule that disputes it",
        "rule_submissions_conflict": "one line per kind of table",
        "rule_published_figure_differs": "what may account for a difference: refused rows, missing listings, an older table",
        "rule_figure_stated_twice": "one line per kind of export, with the words of its figures and levels",
    }
    wide = {n for n, m in models.items() if len(m["depends_on"]["nodes"]) >= 7}
    assert wide <= set(exceptions)


def test_every_model_and_column_is_described(models):
    assert {n for n, m in models.items() if not m["description"].strip()} == set()
    silent = {
        f"{n}.{c}"
        for n, m in models.items()
        for c, column in m["columns"].items()
        if not column["description"].strip()
    }
    assert silent == set()


def test_every_amount_says_its_unit(models):
    mute = {
        f"{name}.{column}"
        for name, model in models.items()
        if is_published(model)
        for column, of in model["columns"].items()
        for suffix, unit in UNITS.items()
        if column.endswith(suffix) and unit not in of["description"].casefold()
    }
    assert mute == set()


def test_every_published_table_has_a_contract_and_a_tested_key(manifest, models):
    published = {n: m for n, m in models.items() if is_published(m)}
    assert {n for n, m in published.items() if not m["config"]["contract"]["enforced"]} == set()
    assert {n for n, m in published.items() if not generic_tests(manifest, m, "sound")} == set()


def test_every_key_points_at_something(manifest, models):
    own = {
        "dim_round": "round_key",
        "dim_lgo": "lgo_code",
        "dim_project": "project_id",
        "dim_division": "division_id",
    }
    loose = set()
    for name, model in models.items():
        if is_published(model):
            tested = {
                key for t in generic_tests(manifest, model, "sound") for key in t["kwargs"].get("points_at", {})
            }
            loose |= {f"{name}.{key}" for key in (KEYS & set(model["columns"])) - tested - {own.get(name)}}
    assert loose == set()


def test_who_reads_what_is_written_down(manifest, models):
    """Exposures name published tables only, and every mart has a reader."""
    read = {
        node.split(".")[-1]
        for exposure in manifest["exposures"].values()
        for node in exposure["depends_on"]["nodes"]
    }
    assert {name for name in read if not is_published(models[name])} == set()
    assert {n for n, m in models.items() if is_published(m) and folder(m) == "marts"} - read == set()
    assert {n for n, e in manifest["exposures"].items() if not (e["description"] and e["owner"]["name"])} == set()
