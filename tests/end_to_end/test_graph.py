"""The asset graph as it stands, so that a change of it is seen in review. Write it anew with
`python -m tests.end_to_end.test_graph` after a change that is meant."""

import json
import re
from pathlib import Path

SNAPSHOT = Path(__file__).with_name("graph.json")


def graph():
    from orchestration.definitions import defs

    nodes = defs.resolve_asset_graph()
    return {
        "assets": {
            key.to_user_string(): {
                "group": nodes.get(key).group_name,
                "parents": sorted(parent.to_user_string() for parent in nodes.get(key).parent_keys),
            }
            for key in sorted(nodes.materializable_asset_keys)
        },
        "jobs": sorted(job.name for job in defs.jobs),
        "schedules": {s.name: s.cron_schedule for s in defs.schedules},
        "sensors": sorted(s.name for s in defs.sensors),
    }


def test_the_graph_is_the_reviewed_one(installation):
    assert graph() == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_every_asset_says_what_it_is(installation):
    from orchestration.definitions import defs

    nodes = defs.resolve_asset_graph()
    every = [nodes.get(key) for key in nodes.materializable_asset_keys]
    assert [n.key.to_user_string() for n in every if not n.description] == []
    assert [
        n.key.to_user_string() for n in every if not (n.group_name and n.kinds and n.owners == ("team:data",))
    ] == []


def test_every_check_says_what_it_asks_in_thai_and_english(installation):
    from orchestration.definitions import defs

    nodes = defs.resolve_asset_graph()
    said = {key.name: nodes.get_check_spec(key).description or "" for key in nodes.asset_check_keys}
    assert len(said) > 90
    assert [name for name, text in said.items() if not re.search("[ก-๙].*[a-z]", text, re.DOTALL)] == []
    assert said["round_summary_is_sound"].splitlines()[:2] == [
        "- ต้องไม่มีสองแถวที่ `round_key`, `lgo_code` ซ้ำกัน / no two rows may have the same `round_key`, `lgo_code`",
        "- `round_key`, `lgo_code` ต้องไม่ว่าง / `round_key`, `lgo_code` must not be blank",
    ]
    # A proposal may be of a listing alone or of a project alone.
    blank = " / `round_key`, `lgo_code`, `section`, `subject` must not be blank\n"
    assert blank in said["match_review_is_sound"]


def test_every_expectation_is_a_check_of_its_own(installation):
    from expectations import accepted, against_last_release, published
    from orchestration.definitions import defs

    names = {key.name for key in defs.resolve_asset_graph().asset_check_keys}
    assert {rule.name for rule in [*accepted.RULES, *published.RULES, *against_last_release.RULES]} <= names


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(graph(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
