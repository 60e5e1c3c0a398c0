"""The table [alerts] of sucharit.toml, checked. A password, a token or a webhook's address is never in it."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from orchestration.rounds import BANGKOK
from orchestration.settings import SettingsError, is_loopback, read_toml

Severity = Literal["info", "warning", "error", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "error", "critical")
Chat = Literal["generic", "line", "google_chat", "teams", "slack", "discord"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Email(_Table):
    """Mail over SMTP. `security` none is for a mail server on this machine only."""

    host: str
    port: int = Field(default=587, gt=0, lt=65536)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str
    recipients: Annotated[list[str], Field(min_length=1)]
    username: str | None = None
    password_env: str = "SUCHARIT_SMTP_PASSWORD"
    password_file: str | None = None
    at_least: Severity = "info"

    @field_validator("sender", "recipients")
    @classmethod
    def _is_address(cls, value: str | list[str]) -> str | list[str]:
        for address in [value] if isinstance(value, str) else value:
            if address.count("@") != 1 or any(c.isspace() or ord(c) < 33 for c in address):
                raise ValueError(f"«{address}» is no e-mail address")
        return value

    @model_validator(mode="after")
    def _is_encrypted(self) -> Email:
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError("security = none is only for a mail server on this machine")
        return self


class Webhook(_Table):
    """An address that takes a POST of JSON in the shape of a chat system (channels.PAYLOADS).

    The address itself lets anybody write, so it comes from an environment variable or a file, as `token` does.
    """

    name: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    chat: Chat = "generic"
    url_env: str | None = None
    url_file: str | None = None
    token_env: str | None = None
    token_file: str | None = None
    # LINE: the user, group or room that gets the message.
    to: str | None = None
    at_least: Severity = "warning"

    @model_validator(mode="after")
    def _has_what_the_chat_needs(self) -> Webhook:
        if self.chat == "line":
            if not self.to or not (self.token_env or self.token_file):
                raise ValueError("chat = line needs `to` and token_env or token_file")
        elif not (self.url_env or self.url_file):
            raise ValueError("url_env or url_file must say where the address is kept")
        return self


class Alerts(_Table):
    """Channels and manners. Within `quiet_hours` (Bangkok) only critical things are told; the rest waits."""

    quiet_hours: str = ""
    digest_minutes: int = Field(default=10, ge=0, le=1440)
    email: Email | None = None
    webhook: list[Webhook] = []
    # A dead-man monitor that expects a sign of life after each good nightly run; the address is a secret too.
    ping_url_env: str | None = None
    ping_url_file: str | None = None

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, value: str) -> str:
        if value:
            _hours(value)
        return value

    @model_validator(mode="after")
    def _names_differ(self) -> Alerts:
        names = [hook.name for hook in self.webhook]
        if len(set(names)) < len(names) or "email" in names:
            raise ValueError("each webhook needs a name of its own (not «email»)")
        return self

    def is_quiet(self, now: datetime) -> bool:
        """Tell whether a moment (with a zone) lies within the quiet hours, which may go over midnight."""
        if not self.quiet_hours:
            return False
        begin, end = _hours(self.quiet_hours)
        at = now.astimezone(BANGKOK).time()
        return begin <= at < end if begin <= end else at >= begin or at < end


def _hours(text: str) -> tuple[time, time]:
    try:
        begin, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
    except ValueError:
        raise ValueError(f"«{text}» must be hours such as 20:00-07:00") from None
    return begin, end


def load(home: Path) -> Alerts | None:
    """Return [alerts] of sucharit.toml, or None where there is none.

    Raises SettingsError that names each wrong key and what it should be.
    """
    path = home / "sucharit.toml"
    if not path.exists():
        return None
    table = read_toml(path).get("alerts")
    if table is None:
        return None
    try:
        return Alerts.model_validate(table)
    except ValidationError as error:
        # The values are not repeated: somebody may have written a password where its variable belongs.
        said = "; ".join(f"{'.'.join(map(str, e['loc'])) or '[alerts]'}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"sucharit.toml [alerts]: ค่าไม่ถูกต้อง ให้แก้ตามนี้ / wrong, correct this: {said}") from None
