"""The dashboard of a round as code: data sets, charts and their places, in Superset's own import format."""

import io
import json
import uuid
import zipfile
from pathlib import Path

import duckdb
import yaml

NAMES = uuid.UUID("5c7f4f3e-2a84-4d2c-9a5a-66c1de8c1f01")
DATABASE = "สุจริต Sucharit"
TITLE = "ผลการขับเคลื่อนแผนปฏิบัติการป้องกันการทุจริต"
SLUG = "sucharit"

LGO = "join core.dim_lgo as lgo using (lgo_code)"
# Name: the query. Columns carry the Thai words that a chart shows.
DATASETS = {
    "สรุปผลรอบ": f"""
        select s.round_key, lgo.lgo_name as "อปท.", s.implementation_pct, s.implementation_level_th as "ระดับ",
            s.budget_baht, s.disbursed_baht, s.disbursed_pct
        from marts.round_summary as s {LGO}""",
    "ผลตามมิติ": f"""
        select d.round_key, lgo.lgo_name as "อปท.",
            case d.dimension when 'total' then 'รวม' else concat('มิติ ', d.dimension) end as "มิติ",
            d.planned_projects, d.completed_projects, d.disbursed_baht
        from marts.dimension_summary as d {LGO}
        where d.dimension <> 'total'""",
    "โครงการตามสถานะ": f"""
        select f.round_key, lgo.lgo_name as "อปท.",
            case f.status when 'completed' then 'ดำเนินการแล้วเสร็จ' when 'in_progress' then 'อยู่ระหว่างดำเนินการ'
                when 'unable' then 'ไม่สามารถดำเนินการได้' when 'awaiting_report' then 'รอรายงาน'
                else 'ไม่ชัดเจน' end as "สถานะ",
            f.line_id
        from core.fct_status as f {LGO}
        where f.source = 'eplan' and f.counts_towards_total""",
    "ข้อค้นพบ": """
        select round_key, coalesce(lgo_name, '-') as "อปท.", title_th as "ข้อค้นพบ",
            case severity when 'critical' then '1 ร้ายแรง' when 'warning' then '2 ควรตรวจสอบ'
                else '3 เพื่อทราบ' end as "ระดับ",
            finding_id
        from marts.finding left join core.dim_lgo using (lgo_code)""",
    "ผลระดับจังหวัด": """
        select round_key, lgo_name as "อปท.", district as "อำเภอ", implementation_pct, level_th as "ระดับ",
            rank_in_province as "อันดับ", ranked_in_province as "จากที่ทราบผล"
        from marts.provincial_ranking where has_reported""",
}


def _sum(column, label):
    return {"expressionType": "SIMPLE", "aggregate": "SUM", "column": {"column_name": column}, "label": label}


def _of(sql, label):
    return {"expressionType": "SQL", "sqlExpression": sql, "label": label}


def _number(metric, form, below):
    return {"viz_type": "big_number_total", "metric": metric, "y_axis_format": form, "subtitle": below}


BAR = {"viz_type": "echarts_timeseries_bar", "x_axis_sort_asc": True, "show_legend": True, "show_value": True,
       "rich_tooltip": True, "truncate_metric": True, "row_limit": 100}  # fmt: skip
TABLE = {"viz_type": "table", "show_cell_bars": False}
# Title: (data set, columns of twelve, height, parameters).
CHARTS = {
    "ร้อยละการนำแผนฯ ไปปฏิบัติ": (
        "สรุปผลรอบ", 4, 24,
        _number(_of("avg(implementation_pct)", "ร้อยละ"), ",.2f", "เฉลี่ยของ อปท. ที่เลือก"),
    ),
    "เบิกจ่าย (บาท)": (
        "สรุปผลรอบ", 4, 24, _number(_sum("disbursed_baht", "บาท"), ",.2f", "ทุกโครงการใน e-PlanNACC")
    ),
    "งบประมาณตามแผน (บาท)": (
        "สรุปผลรอบ", 4, 24, _number(_sum("budget_baht", "บาท"), ",.2f", "ทุกโครงการใน e-PlanNACC")
    ),
    "โครงการตั้งต้นตามมิติ": (
        "ผลตามมิติ", 6, 46,
        BAR | {"x_axis": "มิติ",
               "metrics": [_sum("planned_projects", "ตามแผน"), _sum("completed_projects", "แล้วเสร็จ")]},
    ),
    "โครงการตามสถานะ": (
        "โครงการตามสถานะ", 6, 46,
        {"viz_type": "pie", "groupby": ["สถานะ"], "metric": _of("count(*)", "โครงการ"), "donut": True,
         "show_labels": True, "show_labels_threshold": 0, "label_type": "key_value", "show_legend": False,
         "row_limit": 20},
    ),
    "ข้อค้นพบที่ต้องแก้ไข": (
        "ข้อค้นพบ", 6, 46,
        TABLE | {"query_mode": "aggregate", "groupby": ["ระดับ", "ข้อค้นพบ"],
         "metrics": [_of("count(*)", "รายการ")], "order_desc": True, "row_limit": 100, "all_columns": []},
    ),
    "ร้อยละการนำแผนฯ ไปปฏิบัติในจังหวัด": (
        "ผลระดับจังหวัด", 6, 46,
        TABLE | {"query_mode": "raw", "all_columns": ["อันดับ", "จากที่ทราบผล", "อปท.", "อำเภอ", "implementation_pct",
         "ระดับ"], "order_by_cols": ['["อันดับ", true]'], "row_limit": 200},
    ),
}  # fmt: skip
VERBOSE = {
    "round_key": "รอบ",
    "implementation_pct": "ร้อยละการนำไปปฏิบัติ",
    "disbursed_baht": "เบิกจ่าย (บาท)",
    "budget_baht": "งบประมาณ (บาท)",
    "disbursed_pct": "ร้อยละการเบิกจ่าย",
    "planned_projects": "โครงการตามแผน",
    "completed_projects": "แล้วเสร็จ",
}


