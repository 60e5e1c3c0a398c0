"""Where things are and whose round this is: the only place that reads environment variables and sucharit.toml."""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from orchestration.paths import PROJECT, SAMPLES
from orchestration.registry import RegistryError, names_in, provinces, register, with_place


class SettingsError(Exception):
    """The configuration is missing or wrong; the message says what to write where."""


class Secret:
    """A password or a token: never shown by repr, str or format; `reveal` is the only way to its text."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True)
class Export:
    """One file to fetch: an address below base_url and the name that it gets in the drop folder.

    `path` may hold {round_key} (FY2566-12M), {fiscal_year_be} (2566) and {months} (6 or 12).
    """

    path: str
    file_name: str


@dataclass(frozen=True)
class EPlanNacc:
    """The table [eplannacc] of sucharit.toml, checked. Credentials come from the environment or from files.

    TLS is always verified, by `ca_bundle` (PEM) where one is named; http:// only reaches this machine.
    """

    base_url: str
    exports: tuple[Export, ...]
    login: str = "none"
    login_path: str = "login"
    username_field: str = "username"
    password_field: str = "password"
    token_header: str = "Authorization"
    token_prefix: str = "Bearer "
    username: Secret | None = None
    password: Secret | None = None
    token: Secret | None = None
    ca_bundle: Path | None = None
    connect_timeout_seconds: float = 10.0
    read_timeout_seconds: float = 60.0
    deadline_seconds: float = 900.0
    max_bytes: int = 50 * 1024 * 1024
    attempts: int = 5


@dataclass(frozen=True)
class Letterhead:
    """The table [memo] of sucharit.toml, checked: what an office writes on its memo (บันทึกข้อความ).

    An empty `number`, and `date` "blank", are left to be written by hand; `date` "data" prints the day of the
    data. `positions` and `names` are by post (POSTS); a post without a position does not sign, a name that is
    empty is a dotted line. `garuda` is a picture, else a blank frame is printed. `font` other than the default
    must lie in `templates`/fonts as TTF or OTF, regular and bold.
    """

    agency: str = ""
    section: str = ""
    number: str = ""
    date: str = "blank"
    to: str = ""
    garuda: Path | None = None
    font: str = ""
    positions: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    templates: Path | None = None


@dataclass(frozen=True)
class Spark:
    """The table [spark] of sucharit.toml, checked: the Thrift server that builds the tables, and its lake.

    `lake` is an absolute path that this machine and every worker reach, or s3a://bucket/prefix. `schema` stands
    before the names of the layers in Spark's catalogue (sucharit_core): what is there under them is replaced.
    """

    lake: str
    host: str = "127.0.0.1"
    port: int = 10000
    schema: str = "sucharit"


@dataclass(frozen=True)
class Settings:
    """Paths below SUCHARIT_HOME (default var/) and what sucharit.toml says.

    `local_governments` are the lgo_codes whose files are taken; `provinces` adds every one of a province.
    `divisions` names, by lgo_code, divisions that are to send a form, beside those that have sent one before.
    `releases_kept` is how many releases stay beside those of the deadlines, `runs_kept_days` how long Dagster
    remembers a run (a fiscal year and a month). `owners` stand beside every asset in the UI: team:<name> or a
    mailbox. `files_url` is where pages.py, or a web server in its place, shows reports.
    `spark` builds the tables where [warehouse] engine says so, else DuckDB does.
    `reported` are the lgo_codes whose own reports are written where a round has too many to write them all.
    """

    home: Path
    local_governments: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    divisions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    releases_kept: int = 30
    runs_kept_days: int = 400
    owners: tuple[str, ...] = ("team:data",)
    files_url: str = "http://127.0.0.1:3002/"
    spark: Spark | None = None
    reported: frozenset[str] = frozenset()

    @property
    def inbox(self) -> Path:
        return self.home / "inbox"

    @property
    def submissions(self) -> Path:
        return self.home / "submissions"

    @property
    def ledger(self) -> Path:
        return self.home / "ledger.sqlite"

    @property
    def parsed(self) -> Path:
        return self.home / "parsed"

    @property
    def accepted(self) -> Path:
        return self.home / "accepted"

    @property
    def build(self) -> Path:
        return self.home / "build"

    @property
    def build_db(self) -> Path:
        # One file stem for build and release: a view stores the name of its database.
        return self.build / "warehouse.duckdb"

    @property
    def dbt_target(self) -> Path:
        return self.home / "dbt"

    @property
    def releases(self) -> Path:
        return self.home / "releases"

    @property
    def open_data(self) -> Path:
        return self.home / "open-data"

    @property
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    @property
    def eplannacc_state(self) -> Path:
        return self.home / "eplannacc"

    def eplannacc(self) -> EPlanNacc | None:
        """Return what [eplannacc] of sucharit.toml says, or None where it names no address.

        Read when it is needed, so that a mistake in it stops the capture and not the round. Raises
        SettingsError, whose message never repeats a credential.
        """
        path = self.home / "sucharit.toml"
        if not path.exists():
            return None
        return _eplannacc(read_toml(path).get("eplannacc", {}), self.home)

    @property
    def templates(self) -> Path:
        return self.home / "templates"

    def letterhead(self, lgo_code: str) -> Letterhead:
        """Return what [memo] of sucharit.toml says, with what [memo.<lgo_code>] puts in its place.

        Read when it is needed, so that a mistake in it stops the memo and not the round. Raises SettingsError.
        """
        path = self.home / "sucharit.toml"
        table = read_toml(path).get("memo", {}) if path.exists() else {}
        return _letterhead(table, lgo_code, self.templates)

    def memo_is_the_samples(self) -> bool:
        """Tell whether [memo] stands as in the sample, with the posts of its office, and this is another one."""
        sample, path = read_toml(SAMPLES / "sucharit.toml"), self.home / "sucharit.toml"
        own = read_toml(path) if path.exists() else {}
        return own.get("memo") == sample["memo"] and self.scope() != {*sample["deployment"]["local_governments"]}

    def scope(self) -> frozenset[str]:
        """Return the lgo_codes whose files this deployment takes."""
        in_provinces = {code for code, lgo in register().items() if lgo.province_code in self.provinces}
        return frozenset(in_provinces | set(self.local_governments))


MEMO_OF_THE_SAMPLE = (
    "[memo] ยังเป็นของเทศบาลนครตรังตามตัวอย่าง หากส่วนราชการและตำแหน่งของท่านชื่ออื่น ให้แก้ใน sucharit.toml ก่อนลงนาม / "
    "[memo] is still the sample's, with the posts of เทศบาลนครตรัง: unless yours are called the same, change it "
    "before a memo is signed"
)


def _codes_of(name: str) -> list[str]:
    """Return the codes of the local governments and the province of a name that stands where codes belong."""
    lgos = [lgo for _, bearers in names_in(name) for lgo in bearers]
    return [
        *(f"{lgo.lgo_code} = {with_place(lgo.full_name, lgo.district, lgo.province)}" for lgo in lgos),
        *(f"{code} = จังหวัด{province}" for code, province in provinces().items() if province == name),
    ]


# The tables of sucharit.toml and their keys; None: any (a code), or checked by whoever reads the table.
# docs/configuration.md describes them all.
KEYS: Mapping[str, frozenset[str] | None] = {
    "deployment": frozenset({"local_governments", "provinces"}),
    "divisions": None,
    "releases": frozenset({"keep"}),
    "reports": frozenset({"local_governments"}),
    "dagster": frozenset({"postgresql_url_env", "postgresql_url_file", "keep_days"}),
    "ui": frozenset({"owners", "files_url"}),
    "warehouse": frozenset({"engine"}),
    "spark": frozenset({"lake", "host", "port", "schema"}),
    "eplannacc": None,
    "memo": None,
    "alerts": None,
    "open_data": None,
    "publish": None,
}


def home() -> Path:
    """Return the runtime directory: SUCHARIT_HOME, or var/ beside the project."""
    return Path(os.environ.get("SUCHARIT_HOME") or PROJECT / "var").absolute()


def load() -> Settings:
    """Read sucharit.toml of the runtime directory.

    Raises SettingsError where it is missing, is no TOML, or names a key or a code that nobody knows, and where
    the register that says what codes there are cannot be used.
    """
    path = home() / "sucharit.toml"
    if not path.exists():
        raise SettingsError(
            f"{path}: ไม่มีแฟ้มนี้ ให้สั่ง python -m orchestration init แล้วระบุรหัส อปท. ในแฟ้ม / is missing: run "
            "`python -m orchestration init` and name your local government in it"
        )
    written = read_toml(path)
    _check_keys(path, written)
    deployment = written.get("deployment", {})
    settings = Settings(
        home=home(),
        local_governments=_codes(path, "[deployment] local_governments", deployment, "3920102"),
        provinces=_codes(path, "[deployment] provinces", deployment, "92"),
        divisions={code: tuple(names) for code, names in written.get("divisions", {}).items()},
        releases_kept=_count(path, "releases", "keep", written, Settings.releases_kept),
        runs_kept_days=_count(path, "dagster", "keep_days", written, Settings.runs_kept_days),
        reported=frozenset(_codes(path, "[reports] local_governments", written.get("reports", {}), "3920102")),
        **_ui(path, written.get("ui", {})),
        spark=_engine(written),
    )
    try:
        registered = register()
    except RegistryError as error:
        raise SettingsError(str(error)) from error
    unknown = [c for c in settings.local_governments if c not in registered]
    unknown += [c for c in settings.provinces if c not in provinces()]
    unknown += [c for c in settings.divisions if c not in registered]
    unknown += [c for c in sorted(settings.reported) if c not in registered]
    if unknown:
        named, meant = ", ".join(unknown), "; ".join(code for one in unknown for code in _codes_of(one))
        raise SettingsError(
            f"{path}: ไม่พบรหัสนี้ในทะเบียน อปท. และจังหวัด: {named} / not in the register: {named}"
            + (f"\nรหัสของชื่อนี้คือ / codes of that name: {meant}" if meant else "")
            + "\nรหัสทั้งหมดอยู่ใน / all codes: dbt_project/seeds/lgo_registry.csv, dbt_project/seeds/province.csv"
        )
    if not settings.scope():
        raise SettingsError(
            f'{path}: [deployment] ยังไม่ได้ระบุ อปท. หรือจังหวัดใด เช่น local_governments = ["3920102"] / names no '
            "local_governments and no provinces"
        )
    return settings


def _codes(path: Path, where: str, table: Mapping[str, Any], example: str) -> tuple[str, ...]:
    """Return the codes that a key names, () where it is left out. Raises SettingsError."""
    codes = table.get(where.split()[1], [])
    if not (isinstance(codes, list) and all(isinstance(code, str) for code in codes)):
        raise SettingsError(
            f'{path}: {where} ต้องเป็นรายการรหัสในเครื่องหมายคำพูด เช่น ["{example}"] / must be a list of codes in '
            f'quotes, such as ["{example}"]'
        )
    return tuple(codes)


def _count(path: Path, table: str, key: str, written: Mapping[str, Any], default: int) -> int:
    """Return a whole number from 1 on that a key gives, the default where it is left out. Raises SettingsError."""
    count = written.get(table, {}).get(key, default)
    if type(count) is not int or count < 1:
        raise SettingsError(
            f"{path}: [{table}] {key} ต้องเป็นจำนวนเต็มตั้งแต่ 1 ไม่มีเครื่องหมายคำพูด เช่น {default} / must be a whole "
            f"number, 1 or more, without quotes, such as {default}"
        )
    return count


def _check_keys(path: Path, written: Mapping[str, Any]) -> None:
    """Raise SettingsError for a table or key that is not known: a misspelt one would have no effect."""
    for name, table in written.items():
        if name not in KEYS:
            raise _unknown(path, f"[{name}]" if isinstance(table, dict) else name)
        if not isinstance(table, dict):
            raise SettingsError(f"{path}: [{name}] ต้องเป็นตาราง / must be a table")
        known = KEYS[name]
        for key in table:
            if known is not None and key not in known:
                raise _unknown(path, f"[{name}] {key}")
    for code, names in written.get("divisions", {}).items():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise SettingsError(
                f"{path}: [divisions] {code} ต้องเป็นรายชื่อกองใน [ ] / must be a list of names in brackets"
            )


OWNER = re.compile(r"team:\S.*|[^@\s]+@[^@\s]+\.[^@\s]+")


def for_the_graph() -> Settings:
    """Return settings with what [ui] says, its defaults where sucharit.toml cannot be read.

    A graph must be drawn also where the settings are wrong: that is where people look for what is wrong.
    """
    path = home() / "sucharit.toml"
    try:
        return Settings(home=home(), **_ui(path, read_toml(path).get("ui", {})))
    except SettingsError:
        return Settings(home=home())


def _ui(path: Path, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return what [ui] says, checked. Raises SettingsError."""
    found: dict[str, Any] = {}
    if "owners" in table:
        named = table["owners"]
        if not (
            isinstance(named, list) and named and all(isinstance(o, str) and OWNER.fullmatch(o) for o in named)
        ):
            raise SettingsError(
                f'{path}: [ui] owners ต้องเป็นรายการ "team:ชื่อทีม" หรืออีเมลของหน่วยงาน / must list "team:<name>" or '
                "mailboxes"
            )
        found["owners"] = tuple(named)
    if "files_url" in table:
        address = table["files_url"]
        if not (isinstance(address, str) and re.fullmatch(r"https?://\S+", address)):
            raise SettingsError(f"{path}: [ui] files_url ต้องเป็นที่อยู่ http(s):// / must be an http(s):// address")
        found["files_url"] = address.rstrip("/") + "/"
    return found


