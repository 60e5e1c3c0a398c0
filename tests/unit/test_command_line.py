"""What is mistyped on the command line, or asked for too early, is said in Thai first."""

import re

import pytest

from orchestration.__main__ import main


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["round", "FY2566-13M"], "'FY2566-13M'"),
        (["round", "2566-12"], "FY2566-12M"),
        (["report", "FY2590-6M"], "docs/operations.md"),
        (["round", "FY2566-12M", "--as-of", "เมื่อวาน"], "2566-10-17T23:59"),
        (["round", "FY2566-12M", "--as-of", "2600-10-17"], "'2600-10-17'"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_runs(arguments, said, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["sucharit", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    message = capsys.readouterr().err.partition("error: ")[2]
    assert ended.value.code == 2
    assert re.search("[ก-๙]", message.partition(" / ")[0]) and said in message


@pytest.mark.parametrize("command", ["clean-up", "verify"])
def test_before_the_first_release_there_is_nothing_to_keep(
    command, installation_without_release, monkeypatch, capsys
):
    monkeypatch.setattr("sys.argv", ["sucharit", command])
    assert main() == 1
    assert "ยังไม่มีชุดข้อมูลใดเผยแพร่" in capsys.readouterr().err


@pytest.fixture
def installation_without_release(tmp_path, monkeypatch):
    (tmp_path / "sucharit.toml").write_text('[deployment]\nlocal_governments = ["3920102"]\n', encoding="utf-8")
    monkeypatch.setenv("SUCHARIT_HOME", str(tmp_path))
