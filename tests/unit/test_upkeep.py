"""Releases kept, checked, taken back; backup and restore. Releases here are made from a build file of two rows."""

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from orchestration import backup, doctor, editions, intake, releases, upkeep
from orchestration.__main__ import list_releases, main
from orchestration.ledger import Ledger
from orchestration.settings import Settings
from tests.conftest import PROJECT, ROUND

OTHER, OVER = "FY2566-6M", "FY2565-12M"


def publish(settings, value, decisions=()):
    """Make a release whose only figure is `value`."""
    settings.build.mkdir(parents=True, exist_ok=True)
    settings.build_db.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_db)) as build:
        build.execute("create schema core; create schema marts")
        build.execute(f"create table marts.figure as select {value} as value union all select 7")
    intake.write_ledger(settings, Ledger(settings.ledger))
    return releases.publish(settings, [], {}, decisions)


def made_at(release, moment):
    """Give a release another moment of making: its manifest's and the one in its name."""
    path = release.directory / "manifest.json"
    path.chmod(0o640)
    path.write_text(path.read_text().replace(release.manifest["created_at"], moment.isoformat(timespec="seconds")))
    name = f"{moment:%Y%m%dT%H%M%SZ}-{release.release_id[-8:]}"
    return releases.Release(name, release.directory.rename(release.directory.with_name(name)), is_new=False)


class Clock(datetime):
    """A clock that says what a test wants."""

    says = datetime(2027, 11, 25, 21, 30, tzinfo=UTC)

    @classmethod
    def now(cls, tz=None):
        return cls.says.astimezone(tz)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(Clock, "says", Clock.says)
    for module in (backup, releases):
        monkeypatch.setattr(module, "datetime", Clock)
    return Clock


@pytest.fixture
def history(settings):
    """Ten releases, a day apart, the newest serving: 1 to 10 October 2026."""
    made = [made_at(publish(settings, n), datetime(2026, 10, n, 19, tzinfo=UTC)) for n in range(1, 11)]
    releases.switch(settings.releases, made[-1].release_id)
    return made


def serving(settings):
    return releases.current(settings).release_id


def test_a_whole_release_has_nothing_wrong(settings):
    assert upkeep.verify(publish(settings, 1)) == []


def change_a_byte(release, name):
    path = release.directory / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o640)
    path.write_bytes(content)


@pytest.mark.parametrize("name", ["warehouse.duckdb", "parquet/marts/figure.parquet"])
def test_one_changed_byte_is_found(settings, name):
    release = publish(settings, 1)
    change_a_byte(release, name)
    assert upkeep.verify(release) == [f"{name}: changed since the release was made"]


DECISION = {"rule": "a rule", "reason": "why", "decided_by": "post", "decided_on": "2026-10-01"}


@pytest.mark.parametrize("name", ["warehouse.duckdb", "parquet/marts/figure.parquet"])
@pytest.mark.parametrize("harm", [change_a_byte, lambda release, name: (release.directory / name).unlink()])
def test_a_damaged_release_is_replaced_by_the_next_run(settings, name, harm):
    damaged = publish(settings, 1, [DECISION])
    harm(damaged, name)
    assert serving(settings) == damaged.release_id
    made = publish(settings, 1)
    assert made.is_new and serving(settings) == made.release_id > damaged.release_id
    assert len(made.mends) == 1 and made.mends[0].startswith(f"{damaged.release_id}: {name}: ")
    assert upkeep.verify(made) == []
    assert made.manifest["content_sha256"] == damaged.manifest["content_sha256"]
    assert made.manifest["decisions"] == [DECISION], "its reports go on saying what was decided"
    assert publish(settings, 1).release_id == made.release_id


def test_a_missing_and_a_foreign_file_are_found(settings):
    release = publish(settings, 1)
    (release.directory / "parquet/marts/figure.parquet").rename(release.directory / "parquet/marts/other.parquet")
    assert upkeep.verify(release) == [
        "parquet/marts/figure.parquet: missing",
        "parquet/marts/other.parquet: not of this release",
    ]


