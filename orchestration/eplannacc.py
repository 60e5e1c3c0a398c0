"""Fetches exports of e-PlanNACC over HTTP into the drop folder: complete files or nothing.

Knows neither Dagster nor what the files hold. What comes in is a file like any other that a person drops.
Credentials reach only the host of `base_url`; no message, log line or file of ours holds one. Errors of the
libraries below may (they carry the request), so ours are raised outside of their `except` blocks.
"""

from __future__ import annotations

import base64
import fcntl
import gzip
import hashlib
import json
import logging
import os
import random
import re
import socket
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from lxml import html
from requests import exceptions
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, ReadTimeoutError
from urllib3.util import Retry

from orchestration.atomic import to_disk, write_atomically
from orchestration.rounds import Round
from orchestration.settings import EPlanNacc, Export, Secret, is_loopback, origin

log = logging.getLogger(__name__)
T = TypeVar("T")

FOLDER = "e-PlanNACC"
CHUNK = 64 * 1024
LARGEST_PAGE = 2 * 1024 * 1024
MOST_REDIRECTS = 5
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
# 419 and 440 are what two common frameworks say when a session is over.
SESSION_OVER = {401, 403, 419, 440}
LOGIN_REFUSED = {400, 401, 403, 422}
ZIPPED = (".xlsx", ".xlsm", ".xlsb", ".ods")
# Spreadsheet exports are often HTML tables under the name .xls.
MAY_BE_PAGE = (".html", ".htm", ".xls")
PASSWORD_INPUT = re.compile(rb"<input[^>]*\btype\s*=\s*[\"']?password", re.IGNORECASE)

