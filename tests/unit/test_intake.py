"""Nothing that was sent is lost, nothing is taken twice, and a crash between two steps heals."""

import hashlib
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest

from orchestration import intake
from orchestration.checks import judge_submissions
from orchestration.ledger import SUBMISSION, Ledger
from orchestration.parts import Parts
from tests.conftest import ROUND
from tests.corpus.make import DIVISION, as_csv
from tests.unit.test_parse import HEADER, ROW, TITLE, workbook


def ingest(settings):
    arrivals = intake.receive(settings, ROUND)
    reading = intake.read_submissions(settings, ROUND)
    judgement = judge_submissions(settings, ROUND)
    counts = intake.accept(settings, ROUND, judgement.refused, judgement.failures)
    return arrivals, reading, counts


def ledger(settings):
    return {row["source_file"]: row for row in Ledger(settings.ledger).as_table().to_pylist()}


def tree(folder):
    return {p.relative_to(folder): (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*.parquet")}


def test_the_sample_comes_in_whole_and_a_second_look_changes_nothing(settings, inbox):
    arrivals, reading, counts = ingest(settings)
    assert (len(arrivals), reading.read) == (12, 12)
    assert (counts["division_listing"], counts["eplan_project"], counts["ranking"]) == (88, 81, 17)
    assert {row["outcome"] for row in ledger(settings).values()} == {"accepted"}
    for path in inbox.iterdir():
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        assert intake.stored_at(settings, sha).read_bytes() == path.read_bytes()
    before = tree(settings.home)
    arrivals, reading, _ = ingest(settings)
    assert (len(arrivals), reading.read, reading.unchanged) == (0, 0, 12)
    assert tree(settings.home) == before


def test_only_what_has_changed_in_the_ledger_is_written_for_dbt(settings, inbox, monkeypatch):
    written, whole = settings.accepted / "submission" / "ledger.parquet", Ledger.as_table
    asked = []
    monkeypatch.setattr(Ledger, "as_table", lambda *given: asked.append(1) or whole(*given))
    ingest(settings)
    ingest(settings)
    assert len(asked) == 1
    assert pq.read_table(written).num_rows == 12
    (inbox / "เสีย.xlsx").write_bytes(b"PK")
    ingest(settings)
    assert (len(asked), pq.read_table(written).num_rows) == (1, 13)
    before = written.read_bytes()
    # Damaged, it is written whole.
    written.chmod(0o640)
    written.write_bytes(before[:-100])
    ingest(settings)
    assert (len(asked), written.read_bytes()) == (2, before)


def test_bad_files_are_named_and_change_nothing_else(settings, inbox):
    ingest(settings)
    before = {p: c for p, (_, c) in tree(settings.accepted).items()}
    good = workbook([TITLE, *HEADER, ROW])
    (inbox / "เสีย.xlsx").write_bytes(good[:2000])
    (inbox / "ว่าง.xlsx").write_bytes(b"")
    (inbox / "อื่น.xlsx").write_bytes(workbook([["เทศบาลนครหาดใหญ่ รอบ 12 เดือน พ.ศ. 2566"], *HEADER, ROW]))
    (inbox / "~$กองคลัง.xlsx").write_bytes(b"lock")
    arrivals, _, _ = ingest(settings)
    assert len(arrivals) == 3
    rows = ledger(settings)
    assert {n: rows[n]["reason"] for n in ("เสีย.xlsx", "ว่าง.xlsx", "อื่น.xlsx")} == {
        "เสีย.xlsx": "file_corrupt",
        "ว่าง.xlsx": "file_empty",
        "อื่น.xlsx": "other_lgo",
    }
    assert all(rows[n]["message_th"] and rows[n]["message_en"] for n in ("เสีย.xlsx", "ว่าง.xlsx", "อื่น.xlsx"))
    after = {p: c for p, (_, c) in tree(settings.accepted).items()}
    changed = {p.parent.name for p in after if after[p] != before[p]}
    assert changed <= {"quarantine", "submission", "other_row"}


def test_a_file_that_comes_back_to_earlier_content_is_a_new_arrival(settings, inbox, read_here):
    path = inbox / "กองคลัง ต.ค.66.xlsx"
    first = path.read_bytes()
    ingest(settings)
    path.write_bytes(workbook([TITLE, DIVISION, *HEADER, ROW]))
    assert len(ingest(settings)[0]) == 1
    path.write_bytes(first)
    assert len(ingest(settings)[0]) == 1
    assert Ledger(settings.ledger).as_table().num_rows == 14
    assert Ledger(settings.ledger).outcomes(ROUND) == {"accepted": 14}
    assert Ledger(settings.ledger).outcomes("FY2566-6M") == {}


def test_a_ledger_without_a_file_has_its_columns_and_one_of_the_past_only_what_had_come(tmp_path, settings, inbox):
    assert Ledger(tmp_path / "empty.sqlite").as_table().schema == SUBMISSION
    ingest(settings)
    before = datetime.now(UTC)
    (inbox / "กองคลัง ต.ค.66.xlsx").write_bytes(workbook([TITLE, *HEADER, ROW]))
    ingest(settings)
    whole = Ledger(settings.ledger).as_table()
    assert (whole.num_rows, whole.schema) == (13, SUBMISSION)
    assert Ledger(settings.ledger).as_table(before).equals(whole.slice(0, 12))


@pytest.mark.parametrize(
    "statement",
    [
        "update arrival set received_at = '2023-10-01T00:00:00+00:00'",
        "delete from arrival",
        "insert or replace into arrival select arrival_id, 'FY2566-6M', source_file, source_sha256, size_bytes,"
        " file_stamp, received_at, received_from from arrival",
    ],
)
def test_an_arrival_cannot_be_changed_or_deleted(settings, inbox, statement):
    intake.receive(settings, ROUND)
    arrivals = "select * from arrival"
    with closing(sqlite3.connect(settings.ledger)) as connection:
        before = connection.execute(arrivals).fetchall()
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
        connection.rollback()
        assert connection.execute(arrivals).fetchall() == before != []


def test_the_files_of_one_run_arrive_at_one_moment(settings, inbox):
    assert len({arrival.received_at for arrival in intake.receive(settings, ROUND)}) == 1


def test_an_old_modification_time_does_not_hide_new_content(settings, inbox, read_here):
    path = inbox / "กองคลัง ต.ค.66.xlsx"
    ingest(settings)
    stat = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert [a.source_file for a in intake.receive(settings, ROUND)] == [path.name]


def test_a_crash_after_the_parquet_and_before_the_ledger_heals(settings, inbox, monkeypatch):
    intake.receive(settings, ROUND)
    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "decide", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            intake.read_submissions(settings, ROUND)
    _, reading, counts = ingest(settings)
    assert (reading.read, counts["division_listing"]) == (12, 88)


def test_a_fault_of_the_reader_quarantines_one_file_and_not_the_round(settings, inbox, faulty_reader):
    (inbox / "ก พัง.xlsx").write_bytes(b"abort")
    (inbox / "ข ผิด.xlsx").write_bytes(b"raise")
    _, reading, counts = ingest(settings)
    assert (reading.read, counts["division_listing"]) == (14, 88)
    rows = ledger(settings)
    assert [(rows[n]["outcome"], rows[n]["reason"]) for n in ("ก พัง.xlsx", "ข ผิด.xlsx")] == [
        ("quarantined", "reader_crashed"),
        ("quarantined", "reader_failed"),
    ]


def test_the_gate_refuses_a_file_whose_figures_cannot_be(settings, inbox, read_here):
    rows = [TITLE, *HEADER, [*ROW[:3], 10**15, *ROW[4:]]]
    (inbox / "เกินจริง.xlsx").write_bytes(workbook(rows))
    _, _, counts = ingest(settings)
    assert counts["division_listing"] == 88
    row = ledger(settings)["เกินจริง.xlsx"]
    assert (row["outcome"], row["reason"]) == ("quarantined", "division_listing_budget_plan_baht_is_plausible")
    refused = pq.read_table(intake.accepted_path(settings, "quarantine", ROUND)).to_pylist()
    assert [(r["cell"], r["value_as_written"]) for r in refused] == [("D4", str(10**15))]


def test_a_lesser_failure_lets_the_row_through_and_is_kept(settings, inbox, read_here):
    (inbox / "สองเครื่องหมาย.xlsx").write_bytes(workbook([TITLE, DIVISION, *HEADER, [*ROW[:8], "/", "/", "", ""]]))
    _, _, counts = ingest(settings)
    assert counts["division_listing"] == 89
    failures = pq.read_table(intake.accepted_path(settings, "expectation_failure", ROUND)).to_pylist()
    assert [(f["rule"], f["cell"]) for f in failures] == [("division_listing_has_one_status", "I5")]


def test_a_form_that_does_not_say_whose_it_is_comes_back(settings, inbox, read_here):
    """Two of them would replace each other, and no division of the warehouse would be theirs."""
    for name, code in (("ก.xlsx", "1.1.98 ก"), ("ข.xlsx", "1.1.99 ข")):
        (inbox / name).write_bytes(workbook([TITLE, *HEADER, [*ROW[:2], code, *ROW[3:]]]))
    _, _, counts = ingest(settings)
    assert counts["division_listing"] == 88
    rows = ledger(settings)
    assert {rows[name]["reason"] for name in ("ก.xlsx", "ข.xlsx")} == {"division_listing_names_its_division"}
    assert "หน่วยงาน" in rows["ก.xlsx"]["message_th"]


def test_a_register_without_rows_is_accepted_and_one_of_unreadable_rows_partly(settings, inbox, read_here):
    header = "round_key,lgo_code,side,what,field,old_value,new_value,reason,decided_by,decided_on,valid_until\n"
    (inbox / "ว่าง.csv").write_text(header, encoding="utf-8")
    row = f"{ROUND},3920102,division,1.2.3,remaining_baht,1,?,why,position,2023-10-20,\n"
    (inbox / "อ่านไม่ได้.csv").write_text(header + row, encoding="utf-8")
    ingest(settings)
    found = {n: (r["outcome"], r["kinds"], r["rows_accepted"], r["reason"]) for n, r in ledger(settings).items()}
    assert found["ว่าง.csv"] == ("accepted", "correction", 0, None)
    assert found["อ่านไม่ได้.csv"] == ("partly_accepted", "correction", 0, "correction_unreadable")


def test_a_file_copied_again_with_the_same_bytes_is_no_arrival_and_is_read_once(settings, inbox, read_here):
    ingest(settings)
    path = inbox / "กองช่าง.xlsx"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)
    said = []
    assert intake.receive(settings, ROUND, warn=said.append) == []
    assert len(said) == 1 and path.name in said[0] and "เปลี่ยนชื่อ" in said[0]
    assert intake.receive(settings, ROUND, warn=said.append) == [] and len(said) == 1
    assert Ledger(settings.ledger).latest_stamps(ROUND)[path.name] == intake.stamp(path)
    path.write_bytes(workbook([TITLE, *HEADER, ROW]))
    assert [a.source_file for a in intake.receive(settings, ROUND)] == [path.name]
    assert Ledger(settings.ledger).latest_stamps(ROUND)[path.name] == intake.stamp(path)


def test_a_file_that_grows_while_it_is_read_waits_and_the_others_come_in(settings, inbox, read_here, monkeypatch):
    real = intake.stamp
    growing = inbox / "กองคลัง ต.ค.66.xlsx"

    def stamp(path):
        """Be asked for the second time, when the file has been read."""
        if path == str(growing):
            growing.write_bytes(growing.read_bytes() + b"more")
        return real(path)

    warned = []
    with monkeypatch.context() as patch:
        patch.setattr(intake, "stamp", stamp)
        arrivals = intake.receive(settings, ROUND, warn=warned.append)
    assert len(arrivals) == 11
    assert len(warned) == 1 and growing.name in warned[0]
    assert [a.source_file for a in intake.receive(settings, ROUND)] == [growing.name]


def test_a_file_that_is_still_being_copied_waits_and_the_others_come_in(settings, inbox, read_here):
    growing, warned = inbox / "กองคลัง ต.ค.66.csv", []
    growing.write_bytes(b"half")

    def pause(seconds):
        growing.write_bytes(b"half and half")

    arrivals = intake.receive(settings, ROUND, warn=warned.append, pause=pause)
    assert len(arrivals) == 12 and growing.name not in {a.source_file for a in arrivals}
    assert len(warned) == 1 and growing.name in warned[0] and "กำลังถูกเขียน" in warned[0]
    assert [a.source_file for a in intake.receive(settings, ROUND)] == [growing.name]


@pytest.mark.parametrize(
    ("suffix", "ends_in", "reason"),
    [
        (".xlsx", b"PK", "file_corrupt"),
        (".csv", b"40,60", "last_row_cut"),
        # Inside a letter of the last name.
        (".csv", "ก".encode(), "file_corrupt"),
        # With a whole row: nothing shows that another is to come.
        (".csv", b"\n1", None),
    ],
    ids=["workbook", "amount", "letter", "row"],
)
def test_a_copy_that_rested_half_done_comes_in_again_once_it_is_whole(
    settings, inbox, read_here, suffix, ends_in, reason
):
    """Longer than a file is waited for: what has come is received, and so is all of it as a newer version."""
    rows = [[*ROW[:2], f"1.1.{n} โครงการ", *ROW[3:]] for n in (91, 92, 93)]
    # A program fills up the lines above a table.
    form = [[*row, *[""] * (len(ROW) - len(row))] for row in (TITLE, DIVISION, *HEADER, *rows)]
    content = workbook(form) if suffix == ".xlsx" else as_csv(form, "utf-8")
    path = inbox / f"ส่งช้า{suffix}"
    outcomes = []
    for sent in (content[: content.rindex(ends_in) + 1], content):
        path.write_bytes(sent)
        rested = path.stat().st_ctime_ns + int(intake.YOUNG_SECONDS * 1e9)
        arrivals = intake.receive(settings, ROUND, clock=lambda now=rested: now)
        assert path.name in {arrival.source_file for arrival in arrivals}
        intake.read_submissions(settings, ROUND)
        outcome = ledger(settings)[path.name]
        outcomes.append((outcome["outcome"], outcome["reason"], outcome["rows_accepted"]))
    assert outcomes == [("quarantined", reason, 0) if reason else ("accepted", None, 2), ("accepted", None, 3)]


def test_a_run_waits_once_for_files_just_written_and_never_for_others(settings, inbox, read_here):
    pauses = []
    (inbox / "ใหม่.csv").write_bytes(b"new")
    intake.receive(settings, ROUND, pause=pauses.append)
    intake.receive(settings, ROUND, pause=pauses.append)
    assert len(pauses) == 1
    (inbox / "ใหม่.csv").write_bytes(b"newer")
    later = (inbox / "ใหม่.csv").stat().st_ctime_ns + int(intake.YOUNG_SECONDS * 1e9)
    assert len(intake.receive(settings, ROUND, clock=lambda: later, pause=pauses.append)) == 1
    assert len(pauses) == 1


def test_a_file_that_cannot_be_read_waits_and_the_others_come_in(settings, inbox, read_here, monkeypatch):
    real = intake.read_whole

    def read_whole(path):
        if path.endswith("/กองช่าง.xlsx"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    warned = []
    with monkeypatch.context() as patch:
        patch.setattr(intake, "read_whole", read_whole)
        assert len(intake.receive(settings, ROUND, warn=warned.append)) == 11
    assert "กองช่าง.xlsx" in warned[0]
    assert [a.source_file for a in intake.receive(settings, ROUND)] == ["กองช่าง.xlsx"]


@pytest.fixture
def locked(inbox, monkeypatch):
    """A folder of the drop folder that another user has closed, with a form in it."""
    place = inbox / "กองสาธารณสุข"
    place.mkdir()
    (place / "แบบ.xlsx").write_bytes(workbook([TITLE, *HEADER, ROW]))
    real = os.scandir

    def scandir(path):
        if path == str(place) and place.stat().st_mode & 0o077 == 0:
            raise PermissionError(13, "Permission denied")
        return real(path)

    place.chmod(0o700)
    monkeypatch.setattr(intake.os, "scandir", scandir)
    return place


def test_a_folder_that_cannot_be_looked_into_is_named_and_the_others_come_in(settings, locked, read_here):
    warned = []
    assert len(intake.receive(settings, ROUND, warn=warned.append)) == 12
    assert len(warned) == 1 and warned[0].startswith(f"{locked.name}: เปิดไม่ได้") and "Permission" in warned[0]
    locked.chmod(0o750)
    assert [a.source_file for a in intake.receive(settings, ROUND, warn=warned.append)] == [
        f"{locked.name}/แบบ.xlsx"
    ]
    assert len(warned) == 1


def test_a_link_to_a_folder_or_to_nothing_is_named_and_not_followed(settings, inbox, read_here, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "แบบ.xlsx").write_bytes(workbook([TITLE, *HEADER, ROW]))
    (inbox / "กองสาธารณสุข").symlink_to(elsewhere)
    (inbox / "วน").symlink_to(inbox)
    (inbox / "แฟ้มลิงก์.xlsx").symlink_to(elsewhere / "แบบ.xlsx")
    (inbox / "หาย").symlink_to(elsewhere / "ไม่มี")
    warned = []
    assert len(intake.receive(settings, ROUND, warn=warned.append)) == 13, "a link to a file is one"
    assert {text.split(":")[0] for text in warned} == {"กองสาธารณสุข", "วน", "หาย"}
    assert all("เป็นลิงก์" in text for text in warned)


def test_what_is_gone_and_what_is_the_disks_is_not_named(settings, inbox, monkeypatch):
    (inbox / "lost+found").mkdir()
    (inbox / "หายไปแล้ว").mkdir()
    real = os.scandir

    def scandir(path):
        if path.endswith("lost+found"):
            raise PermissionError(13, "Permission denied")
        if path.endswith("หายไปแล้ว"):
            raise FileNotFoundError(2, "No such file or directory")
        return real(path)

    monkeypatch.setattr(intake.os, "scandir", scandir)
    assert intake.closed_in(inbox) == {}


def test_of_two_forms_of_one_division_in_one_run_the_one_saved_later_counts(settings, inbox, read_here):
    original, corrected = inbox / "กองช่าง.xlsx", inbox / "กองช่าง (แก้ไข).xlsx"
    corrected.write_bytes(workbook([TITLE, *HEADER, ROW]))
    os.utime(original, (1_696_900_000, 1_696_900_000))
    os.utime(corrected, (1_697_500_000, 1_697_500_000))
    names = [arrival.source_file for arrival in intake.receive(settings, ROUND)]
    assert names.index(original.name) < names.index(corrected.name)


def test_a_file_name_that_is_no_utf8_is_read_as_thai_windows_writes_it(settings, inbox, read_here):
    (inbox / os.fsdecode("กองใหม่.csv".encode("cp874"))).write_bytes(b"broken")
    arrivals, _, _ = ingest(settings)
    assert "กองใหม่.csv" in {arrival.source_file for arrival in arrivals}
    assert ledger(settings)["กองใหม่.csv"]["outcome"] == "quarantined"


def test_the_name_under_which_bytes_first_came_is_theirs(settings, inbox, read_here):
    ingest(settings)
    content = (inbox / "กองช่าง.xlsx").read_bytes()
    (inbox / "สำเนา กองช่าง.xlsx").write_bytes(content)
    intake.receive(settings, ROUND)
    sha = hashlib.sha256(content).hexdigest()
    assert Ledger(settings.ledger).submissions(ROUND)[sha] == "กองช่าง.xlsx"


def test_rows_of_an_earlier_version_with_other_columns_are_read_again(settings, inbox):
    """After an upgrade: a table that had no rows must not stay in its old shape beside new rows."""
    intake.receive(settings, ROUND)
    intake.read_submissions(settings, ROUND)
    (path,) = Parts(intake.parsed_folder(settings, ROUND)).files("quarantine")
    today = pq.read_schema(path)
    pq.write_table(pq.read_table(path).drop_columns(["rule"]), path)
    again = intake.read_submissions(settings, ROUND)
    assert again.unchanged == 0 and pq.read_schema(path) == today
    assert intake.read_submissions(settings, ROUND).read == 0
