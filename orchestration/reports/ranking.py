"""The ranking of the local governments of one province as CSV, workbook, page with a chart, and PDF."""

import csv
import hashlib
import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import vl_convert
from markupsafe import Markup
from xlsxwriter.utility import xl_col_to_name

from orchestration.kept import forget_old, found, keep
from orchestration.paths import SEEDS
from orchestration.reports import formats, tables
from orchestration.reports.data import RankingData
from orchestration.reports.page import render
from orchestration.reports.workbook import (
    LINE_HEIGHT,
    NUMBER_FORMATS,
    Sheets,
    write_draft,
    write_level_counts,
    write_table,
)
from orchestration.settings import Letterhead

# A spreadsheet program takes a cell that begins with one of these for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

CSV_COLUMNS = (
    "round_key", "province", "rank_in_province", "rank_in_district", "lgo_code", "lgo_name", "district",
    "lgo_type", "has_reported", "implementation_pct", "is_capped", "level", "level_th", "basis",
    "rank_in_type", "previous_rank", "rank_change", "year_before_rank", "rank_change_on_year",
    "ranked_in_province",
)  # fmt: skip

# Dark enough for white paper, told apart in grey and by colour-blind readers; the level is in words beside.
LEVEL_COLOURS = {"high": "#2e7d32", "medium": "#f2a900", "low": "#b3261e"}
BAND_COLOURS = {"high": "#e9f2ea", "medium": "#fef6e5", "low": "#f7e8e7"}
CHART_FONT = "Sarabun, TH Sarabun New, Noto Sans Thai, Leelawadee UI, Laksaman, Tahoma, sans-serif"


def thresholds(plan_period: str, months: int) -> tuple[float, float]:
    """The lower bounds of the levels medium and high for a round, in percent: drawn, not decided by.

    Source: dbt_project/seeds/implementation_level.csv, from which the warehouse takes its levels.
    """
    with (SEEDS / "implementation_level.csv").open(encoding="utf-8-sig", newline="") as file:
        bounds = {
            row["level"]: float(row["lower_pct"])
            for row in csv.DictReader(file)
            if (row["plan_period"], row["months"]) == (plan_period, str(months))
        }
    return bounds["medium"], bounds["high"]


def inert(value: Any) -> Any:
    """A CSV value that no spreadsheet program runs: suspicious texts get an apostrophe, numbers stay."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return "" if value is None else value


def write_csv(ranking: RankingData, path: Path) -> None:
    """One row per local government under the warehouse's column names; UTF-8 with BOM for Excel."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*CSV_COLUMNS, "data_as_of", "release_id"])
        for row in ranking.rows:
            stamp = [ranking.data_as_of.date().isoformat() if ranking.data_as_of else "", ranking.release_id]
            writer.writerow([inert(row[column]) for column in CSV_COLUMNS] + [inert(value) for value in stamp])


def write_workbook(ranking: RankingData, path: Path) -> None:
    """The ranking as a table, and a native bar chart over three columns, one per level."""
    sheets = Sheets(path, ranking.title_th, ranking.release_id, ranking.created, ranking.draft_th)
    sheet = sheets.add("ลำดับระดับจังหวัด")
    for at, column in enumerate(tables.RANKING):
        sheet.set_column(at, at, column.width)
    sheets.text(sheet, 0, 0, ranking.title_th, sheets.style(bold=True, font_size=18))
    sheets.text(sheet, 1, 0, ranking.period_th, sheets.style(font_color="#595959"))
    sheets.text(sheet, 2, 0, ranking.stamp_th, sheets.style(font_color="#595959"))
    for row, height in enumerate((28, LINE_HEIGHT, LINE_HEIGHT)):
        sheet.set_row(row, height)
    write_draft(sheets, sheet, 3)
    below = write_table(sheets, sheet, 4, tables.RANKING, ranking.rows, tone="level", toned="level_th")
    first = below - len(ranking.rows)
    sheet.autofilter(first - 1, 0, below - 1, len(tables.RANKING) - 1)
    sheet.freeze_panes(first, 3)
    sheet.repeat_rows(4, first - 1)
    write_level_counts(sheets, sheet, ranking, first, below)
    write_chart_sheet(sheets, ranking)
    sheets.book.close()


