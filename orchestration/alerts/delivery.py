"""From the outbox to the channels: one digest per channel, quiet at night, again later where one is down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from orchestration.alerts import occasions
from orchestration.alerts.channels import Digest, NotDelivered, mail, post
from orchestration.alerts.outbox import Outbox, Pending
from orchestration.alerts.settings import SEVERITIES, Alerts, Severity
from orchestration.rounds import BANGKOK
from orchestration.settings import SettingsError

# Returns whom a channel refused while it took the digest for others.
Send = Callable[[Digest], str | None]
NAMES = {"info": "แจ้งให้ทราบ", "warning": "ควรตรวจสอบ", "error": "ผิดพลาด", "critical": "ร้ายแรง"}
# More than that in one digest nobody reads; the rest is counted.
MOST_IN_FULL = 20


def outbox_of(home: Path) -> Outbox:
    return Outbox(home / "alerts.sqlite")


def channels_of(alerts: Alerts, home: Path) -> Iterator[tuple[str, Severity, Send]]:
    """Yield every configured channel: its name, the least severity that it takes, and how to send."""
    if email := alerts.email:
        yield "email", email.at_least, lambda digest: mail(email, home, digest)
    for hook in alerts.webhook:
        yield hook.name, hook.at_least, lambda digest, hook=hook: post(hook, home, digest)  # type: ignore[misc]


def deliver(alerts: Alerts, home: Path, now: datetime) -> dict[str, str]:
    """Send each channel what it has not had yet; return what became of it by channel.

    What is not critical waits for the end of the quiet hours, and `digest_minutes` for company. A channel that
    is down keeps nobody else waiting, and gets everything once it works again. A mail that the server took for
    some recipients is sent; who was refused is an alert of its own.
    """
    outbox = outbox_of(home)
    became = {}
    for name, at_least, send in channels_of(alerts, home):
        waiting = outbox.pending(name, SEVERITIES[SEVERITIES.index(at_least) :])
        due = waiting if _is_due(alerts, waiting, now) else [a for a in waiting if a.severity == "critical"]
        if alerts.is_quiet(now):
            due = [a for a in due if a.severity == "critical"]
        if not due or not outbox.may_try(name, now):
            continue
        try:
            refused = send(digest_of(due))
        except Exception as error:
            outbox.failed(name, _said(error), now)
            became[name] = f"down: {_said(error)}"
        else:
            outbox.delivered(name, due, now, refused)
            became[name] = f"{len(due)} sent"
            if refused:
                outbox.add([occasions.mailbox_refused(refused, now.astimezone(BANGKOK).date())], now)
                became[name] += f", refused: {refused}"
    return became


def send_test(alerts: Alerts, home: Path) -> dict[str, str]:
    """Send a test message over every channel now; return what became of it by channel."""
    moment = f"{datetime.now(BANGKOK):%Y-%m-%d %H:%M:%S}"
    digest = Digest(
        hashlib.sha256(moment.encode()).hexdigest()[:24],
        "info",
        "สุจริต / Sucharit: ทดสอบการแจ้งเตือน / test message",
        f"ถ้าได้รับข้อความนี้แสดงว่าช่องทางใช้ได้ ({moment}) / If you read this, the channel works.",
    )
    became = {}
    for name, _, send in channels_of(alerts, home):
        try:
            refused = send(digest)
        except Exception as error:
            became[name] = f"down: {_said(error)}"
        else:
            became[name] = f"sent, refused: {refused}" if refused else "sent"
    return became


def _said(error: Exception) -> str:
    """Return what may be told of an error: of one that is not ours only its name, for it may quote a secret."""
    if isinstance(error, NotDelivered | SettingsError):
        return str(error)
    return type(error).__name__


def _is_due(alerts: Alerts, waiting: list[Pending], now: datetime) -> bool:
    return bool(waiting) and now - waiting[0].created_at >= timedelta(minutes=alerts.digest_minutes)


def digest_of(alerts: list[Pending]) -> Digest:
    """Return one message of alerts, the gravest first. The same alerts give the same key."""
    ordered = sorted(alerts, key=lambda a: (-SEVERITIES.index(a.severity), a.alert_id))
    worst = ordered[0]
    more = f" (+{len(ordered) - 1})" if len(ordered) > 1 else ""
    parts = [
        f"[{NAMES[a.severity]} / {a.severity}] {a.title}\n"
        f"{a.created_at.astimezone(BANGKOK):%Y-%m-%d %H:%M}\n{a.body}"
        for a in ordered[:MOST_IN_FULL]
    ]
    if len(ordered) > MOST_IN_FULL:
        parts.append(f"และอีก {len(ordered) - MOST_IN_FULL} เรื่อง / and {len(ordered) - MOST_IN_FULL} more")
    key = hashlib.sha256(",".join(str(a.alert_id) for a in ordered).encode()).hexdigest()[:24]
    return Digest(key, worst.severity, f"สุจริต / Sucharit: {worst.title}{more}", "\n\n".join(parts))
