"""A file that kills, hangs or floods its reader is set aside alone; the others are read as ever."""

import hashlib
import os
import pickle
import subprocess
import sys

import pytest

from orchestration import workers
from orchestration.workers import Work, read_isolated
from tests.conftest import ROUND, SAMPLE

TRANG = frozenset({"3920102"})
LISTINGS = {"กองคลัง ต.ค.66.xlsx": 5, "กองช่าง.xlsx": 2, "กองสวัสดิการสังคม.xlsx": 19}


def works(folder, files):
    found = []
    for name, content in files.items():
        (folder / name).write_bytes(content)
        found.append(Work(folder / name, ROUND, name, hashlib.sha256(content).hexdigest()))
    return found


def by_file(reads):
    """Yield every submission with its rows by table."""
    for read in reads:
        assert len(read.works) == len(read.summaries)
        for work in read.works:
            tables = {
                t: [r for r in a.to_pylist() if r["source_sha256"] == work.sha256] for t, a in read.tables.items()
            }
            yield work, {table: rows for table, rows in tables.items() if rows}


def results(given, **options):
    return [
        (
            work.source_file,
            [row["rule"] for row in rows.get("quarantine", [])],
            len(rows.get("division_listing", [])),
        )
        for work, rows in by_file(read_isolated(given, TRANG, **options))
    ]


@pytest.mark.parametrize(("count", "when"), [(1, b""), (2, b""), (1, b"later ")])
def test_only_the_file_that_ends_its_worker_is_lost(tmp_path, faulty_reader, count, when):
    good = {name: (SAMPLE / name).read_bytes() for name in LISTINGS}
    names = list(good)
    files = {"a": when + b"abort", names[0]: good[names[0]], "m": when + b"memory", names[1]: good[names[1]]}
    files |= {"h": when + b"hang", "r": when + b"raise", names[2]: good[names[2]]}
    assert results(works(tmp_path, files), workers=count, seconds=2) == [
        ("a", ["reader_crashed"], 0),
        (names[0], [], 5),
        ("m", ["reader_crashed"], 0),
        (names[1], [], 2),
        ("h", ["reader_timeout"], 0),
        ("r", ["reader_failed"], 0),
        (names[2], [], 19),
    ]


def test_a_worker_answers_before_it_holds_too_many_rows(monkeypatch):
    """Rows are what memory is spent on; an answer for some of a batch is followed by one for the others."""
    given = [Work(p, ROUND, p.name, p.name) for p in sorted(SAMPLE.iterdir())]
    whole = list(read_isolated(given, TRANG))
    monkeypatch.setattr(
        workers,
        "CHILD",
        workers.CHILD.replace(
            "workers.serve", "workers.ROWS_AT_ONCE, workers.FILES_TOGETHER = 20, 1\nworkers.serve"
        ),
    )
    parts = list(read_isolated(given, TRANG))
    assert len(whole) == 1 and len(parts) > 3
    assert list(by_file(parts)) == list(by_file(whole))


def test_the_refusal_says_how_the_worker_ended(tmp_path, faulty_reader):
    given = works(tmp_path, {"a": b"abort", "m": b"memory", "h": b"hang"})
    rows = [rows["quarantine"][0] for _, rows in by_file(read_isolated(given, TRANG, seconds=2))]
    assert [row["value_as_written"] for row in rows] == ["SIGABRT", "memory", "> 2 s"]
    assert all(row["scope"] == "file" and row["source_sha256"] for row in rows)
    assert "SIGABRT" in rows[0]["message_th"] and "SIGABRT" in rows[0]["message_en"]


def test_one_and_two_workers_read_the_same_in_the_same_order():
    given = [Work(p, ROUND, p.name, p.name) for p in sorted(SAMPLE.iterdir())]
    one, two = (list(by_file(read_isolated(given, TRANG, workers=n))) for n in (1, 2))
    assert one == two
    assert [work for work, _ in one] == given


def test_no_worker_waits_for_the_first_answer_of_another(monkeypatch):
    at_work = []

    def ready(pool):
        at_work.append(sum(bool(worker.held) for worker in pool))
        return real(pool)

    real = workers._ready
    monkeypatch.setattr(workers, "_ready", ready)
    given = [Work(p, ROUND, p.name, p.name) for p in sorted(SAMPLE.iterdir())]
    assert len(given) > 2
    assert [work for read in read_isolated(given, TRANG, workers=2) for work in read.works] == given
    assert at_work[0] == 2


