"""Decisions to publish despite a critical check or finding: who answers for it, why, and for exactly which rows.

A decision is asked for in the launchpad (config of `publishing_gate`) or on the command line, kept for good in
publishing_decisions.csv of the runtime directory, written into the manifest of the release that it let through,
and said in that release's reports. It holds for the failing rows as they were: a row more or less, and the gate is
shut, or the report a draft, again.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from orchestration.settings import Settings
from orchestration.spreadsheets.thai import names_person

LONGEST = 300


class WrongDecision(Exception):
    """What was asked for cannot be decided; the message says why, Thai first."""


@dataclass(frozen=True)
class Asked:
    """One decision as a person writes it. `decided_by` is a post, never a name."""

    rule: str
    reason: str
    decided_by: str


@dataclass(frozen=True)
class Decision:
    """One decision as it is kept. `round_key` is empty where a check is about the release as a whole.

    `rows` and `rows_sha256` are of the failing rows that it was made about; `decided_at` is Bangkok's time.
    """

    rule: str
    round_key: str
    rows: int
    rows_sha256: str
    reason: str
    decided_by: str
    decided_at: str
    run_id: str

    def is_about(self, rule: str, round_key: str, rows_sha256: str) -> bool:
        return (self.rule, self.round_key, self.rows_sha256) == (rule, round_key, rows_sha256)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


HEADER = [field.name for field in fields(Decision)]


def path_of(settings: Settings) -> Path:
    return settings.home / "publishing_decisions.csv"


def checked(asked: Iterable[Mapping[str, str]], known: Collection[str], never: Collection[str]) -> list[Asked]:
    """Return what was asked for. Raises WrongDecision for an unknown rule, one of `never`, or a missing reason."""
    found = []
    for written in asked:
        one = Asked(**{name: " ".join(written[name].split()) for name in ("rule", "reason", "decided_by")})
        if one.rule in never:
            raise WrongDecision(
                f"{one.rule}: ตารางของชุดข้อมูลเดียวกันขัดแย้งกันเอง เผยแพร่ไม่ได้ไม่ว่าด้วยเหตุใด / tables of one build "
                "contradict each other; no reason lets that through"
            )
        if one.rule not in known:
            raise WrongDecision(
                f"ไม่รู้จักข้อตรวจหรือข้อค้นพบ «{one.rule}» เลือกจากรายการนี้ / unknown rule «{one.rule}»; there are: "
                + ", ".join(sorted(known))
            )
        if not one.reason or not one.decided_by or max(len(one.reason), len(one.decided_by)) > LONGEST:
            raise WrongDecision(
                f"{one.rule}: ต้องเขียนเหตุผล (reason) และตำแหน่งผู้ตัดสิน (decided_by) ไม่เกิน {LONGEST} อักษร / reason and "
                f"decided_by must be written, at most {LONGEST} characters"
            )
        if names_person(one.decided_by):
            raise WrongDecision(
                f"{one.rule}: decided_by ต้องเป็นตำแหน่ง ไม่ใช่ชื่อบุคคลหรืออีเมล / must be a post, no person and no mailbox"
            )
        found.append(one)
    return found


def digest(rows: Iterable[Iterable[object]]) -> str:
    """Return the SHA-256 of failing rows, whatever their order."""
    lines = sorted("\x1f".join("" if v is None or v != v else str(v) for v in row) for row in rows)
    return hashlib.sha256("\x1e".join(lines).encode()).hexdigest()


def kept(settings: Settings) -> list[Decision]:
    """Return every decision ever made here, oldest first. Raises WrongDecision where the file was damaged."""
    path = path_of(settings)
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        try:
            return [Decision(rows=int(row.pop("rows")), **row) for row in reader]
        except (TypeError, ValueError, KeyError) as error:
            raise WrongDecision(
                f"{path.name} บรรทัด {reader.line_num} อ่านไม่ได้ ให้คืนจากข้อมูลสำรอง / line {reader.line_num} cannot be "
                f"read; bring it back from the backup ({error})"
            ) from None


def keep(settings: Settings, made: Iterable[Decision]) -> None:
    """Write decisions behind the earlier ones; nothing that stands there is ever changed."""
    made = list(made)
    if not made:
        return
    path = path_of(settings)
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        if is_new:
            writer.writeheader()
        writer.writerows(decision.as_dict() for decision in made)
        file.flush()
        os.fsync(file.fileno())


def said_th(decision: Mapping[str, Any]) -> str:
    """Return the line that a report carries."""
    return (
        f"เผยแพร่ทั้งที่ไม่ผ่านข้อ {decision['rule']} ({decision['rows']} รายการ) เพราะ{decision['reason']}"
        f" (ตัดสินโดย{decision['decided_by']})"
    )


def said_en(decision: Mapping[str, Any]) -> str:
    return f"published despite {decision['rule']}, {decision['rows']} rows; decided {decision['decided_at']}"


def of_round(decisions: Iterable[Mapping[str, Any]], round_key: str) -> list[Mapping[str, Any]]:
    """Return the decisions that the reports of a round must carry."""
    return [decision for decision in decisions if decision["round_key"] in ("", round_key)]
