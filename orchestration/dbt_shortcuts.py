"""What dbt does in every build that nobody asks for, left out.

dbt makes a message of each of some 2,000 events of a build, whoever listens, makes Python of every template of
Jinja anew in every process, and holds its settings against schemas that it works out each time. Together that is a
fifth of what dbt itself takes for a small round. This overrides what the pinned versions call; where a later
version no longer does, only the speed is lost.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from jinja2.bccache import BytecodeCache

# Bytes of a SHA-256.
HASHED = 32
# Where the WITH clause of a query begins that has one: before it there are at most comments.
WITH = re.compile(r"(?:\s|--[^\n]*\n|/\*.*?\*/)*+with\s+(?:recursive\s+)?", re.IGNORECASE | re.DOTALL)


@contextmanager
def without_small_talk() -> Iterator[None]:
    """Have dbt make no message of events below a warning: here no logger and no callback wants them.

    What names its level only when it is said (the result of a node) is made as before.
    """
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.events.base_types import BaseEvent, DebugLevel, InfoLevel
    from dbt_common.events.event_manager import EventManager

    say = EventManager.fire_event

    def say_what_matters(self: EventManager, event: BaseEvent, *arguments: Any, **named: Any) -> None:
        if not isinstance(event, (DebugLevel, InfoLevel)):
            say(self, event, *arguments, **named)

    with ExitStack() as while_it_runs:
        for level in (DebugLevel, InfoLevel):
            while_it_runs.enter_context(patch.object(level, "__init__", lambda self, *_, **__: None))
        while_it_runs.enter_context(patch.object(EventManager, "fire_event", say_what_matters))
        # Reads the source of every function on the stack, to name in such an event who asked.
        while_it_runs.enter_context(patch.object(BehaviorFlagRendered, "_default_source", lambda *_: "dbt"))
        yield


@contextmanager
def without_second_thoughts() -> Iterator[None]:
    """Have dbt take its settings as valid: for a project that it has parsed, and held against their schemas then.

    What is left unasked are the types in dbt_project.yml and profiles.yml and in the row that a test answers.
    """
    from dbt_common.dataclass_schema import dbtClassMixin

    with patch.object(dbtClassMixin, "validate", classmethod(lambda cls, data: None)):
        yield


@contextmanager
def with_parts_put_in_front() -> Iterator[None]:
    """Have dbt put ephemeral models in front of a query that begins with WITH, without taking it to pieces first.

    Of any other query dbt looks for the place as before.
    """
    from dbt import compilation
    from dbt.compilation import InjectedCTE

    take_to_pieces = compilation.inject_ctes_into_sql

    def put_in_front(sql: str, ctes: list[InjectedCTE]) -> str:
        found = WITH.match(sql)
        if not (ctes and found):
            return take_to_pieces(sql, ctes)
        return f"{found[0]}{', '.join(cte.sql for cte in ctes)}, {sql[found.end() :]}"

    with patch.object(compilation, "inject_ctes_into_sql", put_in_front):
        yield


@contextmanager
def with_macros_named_at_once() -> Iterator[None]:
    """Have dbt give a template the macros of a package at a time, not search all of them for each name."""
    from dbt.context.configured import ConfiguredContext
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext

    name_each = ManifestContext.to_dict

    def name_all(self: ManifestContext) -> dict[str, Any]:
        if type(self.namespace) is not MacroNamespace:
            return name_each(self)
        names = ConfiguredContext.to_dict(self)
        # What is looked into first has the last word.
        for package in reversed([*self.namespace._search_order()]):
            names.update(package)
        return names

    with patch.object(ManifestContext, "to_dict", name_all):
        yield


def make_serializers_when_asked() -> None:
    """Have mashumaro, which dbt is built on, make Python for a class where one is first written or read.

    To be called before dbt is imported: the classes of JSON Schema alone take a thirtieth of a small round, and
    no build asks for them.
    """
    from mashumaro.config import BaseConfig

    BaseConfig.lazy_compilation = True


@contextmanager
def with_kept_templates(folder: Path) -> Iterator[None]:
    """Have dbt find what became of a template of Jinja in a folder (made where it is missing), by its text.

    What has been damaged since is made again, and what cannot be kept is not: figures come of these templates.
    """
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from jinja2 import __version__ as version

    folder.mkdir(parents=True, exist_ok=True)
    kept = _kept_bytecode(folder)
    make = MacroFuzzEnvironment.compile

    def find_or_make(self: MacroFuzzEnvironment, source: Any, *arguments: Any, **named: Any) -> Any:
        if arguments or named or not isinstance(source, str):
            return make(self, source, *arguments, **named)
        bucket = kept.get_bucket(self, f"{version} {type(self).__name__} {source}", None, source)
        if bucket.code is None:
            bucket.code = make(self, source)
            kept.set_bucket(bucket)
        return bucket.code

    with patch.object(MacroFuzzEnvironment, "compile", find_or_make):
        yield


def _kept_bytecode(folder: Path) -> BytecodeCache:
    """Return Jinja's kind of kept bytecode, below a hash of itself: Jinja asks for that of the source alone."""
    from jinja2.bccache import Bucket, BytecodeCache

    class Kept(BytecodeCache):
        def load_bytecode(self, bucket: Bucket) -> None:
            with suppress(OSError):
                content = (folder / bucket.key).read_bytes()
                digest, bytecode = content[:HASHED], content[HASHED:]
                if sha256(bytecode).digest() == digest:
                    bucket.bytecode_from_string(bytecode)

        def dump_bytecode(self, bucket: Bucket) -> None:
            bytecode = bucket.bytecode_to_string()
            # Not flushed to disk: half a file does not have its hash. Another process may have removed the folder.
            written = folder / f"{bucket.key}.{os.getpid()}-{get_ident()}"
            with suppress(OSError):
                written.write_bytes(sha256(bytecode).digest() + bytecode)
                written.replace(folder / bucket.key)

    return Kept()