def _unknown(path: Path, what: str) -> SettingsError:
    return SettingsError(f"{path}: ไม่รู้จัก {what} ให้ลบหรือแก้ชื่อ / unknown: {what}; see docs/configuration.md")


def read_toml(path: Path) -> dict[str, Any]:
    """Return what sucharit.toml says. Raises SettingsError where it is missing or no TOML."""
    try:
        # Notepad begins a file with a mark of its encoding.
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(
            f"{path}: อ่านไม่ได้ ให้ตรวจวงเล็บและเครื่องหมายคำพูด และบันทึกเป็น UTF-8 / cannot be read: {error}"
        ) from error


# -- [warehouse] and [spark]


def _engine(written: Mapping[str, Any]) -> Spark | None:
    """Return the Spark that builds the tables, None where DuckDB does."""
    engine = written.get("warehouse", {}).get("engine", "duckdb")
    if engine == "duckdb":
        return None
    if engine != "spark":
        raise SettingsError('sucharit.toml [warehouse]: engine ต้องเป็น "duckdb" หรือ "spark" / must be one of these')
    spark = Spark(**{"lake": "", **written.get("spark", {})})
    checks = (
        # What stands in SQL in quotes must not end them.
        (
            isinstance(spark.lake, str) and re.fullmatch(r"(/|s3a://)[^'\\\s]+", spark.lake),
            "lake ต้องเป็นที่อยู่เต็ม เช่น /srv/lake หรือ s3a://bucket/sucharit",
            "lake must be an absolute path or s3a://bucket/prefix, without blanks or quotes",
        ),
        (isinstance(spark.host, str) and spark.host, "host ต้องเป็นชื่อเครื่อง", "host must name a machine"),
        (
            type(spark.port) is int and 0 < spark.port < 65536,
            "port ต้องเป็นเลข 1-65535",
            "port must be a whole number from 1 to 65535",
        ),
        (
            isinstance(spark.schema, str) and re.fullmatch(r"[a-z][a-z0-9_]*", spark.schema),
            "schema ต้องเป็นอักษรอังกฤษตัวเล็ก",
            "schema must be lower-case letters, digits and _",
        ),
    )
    for good, th, en in checks:
        if not good:
            raise SettingsError(f"sucharit.toml [spark]: {th} / {en}")
    return spark


