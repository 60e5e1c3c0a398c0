"""The bridge to Great Expectations: rules in, results with the failing rows out.

Great Expectations 1.x is used on pandas frames: on DuckDB through SQLAlchemy every expectation of 1.24 fails.
No maintained bridge to Dagster's asset checks exists; orchestration/checks.py makes them from these results.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from expectations.rules import Result, Rule

if TYPE_CHECKING:
    import pandas as pd


# Rows judged at once: Great Expectations makes a handful of copies of what it judges.
ROWS_AT_ONCE = 200_000


# What Great Expectations imports for rules that none of ours is (distributions and their charts): two fifths of
# the time that its import takes. They load when something first looks into them.
FOR_OTHER_RULES = ("scipy.stats", "altair")


class _Late:
    """Finds the modules of FOR_OTHER_RULES (sys.meta_path) and lets them load late."""

    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path) if fullname in FOR_OTHER_RULES else None
        if spec and spec.loader:
            spec.loader = LazyLoader(spec.loader)
        return spec


def _import() -> Any:
    """Return Great Expectations, imported without what our rules do not need and without looking for garbage."""
    collects = gc.isenabled()
    gc.disable()
    sys.meta_path.insert(0, _Late)
    try:
        import great_expectations
    finally:
        sys.meta_path.remove(_Late)
        if collects:
            gc.enable()
    return great_expectations


def _context() -> Any:
    """Return a context that lives in memory, calls nobody and draws no progress bars."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    gx = _import()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    # It would be turned into YAML twice for every frame, to be saved nowhere. A private name of the pinned
    # version: where a later one calls it otherwise, only the time is lost.
    context._save_project_config = lambda *args, **kwargs: None
    return context


@contextmanager
def _configured_once() -> Iterator[None]:
    """Have an expectation, which does not change while it judges, make its configuration once, not 150 times."""
    from great_expectations.expectations.expectation import Expectation

    configure = Expectation.configuration.fget
    # With the expectation itself: a number of one that is gone may become another's.
    made: dict[int, tuple[Expectation, Any]] = {}

    def configuration(self: Expectation) -> Any:
        if id(self) not in made:
            made[id(self)] = self, configure(self)
        return made[id(self)][1]

    with patch.object(Expectation, "configuration", property(configuration)):
        yield


def validate(frames: dict[str, pd.DataFrame], rules: Iterable[Rule]) -> list[Result]:
    """Validate each rule against its frame; return one result per rule, in order.

    Frames need a row per row of the table and the columns in `Rule.needs`; their index is ignored. An
    expectation that raises is a failed one: a gate that cannot be judged stays shut.
    """
    rules = list(rules)
    if not rules:
        return []
    context = _context()
    import great_expectations.expectations as gxe
    from great_expectations import ExpectationSuite

    source = context.data_sources.add_pandas("frames")
    results: dict[str, Result] = {}
    for table in dict.fromkeys(rule.frame for rule in rules):
        of_table = [rule for rule in rules if rule.frame == table]
        needed = list(dict.fromkeys(name for rule in of_table for name in rule.needs))
        frame = (frames[table][needed] if needed else frames[table]).reset_index(drop=True)
        batch = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("all")
        suite = ExpectationSuite(
            name=table,
            expectations=[
                getattr(gxe, rule.expectation)(**rule.arguments, severity=rule.severity, meta={"rule": rule.name})
                for rule in of_table
            ],
        )
        by_row = all(rule.is_about_rows for rule in of_table)
        at_once = ROWS_AT_ONCE if by_row else max(len(frame), 1)
        for begin in range(0, max(len(frame), 1), at_once):
            part = frame.iloc[begin : begin + at_once].reset_index(drop=True)
            with _configured_once():
                validation = batch.get_batch(batch_parameters={"dataframe": part}).validate(
                    suite, result_format={"result_format": "COMPLETE"}
                )
            for outcome in validation.results:
                rule = next(r for r in of_table if r.name == outcome.expectation_config.meta["rule"])
                results[rule.name] = _after(results.get(rule.name), _result(rule, outcome), begin)
    return [results[rule.name] for rule in rules]


def _after(earlier: Result | None, part: Result, begin: int) -> Result:
    """Return the result of the rows so far: of the parts before, and of the one that begins at a row."""
    rows = tuple(begin + row for row in part.rows)
    if earlier is None:
        return replace(part, rows=rows)
    success = earlier.success and part.success
    return Result(part.rule, success, earlier.rows + rows, earlier.observed or part.observed)


def _result(rule: Rule, outcome: Any) -> Result:
    details = outcome.result or {}
    rows = details.get("unexpected_index_list") or ()
    observed = details.get("observed_value")
    # The information is there without an exception too, and nested by metric where there was one.
    if observed is None and "'raised_exception': True" in str(outcome.exception_info):
        observed = str(outcome.exception_info)[:500]
    return Result(rule, bool(outcome.success), tuple(rows), None if observed is None else str(observed))