MESSAGES = {
    "unreachable": (
        "ติดต่อ {host} ไม่ได้ กรุณาตรวจ base_url และเครือข่าย",
        "{host} cannot be reached. Check base_url and the network.",
    ),
    "tls": (
        "ใบรับรองของ {host} เชื่อถือไม่ได้ กรุณาขอใบรับรอง CA จากผู้ดูแลระบบแล้วระบุใน ca_bundle",
        "The certificate of {host} is not trusted. Name the CA certificate of its operator as ca_bundle.",
    ),
    "timeout": (
        "{host} ไม่ตอบภายในเวลาที่กำหนด กรุณาลองใหม่ภายหลัง หรือเพิ่ม read_timeout_seconds",
        "{host} did not answer in time. Try again later, or raise read_timeout_seconds.",
    ),
    "cut": (
        "การเชื่อมต่อกับ {host} ขาดก่อนรับแฟ้มครบ รอบถัดไปจะรับต่อจากที่ค้างไว้ถ้าระบบรองรับ",
        "The connection to {host} broke before the file was complete. The next run goes on from there if it can.",
    ),
    "deadline": (
        "ใช้เวลาเกิน {seconds} วินาที จึงหยุดไว้ก่อน กรุณาลองใหม่ภายหลัง หรือเพิ่ม deadline_seconds",
        "Stopped after {seconds} seconds. Try again later, or raise deadline_seconds.",
    ),
    "busy": (
        "{host} ขอให้ลดการเรียก (429) กรุณาลองใหม่ภายหลัง",
        "{host} asks for fewer requests (429). Try again later.",
    ),
    "server_error": (
        "{host} ขัดข้อง (รหัส {status}) กรุณาลองใหม่ภายหลัง หรือแจ้งผู้ดูแล e-PlanNACC",
        "{host} is out of order (status {status}). Try again later, or tell the operator of e-PlanNACC.",
    ),
    "not_found": (
        "{host} ไม่มีหน้า {what} (รหัส {status}) กรุณาตรวจ {setting} ใน sucharit.toml",
        "{host} has no page for {what} (status {status}). Check {setting} in sucharit.toml.",
    ),
    "access_refused": (
        "{host} ไม่ให้สิทธิ์ (รหัส {status}) กรุณาตรวจ login บัญชีหรือ token และสิทธิ์ของบัญชี",
        "{host} refuses access (status {status}). Check login, the account or token, and what it may see.",
    ),
    "unexpected_status": (
        "{host} ตอบรหัส {status} ซึ่งไม่คาดไว้ กรุณาตรวจ path และ login_path หรือแจ้งผู้ดูแล e-PlanNACC",
        "{host} answered with the unexpected status {status}. Check path and login_path, or tell its operator.",
    ),
    "redirected_elsewhere": (
        "{host} ส่งต่อไปยังที่อื่น ({other}) จึงไม่ตามไป เพราะรหัสผ่านอาจรั่ว ถ้าเป็นที่อยู่ใหม่จริงให้แก้ base_url",
        "{host} redirects elsewhere ({other}); not followed, so that no credential leaks. If that is its new"
        " address, change base_url.",
    ),
    "redirects_without_end": (
        "{host} ส่งต่อไปมาไม่สิ้นสุด กรุณาตรวจ path",
        "{host} redirects without end. Check path.",
    ),
    "login_failed": (
        "{host} ไม่รับชื่อผู้ใช้หรือรหัสผ่าน กรุณาตรวจทั้งสองค่า login_path, username_field และ password_field",
        "{host} does not accept the user name or the password. Check both, login_path, username_field and"
        " password_field.",
    ),
    "login_page": (
        "ได้หน้าเข้าสู่ระบบแทนแฟ้ม กรุณาตั้งค่า login ใน sucharit.toml หรือตรวจสิทธิ์ของบัญชี",
        "A login page came instead of the file. Set login in sucharit.toml, or check what the account may see.",
    ),
    "page_instead": (
        "ได้หน้าเว็บแทนแฟ้ม กรุณาเปิด path นี้ในเบราว์เซอร์แล้วตรวจว่าได้แฟ้มที่ต้องการ",
        "A web page came instead of the file. Open this path in a browser and see whether it gives the file.",
    ),
    "not_a_workbook": (
        "สิ่งที่ได้ไม่ใช่แฟ้มตารางคำนวณตามนามสกุลของ file_name กรุณาตรวจ path และ file_name",
        "What came is no workbook of the kind that file_name says. Check path and file_name.",
    ),
    "empty": (
        "ได้แฟ้มว่าง กรุณาตรวจว่ารอบนี้มีข้อมูลใน e-PlanNACC แล้ว",
        "An empty file came. Check that e-PlanNACC holds data for this round.",
    ),
    "too_large": (
        "แฟ้มใหญ่เกิน {limit} ไบต์ จึงไม่รับ ถ้าถูกต้องแล้วให้เพิ่ม max_bytes",
        "The file is larger than {limit} bytes and was refused. If that is right, raise max_bytes.",
    ),
    "damaged": (
        "แฟ้มที่ได้ไม่ตรงกับที่ {host} แจ้งไว้หรือไม่ครบ จึงทิ้งไป กรุณาลองใหม่ หรือแจ้งผู้ดูแล e-PlanNACC",
        "The file is incomplete or not what {host} announced, and was dropped. Try again, or tell its operator.",
    ),
    "length_unknown": (
        "{host} ไม่บอกขนาดแฟ้ม จึงไม่รู้ว่ารับครบหรือไม่ กรุณาแจ้งผู้ดูแล e-PlanNACC หรือใช้แบบ .xlsx",
        "{host} does not say how long the file is, so it may be incomplete. Tell its operator, or export .xlsx.",
    ),
    "encoding_unknown": (
        "{host} บีบอัดแฟ้มด้วยวิธีที่ไม่รองรับ กรุณาแจ้งผู้ดูแล e-PlanNACC",
        "{host} compressed the file in an unsupported way. Tell its operator.",
    ),
    "already_running": (
        "กำลังรับแฟ้มจาก e-PlanNACC อยู่แล้ว กรุณารอให้เสร็จ",
        "Another capture from e-PlanNACC is under way. Wait for it.",
    ),
    "cannot_write": (
        "เขียนแฟ้มลงดิสก์ไม่ได้ ({reason}) กรุณาตรวจเนื้อที่และสิทธิ์ของโฟลเดอร์",
        "The file cannot be written ({reason}). Check the space and the permissions of the folder.",
    ),
    "client_fault": (
        "โปรแกรมรับแฟ้มขัดข้อง ({reason}) กรุณาแจ้งผู้ดูแลระบบนี้",
        "The capture itself is at fault ({reason}). Tell whoever looks after this installation.",
    ),
}


