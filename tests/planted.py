"""Secrets planted in an installation, servers that repeat them in their errors, and a look for them everywhere."""

import sqlite3
import threading
import zipfile
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow.parquet as pq

FILES = {
    "eplannacc-user": "planted-user-11",
    "eplannacc-password": "planted-password-22",
    "smtp": "planted-smtp-33",
    "ckan": "planted-ckan-44",
}
HOOK = "planted-hook-55"
SETTINGS = """
[eplannacc]
base_url = "{server}/eplannacc/"
login = "session"
username_file = "secrets/eplannacc-user"
password_file = "secrets/eplannacc-password"
attempts = 1
exports = [{{path = "export", file_name = "โครงการ.xlsx"}}]

[open_data.ckan]
url = "{server}/ckan"
organization = "trang"
dataset = "round-reports"
token_file = "secrets/ckan"

[alerts.email]
host = "127.0.0.1"
port = 1
security = "none"
username = "sucharit"
password_file = "secrets/smtp"
sender = "sucharit@example.go.th"
recipients = ["plan@example.go.th"]

[[alerts.webhook]]
name = "room"
chat = "slack"
url_file = "secrets/hook"
"""


class Repeats(BaseHTTPRequestHandler):
    """Gives a login form; fails everything else with all that it was told."""

    def do_GET(self):
        form = b'<form method="post"><input name="username"><input name="password" type="password"></form>'
        self.answer(200 if self.path.endswith("/login") else 500, form)

    def do_POST(self):
        self.server.told += self.path + str(self.headers)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.told += body.decode(errors="replace")
        self.answer(500, body)

    def answer(self, status, body):
        told = body + self.path.encode() + bytes(self.headers)
        self.send_response(status, self.path)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *args):
        pass


@contextmanager
def planted(home):
    """Plant secrets; yield the server, whose `told` is what it was sent. sucharit.toml has an [alerts] already."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Repeats)
    server.told = ""
    address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    path, secrets = home / "sucharit.toml", home / "secrets"
    before = path.read_text(encoding="utf-8")
    secrets.mkdir(mode=0o700)
    for name, text in (FILES | {"hook": f"{address}/{HOOK}"}).items():
        (secrets / name).write_text(text + "\n")
    path.write_text(before + SETTINGS.format(server=address), encoding="utf-8")
    try:
        yield server
    finally:
        path.write_text(before, encoding="utf-8")
        for file in secrets.iterdir():
            file.unlink()
        secrets.rmdir()
        server.shutdown()
        server.server_close()
        thread.join()


def found_in(home, *secrets):
    """Return (file, secret) for each file below a directory that holds a secret, what is packed in it included."""
    found = []
    for path in sorted(p for p in home.rglob("*") if p.is_file() and p.parent.name != "secrets"):
        content = path.read_bytes() + unpacked(path)
        found += [(path.relative_to(home).as_posix(), s) for s in secrets if s.encode() in content]
    return found


def unpacked(path):
    if path.suffix == ".parquet":
        return str(pq.read_table(path).to_pylist()).encode()
    if path.suffix in (".xlsx", ".docx", ".ods", ".zip") and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    if path.suffix in (".db", ".sqlite"):
        # Rows over several pages are not in one piece in the file.
        with closing(sqlite3.connect(path)) as connection:
            return "\n".join(connection.iterdump()).encode()
    return b""
