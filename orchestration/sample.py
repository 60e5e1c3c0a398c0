"""The sample round as it could have come in: its files with the moments of samples/arrivals.csv.

Only the sample is received at other moments than those at which its files are found. Nothing that lies in a drop
folder can say when it came: `intake.receive` knows the clock and nothing else.
"""

from __future__ import annotations

import csv
import hashlib
import shutil
from datetime import datetime

from orchestration import intake
from orchestration.ledger import Arrival, Ledger
from orchestration.paths import SAMPLES
from orchestration.settings import Settings


def receive(settings: Settings, round_key: str, until: datetime | None = None) -> list[Arrival]:
    """Put the files of a sample round into its drop folder and into the ledger, each at its moment of arrival.

    Those of them that came `until` a moment (with a zone); all where it is None. A file that is there already,
    or whose name the ledger knows, is left alone.
    """
    ledger = Ledger(settings.ledger)
    known = ledger.latest_hashes(round_key)
    arrivals = []
    for name, received_at in _moments(round_key):
        target = settings.inbox / round_key / name
        if target.exists() or name in known or (until is not None and received_at > until):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(SAMPLES / round_key / name, target)
        content = target.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        intake.store(settings, {sha256: content})
        arrivals.append(
            Arrival(round_key, name, sha256, len(content), intake.stamp(target), received_at, intake.SAMPLE)
        )
    ledger.receive(arrivals)
    return arrivals


def _moments(round_key: str) -> list[tuple[str, datetime]]:
    """Return (file name, moment of arrival) of a sample round, in order of arrival."""
    with (SAMPLES / "arrivals.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["round_key"] == round_key]
    return sorted(
        ((row["source_file"], datetime.fromisoformat(row["received_at"])) for row in rows), key=lambda row: row[1]
    )
