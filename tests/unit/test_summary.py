"""What the terminal says of a run that failed: what a person can do, and no stack trace of what was foreseen."""

from functools import partial

import duckdb
from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    DagsterInstance,
    Failure,
    MaterializeResult,
    asset,
    materialize,
)

from orchestration import intake, summary
from orchestration.assets.ingest import submissions
from orchestration.ledger import Ledger
from orchestration.resources import Home
from orchestration.summary import failures, files_to_mend, not_received, nothing_usable, refused_files
from tests.conftest import ROUND
from tests.unit.test_parse import HEADER, ROW, TITLE, workbook

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@asset(
    check_specs=[
        AssetCheckSpec("is_whole", asset="judged", blocking=True),
        AssetCheckSpec("is_odd", asset="judged"),
    ]
)
def judged():
    yield MaterializeResult()
    yield AssetCheckResult(
        check_name="is_whole",
        passed=False,
        description="ต้องครบ / must be whole",
        metadata={"if the change is real": "add a line", "rows": 3},
    )
    yield AssetCheckResult(check_name="is_odd", passed=False, severity=AssetCheckSeverity.WARN, description="odd")


@asset
def foreseen():
    raise Failure("หน่วยความจำไม่พอ / out of memory", metadata={"dim_lgo": "needs more"})


@asset
def unforeseen():
    raise ValueError("nobody thought of that")


def test_a_failed_run_says_what_to_do():
    with DagsterInstance.ephemeral() as instance:
        result = materialize(
            [judged, foreseen, unforeseen], instance=instance, raise_on_error=False, run_config=QUIET
        )
        said = failures(result)
    assert said[:3] == ["", "judged: is_whole: ต้องครบ / must be whole", "  if the change is real: add a line"]
    text = "\n".join(said[3:])
    assert "foreseen: หน่วยความจำไม่พอ / out of memory\n  dim_lgo: needs more" in text
    assert "ValueError: nobody thought of that" in text and "Stack Trace" in text
    assert "is_odd" not in text and "DagsterAssetCheckFailedError" not in text
    assert text.count("Stack Trace") == 1


def test_every_file_that_was_refused_is_said_with_what_to_do(settings, monkeypatch):
    assert refused_files(settings, "FY2566-12M") == [] and not settings.ledger.exists()
    folder = settings.inbox / "FY2566-12M"
    folder.mkdir(parents=True)
    for name in ("ก.xlsx", "ข.xlsx", "ค.xlsx"):
        (folder / name).write_text(f"no workbook: {name}", encoding="utf-8")
    intake.receive(settings, "FY2566-12M")
    intake.read_submissions(settings, "FY2566-12M")
    monkeypatch.setattr(summary, "MOST_FILES", 2)
    lines = [line.strip() for line in refused_files(settings, "FY2566-12M")]
    assert [line for line in lines if line.endswith(".xlsx")] == ["ก.xlsx", "ข.xlsx"]
    [(_, message_th, message_en), *_] = Ledger(settings.ledger).refused("FY2566-12M")
    assert lines[lines.index("ก.xlsx") + 1 :][:2] == [message_th, message_en] and message_th and message_en
    assert "1 more" in lines[-1]


def test_what_lies_in_the_drop_folder_and_is_not_received_is_said_with_why(tmp_path, monkeypatch):
    """A run by hand prints no log: a link that leads nowhere and a folder whose name is no round were passed over."""
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
    (tmp_path / "sucharit.toml").write_text("[deployment]\nlocal_governments = ['3920102']\n", encoding="utf-8")
    inbox = tmp_path / "inbox"
    (inbox / ROUND).mkdir(parents=True)
    (inbox / "FY2566-12").mkdir()
    (inbox / "FY2566-12" / "กองคลัง.xlsx").write_bytes(b"x")
    (inbox / "กองช่าง.xlsx").write_bytes(b"x")
    (inbox / ROUND / "~$กองช่าง.xlsx").write_bytes(b"x")

    def said():
        with DagsterInstance.ephemeral() as instance:
            return not_received(
                materialize(
                    [submissions],
                    instance=instance,
                    partition_key=ROUND,
                    resources={"home": Home()},
                    run_config=QUIET,
                )
            )

    (inbox / ROUND / "ลิงก์.xlsx").symlink_to(tmp_path / "nowhere.xlsx")
    empty, title, link, beside = said()
    assert (empty, title) == ("", "  ไม่ได้รับในครั้งนี้ / not received this time")
    assert "ลิงก์.xlsx: เป็นลิงก์" in link and "put the files themselves here" in link
    assert "FY2566-12, กองช่าง.xlsx: แฟ้มเหล่านี้จะไม่ถูกรับ" in beside and f"inbox/{ROUND} / in no round" in beside
    for path in (inbox / ROUND / "ลิงก์.xlsx", inbox / "FY2566-12" / "กองคลัง.xlsx", inbox / "กองช่าง.xlsx"):
        path.unlink()
    assert said() == []