def test_rolled_back_stays_until_a_person_lets_go(settings):
    first, second = publish(settings, 1), publish(settings, 2)
    upkeep.roll_back(settings, first.release_id, "ตัวเลขผิด")
    assert serving(settings) == first.release_id
    third = publish(settings, 3)
    assert third.is_new and serving(settings) == first.release_id
    assert not publish(settings, 3).is_new, "a night without change makes no release while one is held either"
    assert releases.held(settings).because == "ตัวเลขผิด"
    assert upkeep.resume(settings).release_id == third.release_id == serving(settings)
    assert second.release_id != third.release_id
    with pytest.raises(upkeep.UpkeepError):
        upkeep.resume(settings)


def test_reports_go_back_with_the_release(settings):
    first, second = publish(settings, 1), publish(settings, 2)
    for release in (first, second):
        (settings.reports / ROUND / release.release_id).mkdir(parents=True)
    releases.switch(settings.reports / ROUND, second.release_id)
    upkeep.roll_back(settings, first.release_id, "x")
    assert (settings.reports / ROUND / "current").resolve().name == first.release_id


def test_reports_that_were_written_after_the_release_are_written_from_it(settings, monkeypatch):
    """R1 made the reports of two rounds; R2 those of the one, R3 those of the other; both go back to R2, not to R1."""

    def write(warehouse, release_id, round_key, directory, *rest):
        (directory / "report.html").write_text(release_id)
        return [directory / "report.html"]

    def shown():
        return [(settings.reports / key / "current" / "report.html").read_text() for key in (ROUND, OTHER, OVER)]

    monkeypatch.setattr("orchestration.reports.write_reports", write)
    first = publish(settings, 1)
    for key in (ROUND, OTHER, OVER):
        editions.write(settings, first, key)
    second = publish(settings, 2)
    editions.write(settings, second, ROUND)
    third = publish(settings, 3)
    editions.write(settings, third, OTHER)
    upkeep.roll_back(settings, second.release_id, "x")
    # No later release has reports of the round that is over.
    assert shown() == [second.release_id, second.release_id, first.release_id]
    upkeep.resume(settings)
    assert shown() == [second.release_id, third.release_id, first.release_id]


def test_reports_of_a_release_that_was_taken_back_never_come_again(settings, monkeypatch):
    """R2 is wrong in both rounds; a run corrects one while R1 is held and makes R3."""

    def write(warehouse, release_id, round_key, directory, *rest):
        (directory / "report.html").write_text(release_id)
        return [directory / "report.html"]

    def shown(key):
        return (settings.reports / key / "current" / "report.html").read_text()

    monkeypatch.setattr("orchestration.reports.write_reports", write)
    first = publish(settings, 1)
    for key in (ROUND, OTHER):
        editions.write(settings, first, key)
    second = publish(settings, 2)
    for key in (ROUND, OTHER):
        editions.write(settings, second, key)
    assert releases.waiting(settings) is None
    upkeep.roll_back(settings, first.release_id, "x")
    third = publish(settings, 3)
    assert releases.waiting(settings).release_id == third.release_id
    upkeep.resume(settings)
    assert [shown(key) for key in (ROUND, OTHER)] == [third.release_id] * 2


def test_forward_again_shows_what_was_shown_last_before_that_release(settings):
    made = [publish(settings, n).release_id for n in (1, 2, 3)]
    for release_id in made[:2]:
        (settings.reports / OVER / release_id).mkdir(parents=True)
    releases.switch(settings.reports / OVER, made[1])
    upkeep.roll_back(settings, made[0], "x")
    assert (settings.reports / OVER / "current").resolve().name == made[0]
    upkeep.roll_back(settings, made[2], "x")
    assert (settings.reports / OVER / "current").resolve().name == made[1]


def test_what_is_shown_and_has_not_changed_stays_where_it_is(settings, monkeypatch):
    """So that whoever is reading it, and a link to it, never find nothing."""
    words = ["one"]

    def write(warehouse, release_id, round_key, directory, *rest):
        (directory / "report.html").write_text(words[-1])
        return [directory / "report.html"]

    monkeypatch.setattr("orchestration.reports.write_reports", write)
    release = publish(settings, 1)
    editions.write(settings, release, ROUND)
    shown = settings.reports / ROUND / "current" / "report.html"
    first = shown.stat().st_ino
    assert editions.write(settings, release, ROUND).differing == []
    assert shown.stat().st_ino == first
    words.append("two")
    assert editions.write(settings, release, ROUND).differing == ["report.html"]
    assert shown.read_text() == "two"
    assert sorted(p.name for p in (settings.reports / ROUND).iterdir()) == [release.release_id, "current"]