def _id(kind, name):
    return str(uuid.uuid5(NAMES, f"{kind}:{name}"))


def bundle(warehouse: Path) -> bytes:
    """Return the dashboard as a ZIP that Superset imports; `warehouse` is the path through releases/current.

    The same names give the same ids, so that importing again replaces what is there.
    """
    files = {
        "metadata.yaml": {"version": "1.0.0", "type": "assets", "timestamp": "2026-01-01T00:00:00+00:00"},
        "databases/sucharit.yaml": {
            "database_name": DATABASE,
            "sqlalchemy_uri": f"duckdb:///{warehouse}",
            "expose_in_sqllab": True,
            "allow_ctas": False,
            "allow_cvas": False,
            "allow_dml": False,
            "allow_run_async": False,
            "allow_file_upload": False,
            "extra": {
                # Nothing but the release: no other file of this machine, no network, no way to change that.
                "engine_params": {
                    "connect_args": {
                        "read_only": True,
                        "config": {"enable_external_access": False, "lock_configuration": True},
                    }
                },
                "allows_virtual_table_explore": True,
            },
            "uuid": _id("database", DATABASE),
            "version": "1.0.0",
        },
    }
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for name, sql in DATASETS.items():
            files[f"datasets/sucharit/{_id('dataset', name)}.yaml"] = _dataset(connection, name, sql)
    for name, (dataset, _, _, params) in CHARTS.items():
        files[f"charts/{_id('chart', name)}.yaml"] = {
            "slice_name": name,
            "viz_type": params["viz_type"],
            "params": params | {"color_scheme": "supersetColors", "adhoc_filters": []},
            "uuid": _id("chart", name),
            "version": "1.0.0",
            "dataset_uuid": _id("dataset", dataset),
        }
    files["dashboards/sucharit.yaml"] = {
        "dashboard_title": TITLE,
        "slug": SLUG,
        "uuid": _id("dashboard", TITLE),
        "position": _positions(),
        "metadata": {"native_filter_configuration": [_filter("round_key", "รอบ"), _filter("อปท.", "อปท.")],
                     "color_scheme": "supersetColors", "cross_filters_enabled": True, "refresh_frequency": 0},
        "published": True,
        "version": "1.0.0",
    }  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"sucharit/{name}", yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return packed.getvalue()


def _dataset(connection, name, sql):
    described = connection.sql(sql)
    return {
        "table_name": name,
        "schema": None,
        "sql": " ".join(sql.split()),
        "filter_select_enabled": True,
        "uuid": _id("dataset", name),
        "metrics": [{"metric_name": "count", "expression": "count(*)", "verbose_name": "จำนวน"}],
        "columns": [
            {
                "column_name": column,
                "verbose_name": VERBOSE.get(column),
                "type": str(kind),
                "is_active": True,
                "groupby": True,
                "filterable": True,
                "is_dttm": False,
            }
            for column, kind in zip(described.columns, described.types, strict=True)
        ],
        "version": "1.0.0",
        "database_uuid": _id("database", DATABASE),
    }


def _filter(column, label):
    return {
        "id": f"NATIVE_FILTER-{_id('filter', column)[:8]}",
        "name": label,
        "filterType": "filter_select",
        "targets": [{"datasetUuid": _id("dataset", "สรุปผลรอบ"), "column": {"name": column}}],
        "controlValues": {"multiSelect": True, "enableEmptyFilter": False, "searchAllOptions": False},
        "defaultDataMask": {"filterState": {}, "extraFormData": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
        "type": "NATIVE_FILTER",
    }


def _positions():
    rows, width = [[]], 0
    for name, (_, columns, _, _) in CHARTS.items():
        if width + columns > 12:
            rows, width = [*rows, []], 0
        rows[-1].append(name)
        width += columns
    places = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "parents": ["ROOT_ID"],
                    "children": [f"ROW-{number}" for number in range(len(rows))]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": TITLE}},
    }  # fmt: skip
    for number, names in enumerate(rows):
        row = f"ROW-{number}"
        charts = [f"CHART-{_id('chart', name)[:8]}" for name in names]
        places[row] = {"id": row, "type": "ROW", "children": charts, "parents": ["ROOT_ID", "GRID_ID"],
                       "meta": {"background": "BACKGROUND_TRANSPARENT"}}  # fmt: skip
        for name, chart in zip(names, charts, strict=True):
            _, columns, height, _ = CHARTS[name]
            places[chart] = {
                "id": chart,
                "type": "CHART",
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", row],
                "meta": {
                    "uuid": _id("chart", name),
                    # Superset puts its own number in the place of this one.
                    "chartId": list(CHARTS).index(name) + 1,
                    "sliceName": name,
                    "width": columns,
                    "height": height,
                },
            }
    return json.loads(json.dumps(places))
