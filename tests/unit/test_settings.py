"""What sucharit.toml may say, and that docs/configuration.md says the same."""

import re
import tomllib
from dataclasses import MISSING, fields

import pytest
from pydantic_core import PydanticUndefined

from orchestration import instance, open_data, postgresql, settings
from orchestration.__main__ import init
from orchestration.alerts import settings as alerts
from tests.conftest import PROJECT

PAGE = PROJECT / "docs" / "configuration.md"
ROW = re.compile(r"^\| `([^`|]+)` \| (?:`([^`|]*)`|none) \| ")


def documented():
    """Return {table: {key: default as TOML, None for none}} of the page."""
    tables = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if heading := re.fullmatch(r"## `\[+([a-z_.]+)\]+`", line):
            tables[heading[1]] = keys = {}
        elif tables and (row := ROW.match(line)):
            keys[row[1]] = row[2]
    return tables


def accepted():
    """Return the same of the modules that read the file, defaults as they are in Python."""

    def of_dataclass(table):
        return {f.name: None if f.default in (MISSING, None) else f.default for f in fields(table)}

    def of_model(model):
        made = {}
        for name, field in model.model_fields.items():
            made[name] = None if field.default in (PydanticUndefined, None) else field.default
        return made

    defaults = settings.Settings(home=PROJECT)
    kept = {"keep": defaults.releases_kept}
    shown = {"owners": list(defaults.owners), "files_url": defaults.files_url}
    places = {"local_governments": list(defaults.local_governments), "provinces": list(defaults.provinces)}
    assert settings.KEYS["deployment"] == set(places) and settings.KEYS["releases"] == set(kept)
    assert settings.KEYS["ui"] == set(shown)
    assert settings.KEYS["reports"] == {"local_governments"}
    capture = of_dataclass(settings.EPlanNacc)
    for name in settings.CREDENTIALS:
        del capture[name]
        capture[f"{name}_file"] = None
    letterhead = of_dataclass(settings.Letterhead)
    del letterhead["templates"]
    return {
        "deployment": places,
        "divisions": {'"<lgo_code>"': None},
        "releases": kept,
        "reports": {"local_governments": sorted(defaults.reported)},
        "dagster": dict.fromkeys(settings.KEYS["dagster"]) | {"keep_days": defaults.runs_kept_days},
        "ui": shown,
        "warehouse": {"engine": "duckdb"},
        "spark": of_dataclass(settings.Spark),
        "eplannacc": capture,
        "eplannacc.exports": of_dataclass(settings.Export),
        "memo": letterhead,
        "memo.positions": dict.fromkeys(settings.POSTS),
        "alerts": of_model(alerts.Alerts),
        "alerts.email": of_model(alerts.Email),
        "alerts.webhook": of_model(alerts.Webhook),
        "open_data": of_model(open_data.OpenData),
        "open_data.ckan": of_model(open_data.Ckan),
        "publish.postgresql": of_model(postgresql.PostgreSQL),
    }


def test_the_page_has_every_key_and_no_other():
    on_the_page, known = (
        {f"[{table}] {key}" for table, keys in tables.items() for key in keys}
        for tables in (documented(), accepted())
    )
    assert on_the_page ^ known == set(), "docs/configuration.md and accepted() above"
    assert {table.split(".")[0] for table in documented()} ^ settings.KEYS.keys() == set(), "docs/configuration.md"


def test_the_page_has_the_defaults():
    for table, keys in documented().items():
        for key, default in keys.items():
            value = None if default is None else tomllib.loads(f"x = {default}")["x"]
            assert value == accepted()[table][key], (table, key)


def test_the_sample_names_known_keys_only(tmp_path, monkeypatch):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    (tmp_path / "sucharit.toml").write_bytes((PROJECT / "samples" / "sucharit.toml").read_bytes())
    assert settings.load().local_governments == ("3920102",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[deployment]\nlocal_government = ['3920102']", "[deployment] local_government"),
        ("[deployment]\nlocal_governments = ['3920102']\n[division]", "[division]"),
        ("local_governments = ['3920102']", "local_governments"),
        ("[deployment]\nlocal_governments = ['3920102']\n[releases]\nkept = 3", "[releases] kept"),
        ("divisions = 3", "[divisions]"),
        ("[deployment]\nlocal_governments = ['3920102']\n[divisions]\n3920102 = 'กองคลัง'", "[divisions] 3920102"),
    ],
)
def test_a_key_that_nobody_knows_is_named(tmp_path, monkeypatch, text, said):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    (tmp_path / "sucharit.toml").write_text(text, encoding="utf-8")
    with pytest.raises(settings.SettingsError) as refused:
        settings.load()
    assert said in str(refused.value)
    assert "ไม่รู้จัก" in str(refused.value) or "ต้องเป็น" in str(refused.value)


