"""Where things are and whose round this is: the only place that reads environment variables and sucharit.toml."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
SEEDS = DBT_PROJECT / "seeds"
SAMPLES = PROJECT / "samples"


class SettingsError(Exception):
    """The configuration is missing or wrong; the message says what to write where."""


@dataclass(frozen=True)
class Settings:
    """Paths below SUCHARIT_HOME (default var/) and what sucharit.toml says.

    `local_governments` are the lgo_codes whose files are taken; `provinces` adds every one of a province.
    """

    home: Path
    local_governments: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()

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
    def reports(self) -> Path:
        return self.home / "reports"

    @property
    def dagster_home(self) -> Path:
        return self.home / "dagster"

    def scope(self) -> frozenset[str]:
        """Return the lgo_codes whose files this deployment takes."""
        from orchestration.registry import register

        in_provinces = {code for code, lgo in register().items() if lgo.province_code in self.provinces}
        return frozenset(in_provinces | set(self.local_governments))


def home() -> Path:
    """Return the runtime directory: SUCHARIT_HOME, or var/ beside the project."""
    return Path(os.environ.get("SUCHARIT_HOME") or PROJECT / "var").absolute()


def load() -> Settings:
    """Read sucharit.toml of the runtime directory.

    Raises SettingsError where it is missing, is no TOML, or names a code that is not in the register.
    """
    from orchestration.registry import provinces, register

    path = home() / "sucharit.toml"
    if not path.exists():
        raise SettingsError(f"{path} is missing: copy samples/sucharit.toml there and name your local government")
    try:
        deployment = tomllib.loads(path.read_text(encoding="utf-8")).get("deployment", {})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read: {error}") from error
    settings = Settings(
        home=home(),
        local_governments=tuple(deployment.get("local_governments", ())),
        provinces=tuple(deployment.get("provinces", ())),
    )
    unknown = [c for c in settings.local_governments if c not in register()]
    unknown += [c for c in settings.provinces if c not in provinces()]
    if unknown:
        raise SettingsError(f"{path}: not in the register: {', '.join(map(str, unknown))}")
    if not settings.scope():
        raise SettingsError(f"{path}: [deployment] names no local_governments and no provinces")
    return settings