def test_a_round_that_the_release_does_not_know_is_said(settings, monkeypatch):
    def unknown(*given):
        raise LookupError

    first, second = publish(settings, 1), publish(settings, 2)
    (settings.reports / ROUND / second.release_id).mkdir(parents=True)
    releases.switch(settings.reports / ROUND, second.release_id)
    monkeypatch.setattr("orchestration.reports.write_reports", unknown)
    said = []
    upkeep.roll_back(settings, first.release_id, "x", said.append)
    assert ROUND in said[0] and (settings.reports / ROUND / "current").resolve().name == second.release_id


def test_the_newest_release_is_the_one_made_last_whatever_the_clock_said(settings):
    ahead = made_at(publish(settings, 1), datetime(2099, 1, 1, tzinfo=UTC))
    releases.switch(settings.releases, ahead.release_id)
    made = [publish(settings, value) for value in (2, 3, 2)]  # within one second, and the first figure comes back
    assert [r.release_id for r in releases.all_releases(settings)] == [r.release_id for r in (ahead, *made)]
    assert serving(settings) == made[-1].release_id
    assert not publish(settings, 2).is_new, "a night without change makes no release"
    assert made[0].manifest["created_at"] < "2099", "when it was made stays as the clock said it"


def test_a_damaged_release_is_never_served(settings):
    first, second = publish(settings, 1), publish(settings, 2)
    (first.directory / "warehouse.duckdb").unlink()
    with pytest.raises(upkeep.UpkeepError, match="missing"):
        upkeep.roll_back(settings, first.release_id, "x")
    assert serving(settings) == second.release_id and releases.held(settings) is None


DAMAGE = {
    "cut off": lambda text: text[:100],
    "empty": lambda text: "",
    "one letter": lambda text: text.replace("created_at", "created_ax"),
    "no text": lambda text: "\udcff" + text,
}


def damage_manifest(release, how="cut off"):
    path = release.directory / "manifest.json"
    text = path.read_text()
    path.chmod(0o640)
    path.write_text(DAMAGE[how](text), errors="surrogateescape")


@pytest.mark.parametrize("how", DAMAGE)
def test_a_manifest_that_cannot_be_read_is_named_and_stops_nothing_else(settings, history, how, capsys):
    damage_manifest(history[1], how)
    damaged, said = history[1].release_id, []
    few = Settings(home=settings.home, releases_kept=3)
    removed = upkeep.clean_up(few, datetime(2026, 10, 25, tzinfo=UTC), said.append)
    assert removed == [history[n].release_id for n in (0, 2, 3, 4, 5, 6)] and history[1].directory.is_dir()
    assert (
        len(said) == 1
        and said == upkeep.unreadable(settings)
        and said[0].startswith(f"{damaged}: manifest.json อ่าน")
    )
    assert len(upkeep.verify(history[1])) == 1
    with pytest.raises(upkeep.UpkeepError, match="is damaged, nothing was changed"):
        upkeep.roll_back(settings, damaged, "x")
    list_releases(settings)
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_the_doctor_names_a_manifest_of_an_earlier_release(settings, monkeypatch):
    monkeypatch.setenv("SUCHARIT_HOME", str(settings.home))
    (settings.home / "sucharit.toml").write_text('[deployment]\nlocal_governments = ["3920102"]\n')
    first, second = publish(settings, 1), publish(settings, 2)
    assert doctor.release() == f"{second.release_id} is whole"
    damage_manifest(first)
    with pytest.raises(doctor.Unwell, match=first.release_id):
        doctor.release()


def test_a_newest_release_whose_manifest_cannot_be_read_is_made_again(settings):
    first = publish(settings, 1)
    (first.directory / "manifest.json").unlink()
    again = publish(settings, 1)
    assert again.is_new and serving(settings) == again.release_id > first.release_id
    assert upkeep.verify(again) == []
    upkeep.roll_back(settings, again.release_id, "x")
    damage_manifest(publish(settings, 2))
    with pytest.raises(upkeep.UpkeepError, match="the held one stays"):
        upkeep.resume(settings)


def test_clean_up_keeps_the_newest_and_the_deadline(settings, history):
    # FY2569-12M is due at the end of October 2569 (2026); three weeks after, nothing else served within a day.
    few = Settings(home=settings.home, releases_kept=3)
    removed = upkeep.clean_up(few, datetime(2026, 10, 25, tzinfo=UTC))
    assert removed == [r.release_id for r in history[:7]]
    assert [r.release_id for r in releases.all_releases(settings)] == [r.release_id for r in history[7:]]