NAMED = "[deployment]\nlocal_governments = ['3920102']\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[deployment]\nlocal_governments = 3920102",
            '[deployment] local_governments ต้องเป็นรายการรหัส ["3920102"]',
        ),
        (
            "[deployment]\nlocal_governments = [3920102]",
            '[deployment] local_governments ต้องเป็นรายการรหัส ["3920102"]',
        ),
        (
            "[deployment]\nlocal_governments = '3920102'",
            '[deployment] local_governments ต้องเป็นรายการรหัส ["3920102"]',
        ),
        (
            "[deployment]\nlocal_governments = [['3920102']]",
            '[deployment] local_governments ต้องเป็นรายการรหัส ["3920102"]',
        ),
        ("[deployment]\nprovinces = '92'", '[deployment] provinces ต้องเป็นรายการรหัส ["92"]'),
        (
            NAMED + "[reports]\nlocal_governments = 5",
            '[reports] local_governments ต้องเป็นรายการรหัส ["3920102"]',
        ),
        (NAMED + "[releases]\nkeep = '30'", "[releases] keep ต้องเป็นจำนวนเต็ม 30"),
        (NAMED + "[dagster]\nkeep_days = 0", "[dagster] keep_days ต้องเป็นจำนวนเต็ม 400"),
        (NAMED + "[dagster]\nkeep_days = true", "[dagster] keep_days ต้องเป็นจำนวนเต็ม 400"),
        ("[deployment]\nlocal_governments = ['3920199']", "3920199 ไม่พบรหัสนี้ในทะเบียน not in the register"),
        ("[deployment]\nlocal_governments = []", '[deployment] ยังไม่ได้ระบุ ["3920102"]'),
        ("[deployment", "อ่านไม่ได้ cannot be read"),
        (None, "ไม่มีแฟ้มนี้ is missing"),
    ],
)
def test_what_is_expected_is_said_in_both_languages(tmp_path, monkeypatch, text, said):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    if text is not None:
        (tmp_path / "sucharit.toml").write_text(text, encoding="utf-8")
    with pytest.raises(settings.SettingsError) as refused:
        settings.load()
    assert [word for word in said.split() if word not in str(refused.value)] == []
    assert " / " in str(refused.value)


@pytest.mark.parametrize("key", ["postgresql_url_file", "postgresql_url_env"])
def test_an_address_of_a_database_is_named_in_quotes(tmp_path, key):
    (tmp_path / "sucharit.toml").write_text(f"{NAMED}[dagster]\n{key} = 5\n", encoding="utf-8")
    with pytest.raises(
        settings.SettingsError, match=rf'\[dagster\] {key} ต้องเป็นข้อความ.* / must be text in quotes.*"'
    ):
        instance.database(settings.Settings(home=tmp_path))


def test_the_mark_that_notepad_writes_is_read_over(tmp_path, monkeypatch):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    (tmp_path / "sucharit.toml").write_text(NAMED, encoding="utf-8-sig")
    assert settings.load().local_governments == ("3920102",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('owners = "team:data"', "[ui] owners"),
        ('owners = ["สมชาย"]', "[ui] owners"),
        ("owners = []", "[ui] owners"),
        ('files_url = "file:///x"', "[ui] files_url"),
        ("colour = 1", "[ui] colour"),
    ],
)
def test_what_the_ui_shows_is_checked_and_the_graph_is_drawn_all_the_same(tmp_path, monkeypatch, text, said):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    path = tmp_path / "sucharit.toml"
    path.write_text(f"[deployment]\nlocal_governments = ['3920102']\n[ui]\n{text}\n", encoding="utf-8")
    with pytest.raises(settings.SettingsError) as refused:
        settings.load()
    assert said in str(refused.value)
    assert settings.for_the_graph() == settings.Settings(home=tmp_path)


def test_owners_of_the_office_and_a_server_for_its_pages(tmp_path, monkeypatch):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    ui = '[ui]\nowners = ["team:กองยุทธศาสตร์", "plan@example.go.th"]\nfiles_url = "https://example.go.th/files"\n'
    (tmp_path / "sucharit.toml").write_text(
        f"[deployment]\nlocal_governments = ['3920102']\n{ui}", encoding="utf-8"
    )
    for found in (settings.load(), settings.for_the_graph()):
        assert found.owners == ("team:กองยุทธศาสตร์", "plan@example.go.th")
        assert found.files_url == "https://example.go.th/files/"


def test_a_new_runtime_directory_says_once_what_to_do_next(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    with pytest.raises(settings.SettingsError, match=r"python -m orchestration init"):
        settings.load()
    init(None)
    said = capsys.readouterr().out
    assert str(tmp_path / "sucharit.toml") in said and str(tmp_path / "inbox" / "FY2570-12M") in said
    assert "python -m orchestration round FY2570-12M" in said
    init(None)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("local_governments = ['เทศบาลตำบลด่านขุนทด']", ["5300801 = เทศบาลตำบลด่านขุนทด อำเภอด่านขุนทด จังหวัดนครราชสีมา"]),
        ("provinces = ['นครราชสีมา']", ["30 = จังหวัดนครราชสีมา"]),
        # Two of that name, of two districts of the province.
        ("local_governments = ['อบต.หนองระเวียง']", ["6300125 = ", "6301507 = "]),
        ("local_governments = ['3920199']", ["lgo_registry.csv"]),
    ],
)
def test_a_name_where_a_code_belongs_is_answered_with_its_code(tmp_path, monkeypatch, written, said):
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    (tmp_path / "sucharit.toml").write_text(f"[deployment]\n{written}\n", encoding="utf-8")
    with pytest.raises(settings.SettingsError) as error:
        settings.load()
    assert all(one in str(error.value) for one in said)
