"""Alerts: told once, later where a channel is down, quiet at night, few messages; against real local servers."""

import json
import socket
import threading
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from aiosmtpd.controller import Controller

from orchestration.alerts import delivery, occasions
from orchestration.alerts import settings as configuration
from orchestration.alerts.occasions import FailedCheck
from orchestration.alerts.outbox import Alert, Outbox
from orchestration.rounds import BANGKOK, calendar
from orchestration.settings import SettingsError

NOON = datetime(2026, 10, 20, 12, tzinfo=BANGKOK)
MIDNIGHT = datetime(2026, 10, 20, 23, 30, tzinfo=BANGKOK)


class Mailbox:
    """Takes mail as a server does; `refuses` makes it answer with an error."""

    def __init__(self):
        self.mails = []
        self.refuses = False
        self.has_no = ()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.has_no:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.refuses:
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def smtp():
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        mailbox.port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    yield mailbox
    controller.stop()


@contextmanager
def chat(status=200):
    """A server that keeps what is posted to it: (path, headers, body)."""
    posts = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            posts.append((self.path, dict(self.headers), json.loads(body) if body else None))
            self.send_response(server.status)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.status, server.posts = status, posts
    server.address = f"http://127.0.0.1:{server.server_port}/hook/s3cret-path"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def written(home, text):
    (home / "sucharit.toml").write_text(text, encoding="utf-8")
    return configuration.load(home)


def by_mail(home, port, more=""):
    return written(
        home,
        f"""
        [alerts]
        digest_minutes = 0
        {more}
        [alerts.email]
        host = "127.0.0.1"
        port = {port}
        security = "none"
        sender = "sucharit@example.go.th"
        recipients = ["plan@example.go.th", "audit@example.go.th"]
        """,
    )


def to_chat(home, server, kind, more=""):
    (home / "hook").write_text(server.address + "\n")
    return written(
        home,
        f'[alerts]\ndigest_minutes = 0\n[[alerts.webhook]]\nname = "room"\nchat = "{kind}"\nurl_file = "hook"\n{more}',
    )


def alert(n, severity="error"):
    return Alert(f"key{n}", severity, f"เรื่องที่ {n}", f"รายละเอียด {n}")


def test_one_digest_reaches_every_recipient_in_thai(tmp_path, smtp):
    alerts = by_mail(tmp_path, smtp.port)
    delivery.outbox_of(tmp_path).add([alert(1, "warning"), alert(2, "critical"), alert(3, "info")], NOON)
    assert delivery.deliver(alerts, tmp_path, NOON) == {"email": "3 sent"}
    (mail,) = smtp.mails
    assert mail["Subject"] == "สุจริต / Sucharit: เรื่องที่ 2 (+2)", "the gravest gives the subject"
    assert mail["To"] == "plan@example.go.th, audit@example.go.th"
    text = mail.get_content()
    assert text.index("เรื่องที่ 2") < text.index("เรื่องที่ 1") < text.index("เรื่องที่ 3")


def test_the_same_thing_is_told_once(tmp_path, smtp):
    alerts = by_mail(tmp_path, smtp.port)
    for _ in range(3):
        delivery.outbox_of(tmp_path).add([alert(1)], NOON)
        delivery.deliver(alerts, tmp_path, NOON)
    assert len(smtp.mails) == 1


def test_while_the_server_is_down_nothing_is_lost_and_later_it_comes_once(tmp_path, smtp):
    alerts = by_mail(tmp_path, smtp.port)
    outbox = delivery.outbox_of(tmp_path)
    smtp.refuses = True
    outbox.add([alert(1)], NOON)
    assert delivery.deliver(alerts, tmp_path, NOON) == {"email": f"down: 127.0.0.1:{smtp.port}: SMTP 451"}
    outbox.add([alert(2)], NOON)
    assert delivery.deliver(alerts, tmp_path, NOON) == {}, "not hammered"
    smtp.refuses = False
    assert delivery.deliver(alerts, tmp_path, NOON + timedelta(minutes=1)) == {"email": "2 sent"}
    assert delivery.deliver(alerts, tmp_path, NOON + timedelta(minutes=2)) == {}
    assert len(smtp.mails) == 1 and outbox.failures() == {}


