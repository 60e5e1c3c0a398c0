"""A round in parts: the same rows however many there are, nothing read twice, nothing lost when they change."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration import footers, intake, parts
from orchestration.ledger import Ledger
from orchestration.parts import Parts, parts_for
from orchestration.reports.returns import read_sheets
from orchestration.spreadsheets.tables import schema, tables
from tests.conftest import PROJECT, ROUND
from tests.unit.test_parse import HEADER, ROW, TITLE, workbook

# The sample has 12 files, 88 listings and 81 projects.
ROWS = {"division_listing": 88, "eplan_project": 81, "ranking": 17}


@pytest.fixture
def in_parts(monkeypatch):
    """Parts of three files: four for the sample."""
    monkeypatch.setattr(parts, "FILES_IN_A_PART", 3)


def take_in(settings, **options):
    intake.receive(settings, ROUND)
    return intake.read_submissions(settings, ROUND, **options)


def parsed(settings):
    return Parts(intake.parsed_folder(settings, ROUND))


def rows(settings, table="division_listing"):
    return intake.read_parsed(settings, ROUND, table).to_pylist()


def content(folder):
    # When its files were written is nobody's content.
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != footers.LIST}


def accepted(settings, refused=None):
    counts = intake.accept(settings, ROUND, refused or {}, [])
    paths = {p: pq.read_table(p) for p in settings.accepted.rglob("*.parquet")}
    for table in ROWS:
        assert counts[table] == sum(rows.num_rows for p, rows in paths.items() if p.parent.name == table)
    return counts, paths


def test_the_number_of_parts_grows_with_the_round_by_powers_of_two():
    assert [parts_for(n) for n in (0, 1, 1_000, 1_001, 2_000, 2_001, 80_000)] == [1, 1, 1, 2, 2, 4, 128]
    # A national round of 82,000 files: no part of it is larger than 1,000.
    assert 82_000 / parts_for(82_000) < 1_000


def test_a_part_is_a_share_of_all_hashes(tmp_path):
    some = Parts(tmp_path)
    some.count = 4
    hashes = ("0" * 64, "3f" + "f" * 62, "40" + "0" * 62, "bf" + "f" * 62, "f" * 64)
    assert [some.number(sha) for sha in hashes] == [0, 0, 1, 2, 3]


def test_parts_hold_the_same_rows_as_one_file_in_the_same_order(settings, inbox, monkeypatch, read_here):
    take_in(settings)
    whole = {table: rows(settings, table) for table in ROWS}
    assert {table: len(found) for table, found in whole.items()} == ROWS
    shutil.rmtree(settings.parsed)
    monkeypatch.setattr(parts, "FILES_IN_A_PART", 3)
    assert take_in(settings).read == 12
    assert parsed(settings).count == 4
    assert {table: rows(settings, table) for table in ROWS} == whole
    for path in parsed(settings).files("division_listing"):
        number = int(path.name.split(".")[1].split("-")[0])
        hashes = set(pq.read_table(path)["source_sha256"].to_pylist())
        # Part 0 is written even without rows.
        assert {parsed(settings).number(sha) for sha in hashes} == ({number} if hashes else set())


def test_one_and_two_workers_write_the_same_bytes(settings, inbox, in_parts):
    take_in(settings, workers=1)
    one = content(intake.parsed_folder(settings, ROUND))
    shutil.rmtree(settings.parsed)
    take_in(settings, workers=2)
    assert content(intake.parsed_folder(settings, ROUND)) == one
    assert len(one) > len(ROWS) * 4


KILLED = """
import os, signal, sys
from pathlib import Path
from orchestration import intake, parts, workers
from orchestration.ledger import Ledger
from orchestration.settings import Settings
parts.FILES_IN_A_PART = 3
real, calls = Ledger.decide, []
def decide(self, outcomes):
    real(self, outcomes)
    calls.append(1)
    if len(calls) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