def test_a_round_without_a_file_that_counts_says_where_to_put_files(settings):
    folder = settings.inbox / ROUND
    said = "\n".join(nothing_usable(settings, ROUND))
    assert "ยังไม่ได้รับแฟ้มใด" in said and "nothing has been received yet" in said
    assert str(folder) in said and f"python -m orchestration round {ROUND}" in said
    folder.mkdir(parents=True)
    (folder / "ก.xlsx").write_text("no workbook", encoding="utf-8")
    intake.receive(settings, ROUND)
    intake.read_submissions(settings, ROUND)
    said = "\n".join(nothing_usable(settings, ROUND))
    assert "ยังไม่มีแฟ้มที่ใช้ได้" in said and "no file can be used" in said and str(folder) in said
    (folder / "ข.xlsx").write_bytes(workbook([TITLE, *HEADER, ROW]))
    intake.receive(settings, ROUND)
    intake.read_submissions(settings, ROUND)
    assert nothing_usable(settings, ROUND) == []


def test_rows_that_do_not_count_are_said_with_their_file_and_sheet():
    """So are files that were refused and still stand; an empty list is not announced."""
    with duckdb.connect() as connection:
        connection.execute(
            "create schema marts; create table marts.finding (finding_id text, rule text, round_key text,"
            " source_file text, source_sheet text, source_row int, message_th text, message_en text)"
        )
        assert files_to_mend(connection, ROUND) == []
        connection.execute(
            "insert into marts.finding values"
            f" ('1', 'row_quarantined', '{ROUND}', 'ข.xlsx', 'แบบ', 9, 'เซลล์ E9', 'Cell E9'),"
            f" ('2', 'file_quarantined', '{ROUND}', 'ก.xlsx', null, null, 'มีรหัสผ่าน', 'A password'),"
            f" ('3', 'overspend', '{ROUND}', 'ค.xlsx', 'แบบ', 3, 'ไม่เกี่ยว', 'Not this'),"
            " ('4', 'row_quarantined', 'FY2566-6M', 'ง.xlsx', 'แบบ', 3, 'รอบอื่น', 'Another round')"
        )
        lines = [line.strip() for line in files_to_mend(connection, ROUND)]
    refused, left_out = lines.index(""), lines.index("", 1)
    assert lines[refused + 1].endswith("files that were refused") and lines[left_out + 1].startswith("แถวที่ยังไม่นับ")
    assert lines[refused + 2 : left_out] == ["ก.xlsx", "มีรหัสผ่าน", "A password"]
    assert lines[left_out + 2 :] == ["ข.xlsx · แบบ", "เซลล์ E9", "Cell E9"]


def test_what_was_found_is_counted_in_thai_first_and_worst_first():
    with duckdb.connect() as connection:
        connection.execute(
            "create schema marts; create table marts.finding (rule text, severity text, title_th text, round_key text);"
            " create table marts.submission_ledger (outcome text, round_key text)"
        )
        counted = partial(summary._counted, connection)
        assert counted("ข้อค้นพบ", "marts.finding", "rule", "title_th", ROUND) == []
        connection.execute(
            f"insert into marts.finding values ('repaired_cell', 'info', 'ค่าที่โปรแกรมปรับ', '{ROUND}'),"
            f" ('overspend', 'warning', 'เบิกจ่ายเกิน', '{ROUND}'), ('overspend', 'warning', 'เบิกจ่ายเกิน', '{ROUND}'),"
            f" ('file_quarantined', 'critical', 'ไฟล์ที่รับเข้าไม่ได้', '{ROUND}');"
            f"insert into marts.submission_ledger values ('partly_accepted', '{ROUND}'), ('accepted', 'FY2566-6M')"
        )
        assert counted("ข้อค้นพบ", "marts.finding", "rule", "title_th", ROUND) == [
            "",
            "  ข้อค้นพบ",
            "       1  ร้ายแรง: ไฟล์ที่รับเข้าไม่ได้ / critical file_quarantined",
            "       2  ควรตรวจสอบ: เบิกจ่ายเกิน / warning overspend",
            "       1  เพื่อทราบ: ค่าที่โปรแกรมปรับ / info repaired_cell",
        ]
        assert counted("แฟ้ม", "marts.submission_ledger", "outcome", "outcome", ROUND) == [
            "",
            "  แฟ้ม",
            "       1  รับบางส่วน / partly_accepted",
        ]
