"""What the server of pages shows, and what it never does."""

import threading
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import quote

import pytest
import requests

from orchestration import pages


@contextmanager
def served(settings):
    with pages.server(settings, 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def home(settings):
    made = settings.home / "reports" / "FY2566-12M" / "1"
    made.mkdir(parents=True)
    (made / "รายงาน.html").write_text("ร้อยละ", encoding="utf-8")
    (made.parent / "current").symlink_to("1")
    (settings.home / "ledger.sqlite").write_text("secret")
    (settings.home / "secrets").mkdir()
    (settings.home / "secrets" / "token").write_text("secret")
    (made / "way_out").symlink_to(settings.home / "secrets" / "token")
    return settings


def test_the_address_of_a_report_shows_it(home):
    with served(home) as address:
        url = pages.url_of(home, home.reports / "FY2566-12M" / "current" / "รายงาน.html")
        answer = requests.get(url.replace(home.files_url, address), timeout=10)
        assert (answer.status_code, answer.content.decode()) == (200, "ร้อยละ")


@pytest.mark.parametrize(
    "path", ["", "ledger.sqlite", "secrets/token", "reports/../secrets/token", "reports/%2e%2e/secrets/token",
             "reports//../ledger.sqlite", "reports/FY2566-12M/1/way_out", "checks/nothing.html", "reports/%00"],
)  # fmt: skip
def test_nothing_else_is_shown(home, path):
    with served(home) as address:
        request = requests.Request("GET", address).prepare()
        request.url = address + path  # as it is: the client would tidy it up
        with requests.Session() as session:
            assert session.send(request, timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:3002", 200), ("127.0.0.1", 200), ("[::1]:3002", 200), ("pages.example.go.th:8443", 200),
        ("elsewhere.example", 421), ("127.0.0.1.elsewhere.example", 421), ("", 421), ("[", 421),
    ],
)  # fmt: skip
def test_only_names_of_this_machine_and_of_files_url_are_answered(home, host, status):
    there = replace(home, files_url="https://pages.example.go.th/files/")
    with served(there) as address:
        url = address + "reports/FY2566-12M/1/" + quote("รายงาน.html")
        assert requests.get(url, headers={"Host": host}, timeout=10).status_code == status
