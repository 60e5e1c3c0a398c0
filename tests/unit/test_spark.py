"""The engine spark, as far as it can be judged without one; `make test-spark` holds its tables against DuckDB's."""

import re
from pathlib import Path

import jinja2
import pytest

from orchestration import dbt, faults, settings, spark
from tests.conftest import PROJECT
from tests.spark.cluster import free_port

DBT = PROJECT / "dbt_project"
MODELS = sorted((DBT / "models").rglob("*.sql"))


def configured(monkeypatch, tmp_path, text):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    (tmp_path / "sucharit.toml").write_text(f'[deployment]\nlocal_governments = ["3920102"]\n{text}', "utf-8")
    return settings.load()


def test_duckdb_builds_unless_spark_is_asked_for(monkeypatch, tmp_path):
    there = '[spark]\nlake = "/srv/lake"\n'
    assert configured(monkeypatch, tmp_path, there).spark is None
    assert configured(monkeypatch, tmp_path, f'[warehouse]\nengine = "duckdb"\n{there}').spark is None
    chosen = configured(monkeypatch, tmp_path, f'[warehouse]\nengine = "spark"\n{there}')
    assert chosen.spark == settings.Spark(lake="/srv/lake")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[warehouse]\nengine = "sparkle"\n', "engine"),
        ('[warehouse]\nengine = "spark"\n', "lake"),
        ('[warehouse]\nengine = "spark"\n[spark]\nlake = "lake"\n', "lake"),
        ('[warehouse]\nengine = "spark"\n[spark]\nlake = "/srv/la\'ke"\n', "lake"),
        ('[warehouse]\nengine = "spark"\n[spark]\nlake = "/srv/lake"\nport = "10000"\n', "port"),
        ('[warehouse]\nengine = "spark"\n[spark]\nlake = "/srv/lake"\nschema = "a; drop"\n', "schema"),
        ('[warehouse]\nengine = "spark"\n[spark]\nlake = "/srv/lake"\nhost = ""\n', "host"),
    ],
)
def test_what_spark_cannot_use_is_refused_by_name(monkeypatch, tmp_path, text, said):
    with pytest.raises(settings.SettingsError, match=said):
        configured(monkeypatch, tmp_path, text)


def test_a_place_is_named_for_spark_and_for_arrow(tmp_path):
    lake = spark.Place.of_lake(settings.Spark(lake=str(tmp_path)))
    core = lake.below("build-1", "core")
    assert (core.uri, Path(core.root)) == (f"{tmp_path}/build-1/core", tmp_path / "build-1" / "core")
    stored = spark.Place.of_lake(settings.Spark(lake="s3a://bucket/prefix")).below("build-1")
    assert (stored.uri, stored.root) == ("s3a://bucket/prefix/build-1", "bucket/prefix/build-1")
    assert stored.files.type_name == "s3"


def test_an_environment_without_spark_says_what_to_install(tmp_path):
    chosen = settings.Settings(home=tmp_path, spark=settings.Spark(lake=str(tmp_path)))
    with pytest.raises(dbt.DbtError, match=r"requirements-spark\.lock"):
        dbt.build(chosen)
    assert not (tmp_path / "build").exists()


def test_a_spark_that_does_not_answer_is_named_and_tried_again():
    port = free_port()
    with pytest.raises(dbt.DbtError, match=f"127.0.0.1:{port}") as raised:
        spark.reach(settings.Spark(lake="/srv/lake", port=port))
    assert faults.is_passing(raised.value)
    with pytest.raises(dbt.DbtError) as raised:
        spark.reach(settings.Spark(lake="/srv/lake", host="nowhere.invalid"))
    assert not faults.is_passing(raised.value)


def test_every_node_is_chosen_in_one_phase():
    assert list(spark.phases(["match", "series"])) == [
        ["--indirect-selection", "empty", "--exclude", "match+", "series+"],
        ["--indirect-selection", "empty", "--select", "match+", "--exclude", "match", "series+"],
        ["--indirect-selection", "empty", "--select", "series+", "--exclude", "series"],
    ]


def test_every_word_of_the_dialect_has_both_spellings():
    text = (DBT / "macros" / "dialect.sql").read_text("utf-8")
    words = re.findall(r"macro (?!default__|spark__)(\w+)", text)
    assert {"string_list", "whole_division", "nearest_whole"} <= set(words)
    for word in words:
        assert f"macro default__{word}(" in text and f"macro spark__{word}(" in text


def test_the_spellings_of_spark_render():
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    words = environment.from_string((DBT / "macros" / "dialect.sql").read_text("utf-8")).module
    assert " ".join(words.spark__string_list("code", "n", ", ").split()) == (
        "case when count(code) > 0 then array_join( "
        "transform(array_sort(collect_list(struct(n as k, code as v))), x -> x.v), ', ' ) end"
    )
    assert words.spark__nearest_whole("100 * p") == "cast(rint(100 * p) as int)"
    built = environment.from_string((DBT / "macros" / "spark.sql").read_text("utf-8")).module
    assert str(built.for_spark("select concat(a, ':', b)")).strip() == "select concat_ws('', a, ':', b)"


# What only DuckDB runs, or what Spark runs and answers otherwise: a model says it with a word of dialect.sql.
DUCKDB_ONLY = {
    r"::": "cast(x as type)",
    r"\bstring_agg\(": "string_list",
    r"\b(generate_series|unnest|range)\(": "nothing yet",
    r"\bregexp_replace\(": "nothing yet: DuckDB replaces the first match, Spark every one",
    r"\b(strftime|strptime|sha256|hash|arg_max|arg_min|date_diff|datediff)\(": "days_between, md5, max_by",
    r"\b(exclude|replace) \(": "the columns by name",
    r"//": "whole_division",
    r"\bformat\(": "format_baht",
    r"\border by all\b": "the columns by name",
    r'(?<![\w\'"])"[a-z_]+"\.': "a name without quotes",
}


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_a_model_uses_no_word_of_duckdb_alone(path):
    text = re.sub(r"--.*", "", path.read_text("utf-8"))
    found = {pattern: instead for pattern, instead in DUCKDB_ONLY.items() if re.search(pattern, text)}
    assert not found