Ledger.decide = decide
intake.read_submissions(Settings(home=Path(sys.argv[1]), local_governments=("3920102",)), sys.argv[2])
"""


def test_what_was_read_before_the_process_was_killed_is_not_read_again(settings, inbox, in_parts, monkeypatch):
    intake.receive(settings, ROUND)
    command = [sys.executable, "-c", KILLED, str(settings.home), ROUND]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == -signal.SIGKILL
    done = set(Ledger(settings.ledger).readings(ROUND))
    files = sorted(Ledger(settings.ledger).submissions(ROUND))
    quarters = sorted({int(sha[0], 16) // 4 for sha in files})
    assert done == {sha for sha in files if int(sha[0], 16) // 4 in quarters[:2]} and 0 < len(done) < 12
    asked = []

    def read_isolated(works, *rest):
        asked.extend(work.sha256 for work in works)
        return real(works, *rest)

    real = intake.read_isolated
    monkeypatch.setattr(intake, "read_isolated", read_isolated)
    reading = take_in(settings)
    assert (reading.read, reading.unchanged) == (12 - len(done), len(done))
    assert len(asked) == 12 - len(done) and done.isdisjoint(asked)
    assert {table: len(rows(settings, table)) for table in ROWS} == ROWS


def test_one_changed_file_makes_one_part_to_be_written(settings, inbox, in_parts, read_here, monkeypatch):
    take_in(settings)
    accepted(settings)
    before = {p: p.stat().st_ino for p in settings.home.rglob("*.parquet")}
    new = workbook([TITLE, *HEADER, ROW])
    (inbox / "กองใหม่.xlsx").write_bytes(new)
    monkeypatch.setattr(parts, "FILES_IN_A_PART", 4)
    assert take_in(settings).read == 1
    counts, _ = accepted(settings)
    assert counts["division_listing"] == 89
    after = {p: p.stat().st_ino for p in settings.home.rglob("*.parquet")}
    changed = {p.name for p in after if after[p] != before.get(p)}
    number = parsed(settings).number(hashlib.sha256(new).hexdigest())
    assert changed and all(f".{number:03}-of-4." in name for name in changed - {"ledger.parquet"})


def test_a_round_that_grows_moves_its_rows_without_reading_them_again(settings, inbox, monkeypatch, read_here):
    """As an upgrade does, which finds a whole round in one file a table and no list of parts."""
    take_in(settings)
    accepted(settings)
    whole = {table: rows(settings, table) for table in ROWS}
    (intake.parsed_folder(settings, ROUND) / "parts.json").unlink()
    for count, files in ((2, 6), (4, 3)):
        monkeypatch.setattr(parts, "FILES_IN_A_PART", files)
        assert intake.read_submissions(settings, ROUND).read == 0
        assert parsed(settings).count == count
        assert {table: rows(settings, table) for table in ROWS} == whole
        names = {path.name for path in intake.parsed_folder(settings, ROUND).glob("*.parquet")}
        assert names and all(f"-of-{count}." in name for name in names)
        counts, paths = accepted(settings)
        assert {table: counts[table] for table in ROWS} == ROWS
        # One failing row is nobody's part.
        assert {p.name for p in paths if p.stem == ROUND} == {f"{ROUND}.parquet"}
    moved = content(intake.parsed_folder(settings, ROUND))
    shutil.rmtree(settings.parsed)
    intake.read_submissions(settings, ROUND)
    assert content(intake.parsed_folder(settings, ROUND)) == moved


def test_a_stop_while_rows_are_moved_loses_none(settings, inbox, monkeypatch, read_here):
    take_in(settings)
    whole = {table: rows(settings, table) for table in ROWS}
    monkeypatch.setattr(parts, "FILES_IN_A_PART", 3)
    with monkeypatch.context() as patch:
        patch.setattr(Parts, "save", lambda self: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            intake.read_submissions(settings, ROUND)
    assert {table: rows(settings, table) for table in ROWS} == whole
    assert intake.read_submissions(settings, ROUND).read == 0
    assert parsed(settings).count == 4
    assert {table: rows(settings, table) for table in ROWS} == whole


@pytest.mark.parametrize("harm", ["list lost", "file lost", "file damaged"])
def test_what_is_not_there_any_more_is_read_again(settings, inbox, in_parts, read_here, harm):
    take_in(settings)
    whole = {table: rows(settings, table) for table in ROWS}
    hurt = parsed(settings).files("division_listing")[1]
    hashes = set(Ledger(settings.ledger).submissions(ROUND))
    if harm == "list lost":
        (hurt.parent / "parts.json").unlink()
    elif harm == "file lost":
        hurt.unlink()
    else:
        hurt.write_bytes(hurt.read_bytes()[:-100])
    of_part = {sha for sha in hashes if parsed(settings).count == 1 or int(sha[0], 16) // 4 == 1}
    assert intake.read_submissions(settings, ROUND).read == len(of_part) > 0
    assert {table: rows(settings, table) for table in ROWS} == whole
    assert intake.read_submissions(settings, ROUND).read == 0


def test_a_refused_submission_is_left_out_of_its_part_only(settings, inbox, in_parts, read_here):
    take_in(settings)
    _, before = accepted(settings)
    sha = rows(settings)[0]["source_sha256"]
    own = sum(row["source_sha256"] == sha for row in rows(settings))
    refusal = {"round_key": ROUND, "source_sha256": sha, "rule": "any", "scope": "file"}
    refusal |= {"message_th": "ไม่รับ", "message_en": "refused"}
    counts, paths = accepted(settings, {sha: refusal})
    assert counts["division_listing"] == 88 - own < 88
    assert counts["quarantine"] == 1
    changed = {p for p in paths if p.parent.name == "division_listing" and not paths[p].equals(before[p])}
    assert len(changed) == 1
    counts, paths = accepted(settings)
    assert counts["division_listing"] == 88 and counts["quarantine"] == 0
    assert {p for p in paths if paths[p].num_rows} == {p for p in before if before[p].num_rows}


def test_a_file_system_without_second_names_gets_copies(settings, inbox, monkeypatch, read_here):
    take_in(settings)
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(95, "not supported")))
    counts, paths = accepted(settings)
    assert {table: counts[table] for table in ROWS} == ROWS
    assert all(path.stat().st_nlink == 1 for path in paths)


def test_one_file_is_found_without_reading_the_others(settings, inbox, in_parts, read_here):
    take_in(settings)
    sha = next(s for s, name in Ledger(settings.ledger).submissions(ROUND).items() if name == "กองช่าง.xlsx")
    files = parsed(settings).files_of("division_listing", [sha])
    assert [int(path.name.split(".")[1].split("-")[0]) for path in files] == [int(sha[0], 16) // 4]
    sheets = read_sheets(intake.parsed_folder(settings, ROUND), [{"source_sha256": sha}])
    data = [line for lines in sheets.values() for part, line in lines.values() if part == "data"]
    assert len(data) == 2


def other_rows(files, text):
    """Return two rows of each file, in order, as a table."""
    lines = [{"source_sha256": f"{n:064x}", "source_sheet": "s", "source_row": y} for n in files for y in (1, 2)]
    return pa.Table.from_pylist([{"role": text, **line} for line in lines], schema=schema("other_row"))


@given(
    there=st.sets(st.integers(0, 12)),
    pieces=st.lists(st.sets(st.integers(0, 12), min_size=1), max_size=4),
    number=st.integers(0, 1),
)
def test_a_part_is_the_same_bytes_in_however_many_pieces_its_rows_come(there, pieces, number):
    again = sorted(set().union(*pieces))
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "ROWS_IN_A_GROUP", 5)
        patch.setattr(parts, "tables", lambda: ["other_row"])
        patch.setattr(os, "fsync", lambda handle: None)
        some, other = Parts(Path(folder) / "some"), Parts(Path(folder) / "other")
        some.write("other_row", number, other_rows(sorted(there), "before"))
        some.save()
        cuts = sorted({max(piece) for piece in pieces})
        with some.writing(number, [f"{n:064x}" for n in again]) as part:
            for below, until in zip([-1, *cuts], cuts, strict=False):
                files = [n for n in again if below < n <= until]
                part.add({"other_row": other_rows(files, "anew")}, until=f"{until:064x}")
        whole = [other_rows([n], "anew" if n in again else "before") for n in sorted(there | {*again})]
        other.write("other_row", number, pa.concat_tables([schema("other_row").empty_table(), *whole]))
        path = some.path("other_row", number)
        listed = Parts(some.folder).there.get("other_row", ())
        assert path.exists() == (number == 0 or bool(whole)) == (number in listed)
        if path.exists():
            assert path.read_bytes() == other.path("other_row", number).read_bytes()


def test_writing_a_part_that_is_broken_off_leaves_what_was_there(tmp_path):
    some = Parts(tmp_path)
    with some.writing(0, ()) as part:
        part.add({"other_row": other_rows([1, 2], "before")}, until=f"{2:064x}")
    before = content(tmp_path)
    with pytest.raises(KeyboardInterrupt), some.writing(0, [f"{1:064x}"]) as part:
        part.add({"other_row": other_rows([1], "anew")}, until=f"{1:064x}")
        raise KeyboardInterrupt
    assert content(tmp_path) == before


def test_what_is_read_again_as_it_was_changes_no_file_and_what_a_stop_left_goes(tmp_path):
    """Nor does it change what hangs on the stamps of files: second names, verdicts that are kept."""
    some = Parts(tmp_path)
    # Left by a process that was killed.
    (tmp_path / ".writing-1-other_row.parquet").write_bytes(b"PAR1")
    stamps = []
    for _ in range(2):
        with some.writing(0, [f"{1:064x}"], is_broken=True) as part:
            part.add({"other_row": other_rows([1], "the same")}, until=f"{1:064x}")
        stamps.append({path: intake.stamp(path) for path in tmp_path.iterdir()})
    assert stamps[0] == stamps[1] and len(stamps[0]) == len(tables()) + 1


def test_the_rows_of_a_part_lie_in_groups_that_can_be_read_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "ROWS_IN_A_GROUP", 10)
    hashes = [f"{n:064x}" for n in range(5) for _ in range(10)]
    parts.write_parquet(tmp_path / "rows.parquet", pa.table({"source_sha256": hashes}))
    metadata = pq.ParquetFile(tmp_path / "rows.parquet").metadata
    bounds = [metadata.row_group(n).column(0).statistics for n in range(metadata.num_row_groups)]
    assert [(b.min, b.max) for b in bounds] == [(f"{n:064x}",) * 2 for n in range(5)]