# -- [eplannacc]

CREDENTIALS = ("username", "password", "token")
NEEDED = {"none": (), "session": ("username", "password"), "token": ("token",)}
PLACEHOLDERS = {"round_key": "FY2566-12M", "fiscal_year_be": "2566", "months": "12"}
EXPORT_SUFFIXES = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".csv", ".tsv", ".html", ".htm", ".pdf")


def origin(url: str) -> tuple[str, str, int | None]:
    """Return (scheme, host, port) of an address: what must stay the same for credentials to be sent.

    Raises ValueError where it is no address.
    """
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(th: str, en: str) -> SettingsError:
    return SettingsError(f"sucharit.toml [eplannacc]: {th} / {en}")


def _eplannacc(table: Any, home: Path) -> EPlanNacc | None:
    if not isinstance(table, Mapping):
        raise _wrong("ต้องเป็นตาราง [eplannacc]", "it must be a table")
    known = {field.name for field in fields(EPlanNacc)} - set(CREDENTIALS)
    for key in set(table) - known - {f"{name}_file" for name in CREDENTIALS}:
        if key in CREDENTIALS:
            raise _wrong(
                f"ห้ามเขียน {key} ไว้ในแฟ้มนี้ ให้ใช้ตัวแปร SUCHARIT_EPLANNACC_{key.upper()} หรือ {key}_file",
                f"no {key} in this file; set SUCHARIT_EPLANNACC_{key.upper()} or name a {key}_file",
            )
        raise _wrong(f"ไม่รู้จักค่า {key} ให้ลบออกหรือแก้ชื่อ", f"unknown key {key}; remove it or correct its name")
    if not table.get("base_url"):
        return None
    values = {key: _typed(key, value) for key, value in table.items() if key in known - {"exports"}}
    values["base_url"] = _checked_base(values["base_url"])
    values["exports"] = _checked_exports(table.get("exports"), values["base_url"])
    login = values.get("login", "none")
    if login not in NEEDED:
        raise _wrong("login ต้องเป็น none, session หรือ token", "login must be none, session or token")
    _checked_path("login_path", values.get("login_path", "login"), values["base_url"])
    if "ca_bundle" in values:
        values["ca_bundle"] = home / values["ca_bundle"]
        if not values["ca_bundle"].is_file():
            raise _wrong(
                f"ไม่พบแฟ้มใบรับรอง {values['ca_bundle']} ให้วางแฟ้ม PEM ไว้ที่นั้น",
                f"ca_bundle {values['ca_bundle']} is missing; put the PEM file there",
            )
        try:
            ssl.create_default_context(cafile=values["ca_bundle"])
        except (ssl.SSLError, OSError):
            raise _wrong(
                "ca_bundle อ่านไม่ได้ ต้องเป็นใบรับรอง CA แบบ PEM",
                "ca_bundle cannot be read; it must hold CA certificates (PEM)",
            ) from None
    values |= {name: _credential(name, table.get(f"{name}_file"), home) for name in NEEDED[login]}
    return EPlanNacc(**values)


