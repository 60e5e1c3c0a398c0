"""One expectation as data: which table, which Great Expectations class, how bad a failure is, in words.

Declared without importing Great Expectations, whose import takes seconds and is not needed to draw a graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]


@dataclass(frozen=True)
class Rule:
    """An expectation on one table.

    `expectation` is the name of a class in great_expectations.expectations and `arguments` are its own;
    `column` is where the failing value stands. `th` and `en` finish the sentence "every row must …".
    `measure` names the frame where that is not the table itself but something measured on it.
    """

    name: str
    table: str
    expectation: str
    arguments: Mapping[str, Any]
    severity: Severity
    th: str
    en: str
    column: str | None = None
    columns: tuple[str, ...] = field(default=())
    measure: str | None = None

    @property
    def is_about_rows(self) -> bool:
        """Return whether every row is judged by itself, so that a frame may be judged in parts."""
        of_values = self.expectation.startswith(("ExpectColumnValuesTo", "ExpectColumnPairValuesAToBe"))
        return of_values and not self.expectation.endswith(("Unique", "Increasing", "Decreasing"))

    @property
    def frame(self) -> str:
        """Return the name of the frame that the rule is judged on."""
        return self.measure or self.table

    @property
    def needs(self) -> list[str]:
        """Return the columns that must be in the frame for this rule."""
        named = [self.arguments.get(key) for key in ("column", "column_A", "column_B")]
        listed = list(self.arguments.get("column_list", ())) + list(self.columns)
        condition = [self.column] if self.column else []
        return [name for name in dict.fromkeys([*named, *listed, *condition]) if name]


@dataclass(frozen=True)
class Result:
    """What came of a rule: `rows` are the positions in the frame that fail it (empty: it holds).

    `observed` is what Great Expectations saw, for rules about a table as a whole.
    """

    rule: Rule
    success: bool
    rows: tuple[int, ...] = ()
    observed: str | None = None
