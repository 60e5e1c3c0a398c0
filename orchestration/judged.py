"""The rows that fail the acceptance gate, judged part by part; a part that has been judged is not judged again.

What is kept of a part (parts.py) are the places of the rows that fail each rule, under the hash of its bytes and
of the rules. So a night without news does not even load Great Expectations, and one changed file costs its part.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.rules import Rule
from orchestration.intake import parsed_folder
from orchestration.kept import forget_old, used
from orchestration.parts import Parts, write_atomically
from orchestration.paths import PROJECT
from orchestration.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


class GateError(Exception):
    """A rule could not be judged, so the gate stays shut."""


@dataclass
class Judged:
    """What a rule found in a table of `rows` rows: those that fail it, in the order of the table."""

    rule: Rule
    rows: int = 0
    failing: list[pd.Series] = field(default_factory=list)


def judge(
    settings: Settings, round_key: str, rules: Sequence[Rule], columns: dict[str, list[str]]
) -> list[Judged]:
    """Judge the parsed rows of a round; one answer per rule, in order. `columns` are those wanted of failing rows.

    Every rule must be about single rows. Raises GateError where one cannot be judged.
    """
    parts = Parts(parsed_folder(settings, round_key))
    files = {table: parts.files(table) for table in dict.fromkeys(rule.table for rule in rules)}
    kept = settings.cache / "judged"
    places = {path: kept / f"{_digest(path)}-{_version()}.json" for paths in files.values() for path in paths}
    new = {table: [path for path in paths if not used(places[path])] for table, paths in files.items()}
    _judge_new(new, places, [rule for rule in rules if new[rule.table]], columns)
    forget_old(kept)
    answers = {rule.name: Judged(rule) for rule in rules}
    for table, paths in files.items():
        for path in paths:
            found: dict[str, list[int]] = json.loads(places[path].read_text(encoding="utf-8"))
            for rule in rules:
                if rule.table == table:
                    answers[rule.name].rows += pq.read_metadata(path).num_rows
            if any(found.values()):
                frame = pq.read_table(path, columns=columns[table]).to_pandas()
                for name, failing in found.items():
                    answers[name].failing += [frame.iloc[at] for at in failing]
    return list(answers.values())


def _judge_new(
    new: dict[str, list[Path]], places: dict[Path, Path], rules: Sequence[Rule], columns: dict[str, list[str]]
) -> None:
    """Judge the parts that are new together, and keep what was found of each."""
    if not rules:
        return
    from expectations.bridge import validate

    frames = {
        table: pa.concat_tables([pq.read_table(path, columns=columns[table]) for path in paths]).to_pandas()
        for table, paths in new.items()
        if paths
    }
    found: dict[Path, dict[str, list[int]]] = {path: {} for paths in new.values() for path in paths}
    for result in validate(frames, rules):
        if not result.success and not result.rows:
            raise GateError(f"{result.rule.name}: {result.observed}")
        paths = new[result.rule.table]
        begins = accumulate((pq.read_metadata(path).num_rows for path in paths), initial=0)
        for path, (begin, end) in zip(paths, pairwise(begins), strict=True):
            found[path][result.rule.name] = [row - begin for row in result.rows if begin <= row < end]
    for path, by_rule in found.items():
        write_atomically(places[path], partial(_write, json.dumps(by_rule)))


def _write(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.name.partition('.')[0]}-{hashlib.file_digest(file, 'sha256').hexdigest()}"


@cache
def _version() -> str:
    """Return a fingerprint of the rules and of how they are judged."""
    digest = hashlib.sha256()
    for name in ("accepted", "rules", "bridge"):
        digest.update((PROJECT / "expectations" / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]