def _typed(key: str, value: Any) -> Any:
    if key in ("connect_timeout_seconds", "read_timeout_seconds", "deadline_seconds", "max_bytes", "attempts"):
        whole = key in ("max_bytes", "attempts")
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not value > 0:
            raise _wrong(f"{key} ต้องเป็นจำนวนที่มากกว่า 0", f"{key} must be a number above 0")
        return value
    if not isinstance(value, str):
        raise _wrong(f"{key} ต้องเป็นข้อความในเครื่องหมายคำพูด", f"{key} must be text in quotes")
    if key == "token_header" and not re.fullmatch(r"[A-Za-z0-9-]+", value):
        raise _wrong("token_header ต้องเป็นชื่อ header เช่น Authorization", "token_header must be a header's name")
    if key == "token_prefix" and not (value.isascii() and value.isprintable() and value == value.lstrip()):
        raise _wrong("token_prefix ต้องเป็นอักษรอังกฤษ", "token_prefix must be printable ASCII and not begin blank")
    return value


def _checked_base(base_url: str) -> str:
    try:
        scheme, host, _ = origin(base_url)
        parts = urlsplit(base_url)
    except ValueError:
        scheme, host = "", ""
    if scheme not in ("http", "https") or not host:
        raise _wrong(
            "base_url ต้องเป็นที่อยู่เต็ม เช่น https://eplannacc.example.go.th/",
            "base_url must be a whole address such as https://eplannacc.example.go.th/",
        )
    if parts.username or parts.password or parts.query or parts.fragment:
        raise _wrong("base_url ต้องไม่มีชื่อผู้ใช้ รหัสผ่าน ? หรือ #", "base_url must hold no user name, password, ? or #")
    if scheme == "http" and not is_loopback(host):
        raise _wrong(
            f"http:// ส่งรหัสผ่านโดยไม่เข้ารหัส ให้ใช้ https://{host}/",
            f"http:// would send credentials unencrypted; use https://{host}/ (http:// only for this machine)",
        )
    return base_url if base_url.endswith("/") else base_url + "/"


