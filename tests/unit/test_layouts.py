"""The layout files: a mistake in them is named, and not taken for one of every file that is read."""

import re

import pytest

from orchestration.spreadsheets import layouts, tables
from tests.conftest import PROJECT


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Return a function that puts a text of a layout file in place of another one."""
    for name in ("fields.csv", "headers.csv"):
        (tmp_path / name).write_bytes((layouts.LAYOUTS / name).read_bytes())
    monkeypatch.setattr(layouts, "LAYOUTS", tmp_path)
    cached = (layouts.fields, layouts.header_paths, tables.schema)

    def edit(name, before, after):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert before in text
        (tmp_path / name).write_text(text.replace(before, after, 1), encoding="utf-8")

    for function in cached:
        function.cache_clear()
    yield edit
    for function in cached:
        function.cache_clear()


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        (
            "headers.csv",
            "division_listing,disbursed_baht,เบิกจ่าย,",
            "division_listing,disburse_baht,เบิกจ่าย,",
            "headers.csv «เบิกจ่าย»: ไม่มีช่อง disburse_baht ของ division_listing ใน fields.csv / no field disburse_baht",
        ),
        (
            "headers.csv",
            "division_listing,disbursed_baht,ผลการเบิกจ่าย,",
            "division_listing,remaining_baht,เบิกจ่าย,",
            "headers.csv «เบิกจ่าย»: เป็นหัวของทั้ง disbursed_baht และ remaining_baht / heads both disbursed_baht and",
        ),
        (
            "fields.csv",
            "division_listing,remark,text,optional,",
            "division_listing,remark,txt,optional,",
            "fields.csv remark: type txt ไม่ใช่ค่าใดใน text, ",
        ),
        (
            "fields.csv",
            "division_listing,remark,text,optional,",
            "division_listing,remark,text,option,",
            "fields.csv remark: presence option ไม่ใช่ค่าใดใน required, ",
        ),
    ],
)
def test_a_mistake_in_a_layout_is_named(edited, name, before, after, said):
    edited(name, before, after)
    with pytest.raises(layouts.LayoutError) as error:
        layouts.header_paths()
    assert said in str(error.value)


def test_there_is_a_column_for_every_type_of_field():
    assert {*layouts.TYPES} == tables.ARROW.keys()


@pytest.mark.parametrize("kind", ["division_listing", "eplan_project"])
def test_every_field_of_a_line_goes_on_to_the_warehouse(kind):
    """One that staging does not take over is read and then lost."""
    macros = (PROJECT / "dbt_project/macros/identity.sql").read_text(encoding="utf-8")
    (names,) = re.findall(rf"'{kind}': \[(.*?)\]", macros, re.DOTALL)
    own = {f.name for f in layouts.fields()[kind] if f.is_read and f.presence != "fill_down"}
    assert own ^ {*re.findall(r"'(\w+)'", names)} <= {"eplan_seq"}, (
        "cells_of_a_line in dbt_project/macros/identity.sql"
    )
