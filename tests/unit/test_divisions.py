"""Which names are one division's: in the warehouse as beside it."""

import jinja2
import pytest

from orchestration.divisions import CLERKS_OFFICE_NAMES, as_one
from orchestration.paths import DBT_PROJECT


@pytest.mark.parametrize(
    ("one", "other", "are_one"),
    [
        ("กอง ช่าง", "กองช่าง", True),
        ("สำนักปลัดเทศบาล", "สำนักปลัด", True),
        ("สำนักงานปลัด อบต.", "สำนักปลัด", True),
        ("สำนักปลัดเทศบาล งานนิติการ", "สำนักปลัด", False),
        ("โรงเรียนเทศบาล 1", "โรงเรียนเทศบาล 2", False),
        ("กองช่าง", "กองคลัง", False),
    ],
)
def test_names_of_one_division(one, other, are_one):
    assert (as_one(one) == as_one(other)) is are_one


def test_the_warehouse_knows_the_same_names_of_the_clerks_office():
    said = []
    text = (DBT_PROJECT / "macros/submissions.sql").read_text(encoding="utf-8")
    macros = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(text, globals={"return": said.append})
    macros.module.clerks_office_names()
    assert [set(names) for names in said] == [CLERKS_OFFICE_NAMES]