def _checked_path(key: str, path: Any, base_url: str) -> str:
    """Return a path below base_url whose placeholders are known ones; an address elsewhere is refused."""
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(path) if name is not None}
        good = names <= set(PLACEHOLDERS)
        good = good and origin(urljoin(base_url, path.format(**PLACEHOLDERS))) == origin(base_url)
    except (ValueError, TypeError, AttributeError, LookupError):
        good = False
    if not good:
        raise _wrong(
            f"{key} ต้องเป็นเส้นทางใต้ base_url และใช้ได้เฉพาะ {{round_key}} {{fiscal_year_be}} {{months}}",
            f"{key} must be a path below base_url; it may hold {{round_key}}, {{fiscal_year_be}} and {{months}}",
        )
    return str(path)


def _checked_exports(exports: Any, base_url: str) -> tuple[Export, ...]:
    shaped = isinstance(exports, list) and all(
        isinstance(export, dict)
        and set(export) == {"path", "file_name"}
        and all(isinstance(value, str) for value in export.values())
        for export in exports
    )
    if not shaped or not exports:
        raise _wrong(
            'ต้องมี exports อย่างน้อยหนึ่งรายการ เช่น {path = "export/projects", file_name = "โครงการ.xlsx"}',
            'exports must list {path = "…", file_name = "….xlsx"}, at least one',
        )
    for export in exports:
        name = export["file_name"]
        hidden = name.startswith((".", "~")) or set(name) & set("/\\:") or not name.isprintable()
        # A file system takes 255 bytes; a Thai letter is three of them.
        if hidden or not name.casefold().endswith(EXPORT_SUFFIXES) or len(name.encode()) > 200:
            raise _wrong(
                f"file_name «{name}» ต้องเป็นชื่อแฟ้มธรรมดาที่ลงท้ายด้วย {' '.join(EXPORT_SUFFIXES)}",
                f"file_name «{name}» must be a plain short file name ending in {', '.join(EXPORT_SUFFIXES)}",
            )
    names = [export["file_name"] for export in exports]
    if len(set(names)) < len(names):
        raise _wrong("file_name ของ exports ซ้ำกัน", "two exports have the same file_name")
    return tuple(Export(_checked_path("path", e["path"], base_url), e["file_name"]) for e in exports)


