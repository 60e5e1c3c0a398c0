"""The HTTP client against a real server on this machine that misbehaves on purpose."""

import base64
import gzip
import hashlib
import ipaddress
import json
import logging
import sqlite3
import ssl
import threading
import tomllib
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from orchestration import settings as configuration
from orchestration.eplannacc import MESSAGES, Capture, CaptureError
from orchestration.paths import SAMPLES
from orchestration.rounds import calendar
from orchestration.settings import EPlanNacc, Export, Secret, Settings, SettingsError
from tests.conftest import ROUND, SAMPLE
from tests.unit.test_parse import HEADER, ROW, TITLE, workbook

USER, PASSWORD, TOKEN, COOKIE = "planted-user", "planted-pässword-รหัส", "planted-token-0123", "planted-cookie-4567"
CSV = ("ลำดับ,ชื่อโครงการ\n" + "".join(f"{n},โครงการที่ {n}\n" for n in range(1, 4000))).encode()
LOGIN_PAGE = (
    b"<!DOCTYPE html><html><form action='/login' method='post'><input type='hidden' name='_csrf' value='c5rf'>"
    b"<input name='user'><input type='password' name='pass'></form></html>"
)


# -- the server


class Server:
    """Answers each path by its list of answers, one per request and the last one for ever."""

    def __init__(self, certificate=None):
        self.answers, self.requests, self.unblock = {}, [], threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.requests.append((self.command, self.path, dict(self.headers), body.decode()))
                answers = server.answers.get(urlsplit(self.path).path, [status(404)])
                (answers.pop(0) if len(answers) > 1 else answers[0])(self)

            do_POST = do_GET

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # clients that hang up are the point of these tests

        self.http = Quiet(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.scheme, self.port = ("https" if certificate else "http"), self.http.server_address[1]
        self.url = f"{self.scheme}://127.0.0.1:{self.port}/"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def close(self):
        self.unblock.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def asked(self, path="/export"):
        """Return the headers of the requests for a path."""
        return [headers for _, asked, headers, _ in self.requests if urlsplit(asked).path == path]


def send(handler, code, body=b"", headers=(), announced=None):
    handler.send_response(code)
    for name, value in dict(headers).items():
        handler.send_header(name, value)
    if announced is not False:
        handler.send_header("Content-Length", str(len(body) if announced is None else announced))
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


def status(code, body=b"", **headers):
    return lambda handler: send(handler, code, body, {k.replace("_", "-"): v for k, v in headers.items()})


def ok(body=CSV, **headers):
    return status(200, body, **headers)


def cut(body=CSV, after=30_000, **headers):
    """Announce the whole body and hang up in the middle."""

    def answer(handler):
        send(handler, 200, body[:after], {k.replace("_", "-"): v for k, v in headers.items()}, announced=len(body))
        handler.close_connection = True

    return answer


def ranged(body=CSV, etag='"one"'):
    """Answer Range and If-Range as RFC 9110 says."""

    def answer(handler):
        asked = handler.headers.get("Range")
        if asked and handler.headers.get("If-Range") == etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            there = {"ETag": etag, "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            send(handler, 206, body[start:], there)
        else:
            send(handler, 200, body, {"ETag": etag})

    return answer


@pytest.fixture
def server():
    made = Server()
    yield made
    made.close()


# -- the client


class Clock:
    """Time that only passes while the client waits; `waits` are the seconds it waited."""

    def __init__(self):
        self.now, self.waits = 1000.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.waits.append(seconds)
        self.now += seconds


class Client:
    """A client with one export for the sample round, in a runtime directory of its own."""

    def __init__(self, home, url, file_name="โครงการ.csv", **options):
        self.home, self.clock = home, Clock()
        self.inbox = home / "inbox" / ROUND
        options.setdefault("exports", (Export("export", file_name),))
        self.source = EPlanNacc(base_url=url, **options)
        self.file = self.inbox / "e-PlanNACC" / self.source.exports[0].file_name

    def run(self):
        """Make one visit and return, per export, its outcome or the problem that it failed with."""
        capture = Capture(
            self.source,
            calendar()[ROUND],
            self.inbox,
            self.home / "eplannacc",
            sleep=self.clock.sleep,
            clock=self.clock,
            jitter=lambda: 1.0,
            timer=self.timer,
        )
        self.results = capture.run()
        return [r.error.problem if r.error else r.outcome for r in self.results]

    def timer(self, seconds, act):
        """An alarm that goes off when the test says so."""
        self.time_is_up = lambda: (self.clock.sleep(seconds), act())
        return threading.Timer(3600, lambda: None)

    def folder(self):
        return sorted(p.name for p in (self.inbox / "e-PlanNACC").glob("*")) if self.inbox.exists() else []

    def state(self):
        return json.loads((self.home / "eplannacc" / "state.json").read_text(encoding="utf-8"))


@pytest.fixture
def client(tmp_path, server):
    def make(**options):
        return Client(tmp_path, server.url, **options)

    return make


def test_an_export_lands_whole_in_the_drop_folder(server, client):
    server.answers["/export"] = [ok()]
    c = client()
    assert c.run() == ["new"]
    assert c.file.read_bytes() == CSV
    assert c.folder() == ["โครงการ.csv"]
    assert server.asked()[0]["Accept-Encoding"] == "identity"


def test_the_round_is_filled_into_the_path(server, client):
    path = "export/{fiscal_year_be}/{months}?round={round_key}"
    server.answers["/export/2566/12"] = [ok()]
    assert client(exports=(Export(path, "a.csv"),)).run() == ["new"]
    assert server.requests[0][1] == "/export/2566/12?round=FY2566-12M"


# -- try again


def test_429_waits_as_long_as_it_is_told(server, client):
    server.answers["/export"] = [status(429, Retry_After="7"), ok()]
    c = client()
    assert (c.run(), c.clock.waits) == (["new"], [7])


def test_server_errors_are_tried_again_after_growing_waits(server, client):
    server.answers["/export"] = [status(500), status(500), ok()]
    c = client()
    assert (c.run(), c.clock.waits) == (["new"], [1, 2])


def test_jitter_spreads_the_waits_between_half_and_whole(server, client):
    server.answers["/export"] = [status(503), ok()]
    c = client()
    capture = Capture(
        c.source, calendar()[ROUND], c.inbox, c.home / "s", sleep=c.clock.sleep, clock=c.clock, jitter=lambda: 0.0
    )
    assert [r.outcome for r in capture.run()] == ["new"]
    assert c.clock.waits == [0.5]


@pytest.mark.parametrize(("code", "problem"), [(429, "busy"), (500, "server_error"), (503, "server_error")])
def test_after_the_last_attempt_the_failure_is_named(server, client, code, problem):
    server.answers["/export"] = [status(code)]
    c = client(attempts=3)
    assert (c.run(), c.clock.waits, len(server.requests)) == ([problem], [1, 2], 3)
    assert c.folder() == []


def test_a_wait_beyond_the_deadline_is_not_begun(server, client):
    server.answers["/export"] = [status(429, Retry_After="1000")]
    c = client(deadline_seconds=900)
    assert (c.run(), c.clock.waits, len(server.requests)) == (["busy"], [], 1)


def test_an_unreadable_retry_after_is_no_reason_to_fail(server, client):
    server.answers["/export"] = [status(503, Retry_After="soon"), ok()]
    c = client()
    assert (c.run(), c.clock.waits) == (["new"], [1])


def test_one_failed_export_does_not_stop_the_next(server, client):
    server.answers["/export"] = [ok()]
    c = client(exports=(Export("nowhere", "ไม่มี.csv"), Export("export", "มี.csv")))
    assert c.run() == ["not_found", "new"]
    assert c.folder() == ["มี.csv"]


# -- time


def test_headers_that_never_come_end_in_a_timeout(server, client):
    server.answers["/export"] = [lambda handler: server.unblock.wait()]
    c = client(read_timeout_seconds=0.05, attempts=2)
    assert (c.run(), len(server.requests)) == (["timeout"], 2)


def test_a_body_that_trickles_does_not_outlive_the_deadline(server, client):
    c = client(deadline_seconds=60, attempts=1)

    def trickle(handler):
        send(handler, 200, b"x", announced=10)
        c.clock.now += 61
        handler.wfile.write(b"x")
        handler.wfile.flush()
        server.unblock.wait()

    server.answers["/export"] = [trickle]
    assert c.run() == ["deadline"]
    assert c.folder() == []


@pytest.mark.parametrize("secure", [False, True])
def test_headers_that_trickle_do_not_outlive_the_deadline(tmp_path, secure):
    """A byte now and then keeps any read timeout from ending; the alarm ends it."""
    both, bundle = certificate(tmp_path, "127.0.0.1") if secure else (None, None)
    server = Server(both)
    c = Client(tmp_path / "home", server.url, ca_bundle=bundle)

    def trickle(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        handler.wfile.flush()
        c.time_is_up()
        server.unblock.wait()

    try:
        server.answers["/export"] = [trickle]
        assert (c.run(), len(server.requests)) == (["deadline"], 1)
    finally:
        server.close()


def test_nobody_listens(tmp_path):
    gone = Server()
    gone.close()
    c = Client(tmp_path, gone.url, attempts=2)
    assert (c.run(), c.clock.waits) == (["unreachable"], [1])


# -- complete or nothing


def test_a_cut_download_goes_on_where_it_broke_off(server, client):
    server.answers["/export"] = [cut(ETag='"one"'), ranged()]
    c = client()
    assert c.run() == ["new"]
    assert c.file.read_bytes() == CSV
    again = server.asked()[1]
    assert (again["Range"], again["If-Range"]) == ("bytes=30000-", '"one"')
    assert c.folder() == ["โครงการ.csv"]


def test_the_next_visit_goes_on_where_the_last_one_broke_off(server, client):
    server.answers["/export"] = [cut(ETag='"one"')]
    c = client(attempts=1)
    assert c.run() == ["cut"]
    assert c.folder() == [".โครงการ.csv.part"]
    server.answers["/export"] = [ranged()]
    # More bytes than were noted are those of a visit that crashed: nobody knows what they are.
    with c.file.with_name(".โครงการ.csv.part").open("ab") as part:
        part.write(b"garbage")
    assert c.run() == ["new"]
    assert c.file.read_bytes() == CSV
    assert server.asked()[1]["Range"] == "bytes=30000-"


def test_a_part_without_a_note_is_thrown_away(server, client):
    server.answers["/export"] = [ranged()]
    c = client()
    c.file.parent.mkdir(parents=True)
    c.file.with_name(".โครงการ.csv.part").write_bytes(b"garbage")
    assert c.run() == ["new"]
    assert c.file.read_bytes() == CSV
    assert "Range" not in server.asked()[0]


def test_parts_of_two_versions_are_never_joined(server, client):
    newer = CSV.replace(b"1,", b"9,")
    server.answers["/export"] = [cut(ETag='"one"'), ranged(newer, '"two"')]
    c = client()
    assert c.run() == ["new"]
    assert c.file.read_bytes() == newer


def test_a_server_that_ignores_if_range_is_found_out(server, client):
    newer = CSV.replace(b"1,", b"9,")

    def wrong(handler):
        there = {"ETag": '"two"', "Content-Range": f"bytes 30000-{len(newer) - 1}/{len(newer)}"}
        send(handler, 206, newer[30000:], there)

    server.answers["/export"] = [cut(ETag='"one"'), wrong, ranged(newer, '"two"')]
    c = client()
    assert c.run() == ["new"]
    assert c.file.read_bytes() == newer
    assert "Range" not in server.asked()[2]


def test_a_range_that_starts_elsewhere_is_not_appended(server, client):
    def wrong(handler):
        there = {"ETag": '"one"', "Content-Range": f"bytes 0-{len(CSV) - 1}/{len(CSV)}"}
        send(handler, 206, CSV, there)

    server.answers["/export"] = [cut(ETag='"one"'), wrong, ranged()]
    c = client()
    assert c.run() == ["new"]
    assert c.file.read_bytes() == CSV


def test_a_range_that_is_refused_starts_anew(server, client):
    server.answers["/export"] = [cut(ETag='"one"'), status(416), ok()]
    c = client()
    assert c.run() == ["new"]
    assert c.file.read_bytes() == CSV


@pytest.mark.parametrize("etag", [{}, {"ETag": 'W/"one"'}])
def test_without_a_strong_validator_a_cut_download_starts_anew(server, client, etag):
    server.answers["/export"] = [cut(**etag), ok()]
    c = client()
    assert c.run() == ["new"]
    assert "Range" not in server.asked()[1]
    assert c.file.read_bytes() == CSV


def test_more_announced_than_sent_is_no_file(server, client):
    server.answers["/export"] = [cut(after=len(CSV) - 1)]
    c = client(attempts=2)
    assert c.run() == ["cut"]
    assert c.folder() == []


def test_less_announced_than_sent_is_seen_by_the_end_of_the_workbook(server, client):
    book = workbook([TITLE, *HEADER, ROW])

    def short(handler):
        send(handler, 200, book, announced=len(book) - 100)
        handler.close_connection = True

    server.answers["/export"] = [short]
    c = client(file_name="a.xlsx", attempts=2)
    assert c.run() == ["damaged"]
    assert c.folder() == []


def test_a_cut_download_leaves_the_earlier_file_alone(server, client):
    server.answers["/export"] = [ok(), cut(b"y" * 5000, 100)]
    c = client(attempts=1)
    assert [*c.run(), *c.run()] == ["new", "cut"]
    assert c.file.read_bytes() == CSV


def chunked(body, finish):
    def answer(handler):
        send(handler, 200, headers={"Transfer-Encoding": "chunked"}, announced=False)
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(body), body) + (b"0\r\n\r\n" if finish else b""))
        handler.close_connection = True

    return answer


def test_chunks_say_themselves_where_they_end(server, client):
    server.answers["/export"] = [chunked(CSV[:40_000], finish=False), chunked(CSV, finish=True)]
    c = client()
    assert c.run() == ["new"]
    assert (len(server.requests), c.file.read_bytes()) == (2, CSV)


def test_a_body_of_unknown_length_needs_another_proof(server, client):
    def endless(body):
        def answer(handler):
            send(handler, 200, body, {"Connection": "close"}, announced=False)

        return answer

    book = workbook([TITLE, *HEADER, ROW])
    server.answers |= {"/export": [endless(CSV)], "/book": [endless(book)]}
    c = client(exports=(Export("export", "a.csv"), Export("book", "a.xlsx")))
    assert c.run() == ["length_unknown", "new"]
    assert c.folder() == ["a.xlsx"]


def sha256(body):
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


@pytest.mark.parametrize(
    ("name", "form"),
    [("Repr-Digest", "sha-256=:{}:"), ("Content-Digest", "sha-256=:{}:"), ("Digest", "SHA-256={}")],
)
def test_a_digest_is_checked(server, client, name, form):
    wrong, right = (status(200, CSV, **{name: form.format(sha256(body))}) for body in (b"other", CSV))
    server.answers["/export"] = [wrong, right]
    c = client()
    assert (c.run(), len(server.requests)) == (["new"], 2)
    server.answers["/export"] = [status(200, CSV[:-1], **{name: form.format(sha256(CSV))})]
    c = client(attempts=2)
    assert c.run() == ["damaged"]
    assert c.file.read_bytes() == CSV


def test_a_resumed_download_is_checked_as_a_whole(server, client):
    broken = b"?" + CSV[1:]

    def rest(handler):
        there = {"ETag": '"one"', "Content-Range": f"bytes 30000-{len(CSV) - 1}/{len(CSV)}"}
        send(handler, 206, CSV[30000:], there | {"Repr-Digest": f"sha-256=:{sha256(CSV)}:"})

    server.answers["/export"] = [cut(broken, ETag='"one"'), rest, ok()]
    c = client()
    assert c.run() == ["new"]
    assert (c.file.read_bytes(), len(server.requests)) == (CSV, 3)


@pytest.mark.parametrize("members", [1, 2])
def test_gzip_is_undone(server, client, members):
    half = len(CSV) // members
    packed = b"".join(gzip.compress(CSV[n : n + half], mtime=0) for n in range(0, len(CSV), half))
    server.answers["/export"] = [ok(packed, Content_Encoding="gzip", Digest=f"sha-256={sha256(packed)}")]
    c = client()
    assert c.run() == ["new"]
    assert c.file.read_bytes() == CSV
    assert c.folder() == ["โครงการ.csv"]


@pytest.mark.parametrize(
    ("body", "encoding", "problem"),
    [
        (gzip.compress(CSV)[:-20], "gzip", "damaged"),
        (b"no gzip at all", "gzip", "damaged"),
        (CSV, "br", "encoding_unknown"),
        (gzip.compress(b"0" * 5_000_000), "gzip", "too_large"),
    ],
)
def test_a_bad_compression_leaves_nothing(server, client, body, encoding, problem):
    server.answers["/export"] = [ok(body, Content_Encoding=encoding)]
    c = client(attempts=2, max_bytes=1_000_000)
    assert c.run() == [problem]
    assert c.folder() == []


def test_too_large_by_its_own_account_is_not_read(server, client):
    def answer(handler):
        send(handler, 200, b"", announced=1001)
        server.unblock.wait()

    server.answers["/export"] = [answer]
    c = client(max_bytes=1000)
    assert (c.run(), c.folder()) == (["too_large"], [])


def test_too_large_is_noticed_while_it_streams(server, client):
    server.answers["/export"] = [chunked(b"x" * 1001, finish=False)]
    c = client(max_bytes=1000)
    assert (c.run(), c.folder(), len(server.requests)) == (["too_large"], [], 1)
    server.answers["/export"] = [chunked(b"x" * 1000, finish=True)]
    assert c.run() == ["new"]


def test_an_empty_answer_does_not_replace_the_earlier_file(server, client):
    server.answers["/export"] = [ok(), ok(b"")]
    c = client()
    assert [*c.run(), *c.run()] == ["new", "empty"]
    assert c.file.read_bytes() == CSV


def test_two_captures_at_once_do_not_write_into_one_file(server, client):
    import fcntl

    server.answers["/export"] = [ok()]
    c = client()
    (c.home / "eplannacc").mkdir()
    with (c.home / "eplannacc" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert (c.run(), server.requests) == (["already_running"], [])
    assert c.run() == ["new"]


def test_a_full_disk_is_named(server, client, monkeypatch):
    import errno
    import os

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    server.answers["/export"] = [ok()]
    c = client()
    with monkeypatch.context() as patch:
        patch.setattr("orchestration.eplannacc.os.fsync", full)
        assert c.run() == ["cannot_write"]
    assert "No space left" in c.results[0].error.en
    assert not c.file.exists()
    assert c.run() == ["new"]


# -- nothing new


def test_304_means_nothing_new(server, client):
    since = "Tue, 17 Oct 2023 03:00:00 GMT"
    server.answers["/export"] = [ok(ETag='W/"one"', Last_Modified=since), status(304)]
    c = client()
    assert c.run() == ["new"]
    before = c.file.stat()
    assert c.run() == ["unchanged"]
    asked = server.asked()[1]
    assert (asked["If-None-Match"], asked["If-Modified-Since"]) == ('W/"one"', since)
    assert (c.file.stat().st_ino, c.file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_same_bytes_again_do_not_touch_the_file(server, client):
    server.answers["/export"] = [ok()]
    c = client()
    assert c.run() == ["new"]
    before = c.file.stat()
    assert c.run() == ["unchanged"]
    assert (c.file.stat().st_ino, c.file.stat().st_ctime_ns) == (before.st_ino, before.st_ctime_ns)
    assert c.folder() == ["โครงการ.csv"]


def test_a_file_that_was_taken_away_and_an_address_that_changed_are_asked_for_whole(server, client):
    server.answers |= {"/export": [ok(ETag='"one"')], "/other": [ok(b"other", ETag='"one"')]}
    c = client()
    assert c.run() == ["new"]
    c.file.unlink()
    assert c.run() == ["new"]
    assert "If-None-Match" not in server.asked()[1]
    c = client(exports=(Export("other", "โครงการ.csv"),))
    assert c.run() == ["new"]
    assert "If-None-Match" not in server.asked("/other")[0]


def test_a_broken_state_file_costs_a_download_and_no_more(server, client):
    server.answers["/export"] = [ok(ETag='"one"')]
    c = client()
    c.run()
    (c.home / "eplannacc" / "state.json").write_text("{", encoding="utf-8")
    assert c.run() == ["unchanged"]
    assert c.state()[f"{ROUND}/โครงการ.csv"]["etag"] == '"one"'


# -- who asks


SESSION = {
    "login": "session",
    "login_path": "login",
    "username_field": "user",
    "password_field": "pass",
    "username": Secret(USER),
    "password": Secret(PASSWORD),
}


def login_form(handler):
    send(handler, 200, LOGIN_PAGE, {"Content-Type": "text/html; charset=utf-8"})


class Application:
    """A web application with a login form, a hidden field in it and a session cookie."""

    def __init__(self, server, expired):
        self.server, self.expired, self.sessions, self.logins = server, expired, set(), 0
        server.answers |= {"/login": [self.login], "/export": [self.export], "/home": [ok(b"welcome")]}

    def login(self, handler):
        if handler.command == "GET":
            login_form(handler)
            return
        form = parse_qs(self.server.requests[-1][3])
        if form != {"_csrf": ["c5rf"], "user": [USER], "pass": [PASSWORD]}:
            login_form(handler)
            return
        self.logins += 1
        session = f"{COOKIE}-{self.logins}"
        self.sessions = {session}
        send(handler, 302, headers={"Location": "/home", "Set-Cookie": f"sid={session}; Path=/; HttpOnly"})

    def export(self, handler):
        if handler.headers.get("Cookie", "").removeprefix("sid=") in self.sessions:
            send(handler, 200, CSV)
        else:
            self.expired(handler)


EXPIRED = {
    "401": status(401),
    "419": status(419),
    "login page": login_form,
    "redirect": status(302, Location="/login"),
}


@pytest.mark.parametrize("expired", EXPIRED.values(), ids=EXPIRED)
def test_an_expired_session_logs_in_again(server, client, expired):
    application = Application(server, expired)
    real = application.export
    once = []

    def export(handler):
        if not once and len(server.asked()) == 2:
            once.append(application.sessions.clear())
        real(handler)

    server.answers["/export"] = [export]
    c = client(exports=(Export("export", "a.csv"), Export("export", "b.csv")), **SESSION)
    assert c.run() == ["new", "new"]
    assert application.logins == 2
    assert c.folder() == ["a.csv", "b.csv"]


def test_a_wrong_password_is_tried_once(server, client):
    Application(server, status(401))
    exports = (Export("export", "a.csv"), Export("export", "b.csv"))
    c = client(**SESSION | {"password": Secret("wrong"), "exports": exports})
    assert c.run() == ["login_failed", "login_failed"]
    assert [method for method, *_ in server.requests] == ["GET", "POST"]


def test_a_refused_login_is_known_wherever_it_leads(server, client):
    Application(server, status(401))
    server.answers |= {
        "/login": [status(302, Location="/auth/form")],
        "/auth/form": [ok(LOGIN_PAGE.replace(b"'/login'", b"'check'"), Content_Type="text/html")],
        "/auth/check": [status(303, Location="/auth/form?failed=1")],
    }
    exports = (Export("export", "a.csv"), Export("export", "b.csv"))
    assert client(**SESSION | {"exports": exports}).run() == ["login_failed", "login_failed"]
    assert [path for m, path, *_ in server.requests if m == "POST"] == ["/auth/check"]


def test_an_account_that_may_not_see_the_export_does_not_log_in_for_ever(server, client):
    application = Application(server, lambda handler: None)
    server.answers["/export"] = [status(403)]
    assert client(**SESSION).run() == ["access_refused"]
    server.answers["/export"] = [login_form]
    assert client(**SESSION).run() == ["login_page"]
    assert application.logins == 2


def test_an_export_that_stays_closed_costs_one_more_login(server, client):
    application = Application(server, status(401))
    server.answers["/closed"] = [status(401)]
    c = client(exports=(Export("export", "a.csv"), Export("closed", "b.csv")), **SESSION)
    assert c.run() == ["new", "access_refused"]
    assert application.logins == 2


def test_the_form_says_where_it_goes(server, client):
    application = Application(server, status(401))
    page = LOGIN_PAGE.replace(b"action='/login'", b"action='check?step=2'")
    server.answers |= {"/login": [ok(page, Content_Type="text/html")], "/check": [application.login]}
    assert client(**SESSION).run() == ["new"]
    assert [(m, path) for m, path, *_ in server.requests][:2] == [("GET", "/login"), ("POST", "/check?step=2")]


def test_a_form_that_goes_to_another_host_gets_no_password(server, client):
    page = LOGIN_PAGE.replace(b"action='/login'", b"action='http://localhost:9/steal'")
    server.answers["/login"] = [ok(page, Content_Type="text/html")]
    assert client(**SESSION).run() == ["redirected_elsewhere"]
    assert [method for method, *_ in server.requests] == ["GET"]


def test_a_login_that_is_not_there_is_named(server, client):
    [problem] = (c := client(**SESSION)).run()
    assert problem == "not_found"
    assert "login_path" in c.results[0].error.en


def test_a_token_goes_into_its_header(server, client):
    server.answers["/export"] = [ok()]
    assert client(login="token", token=Secret(TOKEN)).run() == ["new"]
    assert server.asked()[0]["Authorization"] == f"Bearer {TOKEN}"
    c = client(login="token", token=Secret(TOKEN), token_header="X-Api-Key", token_prefix="", file_name="b.csv")
    assert c.run() == ["new"]
    assert server.asked()[1]["X-Api-Key"] == TOKEN


@pytest.mark.parametrize(
    ("answer", "problem"),
    [(status(401), "access_refused"), (login_form, "login_page"), (status(418), "unexpected_status")],
)
def test_without_a_login_the_remedy_is_named(server, client, answer, problem):
    server.answers["/export"] = [answer]
    c = client(file_name="หน้า.html")
    assert c.run() == [problem]
    assert c.folder() == []


@pytest.mark.parametrize(
    ("file_name", "outcome"),
    [("a.xlsx", "page_instead"), ("a.csv", "page_instead"), ("a.html", "new"), ("a.xls", "new")],
)
def test_a_page_is_only_taken_where_one_is_expected(server, client, file_name, outcome):
    server.answers["/export"] = [ok(b"<html><table><tr><td>1</td></tr></table></html>", Content_Type="text/html")]
    assert client(file_name=file_name).run() == [outcome]


def test_text_under_the_name_of_a_workbook_is_refused(server, client):
    server.answers["/export"] = [ok(b"Internal error")]
    c = client(file_name="a.xlsx")
    assert (c.run(), c.folder(), len(server.requests)) == (["not_a_workbook"], [], 1)


# -- where the credentials go


def test_a_redirect_to_another_host_is_refused_and_gets_no_credential(server, client):
    other = Server()
    try:
        other.answers["/x"] = [ok()]
        for to in (other.url + "x", f"http://localhost:{server.port}/export", f"https://127.0.0.1:{server.port}/"):
            server.answers["/export"] = [status(302, Location=to)]
            c = client(login="token", token=Secret(TOKEN))
            assert c.run() == ["redirected_elsewhere"]
        assert other.requests == []
    finally:
        other.close()


def test_a_login_form_that_redirects_elsewhere_gets_no_password(server, client):
    server.answers["/login"] = [login_form, status(307, Location="http://localhost:9/steal")]
    assert client(**SESSION).run() == ["redirected_elsewhere"]


def test_redirects_on_the_same_host_are_followed_but_not_for_ever(server, client):
    server.answers |= {"/export": [status(302, Location="/there")], "/there": [ok()]}
    assert client().run() == ["new"]
    server.answers["/there"] = [status(302, Location="/export")]
    assert client(file_name="b.csv").run() == ["redirects_without_end"]


def test_the_environment_gives_no_other_login_and_no_other_trust(server, client, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.answers["/export"] = [ok()]
    assert client().run() == ["new"]
    assert "Authorization" not in server.asked()[0]


def every_error(c):
    """Return everything that the errors of a client say, those behind them included."""
    seen, waiting = [], [r.error for r in c.results if r.error]
    while waiting:
        error = waiting.pop()
        seen.append(f"{error!r} {error} {error.args} {vars(error)}")
        waiting += [e for e in (error.__cause__, error.__context__) if e is not None]
    return seen


FAILURES = {
    "refused": [status(401)],
    "out of order": [status(500)],
    "cut": [cut(ETag='"one"')],
    "elsewhere": [status(302, Location=f"http://{TOKEN}:{PASSWORD.encode().hex()}@localhost:9/?t={TOKEN}")],
    "too large": [ok(b"x" * 3_000_000)],
    "good": [ok(ETag='"one"')],
}


@pytest.mark.parametrize("answers", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("login", ["session", "token"])
def test_no_credential_is_ever_written_down(server, client, caplog, answers, login):
    caplog.set_level(logging.DEBUG)
    if login == "session":
        application = Application(server, status(401))
        server.answers["/export"] = list(answers)
        c = client(attempts=2, max_bytes=2_000_000, **SESSION)
    else:
        application = None
        server.answers["/export"] = list(answers)
        c = client(attempts=2, max_bytes=2_000_000, login="token", token=Secret(TOKEN))
    c.run()
    sent = " ".join(str(request) for request in server.requests)
    assert (COOKIE if application else TOKEN) in sent, "the secret must have been used for this to mean anything"
    written = [record.getMessage() + str(record.args) for record in caplog.records]
    assert any("urllib3" in record.name for record in caplog.records)
    written += [path.read_text(encoding="utf-8") for path in (c.home / "eplannacc").iterdir()]
    written += every_error(c)
    written += [repr(c.source), str(c.source.password), f"{c.source.token}", repr(c.results)]
    for secret in (USER, PASSWORD, TOKEN, COOKIE, PASSWORD.encode().hex()):
        assert [text for text in written if secret in text] == []


def test_nothing_lies_behind_an_error(server, client, tmp_path):
    """Errors of requests carry the request, password and all; ours must not carry them."""
    gone = Server()
    gone.close()
    server.answers["/export"] = [cut(ETag='"one"')]
    for c in (client(attempts=1), Client(tmp_path, gone.url, attempts=1)):
        c.run()
        [error] = [r.error for r in c.results]
        assert (error.__cause__, error.__context__, error.__traceback__) == (None, None, None)


# -- TLS


def certificate(folder, name):
    """Write a self-signed certificate with its key for an address or a host name; return (both, certificate)."""
    from datetime import UTC, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    try:
        names = [x509.IPAddress(ipaddress.ip_address(name))]
    except ValueError:
        names = [x509.DNSName(name)]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both, bundle = folder / f"{name}.key.pem", folder / f"{name}.pem"
    both.write_bytes(private + public)
    bundle.write_bytes(public)
    return both, bundle


def test_tls_is_verified_by_the_named_bundle_and_never_left_out(tmp_path):
    both, bundle = certificate(tmp_path, "127.0.0.1")
    secure = Server(both)
    try:
        secure.answers["/export"] = [ok()]
        c = Client(tmp_path / "home", secure.url)
        assert (c.run(), c.clock.waits, secure.requests) == (["tls"], [], [])
        assert "ca_bundle" in c.results[0].error.en
        c = Client(tmp_path / "home", secure.url, ca_bundle=bundle)
        assert c.run() == ["new"]
        assert c.file.read_bytes() == CSV
    finally:
        secure.close()


def test_a_trusted_certificate_of_another_host_is_refused(tmp_path):
    both, bundle = certificate(tmp_path, "other.example")
    secure = Server(both)
    try:
        c = Client(tmp_path / "home", secure.url, ca_bundle=bundle)
        assert (c.run(), secure.requests) == (["tls"], [])
    finally:
        secure.close()


# -- sucharit.toml


def read(tmp_path, table):
    (tmp_path / "sucharit.toml").write_text(table, encoding="utf-8")
    return Settings(home=tmp_path).eplannacc()


GOOD = '[eplannacc]\nbase_url = "https://e.example.go.th/app"\nexports = [{path = "x", file_name = "x.xlsx"}]\n'


def test_without_an_address_there_is_nothing_to_do(tmp_path):
    assert Settings(home=tmp_path).eplannacc() is None
    assert read(tmp_path, "[deployment]\n") is None
    assert read(tmp_path, '[eplannacc]\nbase_url = ""\n') is None


def test_the_documented_sample_works_once_uncommented(tmp_path, monkeypatch):
    text = (SAMPLES / "sucharit.toml").read_text(encoding="utf-8")
    assert "eplannacc" not in tomllib.loads(text)
    block = text[text.index("# [eplannacc]") :].partition("\n\n")[0]
    for name in ("USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"SUCHARIT_EPLANNACC_{name}", "x")
    source = read(tmp_path, "\n".join(line.removeprefix("#").removeprefix(" ") for line in block.splitlines()))
    assert (source.login, len(source.exports)) == ("session", 2)


def test_credentials_come_from_the_environment_or_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SUCHARIT_EPLANNACC_USERNAME", USER)
    (tmp_path / "password.txt").write_text(PASSWORD + "\n", encoding="utf-8")
    source = read(tmp_path, GOOD + 'login = "session"\npassword_file = "password.txt"\n')
    assert (source.username.reveal(), source.password.reveal()) == (USER, PASSWORD)
    assert source.base_url == "https://e.example.go.th/app/"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('password = "planted-password"', "SUCHARIT_EPLANNACC_PASSWORD"),
        ('token = "planted-token"', "SUCHARIT_EPLANNACC_TOKEN"),
        ("verify = false", "unknown key verify"),
        ('login = "cookie"', "none, session or token"),
        ('login = "token"', "SUCHARIT_EPLANNACC_TOKEN"),
        ('login = "token"\ntoken_file = "bad-token.txt"', "no header takes"),
        ('login = "token"\ntoken_file = "nowhere.txt"', "cannot be read"),
        ('ca_bundle = "nowhere.pem"', "is missing"),
        ('ca_bundle = "bad-token.txt"', "must hold CA certificates"),
        ("read_timeout_seconds = 0", "above 0"),
        ('token_header = "X Key"', "header's name"),
        ('token_prefix = " Bearer"', "not begin blank"),
        ("attempts = 1.5", "above 0"),
        ("login_path = 1", "text in quotes"),
        ('login_path = "//elsewhere.example/login"', "below base_url"),
    ],
)
def test_a_wrong_setting_is_named_without_its_secret(tmp_path, line, said):
    (tmp_path / "bad-token.txt").write_text("planted\x07token", encoding="utf-8")
    with pytest.raises(SettingsError, match=said) as error:
        read(tmp_path, GOOD + line + "\n")
    assert "planted" not in str(error.value)


@pytest.mark.parametrize(
    ("base_url", "said"),
    [
        ("http://e.example.go.th/", "https://e.example.go.th/"),
        ("http://192.168.1.5/", "https://192.168.1.5/"),
        ("http://127.0.0.1.example.com/", "https://127.0.0.1.example.com/"),
        ("ftp://e.example.go.th/", "whole address"),
        ("e.example.go.th", "whole address"),
        ("https://[::1/", "whole address"),
        ("https://planted:planted@e.example.go.th/", "no user name"),
        ("https://e.example.go.th/?key=planted", "no user name"),
    ],
)
def test_an_unsafe_address_is_refused(tmp_path, base_url, said):
    with pytest.raises(SettingsError, match=said.replace("?", r"\?")) as error:
        read(tmp_path, GOOD.replace("https://e.example.go.th/app", base_url))
    assert "planted" not in str(error.value)


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:8080/", "http://localhost/", "http://[::1]:80/"])
def test_this_machine_may_be_asked_without_tls(tmp_path, base_url):
    assert read(tmp_path, GOOD.replace("https://e.example.go.th/app", base_url)).base_url == base_url


@pytest.mark.parametrize(
    "export",
    [
        '{path = "x", file_name = "../x.xlsx"}',
        '{path = "x", file_name = "a/x.xlsx"}',
        '{path = "x", file_name = ".x.xlsx"}',
        '{path = "x", file_name = "x.exe"}',
        '{path = "x", file_name = "x.xlsx"}, {path = "y", file_name = "x.xlsx"}',
        '{path = "http://elsewhere.example/x", file_name = "x.xlsx"}',
        '{path = "{year}", file_name = "x.xlsx"}',
        '{path = "{round_key.__class__}", file_name = "x.xlsx"}',
        '{path = "{", file_name = "x.xlsx"}',
        '{path = "{round_key:{0}}", file_name = "x.xlsx"}',
        '{path = "x"}',
        "",
    ],
)
def test_an_export_that_leads_astray_is_refused(tmp_path, export):
    with pytest.raises(SettingsError, match=r"sucharit\.toml"):
        read(tmp_path, f'[eplannacc]\nbase_url = "https://e.example/"\nexports = [{export}]\n')


def test_every_message_is_thai_and_english_and_fills_in():
    said = dict.fromkeys(("host", "status", "seconds", "limit", "other", "what", "setting", "reason"), "…")
    for problem in MESSAGES:
        error = CaptureError(problem, **said)
        assert any("ก" <= letter <= "ฮ" for letter in error.th)
        assert error.en.isprintable() and error.en.endswith(".")


# -- the asset


def materialize_ingest(home, monkeypatch, table, assets=1):
    """Run the first assets of the flow on a runtime directory; return (result, metadata of the capture)."""
    from dagster import DagsterInstance, materialize

    from orchestration.assets.ingest import accepted_rows, eplannacc_capture, submissions
    from orchestration.resources import Home

    monkeypatch.setenv("SUCHARIT_HOME", str(home))
    deployment = '[deployment]\nlocal_governments = ["3920102"]\n\n'
    (home / "sucharit.toml").write_text(deployment + table, encoding="utf-8")
    with DagsterInstance.ephemeral() as instance:
        result = materialize(
            [eplannacc_capture, submissions, accepted_rows][:assets],
            resources={"home": Home()},
            instance=instance,
            partition_key=ROUND,
            raise_on_error=False,
        )
        events = [str(entry) for entry in instance.all_logs(result.run_id)]
    assert result.success
    [capture] = result.asset_materializations_for_node("eplannacc_capture")
    [check] = [c for c in result.get_asset_check_evaluations() if c.check_name == "eplannacc_capture_succeeded"]
    return capture.metadata, check, events


def test_an_export_goes_from_the_server_into_the_ledger(server, tmp_path, monkeypatch):
    import pyarrow.parquet as pq

    from orchestration.ledger import Ledger

    book = (SAMPLE / "e-PlanNACC เทศบาลนครตรัง.xlsx").read_bytes()
    application = Application(server, status(401))
    real = application.export
    server.answers["/export"] = [real]

    def export(handler):
        if application.sessions and handler.headers.get("Cookie"):
            send(handler, 200, book, {"ETag": '"book"'})
        else:
            real(handler)

    server.answers["/export"] = [export]
    monkeypatch.setenv("SUCHARIT_EPLANNACC_USERNAME", USER)
    monkeypatch.setenv("SUCHARIT_EPLANNACC_PASSWORD", PASSWORD)
    table = (
        f'[eplannacc]\nbase_url = "{server.url}"\nlogin = "session"\nusername_field = "user"\n'
        'password_field = "pass"\nexports = [{path = "export?round={round_key}", file_name = "โครงการ.xlsx"}]\n'
    )
    metadata, check, events = materialize_ingest(tmp_path, monkeypatch, table, assets=3)
    assert (metadata["new"].value, metadata["failed"].value, check.passed) == (1, 0, True)
    settings = configuration.load()
    assert (settings.inbox / ROUND / "e-PlanNACC" / "โครงการ.xlsx").read_bytes() == book
    [row] = Ledger(settings.ledger).as_table().to_pylist()
    assert (row["source_file"], row["outcome"]) == ("e-PlanNACC/โครงการ.xlsx", "accepted")
    assert row["source_sha256"] == hashlib.sha256(book).hexdigest()
    assert row["received_from"] == "eplannacc http"
    assert row["lgo_code"] == "3920102"
    assert pq.read_table(settings.accepted / "eplan_project" / f"{ROUND}.parquet").num_rows == 81
    for secret in (USER, PASSWORD, COOKIE):
        assert [event for event in events if secret in event] == []


def test_a_file_put_into_the_place_of_a_fetched_one_by_hand_is_not_from_http(server, tmp_path, monkeypatch):
    from orchestration.ledger import Ledger

    table = f'[eplannacc]\nbase_url = "{server.url}"\nexports = [{{path = "export", file_name = "ก.xlsx"}}]\n'
    server.answers["/export"] = [lambda handler: send(handler, 200, workbook([TITLE, *HEADER, ROW]))]
    materialize_ingest(tmp_path, monkeypatch, table, assets=2)
    (tmp_path / "inbox" / ROUND / "e-PlanNACC" / "ก.xlsx").write_bytes(workbook([TITLE, *HEADER, ROW, ROW]))
    materialize_ingest(tmp_path, monkeypatch, "", assets=2)
    with sqlite3.connect(tmp_path / "ledger.sqlite") as ledger:
        rows = ledger.execute("select received_from from arrival order by arrival_id").fetchall()
    assert rows == [("eplannacc http",), ("drop folder",)]
    assert len(Ledger(tmp_path / "ledger.sqlite").submissions(ROUND)) == 2


def test_a_failure_is_an_error_while_an_open_round_has_nothing_yet(server, tmp_path, monkeypatch):
    from dagster import AssetCheckSeverity

    from orchestration.rounds import Round

    monkeypatch.setattr(Round, "is_open", lambda self, today: True)
    table = f'[eplannacc]\nbase_url = "{server.url}"\nexports = [{{path = "export", file_name = "ก.xlsx"}}]\n'
    server.answers["/export"] = [status(403)]
    _, check, _ = materialize_ingest(tmp_path, monkeypatch, table)
    assert (check.passed, check.severity) == (False, AssetCheckSeverity.ERROR)
    assert check.description.startswith("รอบนี้เปิดอยู่ แต่ยังไม่เคยรับแฟ้มใดจาก e-PlanNACC ได้เลย")
    assert "nothing has been captured" in check.description and "refuses access (status 403)" in check.description
    # Once something has come, a later failure leaves that to work with.
    server.answers["/export"] = [lambda handler: send(handler, 200, workbook([TITLE, *HEADER, ROW]))]
    materialize_ingest(tmp_path, monkeypatch, table)
    server.answers["/export"] = [status(403)]
    _, check, _ = materialize_ingest(tmp_path, monkeypatch, table)
    assert (check.passed, check.severity) == (False, AssetCheckSeverity.WARN)


def test_a_failed_capture_warns_and_the_round_goes_on(server, tmp_path, monkeypatch):
    from dagster import AssetCheckSeverity

    from orchestration.ledger import Ledger

    monkeypatch.setenv("SUCHARIT_EPLANNACC_TOKEN", TOKEN)
    server.answers["/export"] = [status(403)]
    inbox = tmp_path / "inbox" / ROUND
    inbox.mkdir(parents=True)
    (inbox / "กองคลัง.xlsx").write_bytes(workbook([TITLE, *HEADER, ROW]))
    table = (
        f'[eplannacc]\nbase_url = "{server.url}"\nlogin = "token"\n'
        'exports = [{path = "export", file_name = "โครงการ.xlsx"}]\n'
    )
    metadata, check, events = materialize_ingest(tmp_path, monkeypatch, table, assets=2)
    assert (check.passed, check.severity) == (False, AssetCheckSeverity.WARN)
    assert "ไม่ให้สิทธิ์ (รหัส 403)" in check.description and "refuses access (status 403)" in check.description
    assert metadata["failed"].value == 1
    assert list(Ledger(tmp_path / "ledger.sqlite").latest_hashes(ROUND)) == ["กองคลัง.xlsx"]
    assert [event for event in events if TOKEN in event] == []


def test_a_wrong_table_warns_and_the_round_goes_on(tmp_path, monkeypatch):
    table = '[eplannacc]\nbase_url = "http://e.example.go.th/"\n'
    _, check, _ = materialize_ingest(tmp_path, monkeypatch, table, assets=2)
    assert not check.passed
    assert "https://e.example.go.th/" in check.description


def test_no_address_does_nothing_and_says_so(tmp_path, monkeypatch):
    metadata, check, _ = materialize_ingest(tmp_path, monkeypatch, "", assets=2)
    assert check.passed
    assert "no address configured" in metadata["capture"].value
    assert not (tmp_path / "eplannacc").exists()
