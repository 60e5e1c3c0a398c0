"""Writes docs/rules.md: every rule with its words, its home and an example of the reference round.

`make docs-rules` runs the reference round and then this module; a test fails when the page is out of date. The
words are those of seeds/finding_rule.csv, the meaning and the unit tests those of the yml. What stands above
the rules is rules.head.md.
"""

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import yaml

from orchestration.paths import DBT_PROJECT

PAGE = Path(__file__).with_name("rules.md")
RULES = DBT_PROJECT / "models" / "marts" / "rules"
HEAD = Path(__file__).with_name("rules.head.md")


def models() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (rule, model, the content of its yml)."""
    for path in sorted(RULES.glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        [model] = content["models"]
        for rule in model.get("config", {}).get("meta", {}).get("rules", [path.stem.removeprefix("rule_")]):
            yield rule, path.stem, content


def examples(warehouse: Path) -> dict[str, dict[str, Any]]:
    """The first finding or difference of each rule in a release, with how many there are."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        cursor = connection.execute(
            """
            with said as (
                select
                    rule, message_th, message_en, source_file as file, source_cell as cell, eplan_seq, listing_code
                from marts.finding
                union all
                select rule, message_th, message_en, coalesce(eplan_source_file, division_source_file),
                    coalesce(eplan_cell, division_cell), eplan_seq, listing_code
                from marts.reconciliation
            )
            select *, count(*) over (partition by rule) as number from said
            qualify row_number() over (
                partition by rule order by eplan_seq nulls last, listing_code, file, cell, message_en
            ) = 1
            """
        )
        names = [column[0] for column in cursor.description or []]
        return {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}


def page(warehouse: Path) -> str:
    """The text of docs/rules.md with examples from a release of the reference round."""
    with (DBT_PROJECT / "seeds" / "finding_rule.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    home = {rule: (model, content) for rule, model, content in models()}
    found = examples(warehouse)
    parts = [HEAD.read_text(encoding="utf-8"), "\n"]
    for row in rows:
        model, content = home[row["rule"]]
        tests = ", ".join(f"`{test['name']}`" for test in content["unit_tests"])
        parts.append(f"## `{row['rule']}`\n\n")
        parts.append(
            f"**{row['title_th']}** · {row['title_en']} · *{row['severity']}* · `marts.{row['mart']}`\n\n"
        )
        parts.append(f"{' '.join(content['models'][0]['description'].split())}\n\n")
        parts.append(f"> {row['message_th']}\n>\n> {row['message_en']}\n\n")
        if example := found.get(row["rule"]):
            parts.append(
                f"FY2566-12M: {example['number']}, such as {example['file']} {example['cell'] or ''}:\n\n"
                f"> {example['message_th']}\n>\n> {example['message_en']}\n\n"
            )
        parts.append(f"`models/marts/rules/{model}.sql`; unit tests {tests}\n\n")
    return "".join(parts).rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(Path(sys.argv[1])), encoding="utf-8", newline="\n")
