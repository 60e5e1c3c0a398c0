"""What is remembered of Parquet files is what their footers say."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration import footers

COLUMNS = pa.schema([("a", pa.int64()), ("b", pa.string())])


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "two.parquet", 2)
    return tmp_path


def write(path, rows):
    pq.write_table(pa.table({"a": range(rows), "b": ["ก"] * rows}, schema=COLUMNS), path)


def another_process(monkeypatch):
    """Forget what this process knows, and let no file be opened."""
    monkeypatch.setattr(footers, "_known", {})
    monkeypatch.setattr(footers, "_written", {})

    def opened(path):
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr(footers.pq, "read_metadata", opened)


def test_an_unchanged_file_is_not_opened_again(folder, monkeypatch):
    assert footers.rows_in(folder / "two.parquet") == 2
    footers.remember(folder)
    another_process(monkeypatch)
    assert footers.rows_in(folder / "two.parquet") == 2
    assert footers.has_columns(folder / "two.parquet", COLUMNS)
    assert not footers.has_columns(folder / "two.parquet", pa.schema([("a", pa.int32()), ("b", pa.string())]))
    write(folder / "two.parquet", 2)
    with pytest.raises(AssertionError, match="was opened"):
        footers.rows_in(folder / "two.parquet")


def test_another_file_of_that_name_is_looked_at(folder):
    footers.rows_in(folder / "two.parquet")
    footers.remember(folder)
    write(folder / "other", 3)
    (folder / "other").replace(folder / "two.parquet")
    assert footers.rows_in(folder / "two.parquet") == 3


def test_what_is_gone_is_not_remembered(folder, monkeypatch):
    write(folder / "three.parquet", 3)
    assert [footers.rows_in(folder / f"{name}.parquet") for name in ("two", "three")] == [2, 3]
    (folder / "three.parquet").unlink()
    footers.remember(folder)
    another_process(monkeypatch)
    assert not footers.has_columns(folder / "three.parquet", COLUMNS)
    assert "three" not in (folder / footers.LIST).read_text()


@pytest.mark.parametrize("damage", ["", "[]", '{"two.parquet": {}}', "{"])
def test_a_damaged_list_is_no_list(folder, monkeypatch, damage):
    (folder / footers.LIST).write_text(damage)
    assert footers.rows_in(folder / "two.parquet") == 2
    footers.remember(folder)
    another_process(monkeypatch)
    assert footers.rows_in(folder / "two.parquet") == 2


def test_a_damaged_file_has_no_columns(folder):
    (folder / "two.parquet").write_bytes(b"PAR1")
    assert not footers.has_columns(folder / "two.parquet", COLUMNS)