def test_the_release_that_served_at_the_deadline_stays(settings, history):
    before = made_at(publish(settings, 11), datetime(2026, 10, 31, 16, 59, tzinfo=UTC))
    after = [made_at(publish(settings, 12 + n), datetime(2026, 10, 31, 17 + n, tzinfo=UTC)) for n in range(3)]
    releases.switch(settings.releases, after[-1].release_id)
    one = Settings(home=settings.home, releases_kept=1)
    upkeep.clean_up(one, datetime(2027, 1, 15, tzinfo=UTC))
    assert [r.release_id for r in releases.all_releases(settings)] == [before.release_id, after[-1].release_id]


def test_the_release_that_served_at_the_deadline_by_a_rollback_stays(settings, clock):
    made = []
    for day, value in ((20, 1), (28, 2)):
        clock.says = datetime(2026, 10, day, 19, tzinfo=UTC)
        made.append(publish(settings, value).release_id)
    upkeep.roll_back(settings, made[0], "x")
    clock.says = datetime(2026, 11, 5, 19, tzinfo=UTC)
    made.append(publish(settings, 3).release_id)
    upkeep.resume(settings)
    clock.says = datetime(2026, 11, 6, 19, tzinfo=UTC)
    made.append(publish(settings, 4).release_id)
    with (settings.releases / releases.SERVED).open("a") as history:
        history.write("cut o")
    one = Settings(home=settings.home, releases_kept=1)
    assert upkeep.clean_up(one, datetime(2026, 11, 20, tzinfo=UTC)) == made[1:3]
    assert [r.release_id for r in releases.all_releases(settings)] == [made[0], made[3]]


@pytest.mark.parametrize("remembered", [True, False])
def test_what_served_a_moment_ago_by_a_rollback_stays_for_a_day(settings, clock, remembered):
    made = []
    for day in (1, 2):
        clock.says = datetime(2026, 10, day, 19, tzinfo=UTC)
        made.append(publish(settings, day).release_id)
    upkeep.roll_back(settings, made[0], "x")
    if not remembered:  # held by an earlier version
        (settings.releases / releases.SERVED).unlink()
    clock.says = datetime(2026, 10, 20, tzinfo=UTC)
    upkeep.resume(settings)
    one = Settings(home=settings.home, releases_kept=1)
    assert upkeep.clean_up(one, datetime(2026, 10, 20, 12, tzinfo=UTC)) == []
    assert upkeep.clean_up(one, datetime(2026, 10, 21, 12, tzinfo=UTC)) == [made[0]]


def test_the_last_reports_of_a_round_that_is_over_stay(settings, history):
    """No later release writes them anew, and no deadline nor number keeps the release that they are of."""
    last = history[1].release_id
    (settings.reports / ROUND / last).mkdir(parents=True)
    releases.switch(settings.reports / ROUND, last)
    few = Settings(home=settings.home, releases_kept=2)
    upkeep.clean_up(few, datetime(2026, 10, 20, tzinfo=UTC))
    assert (settings.reports / ROUND / "current").resolve().is_dir()
    assert last in [release.release_id for release in releases.all_releases(settings)]


