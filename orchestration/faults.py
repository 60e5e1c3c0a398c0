"""Faults that pass by themselves, told from those that last: only the former are worth trying again.

A lock that another process holds, a network or a disk that is away or full for a moment: the step waits and begins
again. A wrong setting, a broken model, a shut gate: trying again would only put off the answer. A run whose
process dies is started again by Dagster itself (run_retries in dagster.yaml).
"""

import errno
import functools
import inspect
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
from dagster import RetryRequested

from orchestration.lock import Busy

ATTEMPTS = 3
WAIT_SECONDS = 30.0

ERRORS = {
    errno.EAGAIN, errno.EBUSY, errno.EDQUOT, errno.EINTR, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOLCK,
    errno.ENOMEM, errno.ENOSPC, errno.ESTALE, errno.ETXTBSY,
}  # fmt: skip
# What libraries say only in words: SQLite, DuckDB, and dbt, which keeps nothing but the message.
WORDS = re.compile(
    r"database is locked|disk I/O error|database or disk is full|could not set lock|conflicting lock"
    r"|no space left on device|temporarily unavailable|connection (?:refused|reset|timed out)"
    r"|could not connect|server closed the connection|terminating connection",
    re.IGNORECASE,
)
SAYS_IN_WORDS = (sqlite3.OperationalError, duckdb.IOException)


def is_passing(error: BaseException) -> bool:
    """Tell whether a fault, or what it came of, passes by itself."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        if isinstance(found, (Busy, ConnectionError, TimeoutError)):
            return True
        if isinstance(found, OSError) and found.errno in ERRORS:
            return True
        if isinstance(found, SAYS_IN_WORDS) and WORDS.search(str(found)):
            return True
        found = found.__cause__ or found.__context__
    return False


def says_passing(message: str) -> bool:
    """Tell the same of a message, where a library keeps nothing else."""
    return bool(WORDS.search(message))


def again_where_it_passes(step: Callable[..., Any]) -> Callable[..., Any]:
    """Let a step (first argument: its context) begin again after a fault that passes, ATTEMPTS times in all."""

    def retry(context: Any, error: BaseException) -> RetryRequested:
        context.log.warning(
            f"เหตุขัดข้องชั่วคราว จะลองใหม่ใน {WAIT_SECONDS:.0f} วินาที / a fault that passes, again in "
            f"{WAIT_SECONDS:.0f} seconds: {error}"
        )
        return RetryRequested(max_retries=ATTEMPTS - 1, seconds_to_wait=WAIT_SECONDS)

    @functools.wraps(step)
    def all_at_once(context: Any, *rest: Any, **named: Any) -> Any:
        try:
            return step(context, *rest, **named)
        except Exception as error:
            if is_passing(error):
                raise retry(context, error) from error
            raise

    @functools.wraps(step)
    def one_by_one(context: Any, *rest: Any, **named: Any) -> Iterator[Any]:
        try:
            yield from step(context, *rest, **named)
        except Exception as error:
            if is_passing(error):
                raise retry(context, error) from error
            raise

    return one_by_one if inspect.isgeneratorfunction(step) else all_at_once