@pytest.mark.parametrize(
    ("files", "at_once", "sizes"),
    [
        (1, 1, [1]),
        (12, 1, [12]),
        (60, 2, [30, 30]),
        (100, 1, [50, 50]),
        # A quarter of what is left, at most 200 and at least 50.
        (1_000, 2, [200, 200, 150, 113, 85, 63, 50, 50, 50, 39]),
        (2_000, 8, [125, 118, 110, 103, 97, 91, 85, 80, 75, 70, 66, 62, 58, 54, 51, *[50] * 15, 5]),
    ],
)
def test_batches_become_smaller_towards_the_end(files, at_once, sizes):
    given = [Work(str(n), ROUND, str(n), str(n)) for n in range(files)]
    made = list(workers.batches(given, at_once))
    assert [len(batch) for _, batch in made] == sizes
    assert [work for _, batch in made for work in batch] == given
    assert all(batch[0] is given[start] for start, batch in made)


def test_a_batch_of_long_names_fits_into_a_pipe():
    """What does not fit waits until it is read, and who reads it may be waiting for an answer of its own to be read."""
    # The longest path that Linux takes, in Thai letters of three bytes.
    given = [Work(f"/{n}", ROUND, f"{n}-" + "ก" * 1_360, "0" * 64) for n in range(200)]
    made = [batch for _, batch in workers.batches(given, 1)]
    assert [work for batch in made for work in batch] == given
    assert len(made) < 12
    assert max(len(pickle.dumps(batch)) for batch in made) < 120_000


def test_a_worker_that_cannot_start_is_no_fault_of_the_files(tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import os; print('no disk', flush=True); os._exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    given = [Work(SAMPLE / "กองช่าง.xlsx", ROUND, "กองช่าง.xlsx", "x")]
    with pytest.raises(RuntimeError, match="no disk"):
        list(read_isolated(given, TRANG))


def test_a_nursery_that_has_ended_is_no_fault_of_the_files():
    nursery = workers._Nursery()
    nursery.begin(TRANG, 2.0)
    worker = workers._Worker(nursery)
    nursery._process.kill()
    nursery._process.wait()
    with pytest.raises(RuntimeError, match="does not start"):
        workers._Worker(nursery)
    worker.end()
    nursery.end()


def test_a_prepared_nursery_is_used_once_and_replaced_where_it_has_come_to_harm():
    workers.end_prepared()
    given = [Work(SAMPLE / "กองช่าง.xlsx", ROUND, "กองช่าง.xlsx", "x")]
    (alone,) = read_isolated(given, TRANG)
    workers.prepare()
    workers.prepare()
    (prepared,) = workers._prepared
    (read,) = read_isolated(given, TRANG)
    assert (read.summaries, workers._prepared) == (alone.summaries, [])
    assert not prepared.is_alive
    workers.prepare()
    workers._prepared[0]._process.kill()
    workers._prepared[0]._process.wait()
    (read,) = read_isolated(given, TRANG)
    assert read.summaries == alone.summaries


def test_a_nursery_that_nobody_needs_ends_with_the_process():
    code = "from orchestration import workers; workers.prepare(); print(workers._prepared[0]._process.pid)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


def test_progress_says_how_far_how_fast_and_how_long_still(monkeypatch):
    assert workers.progress(500, 2000, 10.0) == "read 500 of 2,000 files, 50.0 a second, about 30 s left"
    monkeypatch.setattr(workers, "SECONDS_BETWEEN_PROGRESS", -1.0)
    monkeypatch.setattr(workers, "FILES_AT_ONCE", 1)
    said = []
    given = [Work(SAMPLE / name, ROUND, name, name) for name in LISTINGS]
    list(read_isolated(given, TRANG, say=said.append))
    assert [line.split(" files")[0] for line in said] == ["read 1 of 3", "read 2 of 3", "read 3 of 3"]


def test_nothing_to_read_starts_nothing(monkeypatch):
    monkeypatch.setattr(workers.subprocess, "Popen", None)
    assert list(read_isolated([], TRANG)) == []
