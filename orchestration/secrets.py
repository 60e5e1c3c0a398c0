"""Secrets that sucharit.toml only names: an environment variable or a file beside it holds the text itself."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from orchestration.settings import Secret, SettingsError, is_loopback


def secret(table: str, home: Path, variable: str | None, file: str | None) -> Secret | None:
    """Return what an environment variable or the first line of a file holds; None where neither is named.

    Raises SettingsError, naming the table of sucharit.toml, where one is named and nothing is there.
    """
    if not variable and not file:
        return None
    text = os.environ.get(variable or "", "")
    if file:
        try:
            text = (home / file).read_text(encoding="utf-8-sig").split("\n")[0].strip()
        except (OSError, ValueError):
            text = ""
    if not text:
        raise SettingsError(
            f"sucharit.toml [{table}]: ไม่พบค่าลับใน {file or variable} / nothing in {file or variable}"
        )
    return Secret(text)


def address(table: str, text: str, kept_in: str = "url") -> str:
    """Return an address to send to. Raises SettingsError unless it is https:// (http:// only on this machine)."""
    parts = urlsplit(text)
    if not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise SettingsError(
            f"sucharit.toml [{table}]: {kept_in} ต้องเป็นที่อยู่ https:// / must hold an https:// address"
        )
    return text


def secret_address(table: str, home: Path, variable: str | None, file: str | None) -> str | None:
    """Return an address that is itself a secret; None where none is named. Raises SettingsError."""
    found = secret(table, home, variable, file)
    return address(table, found.reveal(), str(file or variable)) if found else None


# How libpq looks at the certificate of a server on another machine.
VERIFIED = ("verify-ca", "verify-full")


def postgresql_address(table: str, found: Secret) -> Secret:
    """Return the address of a PostgreSQL database with the driver that is installed named in it.

    Raises SettingsError unless it is postgresql://, with its certificate looked at where the server is elsewhere.
    """
    # Not above: most installations have no such database.
    from psycopg2 import ProgrammingError
    from psycopg2.extensions import parse_dsn

    scheme, colon, rest = found.reveal().partition("://")
    if not colon or scheme not in ("postgresql", "postgres", "postgresql+psycopg2"):
        raise SettingsError(
            f"sucharit.toml [{table}]: ที่อยู่ฐานข้อมูลต้องขึ้นต้นด้วย postgresql:// / the address of the database must "
            "begin with postgresql://"
        )
    try:
        # As the driver reads it, which takes servers from the query too.
        parts = parse_dsn(f"postgresql://{rest}")
        is_read = parts.get("port", "").replace(",", "0").isdecimal() or "port" not in parts
    except ProgrammingError:
        is_read = False
    if not is_read:
        # Without the driver's words: they quote the piece that it cannot read, which may be of the password.
        raise SettingsError(
            f"sucharit.toml [{table}]: อ่านที่อยู่ฐานข้อมูลไม่ได้ ถ้ารหัสผ่านมีเครื่องหมาย % / @ : # "
            "ให้เขียนเป็น %25 %2F %40 %3A %23 / the address of the database cannot be read; the signs % / @ : # in a "
            "password are written %25 %2F %40 %3A %23"
        )
    hosts = f"{parts.get('host', '')},{parts.get('hostaddr', '')}".split(",")
    elsewhere = any(host and not host.startswith("/") and not is_loopback(host) for host in hosts)
    if elsewhere and parts.get("sslmode") not in VERIFIED:
        raise SettingsError(
            f"sucharit.toml [{table}]: ฐานข้อมูลอยู่ที่เครื่องอื่น ต้องมี ?sslmode=verify-full / the database is on another "
            "machine: its address needs ?sslmode=verify-full"
        )
    return Secret(f"postgresql+psycopg2://{rest}")
