"""accepted_changes.csv as people save it, and what is said of a line that does not hold."""

from datetime import date

from orchestration import baseline

HEADER = ",".join(baseline.HEADER)
LINE = "rows_do_not_vanish,FY2566-12M,x,10,5,{reason},{post},{until}"


def acceptances(settings, *lines, encoding="cp874"):
    baseline.acceptances_path(settings).write_text("\n".join([HEADER, *lines]), encoding=encoding)
    return baseline.acceptances(settings, date(2023, 11, 1))


def test_a_file_of_thai_excel_with_thai_days_is_understood(settings):
    good = LINE.format(reason="กองยุบรวมกัน", post="ผู้อำนวยการกอง", until="30/11/2566")
    for encoding in ("cp874", "utf-8", "utf-8-sig"):
        holding, problems = acceptances(settings, good, encoding=encoding)
        assert [(a.reason, a.valid_until) for a in holding.values()] == [("กองยุบรวมกัน", "30/11/2566")]
        assert problems == []


def test_a_line_that_does_not_hold_says_why_and_an_old_one_is_over(settings):
    holding, problems = acceptances(
        settings,
        LINE.format(reason="x", post="นายสมชาย ใจดี", until="2566-11-30"),
        LINE.format(reason="x", post="ปลัดเทศบาล", until="สิ้นปี"),
        LINE.format(reason="", post="ปลัดเทศบาล", until="2566-11-30"),
        LINE.format(reason="x", post="ปลัดเทศบาล", until="2566-10-31"),
    )
    assert holding == {}
    assert [p.split(":")[0][-1] for p in problems] == ["2", "3", "4"]
    assert "ต้องเป็นตำแหน่ง" in problems[0] and "«สิ้นปี»" in problems[1] and "reason" in problems[2]