def test_a_refused_mailbox_is_told_once_and_the_others_get_each_alert_once(tmp_path, smtp):
    alerts = by_mail(tmp_path, smtp.port)
    outbox = delivery.outbox_of(tmp_path)
    smtp.has_no = ("audit@example.go.th",)
    outbox.add([alert(1, "critical")], NOON)
    became = delivery.deliver(alerts, tmp_path, NOON)
    assert became == {"email": "1 sent, refused: audit@example.go.th (SMTP 550)"}
    outbox.add([alert(2, "critical")], NOON)
    for minutes in range(1, 100):
        delivery.deliver(alerts, tmp_path, NOON + timedelta(minutes=minutes))
    assert [mail["Subject"].removeprefix("สุจริต / Sucharit: ") for mail in smtp.mails] == [
        "เรื่องที่ 1",
        "เรื่องที่ 2 (+1)",
    ]
    assert "audit@example.go.th (SMTP 550)" in smtp.mails[1].get_content()
    assert outbox.failures() == {"email": "refused: audit@example.go.th (SMTP 550)"}
    assert delivery.send_test(alerts, tmp_path) == {"email": "sent, refused: audit@example.go.th (SMTP 550)"}
    smtp.has_no = ()
    outbox.add([alert(3)], NOON)
    assert delivery.deliver(alerts, tmp_path, NOON + timedelta(days=1)) == {"email": "1 sent"}
    assert outbox.failures() == {}


def test_mail_that_nobody_may_get_is_not_delivered(tmp_path, smtp):
    alerts = by_mail(tmp_path, smtp.port)
    smtp.has_no = tuple(alerts.email.recipients)
    delivery.outbox_of(tmp_path).add([alert(1)], NOON)
    down = f"down: 127.0.0.1:{smtp.port}: SMTPRecipientsRefused"
    assert delivery.deliver(alerts, tmp_path, NOON) == {"email": down}


def test_a_mail_that_was_taken_is_not_sent_again_whatever_the_server_says_in_parting(tmp_path, smtp, monkeypatch):
    async def smtp_QUIT(self, arg):
        await self.push("421 closing")

    monkeypatch.setattr("aiosmtpd.smtp.SMTP.smtp_QUIT", smtp_QUIT)
    alerts = by_mail(tmp_path, smtp.port)
    delivery.outbox_of(tmp_path).add([alert(1)], NOON)
    assert delivery.deliver(alerts, tmp_path, NOON) == {"email": "1 sent"}


def test_the_wait_doubles_up_to_an_hour(tmp_path):
    outbox = Outbox(tmp_path / "alerts.sqlite")
    waits, at = [], NOON
    for _ in range(9):
        outbox.failed("email", "x", at)
        minutes = next(m for m in range(1, 100) if outbox.may_try("email", at + timedelta(minutes=m)))
        waits.append(minutes)
        at += timedelta(minutes=minutes)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_channel_that_is_down_keeps_nobody_waiting(tmp_path, smtp):
    with chat(status=500) as server:
        (tmp_path / "hook").write_text(server.address)
        hook = '[[alerts.webhook]]\nname = "room"\nurl_file = "hook"\n'
        by_mail(tmp_path, smtp.port)
        path = tmp_path / "sucharit.toml"
        path.write_text(path.read_text() + hook)
        alerts = configuration.load(tmp_path)
        delivery.outbox_of(tmp_path).add([alert(1)], NOON)
        assert delivery.deliver(alerts, tmp_path, NOON) == {"email": "1 sent", "room": "down: 127.0.0.1: HTTP 500"}
        server.status = 200
        assert delivery.deliver(alerts, tmp_path, NOON + timedelta(hours=1)) == {"room": "1 sent"}
    assert len(smtp.mails) == 1


def test_a_secret_that_cannot_be_sent_keeps_nobody_waiting_and_is_not_said(tmp_path, smtp):
    """A token with a letter that no header takes, and one that Notepad saved with a mark of its encoding."""
    with chat() as server:
        (tmp_path / "hook").write_text(server.address)
        (tmp_path / "thai").write_text("รหัสลับ", encoding="utf-8")
        (tmp_path / "marked").write_text("token", encoding="utf-8-sig")
        hooks = [
            f'[[alerts.webhook]]\nname = "{name}"\nurl_file = "hook"\ntoken_file = "{name}"\n'
            for name in ("thai", "marked")
        ]
        alerts = written(tmp_path, "[alerts]\ndigest_minutes = 0\n" + "".join(hooks))
        delivery.outbox_of(tmp_path).add([alert(1)], NOON)
        became = delivery.deliver(alerts, tmp_path, NOON)
        assert became == {"thai": "down: UnicodeEncodeError", "marked": "1 sent"}
        assert delivery.send_test(alerts, tmp_path) == {"thai": "down: UnicodeEncodeError", "marked": "sent"}
    assert delivery.outbox_of(tmp_path).failures() == {"thai": "UnicodeEncodeError"}


