"""dbt's own unit tests and documentation, run against the sample's accepted rows."""

import json


def test_dbt_unit_tests(installation):
    from orchestration import dbt, settings

    result = dbt.invoke(settings.load(), "test", "--select", "test_type:unit")
    statuses = {r.node.name: str(r.status) for r in result.result.results}
    assert len(statuses) >= 10
    assert {name: status for name, status in statuses.items() if status != "pass"} == {}


def test_every_published_column_is_described_and_under_contract(installation):
    manifest = json.loads((installation.home / "dbt" / "manifest.json").read_text(encoding="utf-8"))
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in ("core", "marts"):
            assert node["description"], node["name"]
            assert [c for c, column in node["columns"].items() if not column["description"]] == [], node["name"]
            if node["config"]["materialized"] == "table":
                assert node["config"]["contract"]["enforced"], node["name"]


def test_the_page_of_rules_is_up_to_date(installation):
    from docs.rules import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page(installation.first / "warehouse.duckdb"), "make docs-rules"