def test_who_was_cut_off_between_holding_and_serving_is_served_by_the_next_run(settings, monkeypatch):
    first, _ = publish(settings, 1), publish(settings, 2)
    with monkeypatch.context() as patch:
        patch.setattr(releases, "switch", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            upkeep.roll_back(settings, first.release_id, "x")
    assert serving(settings) != first.release_id
    publish(settings, 3)
    assert serving(settings) == first.release_id


def test_what_is_open_held_or_just_replaced_stays(settings, history):
    one = Settings(home=settings.home, releases_kept=1)
    upkeep.roll_back(settings, history[2].release_id, "x")
    with duckdb.connect(str(history[4].warehouse), read_only=True) as reader:
        upkeep.clean_up(one, datetime(2026, 10, 11, 12, tzinfo=UTC))
        assert reader.execute("select max(value) from marts.figure").fetchone() == (7,)
    kept = [r.release_id for r in releases.all_releases(settings)]
    assert kept == [history[n].release_id for n in (2, 4, 8, 9)]


def test_clean_up_takes_the_reports_and_old_drafts_along(settings, history):
    (settings.reports / ROUND / history[0].release_id).mkdir(parents=True)
    packages = settings.home / "open-data"
    for n in (0, 1):
        (packages / history[n].release_id).mkdir(parents=True)
    releases.switch(packages, history[1].release_id)
    draft = settings.releases / ".draft-killed"
    draft.mkdir()
    upkeep.clean_up(Settings(home=settings.home, releases_kept=1), datetime.now(UTC) + timedelta(days=400))
    assert not list((settings.reports / ROUND).iterdir()) and not draft.exists()
    assert [path.name for path in packages.glob("[0-9]*")] == [history[1].release_id], "what is shown stays"


# -- rights


def test_nothing_is_open_to_other_users_whatever_their_umask(tmp_path):
    home = tmp_path / "home"
    done = subprocess.run(
        ["sh", "-c", f"umask 0 && exec {sys.executable} -m orchestration init --sample {ROUND}"],
        cwd=PROJECT,
        env=os.environ | {"SUCHARIT_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    modes = {p.relative_to(home).as_posix(): p.stat().st_mode & 0o777 for p in [home, *home.rglob("*")]}
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o027} == {}
    kept = {name: mode for name, mode in modes.items() if (home / name).is_file()}
    assert kept["ledger.sqlite"] == kept["sucharit.toml"] == 0o640
    assert {mode for name, mode in kept.items() if name.startswith("submissions/")} == {0o440}


# -- backup


@pytest.fixture
def received(settings, inbox):
    (settings.home / "sucharit.toml").write_text('[deployment]\nlocal_governments = ["3920102"]\n')
    intake.receive(settings, ROUND)
    return settings


def tree(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_restored_directory_holds_what_was_received(received, tmp_path_factory):
    target = tmp_path_factory.mktemp("backup")
    first = backup.back_up(received, target)
    assert (first.copied, first.unchanged) == (12, 0)
    assert (backup.back_up(received, target).copied) == 0
    home = tmp_path_factory.mktemp("restored")
    restored = Settings(home=home, local_governments=("3920102",))
    backup.restore(target, restored)
    assert tree(restored.submissions) == tree(received.submissions)
    assert Ledger(restored.ledger).submissions(ROUND) == Ledger(received.ledger).submissions(ROUND)
    assert (home / "sucharit.toml").read_bytes() == (received.home / "sucharit.toml").read_bytes()
    with pytest.raises(backup.BackupError, match="exists already"):
        backup.restore(target, restored)


def test_before_the_first_arrival_the_settings_are_kept_and_can_be_restored(tmp_path_factory, monkeypatch, capsys):
    home, again, target = (tmp_path_factory.mktemp(name) for name in ("home", "again", "backup"))
    (home / "sucharit.toml").write_text('[deployment]\nlocal_governments = ["3920102"]\n')
    monkeypatch.setenv("SUCHARIT_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["orchestration", "backup", str(target)])
    assert main() == 0
    assert "ยังไม่ได้รับแฟ้มใด" in capsys.readouterr().out
    backup.restore(target, Settings(home=again))
    assert (again / "sucharit.toml").read_bytes() == (home / "sucharit.toml").read_bytes()
    assert Ledger(again / "ledger.sqlite").submissions(ROUND) == {} and not (home / "ledger.sqlite").exists()


def test_a_ledger_that_is_lost_is_not_backed_up_as_an_empty_one(received, tmp_path_factory):
    target = tmp_path_factory.mktemp("backup")
    backup.back_up(received, target)
    received.ledger.unlink()
    for _ in ("with the files", "all of it"):
        with pytest.raises(backup.BackupError, match="ทะเบียนรับหายไป"):
            backup.back_up(received, target)
        shutil.rmtree(received.submissions, ignore_errors=True)
    assert len(list((target / "ledgers").iterdir())) == 1


def test_a_restore_that_lacks_a_secret_says_what_is_back_and_what_is_left(
    received, tmp_path_factory, monkeypatch, capsys
):
    home, target = (tmp_path_factory.mktemp(name) for name in ("again", "backup"))
    with (received.home / "sucharit.toml").open("a") as file:
        file.write('[dagster]\npostgresql_url_file = "secrets/postgresql"\n')
    backup.back_up(received, target)
    monkeypatch.setenv("SUCHARIT_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["orchestration", "restore", str(target)])
    assert main() == 2
    said = capsys.readouterr()
    assert (
        said.out.index("12 submissions") < said.out.index("orchestration init") < said.out.index("round <round>")
    )
    assert "secrets/postgresql" in said.err
    assert Ledger(home / "ledger.sqlite").submissions(ROUND) == Ledger(received.ledger).submissions(ROUND)


def test_what_an_office_took_out_does_not_come_back_and_is_in_the_backup_before(received, tmp_path_factory):
    (received.home / "templates").mkdir()
    (received.home / "templates" / "memo.txt").write_text("of the last mayor")
    target = tmp_path_factory.mktemp("backup")
    backup.back_up(received, target)
    shutil.rmtree(received.home / "templates")
    (received.home / "accepted_changes.csv").write_text("rule\n")
    made = backup.back_up(received, target)
    restored = Settings(home=tmp_path_factory.mktemp("restored"))
    backup.restore(target, restored)
    assert not (restored.home / "templates").exists()
    assert (restored.home / "accepted_changes.csv").read_text() == "rule\n"
    made.ledger.unlink()
    before = Settings(home=tmp_path_factory.mktemp("before"))
    backup.restore(target, before)
    assert (before.home / "templates" / "memo.txt").read_text() == "of the last mayor"
    assert not (before.home / "accepted_changes.csv").exists()


def test_a_backup_of_a_version_that_kept_settings_once_is_restored(received, tmp_path_factory):
    target = tmp_path_factory.mktemp("backup")
    backup.back_up(received, target)
    [moment] = (target / "settings").iterdir()
    shutil.move(moment / "sucharit.toml", target / "sucharit.toml")
    shutil.rmtree(target / "settings")
    restored = Settings(home=tmp_path_factory.mktemp("restored"))
    backup.restore(target, restored)
    assert (restored.home / "sucharit.toml").read_bytes() == (received.home / "sucharit.toml").read_bytes()


def test_settings_go_with_the_ledger_that_they_were_copied_with(received, tmp_path_factory, monkeypatch):
    monkeypatch.setattr(backup, "LEDGERS_KEPT", 2)
    target = tmp_path_factory.mktemp("backup")
    for _ in range(4):
        backup.back_up(received, target)
    ledgers = sorted(path.stem.removeprefix("ledger-") for path in (target / "ledgers").iterdir())
    assert len(ledgers) == 2 and sorted(path.name for path in (target / "settings").iterdir()) == ledgers


def nights_after_one_with_a_fast_clock(received, target, clock):
    """Back up a year ahead; then on three nights with a new file each, and on one with other settings alone."""
    backup.back_up(received, target)
    for night in (26, 27, 28, 29):
        clock.says = datetime(2026, 11, night, 21, 30, tzinfo=UTC)
        if night < 29:
            (received.inbox / ROUND / f"{night}.csv").write_text(str(night))
            intake.receive(received, ROUND)
        (received.home / "accepted_changes.csv").write_text(str(night))
        backup.back_up(received, target)


def test_the_backup_made_last_is_restored_whatever_the_clock_said(received, tmp_path_factory, clock):
    target = tmp_path_factory.mktemp("backup")
    nights_after_one_with_a_fast_clock(received, target, clock)
    restored = Settings(home=tmp_path_factory.mktemp("restored"))
    backup.restore(target, restored)
    assert Ledger(restored.ledger).submissions(ROUND) == Ledger(received.ledger).submissions(ROUND)
    assert (restored.home / "accepted_changes.csv").read_text() == "29"


def test_of_backups_that_are_not_numbered_the_one_that_knows_most_is_restored(received, tmp_path_factory, clock):
    target = tmp_path_factory.mktemp("backup")
    nights_after_one_with_a_fast_clock(received, target, clock)
    for path in [*(target / "ledgers").iterdir(), *(target / "settings").iterdir()]:
        path.rename(path.with_name(re.sub(r"Z-\d+", "Z", path.name)))
    (target / "ledgers" / "ledger-20280101T000000000000Z.sqlite").write_bytes(b"damaged" * 100)
    restored = Settings(home=tmp_path_factory.mktemp("restored"))
    backup.restore(target, restored)
    assert Ledger(restored.ledger).submissions(ROUND) == Ledger(received.ledger).submissions(ROUND)
    assert (restored.home / "accepted_changes.csv").read_text() == "29"


def test_the_backup_just_made_stays_whatever_the_clock_said(received, tmp_path_factory, monkeypatch, clock):
    monkeypatch.setattr(backup, "LEDGERS_KEPT", 2)
    target = tmp_path_factory.mktemp("backup")
    for _ in range(2):
        backup.back_up(received, target)
    clock.says = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)
    made = [backup.back_up(received, target).ledger for _ in range(2)]
    assert sorted((target / "ledgers").iterdir()) == sorted(made)


def test_damage_is_found_when_it_is_copied(received, tmp_path_factory):
    path = next(p for p in received.submissions.rglob("*") if p.is_file())
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(backup.BackupError, match="damaged"):
        backup.back_up(received, tmp_path_factory.mktemp("backup"))


def test_a_damaged_backup_leaves_no_ledger_behind(received, tmp_path_factory):
    target = tmp_path_factory.mktemp("backup")
    backup.back_up(received, target)
    next(p for p in (target / "submissions").rglob("*") if p.is_file()).unlink()
    restored = Settings(home=tmp_path_factory.mktemp("restored"))
    with pytest.raises(backup.BackupError, match="missing"):
        backup.restore(target, restored)
    assert not restored.ledger.exists()


def test_a_backup_inside_the_runtime_directory_is_none(received, tmp_path_factory):
    link = tmp_path_factory.mktemp("elsewhere") / "backup"
    link.symlink_to(received.home)
    for place in (received.home, link):
        with pytest.raises(backup.BackupError, match="another disk"):
            backup.back_up(received, place / "backup")
    shutil.rmtree(received.home)


POWER_CUT = """
import os, sqlite3, sys
ledger = sqlite3.connect(sys.argv[1])
ledger.execute("pragma cache_size = 1")
ledger.execute("begin")
ledger.execute("insert or replace into outcome select round_key, source_sha256, printf('%.*c', 9999, 'x'), 'accepted',"
               " null, null, null, null, 0, 0, null, null, null from arrival")
os._exit(0)
"""


def test_a_ledger_that_was_being_written_when_power_was_cut_is_backed_up_as_it_was(received, tmp_path_factory):
    before = Ledger(received.ledger).submissions(ROUND)
    subprocess.run([sys.executable, "-c", POWER_CUT, str(received.ledger)], check=True)
    assert received.ledger.with_name(received.ledger.name + "-journal").exists()
    target = tmp_path_factory.mktemp("backup")
    made = backup.back_up(received, target)
    assert Ledger(made.ledger).submissions(ROUND) == before and Ledger(made.ledger).readings(ROUND) == {}


@pytest.mark.parametrize("name", ["อบต. #1", "50%41", "ถาม?"])
def test_a_home_of_any_name_is_backed_up_and_restored(received, tmp_path_factory, name):
    target = tmp_path_factory.mktemp("backup") / name
    backup.back_up(received, target)
    restored = Settings(home=tmp_path_factory.mktemp("restored") / name / "home")
    backup.restore(target, restored)
    assert Ledger(restored.ledger).submissions(ROUND) == Ledger(received.ledger).submissions(ROUND)


def test_a_backup_without_a_submission_is_restored(settings, tmp_path_factory):
    (settings.home / "sucharit.toml").write_text("[deployment]\n")
    intake.receive(settings, ROUND)
    target = tmp_path_factory.mktemp("backup")
    backup.back_up(settings, target)
    restored = Settings(home=tmp_path_factory.mktemp("restored") / "new")
    assert backup.restore(target, restored).copied == 0
    assert restored.ledger.exists() and (restored.home / "sucharit.toml").exists()


def test_a_table_lies_in_the_order_in_which_it_is_asked_for(settings):
    settings.build.mkdir(parents=True)
    with duckdb.connect(str(settings.build_db)) as build:
        build.execute("create schema core; create schema marts")
        build.execute(
            "create table core.line as select * from (values ('a', 'FY2566-6M', '3920102'), ('b', 'FY2566-12M', '3920102'),"
            " ('c', 'FY2566-12M', '2920101'), ('d', 'FY2566-6M', '2920101')) as v (line_id, round_key, lgo_code)"
        )
    intake.write_ledger(settings, Ledger(settings.ledger))
    release = releases.publish(settings, [], {"core.line": {"key": ["line_id"]}})
    with duckdb.connect(str(release.warehouse), read_only=True) as warehouse:
        assert [row[0] for row in warehouse.execute("select line_id from core.line").fetchall()] == [
            "c",
            "b",
            "d",
            "a",
        ]
