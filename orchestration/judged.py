"""What Great Expectations found, kept by a hash of the rows and rules: what has been judged is not judged again.

The acceptance gate judges part by part (parts.py) and keeps the places of the rows that fail. The publishing gate
judges frame by frame. So a night without news does not even load Great Expectations, and one changed file costs
its part.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.bridge import ROWS_AT_ONCE
from expectations.rules import Result, Rule
from orchestration.footers import rows_in
from orchestration.intake import parsed_folder
from orchestration.kept import forget_old, found, keep
from orchestration.parts import Parts
from orchestration.paths import PROJECT
from orchestration.settings import Settings

if TYPE_CHECKING:
    import pandas as pd


class GateError(Exception):
    """A rule could not be judged, so the gate stays shut."""


@dataclass
class Judged:
    """What a rule found in a table of `rows` rows: those that fail it, in the order of the table.

    `before` of the rows had been judged before.
    """

    rule: Rule
    rows: int = 0
    before: int = 0
    failing: list[pd.Series] = field(default_factory=list)


# -- the acceptance gate

# By rule the places of the rows of a part that fail it.
Places = dict[str, list[int]]


def judge(
    settings: Settings, round_key: str, rules: Sequence[Rule], columns: dict[str, list[str]]
) -> list[Judged]:
    """Judge the parsed rows of a round; one answer per rule, in order. `columns` are those wanted of failing rows.

    Every rule must be about single rows. Raises GateError where one cannot be judged.
    """
    parts = Parts(parsed_folder(settings, round_key))
    answers: list[Judged] = []
    kept = _folder(settings)
    files = {table: parts.files(table) for table in dict.fromkeys(rule.table for rule in rules)}
    places = {path: kept / f"{_digest(path)}-{_version()}.json" for paths in files.values() for path in paths}
    before: dict[Path, Places | None] = {path: found(place) for path, place in places.items()}
    new = {table: [path for path in paths if before[path] is None] for table, paths in files.items()}
    now = _judge_new(new, [rule for rule in rules if new[rule.table]], columns)
    for path, failing in now.items():
        keep(places[path], failing)
    forget_old(kept)
    for table, paths in files.items():
        of_table = {rule.name: Judged(rule) for rule in rules if rule.table == table}
        answers += of_table.values()
        for path in paths:
            rows = rows_in(path)
            by_rule = before[path] or now.get(path, {})
            frame = pq.read_table(path, columns=columns[table]).to_pandas() if any(by_rule.values()) else None
            for name, answer in of_table.items():
                answer.rows += rows
                answer.before += 0 if path in now else rows
                if frame is not None:
                    answer.failing += [frame.iloc[at] for at in by_rule[name]]
    order = {rule.name: n for n, rule in enumerate(rules)}
    return sorted(answers, key=lambda answer: order[answer.rule.name])


def _judge_new(
    new: dict[str, list[Path]], rules: Sequence[Rule], columns: dict[str, list[str]]
) -> dict[Path, Places]:
    """Judge the parts that are new together; return what was found of each."""
    if not rules:
        return {}
    from expectations.bridge import validate

    frames = {
        table: pa.concat_tables([pq.read_table(path, columns=columns[table]) for path in paths]).to_pandas()
        for table, paths in new.items()
        if paths
    }
    failing: dict[Path, Places] = {path: {} for paths in new.values() for path in paths}
    for result in validate(frames, rules):
        if not result.success and not result.rows:
            raise GateError(f"{result.rule.name}: {result.observed}")
        paths = new[result.rule.table]
        begins = accumulate((rows_in(path) for path in paths), initial=0)
        for path, (begin, end) in zip(paths, pairwise(begins), strict=True):
            failing[path][result.rule.name] = [row - begin for row in result.rows if begin <= row < end]
    return failing


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.name.partition('.')[0]}-{hashlib.file_digest(file, 'sha256').hexdigest()}"


# -- the publishing gate


def judge_frames(
    settings: Settings, frames: dict[str, pd.DataFrame], rules: Sequence[Rule]
) -> tuple[list[Result], set[str]]:
    """Judge frames by rules; return a result per rule, in order, and the frames that had been judged before."""
    kept = _folder(settings)
    names = dict.fromkeys(rule.frame for rule in rules)
    places = {name: kept / f"{name}-{_digest_of(frames[name])}-{_version()}.json" for name in names}
    before: dict[str, dict[str, Any] | None] = {name: found(place) for name, place in places.items()}
    new = [name for name in names if before[name] is None]
    results: dict[str, Result] = {}
    for rule in rules:
        if by_rule := before[rule.frame]:
            success, rows, observed = by_rule[rule.name]
            results[rule.name] = Result(rule, success, tuple(rows), observed)
    if new:
        from expectations.bridge import validate

        now = validate({name: frames[name] for name in new}, [rule for rule in rules if rule.frame in new])
        results |= {result.rule.name: result for result in now}
        for name in new:
            of_frame = [result for result in now if result.rule.frame == name]
            # What fails without naming a row may be an error of the moment.
            if all(result.success or result.rows for result in of_frame):
                keep(places[name], {r.rule.name: [r.success, r.rows, r.observed] for r in of_frame})
    forget_old(kept)
    return [results[rule.name] for rule in rules], set(names) - set(new)


def _digest_of(frame: pd.DataFrame) -> str:
    """Return the SHA-256 of a frame: its columns, their types and every value in its place."""
    hashing = _Hashing()
    for begin in range(0, max(len(frame), 1), ROWS_AT_ONCE):
        table = pa.Table.from_pandas(frame.iloc[begin : begin + ROWS_AT_ONCE], preserve_index=False)
        with pa.PythonFile(hashing, mode="w") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return hashing.sha256.hexdigest()


class _Hashing:
    """A file that only takes the hash of what is written into it."""

    closed = False

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return len(content)

    def flush(self) -> None: ...

    def close(self) -> None: ...


# -- both


def _folder(settings: Settings) -> Path:
    return settings.cache / "judged"


@cache
def _version() -> str:
    """Return a fingerprint of the rules, of how they are judged and of what judges."""
    digest = hashlib.sha256(metadata.version("great_expectations").encode())
    for path in sorted(p for p in (PROJECT / "expectations").iterdir() if p.suffix in (".py", ".csv")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
