"""Reports, the gate's pages and the tables' page over HTTP on this machine, so that the UI can link to them.

A browser follows no link from a page of the UI to a file. Only finished pages are served: never submissions, the
ledger, settings or secrets.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, unquote, urlsplit

from orchestration.settings import Settings

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SERVED = ("reports", "checks", "docs", "open-data")


def url_of(settings: Settings, path: Path) -> str:
    """Return the address of a file below one of SERVED."""
    return settings.files_url + quote(path.relative_to(settings.home).as_posix())


class _Pages(SimpleHTTPRequestHandler):
    """Files below SERVED and nothing else; a symbolic link (`current`) is followed within them.

    `hosts` are the names by which it may be asked for. A page of the internet whose name was made to lead to this
    machine asks by that name, and would otherwise read the reports through the browser of whoever looks at it.
    """

    def __init__(self, *given: Any, hosts: frozenset[str], **more: Any) -> None:
        self.hosts = hosts
        super().__init__(*given, **more)

    def send_head(self) -> BytesIO | BinaryIO | None:
        if _name(self.headers.get("Host", "")) not in self.hosts:
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        return super().send_head()

    def translate_path(self, path: str) -> str:
        home = Path(self.directory).resolve()
        wanted = unquote(urlsplit(path).path).lstrip("/")
        # No file has a NUL in its name, and asking for one is an error of its own.
        asked = (home / wanted.replace("\0", "-")).resolve()
        allowed = any(asked.is_relative_to(home / name) for name in SERVED)
        # A name that no file has: the answer is 404, the same as for what is not there.
        return str(asked if allowed else home / "reports" / "-")

    def end_headers(self) -> None:
        # What a file says it is: a browser that guesses could take a download for a page.
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the terminal belongs to the UI."""


def server(settings: Settings, port: int) -> ThreadingHTTPServer:
    """Return a server of the pages on 127.0.0.1; port 0 takes a free one.

    It answers to the names of this machine for itself and to that of [ui] files_url.
    """
    hosts = frozenset({*LOOPBACK, urlsplit(settings.files_url).hostname or ""})
    return ThreadingHTTPServer(("127.0.0.1", port), partial(_Pages, directory=str(settings.home), hosts=hosts))


def _name(host: str) -> str:
    """Return the name in a Host header, without its port."""
    try:
        return urlsplit("//" + host).hostname or ""
    except ValueError:  # no address at all
        return ""
