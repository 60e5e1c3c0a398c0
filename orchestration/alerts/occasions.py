"""What is worth telling somebody, as text. Pure functions: they know neither Dagster nor channels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from orchestration.alerts.outbox import Alert
from orchestration.alerts.settings import Severity
from orchestration.rounds import Round

# Days before a report is due on which the list of who is missing goes out.
REMIND_DAYS = (14, 7, 1)
# A nightly run that is later than this has not run.
OVERDUE = timedelta(hours=26)
MOST_NAMES = 50


@dataclass(frozen=True)
class FailedCheck:
    """A check of a run that did not pass."""

    asset: str
    name: str
    is_error: bool
    description: str


def run_failed(round_key: str, run_id: str, errors: Sequence[str], day: date) -> Alert:
    """Return what to say of a failed run: once a day for the same error of the same round."""
    fault = hashlib.sha256("\n".join(errors).encode()).hexdigest()[:12]
    return Alert(
        f"run_failed:{round_key}:{fault}:{day}",
        "critical",
        f"งานรอบ {round_key} ล้มเหลว / the run failed",
        "ชุดข้อมูลและรายงานชุดก่อนยังใช้ได้ตามปกติ ดูวิธีแก้ที่ docs/runbook.md (run_failed)\n"
        "The last release goes on serving; what to do: docs/runbook.md (run_failed).\n"
        f"run {run_id}\n" + "\n".join(error[:500] for error in errors),
    )


def settings_wrong(error: str, day: date) -> Alert:
    """Return what to say where sucharit.toml cannot be used: once a day for the same mistake."""
    return Alert(
        f"settings_wrong:{hashlib.sha256(error.encode()).hexdigest()[:12]}:{day}",
        "critical",
        "sucharit.toml ผิด งานทุกรอบจะล้มเหลวจนกว่าจะแก้ / wrong settings: every run fails until they are mended",
        f"{error}\nดู docs/runbook.md (settings_wrong)",
    )


def run_recovered(round_key: str, run_id: str) -> Alert:
    """Return what to say of the first good run after a failed one."""
    return Alert(
        f"run_recovered:{run_id}",
        "info",
        f"งานรอบ {round_key} กลับมาทำงานได้แล้ว / runs again",
        f"run {run_id}",
    )


def checks_failed(round_key: str, checks: Iterable[FailedCheck], day: date) -> list[Alert]:
    """Return what to say of failed checks: one alert per severity, again where other checks fail."""
    alerts = []
    every = sorted(checks, key=lambda c: (c.asset, c.name))
    for is_error, severity in ((True, "error"), (False, "warning")):
        some = [check for check in every if check.is_error is is_error]
        if not some:
            continue
        names = hashlib.sha256(",".join(f"{c.asset}.{c.name}" for c in some).encode()).hexdigest()[:12]
        lines = [f"- {c.asset}: {c.name}: {c.description}".rstrip(": ") for c in some[:MOST_NAMES]]
        said: Severity = "error" if severity == "error" else "warning"
        alerts.append(
            Alert(
                f"checks_failed:{severity}:{round_key}:{names}:{day}",
                said,
                f"รอบ {round_key}: ข้อตรวจสอบไม่ผ่าน {len(some)} ข้อ / {len(some)} checks failed",
                "\n".join(lines) + _more(len(some)),
            )
        )
    return alerts


def reminder(round_: Round, today: date, missing: Mapping[str, Sequence[str]]) -> Alert | None:
    """Return who has not sent by local government, on the days before the report is due; None on other days.

    `missing` holds, by the name of each local government, its divisions without a form; an empty sequence says
    that nothing at all has come from it.
    """
    left = (round_.report_due - today).days
    if left not in REMIND_DAYS or not missing:
        return None
    lines = [
        f"- {name}: {', '.join(divisions) if divisions else 'ยังไม่มีแฟ้มใดเลย / nothing at all'}"
        for name, divisions in list(missing.items())[:MOST_NAMES]
    ]
    return Alert(
        f"reminder:{round_.round_key}:{left}",
        "warning",
        f"รอบ {round_.round_key} ครบกำหนดใน {left} วัน ยังขาด {len(missing)} แห่ง / due in {left} days, "
        f"{len(missing)} incomplete",
        f"กำหนดส่ง {round_.report_due:%Y-%m-%d}\n" + "\n".join(lines) + _more(len(missing)),
    )


def mailbox_refused(refused: str, day: date) -> Alert:
    """Return what to say of recipients that the mail server refuses: once a month for the same ones."""
    return Alert(
        f"mailbox_refused:{refused}:{day:%Y-%m}",
        "warning",
        "ผู้รับอีเมลแจ้งเตือนบางคนไม่ได้รับ / the mail server refuses some recipients of alerts",
        f"{refused}\nผู้รับอื่นได้รับแล้ว ให้แก้ recipients ใน [alerts.email] / the others have had what was sent; correct "
        "recipients in [alerts.email]",
    )


def nothing_received(round_: Round, today: date) -> Alert:
    """Return what to say where a round has been open for a week and no file has come."""
    return Alert(
        f"nothing_received:{round_.round_key}:{today.isocalendar().year}-{today.isocalendar().week}",
        "warning",
        f"รอบ {round_.round_key} เปิดแล้วแต่ยังไม่ได้รับแฟ้มใดเลย / open, and no file has come",
        f"เปิดตั้งแต่ {round_.opens_on:%Y-%m-%d} กำหนดส่ง {round_.report_due:%Y-%m-%d} "
        f"โฟลเดอร์ inbox/{round_.round_key}",
    )


def calendar_ends(last: Round, today: date) -> Alert | None:
    """Return what to say, once a month, from the day that the last round of the calendar opens; None before it."""
    if today < last.opens_on:
        return None
    return Alert(
        f"calendar_ends:{last.round_key}:{today:%Y-%m}",
        "warning" if today <= last.closes_on else "critical",
        f"ปฏิทินไม่มีรอบหลัง {last.round_key} / no round after {last.round_key} in the calendar",
        f"หลัง {last.closes_on:%Y-%m-%d} จะไม่มีงานใดเริ่มเองและไม่รับแฟ้มของรอบใหม่ ให้ติดตั้งรุ่นใหม่ "
        "หรือเพิ่มรอบตาม docs/operations.md (New rounds)\n"
        "After that day no run starts by itself and files of a new round are not received: install a newer "
        "version, or add the rounds (docs/operations.md, New rounds).",
    )


def nightly_overdue(round_: Round, last_good: datetime | None, now: datetime) -> Alert | None:
    """Return what to say where the last good run of an open round is more than 26 hours old, once a day."""
    if last_good and now - last_good <= OVERDUE:
        return None
    when = f"{last_good:%Y-%m-%d %H:%M}" if last_good else "ยังไม่เคย / never"
    return Alert(
        f"nightly_overdue:{round_.round_key}:{now.date()}",
        "critical",
        f"รอบ {round_.round_key} ไม่ได้ทำงานตามกำหนดเมื่อคืน / the nightly run is overdue",
        f"ครั้งสุดท้ายที่สำเร็จ / last good run: {when}\nดู docs/runbook.md (nightly_overdue)",
    )


def _more(count: int) -> str:
    left = count - MOST_NAMES
    return f"\nและอีก {left} / and {left} more" if left > 0 else ""
