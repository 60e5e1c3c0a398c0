"""A state of the past, rebuilt from the ledger: the round as it was known at a moment.

The accepted rows of today hold every file ever received; only the ledger says when. So a past state is the same
rows with the ledger cut off, built in a place of its own (`as-of/` in the runtime directory) that no reader of
the serving release opens. What is rebuilt is what had been received, read by the present reader and judged by
the present rules.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path

from orchestration import dbt, intake, releases
from orchestration.atomic import drafted, put_in_place
from orchestration.editions import office_of
from orchestration.ledger import Ledger
from orchestration.lock import Busy, hold
from orchestration.releases import Release
from orchestration.rounds import BANGKOK
from orchestration.settings import Settings
from orchestration.spreadsheets.corrections import FIRST_BUDDHIST_YEAR
from orchestration.upkeep import clean_up

log = logging.getLogger(__name__)


class NotRebuilt(Exception):
    """The past state could not be built; the message says why."""


@dataclass(frozen=True)
class PastState:
    """A warehouse as known at a moment, and the reports written from it."""

    release: Release
    reports: list[Path]


BUDDHIST_OFFSET = 543


def moment(text: str) -> datetime:
    """Return the moment that people mean by 2023-10-17T23:59 (Bangkok) or 2023-10-17 (the end of that day).

    A Buddhist year (2566-10-17) is taken as one. Raises ValueError for anything else and for the future: nobody
    knows yet what will be known then.
    """
    year = text[:4]
    if year.isdigit() and int(year) >= FIRST_BUDDHIST_YEAR:
        # Before the date is looked at: 29 February is in other years of one calendar than of the other.
        year = str(int(year) - BUDDHIST_OFFSET)
    at = datetime.fromisoformat(year + text[4:])
    if len(text) <= len("2023-10-17"):
        at = datetime.combine(at.date(), time.max)
    at = at.astimezone(BANGKOK) if at.tzinfo else at.replace(tzinfo=BANGKOK)
    if at.date() > datetime.now(BANGKOK).date():
        raise ValueError(f"{text} lies in the future")
    return at


def place_of(settings: Settings) -> Settings:
    """Return the settings of the place where past states are built: the same, in a directory of their own.

    DuckDB builds them, whatever builds the rounds: Spark's schemas hold one build at a time.
    """
    return replace(settings, home=settings.home / "as-of", spark=None)


def build(settings: Settings, until: datetime, round_key: str) -> PastState:
    """Build the warehouse as known at a moment and write its reports of one round.

    The reports go to reports/<round>/as-of-<moment>/. Raises NotRebuilt where nothing had been received by then
    or the state does not pass the publishing gate.
    """
    from orchestration.assets.release import descriptions
    from orchestration.checks import NotApproved, approved_checks, judge_build

    there = place_of(settings)
    with _alone(there):
        try:
            # A run replaces accepted files one by one: what is copied meanwhile would be of two states.
            with hold(settings.home, log.info):
                _accepted_as_of(settings, there, until)
        except Busy as error:
            raise NotRebuilt(str(error)) from error
        dbt.prepared_manifest(there)
        result = dbt.build(there)
        failed = [r.node.name for r in result.result.results if r.status in ("error", "fail")]
        if failed:
            raise NotRebuilt(f"dbt: {', '.join(failed)} failed")
        judge_build(there, compared_with=None)
        try:
            made = releases.publish(there, approved_checks(there), descriptions(there))
        except NotApproved as error:
            raise NotRebuilt(str(error)) from error
        # Each is a whole warehouse, and its reports do not need it any more.
        clean_up(replace(there, releases_kept=1))
        return PastState(made, _write_reports(settings, made, until, round_key))


@contextmanager
def _alone(there: Settings) -> Iterator[None]:
    """One past state at a time: they share the build file."""
    there.home.mkdir(parents=True, exist_ok=True)
    with (there.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _accepted_as_of(settings: Settings, there: Settings, until: datetime) -> None:
    """Give the build the accepted rows as they are now (hard links: a run meanwhile replaces files, never
    changes them) with a ledger that ends at the moment."""
    ledger = Ledger(settings.ledger)
    if not ledger.as_table(until).num_rows:
        raise NotRebuilt(f"no file had been received and read by {until:%Y-%m-%d %H:%M} (Bangkok)")
    shutil.rmtree(there.accepted, ignore_errors=True)
    shutil.copytree(settings.accepted, there.accepted, copy_function=os.link)
    for table in ("submission", "moment"):
        shutil.rmtree(there.accepted / table)
    intake.write_ledger(there, ledger, until)


def _write_reports(settings: Settings, made: Release, until: datetime, round_key: str) -> list[Path]:
    from orchestration.reports import write_reports

    name = f"as-of-{until:%Y%m%dT%H%M%S}"
    target = settings.reports / round_key / name
    # Named by the content, not by the time of building: the same state gives the same bytes.
    release_id = f"{name}-{made.manifest['content_sha256'][:8]}"
    with drafted(target.parent) as draft:
        try:
            office = replace(office_of(settings, round_key), known_at=until)
            files = write_reports(made.warehouse, release_id, round_key, draft, office)
        except LookupError as error:
            raise NotRebuilt(f"{round_key}: nothing was known of this round: {error}") from error
        draft.chmod(0o750)
        put_in_place(draft, target)
    return [target / file.relative_to(draft) for file in files]