def _credential(name: str, file: Any, home: Path) -> Secret:
    """Return a credential from its environment variable or, where a file is named, from its first line."""
    variable = f"SUCHARIT_EPLANNACC_{name.upper()}"
    text = os.environ.get(variable, "")
    if file:
        try:
            text = (home / str(file)).read_text(encoding="utf-8").split("\n")[0].rstrip("\r")
        except (OSError, ValueError):
            raise _wrong(f"อ่าน {name}_file ไม่ได้", f"{name}_file cannot be read") from None
    if not text:
        raise _wrong(
            f"ไม่มี {name} ให้ตั้งตัวแปร {variable} หรือระบุ {name}_file",
            f"{name} is missing; set {variable} or name a {name}_file",
        )
    # A header can carry nothing else, and a library that complains about it would print the token.
    if name == "token" and not (text.isascii() and text.isprintable() and text == text.strip()):
        raise _wrong("token มีอักขระที่ใช้ไม่ได้", "the token holds blanks at its ends or characters no header takes")
    return Secret(text)


# -- [memo]

POSTS = ("writer", "section_head", "division_head", "clerk", "mayor")
LETTERHEAD_TEXTS = ("agency", "section", "number", "to", "font")


def _wrong_memo(th: str, en: str) -> SettingsError:
    return SettingsError(f"sucharit.toml [memo]: {th} / {en}")


