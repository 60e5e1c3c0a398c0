"""The reports of a release: what people read, written from the warehouse file alone."""

from pathlib import Path

import duckdb

from orchestration.reports.data import read_lgo_codes, read_rankings, read_round
from orchestration.reports.page import write_index, write_round_page
from orchestration.reports.ranking import write_ranking
from orchestration.reports.returns import Office, write_returns
from orchestration.reports.workbook import write_round_report

__all__ = ["Office", "write_reports"]


def write_reports(
    warehouse: Path, release_id: str, round_key: str, directory: Path, office: Office | None = None
) -> list[Path]:
    """Write every report of one round of one release into ``directory``; returns the files, index.html last.

    ``warehouse`` is the release's DuckDB file, opened read-only. Per local government of the round:
    round_report_<lgo_code>.xlsx and .html; per province: provincial_ranking_<province_code>.csv, .xlsx and
    .html; given the ``office``, round_status.html and returns/ (see returns.py). The same release gives the
    same bytes.

    Raises LookupError where the release does not know the round.
    """
    directory.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    links: list[tuple[str, list[Path]]] = []
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rankings = read_rankings(connection, release_id, round_key)
        for lgo_code in read_lgo_codes(connection, round_key):
            data = read_round(connection, release_id, round_key, lgo_code)
            files = [directory / f"round_report_{lgo_code}.{suffix}" for suffix in ("xlsx", "html")]
            write_round_report(data, files[0])
            write_round_page(data, files[1])
            links.append((data.lgo_full_name, files))
        answers = write_returns(connection, release_id, round_key, office, directory) if office else []
    if answers:
        links.append(("ใครส่งแล้ว ใครยังไม่ส่ง ใครต้องแก้ไข", answers[:1]))
    for ranking in rankings:
        links.append((ranking.title_th, write_ranking(ranking, directory)))
    for _, files in links:
        written.extend(files)
    written.extend(answers[1:])
    if len(links) > 1:
        written.append(write_index(links, answers[1:], release_id, round_key, directory / "index.html"))
    return written