def write_chart_sheet(sheets: Sheets, ranking: RankingData) -> None:
    """The chart's own sheet: names and one column of percents per level, so that each level has its colour.

    Who has no percent is left out: a bar of no length would read as 0.
    """
    charted = [row for row in ranking.rows if row["implementation_pct"] is not None]
    sheet = sheets.add("แผนภูมิ")
    name = "แผนภูมิ"
    sheet.set_column(0, 0, 42)
    sheet.set_column(1, 3, 11)
    head = sheets.style(bold=True, align="center", bg_color="#E7ECF3", border=1)
    for at, text in enumerate(["ชื่อ อปท.", *(th for th, _ in formats.LEVELS.values())]):
        sheets.text(sheet, 0, at, text, head)
    for index, row in enumerate(charted, start=1):
        sheets.text(sheet, index, 0, row["lgo_name"], sheets.style())
        for at, level in enumerate(formats.LEVELS, start=1):
            value = row["implementation_pct"] if row["level"] == level else None
            sheets.value(sheet, index, at, value, sheets.style(num_format=NUMBER_FORMATS["percent"]))
        sheet.set_row(index, LINE_HEIGHT)
    sheet.set_row(0, LINE_HEIGHT + 3)
    chart = sheets.book.add_chart({"type": "bar"})
    last = len(charted) + 1
    for at, level in enumerate(formats.LEVELS, start=1):
        letter = xl_col_to_name(at)
        chart.add_series(
            {
                "name": f"='{name}'!${letter}$1",
                "categories": f"='{name}'!$A$2:$A${last}",
                "values": f"='{name}'!${letter}$2:${letter}${last}",
                "fill": {"color": LEVEL_COLOURS[level]},
                "overlap": 100,
                "gap": 40,
                "data_labels": {
                    "value": True,
                    "custom": [
                        {"value": formats.percent(row["implementation_pct"], True)}
                        if row["is_capped"] and row["level"] == level
                        else None
                        for row in charted
                    ],
                    "num_format": "0.00;;",
                    "font": {"name": "TH Sarabun New", "size": 12},
                },
            }
        )
    font = {"name": "TH Sarabun New", "size": 12}
    chart.set_title({"name": "ร้อยละการนำแผนฯ ไปปฏิบัติ", "name_font": {"name": "TH Sarabun New", "size": 16}})
    chart.set_x_axis({"min": 0, "max": 100, "major_unit": 10, "num_font": font, "num_format": "0"})
    chart.set_y_axis({"reverse": True, "num_font": font, "interval_unit": 1})
    chart.set_legend({"position": "bottom", "font": font})
    chart.set_size({"width": 760, "height": max(320, 120 + 24 * len(charted))})
    sheet.insert_chart(0, 5, chart, {"description": f"{ranking.title_th} {ranking.period_th}"})
    sheet.print_area(0, 0, max(len(charted) + 1, 12 + len(charted) * 24 // 20), 17)


def chart_spec(ranking: RankingData) -> dict[str, Any]:
    """The Vega-Lite chart: one bar per local government, coloured by level, over the bands of the levels."""
    medium, high = thresholds(ranking.round["plan_period"], ranking.round["months"])
    bands = [
        {"from": 0, "to": medium, "colour": BAND_COLOURS["low"]},
        {"from": medium, "to": high, "colour": BAND_COLOURS["medium"]},
        {"from": high, "to": 100, "colour": BAND_COLOURS["high"]},
    ]
    bars = [
        {
            # Names repeat in a province; the code keeps two of them apart and is cut off the label again.
            "key": f"{row['lgo_name']}\u241f{row['lgo_code']}",
            "percent": float(row["implementation_pct"]),
            "label": formats.percent(row["implementation_pct"], row["is_capped"]),
            "level": row["level"],
        }
        for row in ranking.rows
        if row["implementation_pct"] is not None
    ]
    names = {level: th for level, (th, _) in formats.LEVELS.items()}
    scale = {"domain": list(LEVEL_COLOURS), "range": list(LEVEL_COLOURS.values())}
    x = {"type": "quantitative", "scale": {"domain": [0, 100]}}
    y = {
        "field": "key",
        "type": "nominal",
        "sort": [bar["key"] for bar in bars],
        "axis": {"labelExpr": "split(datum.label, '\u241f')[0]", "labelLimit": 320, "minExtent": 250},
        "title": None,
    }
    axis = {"title": "ร้อยละ", "values": [0, medium, high, 100], "grid": False}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": 760,
        "height": {"step": 24},
        "background": "white",
        "config": {
            "font": CHART_FONT,
            "axis": {"labelFontSize": 13, "titleFontSize": 13},
            "view": {"stroke": None},
        },
        "layer": [
            {
                "data": {"values": bands},
                "mark": {"type": "rect"},
                "encoding": {
                    "x": {**x, "field": "from", "axis": axis},
                    "x2": {"field": "to"},
                    "color": {"field": "colour", "type": "nominal", "scale": None},
                },
            },
            {
                "data": {"values": [{"at": medium}, {"at": high}]},
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": "#5a6573"},
                "encoding": {"x": {**x, "field": "at"}},
            },
            {
                "data": {"values": bars},
                "layer": [
                    {
                        "mark": {"type": "bar", "height": 15},
                        "encoding": {
                            "color": {
                                "field": "level",
                                "type": "nominal",
                                "scale": scale,
                                "legend": {
                                    "title": "ระดับ",
                                    "orient": "bottom",
                                    "labelExpr": f"{names}[datum.value]",
                                    "labelFontSize": 13,
                                    "titleFontSize": 13,
                                },
                            }
                        },
                    },
                    {
                        "mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 13},
                        "encoding": {"text": {"field": "label", "type": "nominal"}},
                    },
                ],
                "encoding": {"x": {**x, "field": "percent"}, "y": y},
            },
        ],
    }


def chart_svg(ranking: RankingData, cache: Path | None = None) -> Markup:
    """The chart as inline SVG; the names in it are escaped by the renderer.

    Starting the renderer takes a second, so what was drawn of the same ranking is kept in ``cache``.
    """
    spec = json.dumps(chart_spec(ranking), ensure_ascii=False)
    if cache is None:
        return Markup(vl_convert.vegalite_to_svg(spec))
    folder = cache / "charts"
    drawn = folder / hashlib.sha256((version("vl-convert-python") + spec).encode()).hexdigest()
    svg = found(drawn)
    if svg is None:
        folder.mkdir(parents=True, exist_ok=True)
        forget_old(folder)
        svg = vl_convert.vegalite_to_svg(spec)
        keep(drawn, svg)
    return Markup(svg)


def write_page(ranking: RankingData, path: Path, cache: Path | None = None) -> None:
    """The ranking as one self-contained page with its chart."""
    levels = [
        (level, th, sum(row["level"] == level for row in ranking.rows))
        for level, (th, _) in formats.LEVELS.items()
    ]
    render(
        "provincial_ranking.html",
        path,
        ranking=ranking,
        draft=ranking.draft_th,
        levels=levels,
        not_reported=sum(not row["has_reported"] for row in ranking.rows),
        chart=chart_svg(ranking, cache),
        columns=tables.RANKING,
    )


def write_pdf(ranking: RankingData, path: Path) -> None:
    """The ranking in its published form, to be printed."""
    # Loaded late, like all of typst.
    from orchestration.reports import annexes, pdf

    pdf.write_annexes_pdf(annexes.ranking_annex(ranking), Letterhead(), ranking.created, path)


def write_ranking(ranking: RankingData, directory: Path, cache: Path | None = None) -> list[Path]:
    """Write provincial_ranking_<province_code>.csv, .xlsx, .html and .pdf into ``directory``.

    ``cache`` keeps what takes long to draw.
    """
    stem = f"provincial_ranking_{ranking.province_code}"
    paths = [directory / f"{stem}.{suffix}" for suffix in ("csv", "xlsx", "html", "pdf")]
    write_csv(ranking, paths[0])
    write_workbook(ranking, paths[1])
    write_page(ranking, paths[2], cache)
    write_pdf(ranking, paths[3])
    return paths
