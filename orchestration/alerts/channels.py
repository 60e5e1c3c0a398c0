"""Mail over SMTP and webhooks in the shapes of the chat systems that offices use. Each takes one digest or raises.

No error message of ours repeats an address of a webhook, a token or a password.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from orchestration.alerts.settings import Email, Severity, Webhook
from orchestration.rounds import BANGKOK
from orchestration.secrets import secret, secret_address

SECONDS = 20
LINE_PUSH = "https://api.line.me/v2/bot/message/push"
MARKS = {"info": "ℹ️", "warning": "⚠️", "error": "❌", "critical": "🛑"}


class NotDelivered(Exception):
    """A channel did not take a digest; the message says why, without any secret."""


@dataclass(frozen=True)
class Digest:
    """One message of one or more alerts. `key` is the same whenever the same alerts are sent."""

    key: str
    severity: Severity
    title: str
    body: str


def _cut(text: str, most: int) -> str:
    end = "\n… (ตัดให้สั้น ดูทั้งหมดในหน้าระบบ / cut short)"
    return text if len(text) <= most else text[: most - len(end)] + end


def _text(digest: Digest, most: int) -> str:
    return _cut(f"{MARKS[digest.severity]} {digest.title}\n{digest.body}", most)


def _teams(digest: Digest) -> dict[str, Any]:
    """Return an adaptive card, which is what a Teams workflow takes."""
    texts = [
        {"type": "TextBlock", "text": digest.title, "weight": "Bolder", "wrap": True},
        {"type": "TextBlock", "text": _cut(digest.body, 15_000).replace("\n", "\n\n"), "wrap": True},
    ]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": texts,
    }
    return {
        "type": "message",
        "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}],
    }


# The limits are those of the systems' own documentation, with room to spare.
PAYLOADS: dict[str, Callable[[Digest, Webhook], dict[str, Any]]] = {
    "generic": lambda d, hook: {"key": d.key, "severity": d.severity, "title": d.title, "body": d.body},
    "line": lambda d, hook: {"to": hook.to, "messages": [{"type": "text", "text": _text(d, 4_900)}]},
    "google_chat": lambda d, hook: {"text": _text(d, 4_000)},
    "teams": lambda d, hook: _teams(d),
    "slack": lambda d, hook: {"text": _text(d, 12_000)},
    "discord": lambda d, hook: {"content": _text(d, 1_900), "allowed_mentions": {"parse": []}},
}


def post(hook: Webhook, home: Path, digest: Digest) -> None:
    """Post a digest to a webhook. Raises NotDelivered, and SettingsError where a secret is missing."""
    address = secret_address("alerts", home, hook.url_env, hook.url_file)
    token = secret("alerts", home, hook.token_env, hook.token_file)
    headers = {"Authorization": f"Bearer {token.reveal()}"} if token else {}
    _post(address or LINE_PUSH, PAYLOADS[hook.chat](digest, hook), headers)


def ping(address: str) -> None:
    """Give a dead-man monitor its sign of life. Raises NotDelivered."""
    _post(address, None, {})


def _post(address: str, payload: dict[str, Any] | None, headers: dict[str, str]) -> None:
    problem = ""
    try:
        # A redirect would carry the message, and maybe the token, to an address that nobody configured.
        answer = requests.post(address, json=payload, headers=headers, timeout=SECONDS, allow_redirects=False)
        if not answer.ok or answer.is_redirect:
            problem = f"HTTP {answer.status_code}"
    except requests.RequestException as error:
        problem = type(error).__name__
    if problem:
        # Raised outside of the except block: the library's error carries the whole address.
        raise NotDelivered(f"{urlsplit(address).hostname}: {problem}")


def mail(email: Email, home: Path, digest: Digest) -> str | None:
    """Send a digest by mail; return whom the server refused while it took the mail for others, None for nobody.

    Raises NotDelivered where it took it for nobody, and SettingsError where the password is missing.
    The Message-ID is made of the digest's key: a mail that was taken just before a power cut is sent again with
    the same id, which mail programs show once.
    """
    message = EmailMessage()
    message["Subject"] = _cut(" ".join(digest.title.split()), 180)
    message["From"] = email.sender
    message["To"] = ", ".join(email.recipients)
    message["Date"] = format_datetime(datetime.now(BANGKOK))
    message["Message-ID"] = f"<{digest.key}@{email.sender.split('@')[1]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(digest.body)
    password = None
    if email.username:
        password = secret("alerts", home, email.password_env, email.password_file)
    problem, refused = "", None
    try:
        with _connect(email) as server:
            if email.username and password:
                server.login(email.username, password.reveal())
            refused = server.send_message(message)
    except smtplib.SMTPResponseException as error:
        problem = f"SMTP {error.smtp_code}"
    except (OSError, smtplib.SMTPException) as error:
        problem = type(error).__name__
    # What goes wrong once the mail is taken, such as in saying goodbye, is no reason to send it again.
    if refused is None:
        raise NotDelivered(f"{email.host}:{email.port}: {problem}")
    return ", ".join(f"{address} (SMTP {code})" for address, (code, _) in sorted(refused.items())) or None


def _connect(email: Email) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if email.security == "tls":
        return smtplib.SMTP_SSL(email.host, email.port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(email.host, email.port, timeout=SECONDS)
    if email.security == "starttls":
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
    return server