def test_a_clock_that_was_wrong_silences_no_channel(tmp_path):
    outbox = delivery.outbox_of(tmp_path)
    outbox.failed("email", "x", NOON + timedelta(days=4_000))
    assert outbox.may_try("email", NOON)


def test_at_night_only_what_is_critical(tmp_path, smtp):
    alerts = by_mail(tmp_path, smtp.port, 'quiet_hours = "21:00-06:00"')
    outbox = delivery.outbox_of(tmp_path)
    outbox.add([alert(1, "error")], MIDNIGHT)
    assert delivery.deliver(alerts, tmp_path, MIDNIGHT) == {}
    outbox.add([alert(2, "critical")], MIDNIGHT)
    assert delivery.deliver(alerts, tmp_path, MIDNIGHT) == {"email": "1 sent"}
    assert delivery.deliver(alerts, tmp_path, MIDNIGHT.replace(hour=5) + timedelta(days=1)) == {}
    assert delivery.deliver(alerts, tmp_path, MIDNIGHT.replace(hour=6) + timedelta(days=1)) == {"email": "1 sent"}


def test_a_digest_waits_for_company_and_critical_things_do_not(tmp_path, smtp):
    alerts = by_mail(tmp_path, smtp.port).model_copy(update={"digest_minutes": 10})
    outbox = delivery.outbox_of(tmp_path)
    outbox.add([alert(1)], NOON)
    outbox.add([alert(2)], NOON + timedelta(minutes=9))
    assert delivery.deliver(alerts, tmp_path, NOON + timedelta(minutes=9)) == {}
    outbox.add([alert(3, "critical")], NOON + timedelta(minutes=9))
    assert delivery.deliver(alerts, tmp_path, NOON + timedelta(minutes=9)) == {"email": "1 sent"}
    assert delivery.deliver(alerts, tmp_path, NOON + timedelta(minutes=10)) == {"email": "2 sent"}


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("generic", lambda p: p["title"] + p["body"]),
        ("google_chat", lambda p: p["text"]),
        ("slack", lambda p: p["text"]),
        ("discord", lambda p: p["content"]),
        ("teams", lambda p: "".join(b["text"] for b in p["attachments"][0]["content"]["body"])),
    ],
)
def test_each_chat_gets_its_own_shape(tmp_path, kind, where):
    with chat() as server:
        alerts = to_chat(tmp_path, server, kind)
        delivery.outbox_of(tmp_path).add([alert(1)], NOON)
        assert delivery.deliver(alerts, tmp_path, NOON) == {"room": "1 sent"}
        ((path, headers, payload),) = server.posts
    assert path == "/hook/s3cret-path" and headers["Content-Type"] == "application/json"
    assert "เรื่องที่ 1" in where(payload) and "รายละเอียด 1" in where(payload)


def test_line_gets_a_push_with_its_token(tmp_path, monkeypatch):
    monkeypatch.setenv("LINE_TOKEN", "t0ken-of-line")
    with chat() as server:
        monkeypatch.setattr("orchestration.alerts.channels.LINE_PUSH", server.address)
        alerts = written(
            tmp_path,
            '[alerts]\ndigest_minutes = 0\n[[alerts.webhook]]\nname = "line"\nchat = "line"\nto = "C123"\n'
            'token_env = "LINE_TOKEN"\n',
        )
        delivery.outbox_of(tmp_path).add([alert(1)], NOON)
        delivery.deliver(alerts, tmp_path, NOON)
        ((_, headers, payload),) = server.posts
    assert headers["Authorization"] == "Bearer t0ken-of-line"
    assert payload["to"] == "C123" and payload["messages"][0]["type"] == "text"


def test_a_long_digest_is_cut_to_what_the_chat_takes(tmp_path):
    with chat() as server:
        alerts = to_chat(tmp_path, server, "discord")
        delivery.outbox_of(tmp_path).add([Alert("k", "error", "ยาว", "ก" * 9000)], NOON)
        delivery.deliver(alerts, tmp_path, NOON)
        assert len(server.posts[0][2]["content"]) <= 2000


