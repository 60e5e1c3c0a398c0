"""Which columns a column is made of, read from SQL."""

from orchestration import lineage

COLUMNS = {
    "accepted": {"listing": {"code": "VARCHAR", "paid": "DECIMAL(18,2)"}},
    "core": {"project": {"code": "VARCHAR", "planned": "DECIMAL(18,2)"}},
}


def test_columns_are_followed_through_steps_to_the_tables():
    sql = """
        with paid as (
            select code, sum(paid) as paid_baht, count(*) as lines
            from read_parquet('/any/where/accepted/listing/*.parquet', union_by_name=true) group by all
        )
        select p.code, round(100 * paid.paid_baht / p.planned, 2) as paid_pct, paid.lines, 'baht' as unit
        from "warehouse"."core"."project" as p join paid using (code)
    """
    assert lineage.lineage_of(sql, COLUMNS) == {
        "code": ["core.project.code"],
        "paid_pct": ["accepted.listing.paid", "core.project.planned"],
        "lines": [],
        "unit": [],
    }


def test_a_column_made_of_everything_is_left_out_of_the_drawing(monkeypatch):
    many = [f"core.project.c{n}" for n in range(lineage.MOST_DRAWN + 1)]
    monkeypatch.setattr(lineage, "kept", lambda: {"marts.x": {"hash": many, "code": many[:1]}})
    drawn = lineage.for_dagster("marts.x").deps_by_column
    assert {name: [d.column_name for d in deps] for name, deps in drawn.items()} == {"code": ["c0"]}
    assert lineage.for_dagster("marts.unknown") is None