def _letterhead(table: Any, lgo_code: str, templates: Path) -> Letterhead:
    if not isinstance(table, Mapping):
        raise _wrong_memo("ต้องเป็นตาราง [memo]", "it must be a table")
    common = {key: value for key, value in table.items() if not re.fullmatch(r"\d{7}", key)}
    own = table.get(lgo_code, {})
    if not isinstance(own, Mapping):
        raise _wrong_memo(f"{lgo_code} ต้องเป็นตาราง [memo.{lgo_code}]", f"{lgo_code} must be a table")
    values: dict[str, Any] = {"templates": templates}
    for key, value in {**common, **own}.items():
        if key in ("positions", "names"):
            merged = {**_posts(key, common.get(key, {})), **_posts(key, own.get(key, {}))}
            values[key] = merged
        elif key not in (*LETTERHEAD_TEXTS, "date", "garuda"):
            raise _wrong_memo(f"ไม่รู้จักค่า {key} ให้ลบออกหรือแก้ชื่อ", f"unknown key {key}; remove it or correct its name")
        elif not isinstance(value, str):
            raise _wrong_memo(f"{key} ต้องเป็นข้อความในเครื่องหมายคำพูด", f"{key} must be text in quotes")
        elif key == "date" and value not in ("blank", "data"):
            raise _wrong_memo('date ต้องเป็น "blank" หรือ "data"', 'date must be "blank" or "data"')
        elif key == "garuda":
            values[key] = _picture(templates, value) if value else None
        else:
            values[key] = value
    return Letterhead(**values)


def _picture(templates: Path, name: str) -> Path:
    path = templates / name
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg") or not path.is_file():
        raise _wrong_memo(
            f"ไม่พบรูปครุฑ {path} ให้วางแฟ้ม PNG หรือ JPEG ไว้ที่นั้น", f"garuda {path} is missing; put a PNG or JPEG there"
        )
    return path


def _posts(key: str, table: Any) -> dict[str, str]:
    if not isinstance(table, Mapping) or not all(isinstance(value, str) for value in table.values()):
        raise _wrong_memo(f"[memo.{key}] ต้องเป็นตารางของข้อความ", f"[memo.{key}] must be a table of texts")
    unknown = sorted(set(table) - set(POSTS))
    if unknown:
        raise _wrong_memo(
            f"[memo.{key}] ไม่รู้จัก {', '.join(unknown)} ใช้ได้เฉพาะ {', '.join(POSTS)}",
            f"[memo.{key}] does not know {', '.join(unknown)}; there are {', '.join(POSTS)}",
        )
    return dict(table)
