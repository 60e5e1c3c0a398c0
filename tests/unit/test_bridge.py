"""What Great Expectations says, brought to results: failing rows, what was observed, and rules that break."""

import subprocess
import sys

import pandas as pd

from expectations import bridge
from expectations.bridge import validate
from expectations.rules import Rule


def rule(name, expectation, **arguments):
    return Rule(name, "frame", expectation, arguments, "critical", "", "")


def test_failing_rows_are_named_by_position_and_nothing_is_observed_beside_them():
    frame = pd.DataFrame({"x": ["a", None, "c"]}, index=[7, 8, 9])
    [result] = validate({"frame": frame}, [rule("filled", "ExpectColumnValuesToNotBeNull", column="x")])
    assert (result.success, result.rows, result.observed) == (False, (1,), None)


def test_a_rule_about_the_table_says_what_it_saw():
    frame = pd.DataFrame({"x": []})
    [result] = validate({"frame": frame}, [rule("some", "ExpectTableRowCountToBeBetween", min_value=1)])
    assert (result.success, result.rows, result.observed) == (False, (), "0")


def test_a_rule_that_cannot_be_judged_fails_and_says_why():
    frame = pd.DataFrame({"x": ["a", 1]})
    [result] = validate(
        {"frame": frame}, [rule("between", "ExpectColumnValuesToBeBetween", column="x", min_value=0, max_value=2)]
    )
    assert not result.success
    assert result.observed and "column_values.between" in result.observed


def test_a_long_frame_is_judged_in_parts_and_rows_keep_their_places(monkeypatch):
    monkeypatch.setattr(bridge, "ROWS_AT_ONCE", 3)
    frame = pd.DataFrame({"x": [1, 2, 30, 4, 5, 6, 70]})
    values = rule("small", "ExpectColumnValuesToBeBetween", column="x", max_value=9)
    different = rule("different", "ExpectColumnValuesToBeUnique", column="x")
    [result] = validate({"frame": frame}, [values])
    assert (result.success, result.rows) == (False, (2, 6))
    # A rule that looks at other rows too is judged on all of them: 4 stands in two parts.
    frame.loc[0, "x"] = 4
    results = validate({"frame": frame}, [values, different])
    assert [r.rows for r in results] == [(2, 6), (0, 3)]


LATE = """
import sys
import pandas as pd
from expectations.bridge import FOR_OTHER_RULES, validate
from expectations.rules import Rule

frame = pd.DataFrame({"x": list("aab")})
rule = Rule("r", "f", "ExpectColumnValuesToNotBeNull", {"column": "x"}, "critical", "", "")
assert validate({"f": frame}, [rule])[0].success
assert not {"scipy.stats.distributions", "altair.vegalite"} & set(sys.modules)
like = {"partition_object": {"values": ["a", "b"], "weights": [0.5, 0.5]}, "threshold": 0.01}
rule = Rule("r", "f", "ExpectColumnKLDivergenceToBeLessThan", {"column": "x"} | like, "critical", "", "")
[result] = validate({"f": frame}, [rule])
print(result.success, result.observed[:6])
"""


def test_what_no_rule_needs_is_not_loaded_and_a_rule_that_needs_it_finds_it():
    done = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=False)
    assert done.stdout == "False 0.0566\n", done.stderr
