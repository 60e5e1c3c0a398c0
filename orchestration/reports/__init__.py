"""The reports of a release: what people read, written from the warehouse file alone."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from orchestration.decisions import of_round
from orchestration.reports.data import (
    RankingData,
    RoundData,
    known_as_of,
    read_calendar,
    read_lgo_codes,
    read_no_list,
    read_rankings,
    read_round,
)
from orchestration.reports.eplan_changes import write_eplan_changes
from orchestration.reports.explorer import write_explorer
from orchestration.reports.match_review import write_match_review
from orchestration.reports.page import write_index, write_round_page
from orchestration.reports.ranking import write_ranking
from orchestration.reports.returns import Office, write_returns
from orchestration.reports.workbook import write_round_report
from orchestration.settings import Letterhead, SettingsError

__all__ = ["LEFT_OUT", "PROBLEMS", "Office", "write_for_signing", "write_reports"]

# What is wrong with the office's templates and [memo], beside the reports that could be written all the same.
PROBLEMS = "template_problems.txt"
# A second each, and one page of all: more are not written at once. The largest province has 334.
MOST_LOCAL_GOVERNMENTS = 400
LEFT_OUT = "reports_left_out.txt"


def write_reports(
    warehouse: Path,
    release_id: str,
    round_key: str,
    directory: Path,
    office: Office | None = None,
    decisions: Iterable[Mapping[str, Any]] = (),
) -> list[Path]:
    """Write every report of one round of one release into ``directory``; returns the files, index.html last.

    ``warehouse`` is the release's DuckDB file, opened read-only. Per local government of the round:
    memo_<lgo_code>.docx and .pdf, annexes_<lgo_code>.pdf, round_report_<lgo_code>.xlsx and .html,
    match_review_<lgo_code>.xlsx, eplan_changes_<lgo_code>.xlsx; per province:
    provincial_ranking_<province_code>.csv, .xlsx, .html and .pdf; given the ``office``, round_status.html and
    returns/ (see returns.py). Of more than MOST_LOCAL_GOVERNMENTS those of ``office.reported`` only, no explorer,
    and LEFT_OUT says so. A memo whose template is wrong is left out and named in template_problems.txt.
    ``decisions`` are those of the release's manifest to publish despite something: each report says them.
    The same release, templates and settings give the same bytes.

    Where forms have come without an e-PlanNACC list, index.html and round_status.html say so, and what needs the
    list (all that is written per local government) is left out.

    Raises LookupError where the release does not know the round.
    """
    made = of_round(decisions, round_key)
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    links: list[tuple[str, list[Path]]] = []
    problems: list[str] = []
    letterhead = office.letterhead if office else Office(Path()).letterhead
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rankings = read_rankings(connection, release_id, round_key, made)
        by_province = {ranking.province_code: ranking for ranking in rankings}
        codes = read_lgo_codes(connection, round_key)
        too_many = len(codes) > MOST_LOCAL_GOVERNMENTS
        if too_many:
            codes = [code for code in codes if office and code in office.reported]
            links.append(("รายงานราย อปท. / reports of each", [_write_left_out(directory)]))
        for lgo_code in codes:
            data = read_round(connection, release_id, round_key, lgo_code)
            awaited = office.divisions.get(lgo_code, ()) if office else ()
            data = replace(data, decisions=made, awaited=awaited)
            files = [directory / f"round_report_{lgo_code}.{suffix}" for suffix in ("xlsx", "html")]
            ranking = by_province.get(data.lgo["province_code"])
            write_round_report(data, ranking, files[0])
            write_round_page(data, files[1])
            files += write_for_signing(data, ranking, letterhead, directory, problems)
            links.append((data.lgo_full_name, files))
            changes = write_eplan_changes(connection, data, directory / f"eplan_changes_{lgo_code}.xlsx")
            links.append((f"สิ่งที่ต้องแก้ไขใน e-PlanNACC {data.lgo_name}", [changes]))
            review = directory / f"match_review_{lgo_code}.xlsx"
            if write_match_review(connection, data, review):
                links.append((f"การจับคู่โครงการ {data.lgo_name}", [review]))
        if not too_many:
            explorer = directory / "explorer.html"
            write_explorer(connection, release_id, round_key, explorer, office.cache if office else None, made)
            links.insert(0, ("หน้าสำรวจข้อมูลทั้งรอบ", [explorer]))
        no_list = read_no_list(connection, round_key)
        known = known_as_of(read_calendar(connection, round_key), office.known_at) if office else None
        answers = write_returns(connection, release_id, round_key, office, directory) if office else []
    if answers:
        links.append(("ใครส่งแล้ว ใครยังไม่ส่ง ใครต้องแก้ไข", answers[:1]))
    for ranking in rankings:
        links.append((ranking.title_th, write_ranking(ranking, directory, office.cache if office else None)))
    for _, files in links:
        written.extend(files)
    written.extend(answers[1:])
    if problems:
        written.append(directory / PROBLEMS)
        unique = dict.fromkeys(problems)
        written[-1].write_text("\n".join(unique) + "\n", encoding="utf-8", newline="\n")
        links.append(("แม่แบบที่ต้องแก้ไข", written[-1:]))
    if len(links) > 1:
        index = directory / "index.html"
        written.append(write_index(links, answers[1:], release_id, round_key, index, no_list, known))
    return written


def _write_left_out(directory: Path) -> Path:
    path = directory / LEFT_OUT
    words = (
        f"รอบนี้มีมากกว่า {MOST_LOCAL_GOVERNMENTS} อปท. จึงไม่เขียนรายงานราย อปท. และหน้าสำรวจข้อมูล"
        " ระบุรหัส อปท. ที่ต้องการใน sucharit.toml [reports] local_governments แล้วสั่ง report อีกครั้ง\n"
        f"This round has more than {MOST_LOCAL_GOVERNMENTS} local governments: their own reports and the explorer"
        " were left out. Name those wanted in sucharit.toml, [reports] local_governments, and run report again.\n"
    )
    path.write_text(words, encoding="utf-8", newline="\n")
    return path


def write_for_signing(
    data: RoundData,
    ranking: RankingData | None,
    letterhead: Callable[[str], Letterhead],
    directory: Path,
    problems: list[str],
) -> list[Path]:
    """Write the memo as DOCX and PDF and its annexes as PDF; returns those that could be written.

    What an office wrote wrongly goes into ``problems`` and costs it only the file that needs it.
    """
    # Loaded late: together they cost a third of a second that nobody needs before the first report.
    import typst
    from docx.image.exceptions import InvalidImageStreamError, UnexpectedEndOfFileError, UnrecognizedImageError

    from orchestration.reports import annexes, pdf
    from orchestration.reports.memo import TemplateMistake, make_memo
    from orchestration.reports.memo_docx import write_memo_docx

    code = data.lgo["lgo_code"]
    paths = [directory / name for name in (f"memo_{code}.docx", f"memo_{code}.pdf", f"annexes_{code}.pdf")]
    wrong = (
        TemplateMistake, SettingsError, typst.TypstError, InvalidImageStreamError, UnexpectedEndOfFileError,
        UnrecognizedImageError,
    )  # fmt: skip
    head = Letterhead()
    try:
        head = letterhead(code)
        memo = make_memo(data, head)
        pdf.write_memo_pdf(memo, head, data.release_id, data.created, paths[1], data.names)
        write_memo_docx(memo, data, head, paths[0])
    except wrong as error:
        said = str(error)
        if head.garuda and not isinstance(error, (TemplateMistake, SettingsError)):
            said = (
                f"{head.garuda}: รูปครุฑใช้ไม่ได้ ให้วางรูป PNG หรือ JPEG ใหม่ / not a picture that can be printed: {said}"
            )
        problems.append(said)
        for path in paths[:2]:
            path.unlink(missing_ok=True)
    try:
        pdf.write_annexes_pdf(annexes.round_annexes(data, ranking), head, data.created, paths[2])
    except wrong as error:
        problems.append(str(error))
    return [path for path in paths if path.exists()]
