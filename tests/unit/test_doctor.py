"""The doctor names each thing that is broken on purpose, and nothing else."""

from datetime import UTC, datetime

import pytest

from orchestration import doctor, intake
from orchestration.__main__ import init
from orchestration.settings import Settings
from tests.conftest import ROUND, SAMPLE


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A new installation with the sample's first file received."""
    home = tmp_path / "home"
    monkeypatch.setenv("SUCHARIT_HOME", str(home))
    monkeypatch.setattr(doctor, "_now", lambda: datetime(2026, 11, 26, tzinfo=UTC))
    init(None)
    settings = Settings(home=home, local_governments=("3920102",))
    folder = settings.inbox / ROUND
    folder.mkdir(parents=True)
    file = sorted(SAMPLE.glob("*.xlsx"))[0]
    (folder / file.name).write_bytes(file.read_bytes())
    intake.receive(settings, ROUND)
    return home


def unwell():
    return {f.name: f.text for f in doctor.examine() if f.state == "unwell"}


def test_a_new_installation_lacks_only_its_daemon(home):
    assert set(unwell()) == {"daemon"}


def test_it_leaves_nothing_behind(home):
    before = sorted(p.name for p in home.iterdir())
    doctor.examine()
    assert sorted(p.name for p in home.iterdir()) == before


@pytest.mark.parametrize(
    ("harm", "name", "said"),
    [
        (lambda home: home.chmod(0o755), "runtime directory", "chmod o-rwx"),
        (lambda home: (home / "sucharit.toml").write_text("[deployment"), "settings file", "cannot be read"),
        (lambda home: (home / "sucharit.toml").unlink(), "settings file", "missing"),
        (
            lambda home: next(p for p in (home / "submissions").rglob("*") if p.is_file()).unlink(),
            "ledger",
            "submissions are missing",
        ),
        (lambda home: (home / "ledger.sqlite").write_bytes(b"SQLite format 3" + bytes(4000)), "ledger", ""),
    ],
)
def test_each_thing_that_is_broken_is_named(home, harm, name, said):
    harm(home)
    found = unwell()
    assert set(found) - {"daemon"} == {name} and said in found[name]


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("[alerts]\nquiet = true", "alert settings"),
        ("[memo]\nagencey = 'กอง'", "memo settings"),
        ("[memo.3920102]\nagencey = 'กอง'", "memo settings"),
        ("[publish.postgresql]\nadress = 'x'", "publishing settings"),
        ("[open_data]\nlicense_ = 'x'", "publishing settings"),
        ("[eplannacc]\nbase = 'x'", "capture settings"),
    ],
)
def test_a_misspelt_key_that_stops_no_run_is_named(home, table, name):
    (home / "sucharit.toml").write_text(
        f"[deployment]\nlocal_governments = ['3920102']\n{table}\n", encoding="utf-8"
    )
    assert set(unwell()) - {"daemon"} == {name}


def test_whose_files_are_taken_is_said_by_name_and_whose_memo_is_still_the_samples(home):
    """เทศบาลตำบลด่านขุนทด (5300801 of the register) began with the sample's settings."""

    def found(text=None):
        if text:
            (home / "sucharit.toml").write_text(text, encoding="utf-8")
        return {f.name: f for f in doctor.examine()}

    sample = (home / "sucharit.toml").read_text(encoding="utf-8")
    assert found()["settings file"].text == "เทศบาลนครตรัง" and found()["memo settings"].state == "ok"
    other = sample.replace('["3920102"]', '["5300801"]')
    assert found(other)["settings file"].text == "เทศบาลตำบลด่านขุนทด"
    assert found()["memo settings"].state == "unknown" and "[memo]" in found()["memo settings"].text
    own = other.replace("กองยุทธศาสตร์และงบประมาณ", "สำนักปลัด")
    assert found(own)["memo settings"].state == "ok"
    province = found(own.replace("provinces = []", 'provinces = ["30"]'))["settings file"].text
    assert "(334 local governments)" in province


@pytest.mark.parametrize("place", ["FY2566-12/กองคลัง.xlsx", "กองคลัง.xlsx"])
def test_a_file_that_no_round_will_receive_is_named(home, place):
    path = home / "inbox" / place
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    found = unwell()
    assert set(found) - {"daemon"} == {"drop folder"}
    assert place.split("/")[0] in found["drop folder"] and "inbox/FY2570-12M" in found["drop folder"]


def test_a_folder_that_cannot_be_received_from_is_named(home, tmp_path):
    inbox, elsewhere = home / "inbox", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (inbox / "FY2566-6M").symlink_to(elsewhere)
    assert set(unwell()) == {"daemon"}, "the folder of a round may be a link"
    (elsewhere / "กองช่าง").symlink_to(tmp_path)
    (inbox / ROUND / "กองคลัง").symlink_to(elsewhere)
    found = unwell()
    assert set(found) - {"daemon"} == {"drop folder"}
    for name in ("FY2566-6M/กองช่าง", f"{ROUND}/กองคลัง"):
        assert f"inbox/{name}: เป็นลิงก์" in found["drop folder"]


def test_a_full_disk_is_named(home, monkeypatch):
    monkeypatch.setattr(doctor, "FREE_BYTES", 2**62)
    assert "keep" in unwell()["disk"]


def test_a_calendar_that_has_ended_is_named(home, monkeypatch):
    """FY2570-12M, the last round of the calendar, closes on 31 December 2027; in Bangkok midnight is at 17:00 UTC."""
    monkeypatch.setattr(doctor, "_now", lambda: datetime(2027, 12, 31, 16, 59, tzinfo=UTC))
    assert "round calendar" not in unwell()
    monkeypatch.setattr(doctor, "_now", lambda: datetime(2027, 12, 31, 17, 1, tzinfo=UTC))
    assert "FY2570-12M" in unwell()["round calendar"]