class CaptureError(Exception):
    """A file could not be fetched. `problem` names why; `th` and `en` say what to do. Holds no credential."""

    def __init__(self, problem: str, **said: object) -> None:
        self.problem = problem
        th, en = MESSAGES[problem]
        self.th, self.en = th.format(**said), en.format(**said)
        super().__init__(f"{self.th} / {self.en}")


class _Transient(Exception):
    """Worth another attempt, after `wait` seconds where the server says how long; `error` if there is none."""

    def __init__(self, error: CaptureError, wait: float | None = None) -> None:
        self.error, self.wait = error, wait
        super().__init__(str(error))


class _SessionOver(Exception):
    """The answer is that of somebody who has not logged in; `error` where logging in is no remedy."""

    def __init__(self, error: CaptureError) -> None:
        self.error = error
        super().__init__(str(error))


@dataclass(frozen=True)
class Captured:
    """What became of one export: new, unchanged or failed (then with its error)."""

    file_name: str
    outcome: str
    error: CaptureError | None = None


class Capture:
    """One visit to e-PlanNACC for one round.

    `inbox` is the round's drop folder, `state` the directory of the state file (validators of what was
    fetched; addresses only as digests, no credentials). `sleep`, `clock` (seconds), `jitter` (0 to 1) and
    `timer` can be given by a test.
    """

    def __init__(
        self,
        source: EPlanNacc,
        round_: Round,
        inbox: Path,
        state: Path,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        timer: Callable[[float, Callable[[], None]], threading.Timer] = threading.Timer,
    ) -> None:
        self._source, self._round = source, round_
        self._folder, self._state_folder = inbox / FOLDER, state
        self._sleep, self._clock, self._jitter = sleep, clock, jitter
        self._host = urlsplit(source.base_url).hostname or ""
        self._until = clock() + source.deadline_seconds
        self._opened: list[socket.socket] = []
        self._alarm = timer(source.deadline_seconds, self._hang_up)
        self._logged_in = False
        self._login_error: CaptureError | None = None
        self._session = requests.Session()
        # The environment may name a proxy, but neither another login (.netrc) nor another CA bundle.
        self._session.trust_env = False
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _adapter(self._opened))
        if not is_loopback(self._host):
            self._session.proxies.update(get_environ_proxies(source.base_url))
        self._session.verify = str(source.ca_bundle) if source.ca_bundle else True
        # Ranges of a compressed answer are ranges of whatever the server compressed this time.
        self._session.headers["Accept-Encoding"] = "identity"
        if source.login == "token":
            self._session.headers[source.token_header] = source.token_prefix + _text(source.token)

    def run(self) -> list[Captured]:
        """Fetch every export of the round. A failed one is named in the result and does not stop the others."""
        self._alarm.daemon = True
        self._alarm.start()
        try:
            with self._session:
                return [self._outcome(export) for export in self._source.exports]
        finally:
            self._alarm.cancel()
            for connection in self._opened:
                connection.close()

    def _outcome(self, export: Export) -> Captured:
        try:
            with self._alone():
                return Captured(export.file_name, "new" if self._fetch(export) else "unchanged")
        except CaptureError as failure:
            error = failure
        except OSError as failure:
            error = CaptureError("cannot_write", reason=failure.strerror or type(failure).__name__)
        except Exception as failure:  # a fault of ours must not stop the round
            error = CaptureError("client_fault", reason=type(failure).__name__)
        log.warning("%s: %s", export.file_name, error)
        # The frames of a traceback hold what was sent, the password included.
        return Captured(export.file_name, "failed", error.with_traceback(None))

    def _hang_up(self) -> None:
        """End what is going on once the time is up: a read timeout starts anew with every byte of a header."""
        for connection in self._opened:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two captures at once would write into the same unfinished file."""
        self._state_folder.mkdir(parents=True, exist_ok=True)
        with (self._state_folder / "lock").open("w") as lock:
            busy = False
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                busy = True
            if busy:
                raise CaptureError("already_running")
            yield

    # -- one export

    def _fetch(self, export: Export) -> bool:
        """Bring one export into the drop folder; return whether it is new. Logs in (again) where needed."""
        fresh = False
        if self._source.login == "session" and not self._logged_in:
            self._log_in()
            fresh = True
        for again in (False, True):
            over: CaptureError
            try:
                return self._persistently(lambda: self._attempt(export))
            except _SessionOver as expired:
                over = expired.error
            if self._source.login != "session" or fresh or again:
                break
            log.info("the session is over; logging in again")
            self._log_in()
        raise over

    def _persistently(self, act: Callable[[], T]) -> T:
        """Act until it works, at most `attempts` times, waiting longer each time."""
        for attempt in range(self._source.attempts):
            try:
                return act()
            except _Transient as failure:
                error, wait = failure.error, failure.wait
            if wait is None:
                longest = min(FIRST_WAIT_SECONDS * 2**attempt, LONGEST_WAIT_SECONDS)
                wait = longest * (1 + self._jitter()) / 2
            if attempt + 1 == self._source.attempts or wait > self._remaining():
                break
            log.info("attempt %d: %s; waiting %.1f s", attempt + 1, error.problem, wait)
            self._sleep(wait)
        raise error

    def _attempt(self, export: Export) -> bool:
        target, part = self._folder / export.file_name, self._folder / f".{export.file_name}.part"
        url, key = self._url(export.path), f"{self._round.round_key}/{export.file_name}"
        address = hashlib.sha256(url.encode()).hexdigest()
        state = self._state(key)
        if state.get("address") != address:
            state = {"address": address}
        have = _kept(part, state.get("partial"))
        headers = {}
        if have:
            headers = {"Range": f"bytes={have}-", "If-Range": state["partial"]["etag"]}
        elif target.exists():
            if state.get("etag"):
                headers["If-None-Match"] = state["etag"]
            if state.get("last_modified"):
                headers["If-Modified-Since"] = state["last_modified"]
        with closing(self._exchange("GET", url, headers=headers)) as response:
            status = response.status_code
            if status == 304 and headers and not have:
                return False
            if status in SESSION_OVER:
                raise _SessionOver(self._error("access_refused", status=status))
            if status in (404, 410):
                raise self._error("not_found", status=status, what=export.file_name, setting="path")
            if status == 206 and have and _continues(response, have, state["partial"]["etag"]):
                pass
            elif status == 200:
                have = 0
            elif have and status in (206, 416):
                # The part does not fit what is there now. The next attempt asks for the whole.
                self._forget_part(key, state, part)
                raise _Transient(self._error("damaged"), wait=0)
            else:
                raise self._error("unexpected_status", status=status)
            if not have:
                self._forget_part(key, state, part)
            self._stream(response, part, have, key, state)
            return self._finish(response, part, target, key, state)

    def _stream(self, response: requests.Response, part: Path, have: int, key: str, state: dict[str, Any]) -> None:
        """Append the body to the part. Where it breaks off, what can be resumed is kept."""
        announced = response.headers.get("Content-Length", "")
        total = have + int(announced) if announced.isdecimal() else None
        limit = self._source.max_bytes
        if total is not None and total > limit:
            self._forget_part(key, state, part)
            raise CaptureError("too_large", limit=limit)
        self._folder.mkdir(parents=True, exist_ok=True)
        size, complete = have, False
        with part.open("ab") as file:
            try:
                for piece in self._pieces(response):
                    size += len(piece)
                    if size > limit:
                        raise CaptureError("too_large", limit=limit)
                    file.write(piece)
                if total is not None and size != total:
                    raise _Transient(self._error("cut"))
                complete = True
            finally:
                file.flush()
                os.fsync(file.fileno())
                etag = response.headers.get("ETag", "") or state.get("partial", {}).get("etag", "")
                # A weak validator (W/) promises the same meaning, not the same bytes.
                if not complete and 0 < size <= limit and etag.startswith('"'):
                    self._remember(key, state | {"partial": {"etag": etag, "size": size}})
                elif not complete:
                    self._forget_part(key, state, part)

    def _finish(
        self, response: requests.Response, part: Path, target: Path, key: str, state: dict[str, Any]
    ) -> bool:
        """Check the complete part and rename it into place; return whether its content is new."""
        etag = response.headers.get("ETag") or state.get("partial", {}).get("etag")
        proven, problem = _digest_agrees(response, part), None
        if proven is False:
            problem = "damaged"
        else:
            problem = self._unpack(response.headers.get("Content-Encoding", "").casefold(), part)
        problem = problem or _wrong_content(response, part, target.suffix.casefold())
        framed = "Content-Length" in response.headers or "chunked" in response.headers.get("Transfer-Encoding", "")
        if not problem and not proven and not framed and target.suffix.casefold() not in ZIPPED:
            problem = "length_unknown"
        if problem:
            self._forget_part(key, state, part)
            error = self._error(problem, limit=self._source.max_bytes)
            if problem == "login_page":
                raise _SessionOver(error)
            raise _Transient(error) if problem == "damaged" else error
        # The same bytes again are no new file: touching it would start another run.
        sha256 = _sha256(part)
        new = not target.exists() or _sha256(target) != sha256
        if new:
            part.chmod(0o640)
            part.replace(target)
            to_disk(target.parent)
        else:
            part.unlink()
        kept = {"address": state["address"], "etag": etag, "last_modified": response.headers.get("Last-Modified")}
        self._remember(key, kept | {"sha256": sha256})
        return new

    def _unpack(self, encoding: str, part: Path) -> str | None:
        """Undo gzip in place, within the size limit; return the problem if there is one."""
        if encoding in ("", "identity"):
            return None
        if encoding not in ("gzip", "x-gzip"):
            return "encoding_unknown"
        unpacked, size, limit = part.with_name(part.name + ".part"), 0, self._source.max_bytes
        problem = None if part.stat().st_size else "damaged"
        # Of several members, which make one file, all are read.
        with gzip.open(part) as packed, unpacked.open("wb") as file:
            try:
                while piece := packed.read(CHUNK):
                    size += len(piece)
                    if size > limit:
                        problem = "too_large"
                        break
                    file.write(piece)
            except (EOFError, gzip.BadGzipFile, zlib.error):
                problem = "damaged"
            file.flush()
            os.fsync(file.fileno())
        if problem:
            unpacked.unlink()
        else:
            unpacked.replace(part)
        return problem

    # -- logging in

    def _log_in(self) -> None:
        """Post the login form. A refused login is not tried again: accounts are locked for that."""
        if self._login_error:
            raise self._login_error
        self._logged_in = False
        self._session.cookies.clear()
        url, source = self._url(self._source.login_path), self._source
        action, hidden = self._persistently(lambda: self._form_at(url))
        form = hidden | {
            source.username_field: _text(source.username),
            source.password_field: _text(source.password),
        }
        status, there, page = self._persistently(lambda: self._page("POST", action, form))
        pages = (urlsplit(url).path, urlsplit(action).path)
        back_at_login = PASSWORD_INPUT.search(page) and urlsplit(there).path in pages
        if status in LOGIN_REFUSED or back_at_login or _login_form(page, source.password_field) is not None:
            self._login_error = self._error("login_failed")
            raise self._login_error
        if status in (404, 410):
            raise self._error("not_found", status=status, what="login", setting="login_path")
        if status >= 400:
            raise self._error("unexpected_status", status=status)
        self._logged_in = True

    def _form_at(self, url: str) -> tuple[str, dict[str, str]]:
        """Return where the login form goes and its hidden fields: most forms refuse an answer without theirs.

        Where the address shows no form, the answer goes to the address itself.
        """
        _, there, page = self._page("GET", url, None)
        form = _login_form(page, self._source.password_field)
        if form is None:
            return url, {}
        hidden = {
            str(i.get("name")): str(i.get("value") or "") for i in form.xpath(".//input[@type='hidden'][@name]")
        }
        return self._same_host(there, form.get("action") or there), hidden

    def _page(self, method: str, url: str, form: dict[str, str] | None) -> tuple[int, str, bytes]:
        """Return (status, address after redirects, first bytes of the page)."""
        page = b""
        with closing(self._exchange(method, url, form=form)) as response:
            for piece in self._pieces(response, decode=True):
                page += piece
                if len(page) > LARGEST_PAGE:
                    break
            return response.status_code, response.url, page

    # -- requests

    def _exchange(
        self, method: str, url: str, *, headers: dict[str, str] | None = None, form: dict[str, str] | None = None
    ) -> requests.Response:
        """Send a request and follow redirects of the same origin; the body of the answer is not read yet."""
        for _ in range(MOST_REDIRECTS + 1):
            response = self._send(method, url, headers, form)
            if not response.is_redirect:
                return response
            response.close()
            url = self._same_host(url, response.headers["Location"])
            if response.status_code in (301, 302, 303):
                method, form = "GET", None
        raise self._error("redirects_without_end")

    def _same_host(self, url: str, location: str) -> str:
        """Return where a redirect or a form leads. Raises CaptureError for another host, port or scheme."""
        try:
            url = urljoin(url, location)
            there = origin(url)
        except ValueError:
            there = ("", "", None)
        if there != origin(self._source.base_url):
            # Only scheme, host and port are named: the rest of the address may hold a ticket.
            raise self._error("redirected_elsewhere", other=f"{there[0]}://{there[1][:100]}:{there[2]}")
        return url

    def _send(
        self, method: str, url: str, headers: dict[str, str] | None, form: dict[str, str] | None
    ) -> requests.Response:
        remaining = self._remaining()
        timeout = (
            min(self._source.connect_timeout_seconds, remaining),
            min(self._source.read_timeout_seconds, remaining),
        )
        response = None
        try:
            response = self._session.request(
                method, url, headers=headers, data=form, timeout=timeout, allow_redirects=False, stream=True
            )
        except (exceptions.RequestException, HTTPError) as failure:
            problem = _problem(failure)
        if response is None:
            error = self._error(problem)
            raise error if problem == "tls" else _Transient(error)
        if response.status_code == 429 or response.status_code >= 500:
            response.close()
            problem = "busy" if response.status_code == 429 else "server_error"
            raise _Transient(self._error(problem, status=response.status_code), _retry_after(response))
        return response

    def _pieces(self, response: requests.Response, *, decode: bool = False) -> Iterator[bytes]:
        """Yield the body as it comes in; `decode` undoes its Content-Encoding."""
        while True:
            self._remaining()
            problem, piece = None, b""
            try:
                # One receive at a time: a server that sends a byte a minute must not outlive the deadline.
                piece = response.raw.read1(CHUNK, decode_content=decode)
            except (exceptions.RequestException, HTTPError, OSError) as failure:
                problem = "timeout" if isinstance(failure, (ReadTimeoutError, TimeoutError)) else "cut"
            if problem:
                raise _Transient(self._error(problem))
            if not piece:
                return
            yield piece

    def _remaining(self) -> float:
        """Return the seconds left of the whole visit. Raises CaptureError where there are none."""
        remaining = self._until - self._clock()
        if remaining <= 0:
            raise CaptureError("deadline", seconds=f"{self._source.deadline_seconds:g}")
        return remaining

    def _url(self, path: str) -> str:
        r = self._round
        return urljoin(
            self._source.base_url,
            path.format(round_key=r.round_key, fiscal_year_be=r.fiscal_year_be, months=r.months),
        )

    def _error(self, problem: str, **said: object) -> CaptureError:
        return CaptureError(problem, host=self._host, **said)

    # -- what is remembered between visits

    @property
    def _state_file(self) -> Path:
        return state_file(self._state_folder)

    def _states(self) -> dict[str, dict[str, Any]]:
        return _read_states(self._state_file)

    def _state(self, key: str) -> dict[str, Any]:
        state = self._states().get(key)
        return state if isinstance(state, dict) else {}

    def _remember(self, key: str, state: dict[str, Any]) -> None:
        text = json.dumps(self._states() | {key: state}, ensure_ascii=False, indent=1, sort_keys=True)
        write_atomically(self._state_file, lambda path: path.write_text(text, encoding="utf-8"))

    def _forget_part(self, key: str, state: dict[str, Any], part: Path) -> None:
        # The note goes first: a part without a note is thrown away, a note without its part would be trusted.
        if state.pop("partial", None) or self._state(key).get("partial"):
            self._remember(key, state)
        part.unlink(missing_ok=True)


def state_file(folder: Path) -> Path:
    """Return the file that remembers what was fetched."""
    return folder / "state.json"


def _read_states(path: Path) -> dict[str, dict[str, Any]]:
    try:
        states = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        # Without it everything is fetched whole once more; nothing is lost.
        return {}
    return states if isinstance(states, dict) else {}


def fetched(folder: Path, round_key: str) -> dict[str, str]:
    """Return the SHA-256 of the files of a round that were fetched last, by their path below its drop folder.

    A person may put another file into their place: only one with these very bytes came over HTTP.
    """
    of_round = {
        key.removeprefix(f"{round_key}/"): state
        for key, state in _read_states(state_file(folder)).items()
        if key.startswith(f"{round_key}/") and isinstance(state, dict)
    }
    return {f"{FOLDER}/{name}": state["sha256"] for name, state in of_round.items() if state.get("sha256")}


def _adapter(opened: list[socket.socket]) -> HTTPAdapter:
    """Return a transport that adds a second handle of each connection to `opened`, so that it can be cut."""

    def noted(connection: socket.socket) -> socket.socket:
        # TLS takes the first handle over; the second one stays usable from another thread.
        opened.append(connection.dup())
        return connection

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return noted(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return noted(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    adapter = HTTPAdapter()
    adapter.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
    return adapter


def _login_form(page: bytes, password_field: str) -> Any:
    """Return the form of a page that asks for the password by this name, or None."""
    if not PASSWORD_INPUT.search(page):
        return None
    for form in html.fromstring(page).xpath("//form"):
        if any(field.get("name") == password_field for field in form.xpath(".//input")):
            return form
    return None


def _text(secret: Secret | None) -> str:
    return secret.reveal() if secret else ""


def _kept(part: Path, partial: dict[str, Any] | None) -> int:
    """Return how many bytes of a part can be gone on from: those that were on disk when it broke off."""
    if not partial or not part.exists() or part.stat().st_size < partial["size"]:
        return 0
    # More was written by a visit that never came to its end; only the noted bytes are sure.
    os.truncate(part, partial["size"])
    return int(partial["size"])


def _continues(response: requests.Response, have: int, etag: str) -> bool:
    """Tell whether a partial answer goes on exactly where the part ends, in the same version of the file."""
    start = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    return bool(start and int(start[1]) == have) and response.headers.get("ETag", etag) == etag


def _problem(failure: Exception) -> str:
    if isinstance(failure, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(failure):
        return "tls"
    if isinstance(failure, exceptions.Timeout):
        return "timeout"
    refused = failure.args and isinstance(failure.args[0], MaxRetryError)
    return "unreachable" if refused else "cut"


def _retry_after(response: requests.Response) -> float | None:
    try:
        return Retry().parse_retry_after(response.headers["Retry-After"])
    except (KeyError, InvalidHeader):
        return None


def _digest_agrees(response: requests.Response, part: Path) -> bool | None:
    """Return whether the part has the digest that was announced, None where none was.

    Repr-Digest and Content-Digest: RFC 9530 (the latter only covers this answer, so not a resumed part);
    Digest: RFC 3230.
    """
    names = ["Repr-Digest", "Digest"] + (["Content-Digest"] if response.status_code == 200 else [])
    text = ",".join(response.headers.get(name, "") for name in names)
    announced = re.findall(r"\b(sha-(?:256|512))=:?([A-Za-z0-9+/]+=*)", text, re.IGNORECASE)
    for algorithm, value in announced:
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, algorithm.casefold().replace("-", "")).digest()
        if base64.b64encode(digest).decode() != value:
            return False
    return True if announced else None


def _wrong_content(response: requests.Response, part: Path, suffix: str) -> str | None:
    """Return why the complete part cannot be the export, judged by its first bytes and its ending."""
    with part.open("rb") as file:
        head = file.read(LARGEST_PAGE)
    if not head:
        return "empty"
    is_page = "html" in response.headers.get("Content-Type", "").casefold() and not head.startswith(b"PK")
    if is_page or _looks_like_page(head):
        if PASSWORD_INPUT.search(head):
            return "login_page"
        return None if suffix in MAY_BE_PAGE else "page_instead"
    if suffix in ZIPPED and not zipfile.is_zipfile(part):
        # A zip keeps its directory at the end: one that starts right and has none was cut short.
        return "damaged" if head.startswith(b"PK") else "not_a_workbook"
    return None


def _looks_like_page(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].lower().startswith((b"<!doctype html", b"<html"))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