def test_no_redirect_is_followed_and_no_secret_is_said(tmp_path):
    with chat(status=302) as server:
        alerts = to_chat(tmp_path, server, "slack")
        delivery.outbox_of(tmp_path).add([alert(1)], NOON)
        became = delivery.deliver(alerts, tmp_path, NOON)
    assert became == {"room": "down: 127.0.0.1: HTTP 302"}
    later = delivery.deliver(alerts, tmp_path, NOON + timedelta(hours=1))
    assert later == {"room": "down: 127.0.0.1: ConnectionError"}
    assert b"s3cret-path" not in (tmp_path / "alerts.sqlite").read_bytes()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[alerts]\nquiet_hours = 'nights'", "quiet_hours"),
        ("[alerts]\nqiet_hours = ''", "qiet_hours"),
        (
            "[alerts.email]\nhost='mail.go.th'\nsecurity='none'\nsender='a@b'\nrecipients=['a@b']",
            "only for a mail",
        ),
        ("[alerts.email]\nhost='m'\nsender='a@b'\nrecipients=[\"x\\ny@z\"]", "no e-mail address"),
        ("[alerts.email]\nhost='m'\nsender='a@b'\nrecipients=['a@b']\npassword='hunter2'", "password"),
        ("[[alerts.webhook]]\nname='a'", "url_env or url_file"),
        ("[[alerts.webhook]]\nname='a'\nchat='line'", "needs `to`"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(tmp_path, text, said):
    with pytest.raises(SettingsError) as error:
        written(tmp_path, text)
    assert said in str(error.value) and "hunter2" not in str(error.value)


def test_an_address_without_tls_is_refused(tmp_path):
    (tmp_path / "hook").write_text("http://chat.example.go.th/x")
    alerts = written(tmp_path, "[[alerts.webhook]]\nname = 'a'\nurl_file = 'hook'\n[alerts]\ndigest_minutes = 0")
    delivery.outbox_of(tmp_path).add([alert(1)], NOON)
    assert "https" in delivery.deliver(alerts, tmp_path, NOON)["a"]


# -- occasions

ROUND = calendar()["FY2569-12M"]  # due 31 October 2026


@pytest.mark.parametrize(
    ("today", "told"), [("2026-10-17", True), ("2026-10-24", True), ("2026-10-30", True), ("2026-10-25", False)]
)
def test_who_is_missing_goes_out_14_7_and_1_day_before(today, told):
    reminder = occasions.reminder(
        ROUND, date.fromisoformat(today), {"เทศบาลนครตรัง": ["กองคลัง", "กองช่าง"], "อบต.ก": []}
    )
    assert (reminder is not None) is told
    if reminder:
        assert "เทศบาลนครตรัง: กองคลัง, กองช่าง" in reminder.body and "อบต.ก: ยังไม่มีแฟ้มใดเลย" in reminder.body


def test_nobody_missing_is_no_news():
    assert occasions.reminder(ROUND, date(2026, 10, 17), {}) is None


def test_the_end_of_the_calendar_is_told_once_a_month_from_its_last_round_on():
    """FY2570-12M opens on 1 October 2027 and closes on 31 December."""
    last = calendar()["FY2570-12M"]
    assert occasions.calendar_ends(last, date(2027, 9, 30)) is None
    october, november = (occasions.calendar_ends(last, date(2027, month, 1)) for month in (10, 11))
    assert october.dedupe_key == occasions.calendar_ends(last, date(2027, 10, 31)).dedupe_key
    assert october.dedupe_key != november.dedupe_key and "FY2570-12M" in october.title
    days = (date(2027, 12, 31), date(2028, 1, 1))
    assert [occasions.calendar_ends(last, day).severity for day in days] == ["warning", "critical"]


def test_a_nightly_is_overdue_after_26_hours():
    now = datetime(2026, 10, 20, 9, tzinfo=BANGKOK)
    assert occasions.nightly_overdue(ROUND, now - timedelta(hours=26), now) is None
    late = occasions.nightly_overdue(ROUND, now - timedelta(hours=26, minutes=1), now)
    never = occasions.nightly_overdue(ROUND, None, now)
    assert late.severity == never.severity == "critical" and late.dedupe_key == never.dedupe_key


def test_the_same_failure_is_one_alert_a_day_and_another_is_its_own():
    first = occasions.run_failed("FY2569-12M", "a", ["disk full"], date(2026, 10, 20))
    again = occasions.run_failed("FY2569-12M", "b", ["disk full"], date(2026, 10, 20))
    other = occasions.run_failed("FY2569-12M", "b", ["no release"], date(2026, 10, 20))
    assert first.dedupe_key == again.dedupe_key != other.dedupe_key


def test_failed_checks_by_severity():
    checks = [
        FailedCheck("marts/finding", "a", False, "w"),
        FailedCheck("marts/finding", "b", True, "e"),
        FailedCheck("core/x", "c", True, "e"),
    ]
    error, warning = occasions.checks_failed("FY2569-12M", checks, date(2026, 10, 20))
    assert (error.severity, warning.severity) == ("error", "warning")
    assert error.body == "- core/x: c: e\n- marts/finding: b: e"
