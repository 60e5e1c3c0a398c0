"""A release as open data: a Frictionless Data Package (CSV and Parquet, schema, units, keys, licence), and the
 optional way of it into a CKAN catalogue, which is what Thai government catalogues run.

Which tables go out is a list, not everything that is there: [open_data] of sucharit.toml. The same release gives
the same bytes. Made from the release alone, so that an old one can be published again.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import duckdb
import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from orchestration import releases
from orchestration.atomic import drafted, put_in_place, write_atomically
from orchestration.releases import Release, sha256_of
from orchestration.reports.ranking import FORMULA_STARTS
from orchestration.secrets import address, secret
from orchestration.settings import Secret, Settings, SettingsError, read_toml

# What the public can use without knowing the office's files. Findings name files and quote cells: not among them.
TABLES = (
    "core.dim_round",
    "core.dim_lgo",
    "core.dim_dimension",
    "core.dim_mission",
    "marts.round_summary",
    "marts.dimension_summary",
    "marts.provincial_ranking",
)
LICENCES = {
    "CC-BY-4.0": ("https://creativecommons.org/licenses/by/4.0/", "Creative Commons Attribution 4.0"),
    "CC0-1.0": ("https://creativecommons.org/publicdomain/zero/1.0/", "Creative Commons Zero 1.0"),
    "ODC-BY-1.0": ("https://opendatacommons.org/licenses/by/1-0/", "Open Data Commons Attribution 1.0"),
}
# Suffixes of column names in the warehouse and the unit that they say (UN/CEFACT and ISO 4217 codes).
UNITS = {"_baht": "THB", "_pct": "P1"}
TYPES = {"VARCHAR": "string", "BOOLEAN": "boolean", "DATE": "date", "DOUBLE": "number"}
WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"}
SECONDS = 60


class Ckan(BaseModel):
    """A CKAN catalogue. The API token comes from an environment variable or a file, never from sucharit.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str
    organization: str
    dataset: str = Field(pattern=r"^[a-z0-9_-]{2,100}$")
    token_env: str = "SUCHARIT_CKAN_TOKEN"
    token_file: str | None = None
    private: bool = True


class OpenData(BaseModel):
    """The table [open_data]."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    title: str = "ผลการขับเคลื่อนแผนปฏิบัติการป้องกันการทุจริต"
    description: str = ""
    licence: Literal["CC-BY-4.0", "CC0-1.0", "ODC-BY-1.0"] = "CC-BY-4.0"
    tables: list[str] = list(TABLES)
    ckan: Ckan | None = None

    @field_validator("tables")
    @classmethod
    def _are_names(cls, value: list[str]) -> list[str]:
        for name in value:
            if not all(part.isidentifier() for part in name.split(".")) or name.count(".") != 1:
                raise ValueError(f"«{name}» must be schema.table")
        return value


class NotPublished(Exception):
    """The catalogue did not take the package; the message says what to look at, without the token."""


def load(home: Path) -> OpenData:
    """Return [open_data] of sucharit.toml, its defaults where there is none. Raises SettingsError."""
    table = read_toml(home / "sucharit.toml").get("open_data", {})
    try:
        return OpenData.model_validate(table)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"sucharit.toml [open_data]: ค่าไม่ถูกต้อง / wrong: {said}") from None


def package(settings: Settings, options: OpenData, release: Release) -> Path:
    """Write the data package of a release to open-data/<release id>/ and make it current; return the directory.

    Raises LookupError where the release has no such table.
    """
    place = settings.open_data
    with drafted(place) as draft:
        (draft / "data").mkdir()
        with duckdb.connect(str(release.warehouse), read_only=True) as connection:
            resources = [
                resource for name in options.tables for resource in _resources(connection, release, name, draft)
            ]
        text = json.dumps(_descriptor(options, release, resources), ensure_ascii=False, indent=1)
        write_atomically(draft / "datapackage.json", lambda path: path.write_text(text + "\n", encoding="utf-8"))
        draft.chmod(0o755)
        target = place / release.release_id
        put_in_place(draft, target)
    releases.switch(place, release.release_id)
    return target


def _descriptor(options: OpenData, release: Release, resources: list[dict[str, Any]]) -> dict[str, Any]:
    manifest = release.manifest
    path, title = LICENCES[options.licence]
    return {
        "$schema": "https://datapackage.org/profiles/1.0/datapackage.json",
        "profile": "data-package",
        "name": "sucharit",
        "title": options.title,
        "description": options.description
        or "Figures of the anti-corruption action plans of local governments by round, as released by Sucharit.",
        "version": release.release_id,
        "created": manifest["created_at"],
        "licenses": [{"name": options.licence, "path": path, "title": title}],
        "sources": [
            {"title": "แบบติดตามของหน่วยงานและรายงานจากระบบ e-PlanNACC ที่รับไว้ในชุดข้อมูลนี้ / division forms and "
             "e-PlanNACC exports received for this release"},
            {"title": "ทะเบียนองค์กรปกครองส่วนท้องถิ่น dlads_05_01 กรมส่งเสริมการปกครองท้องถิ่น / register of local "
             "governments, Department of Local Administration"},
        ],
        "sucharit": {
            "content_sha256": manifest["content_sha256"],
            "code_version": manifest["code_version"],
            "checks": [c for c in manifest["checks"] if isinstance(c, dict)],
        },
        "resources": resources,
    }  # fmt: skip


def _resources(
    connection: duckdb.DuckDBPyConnection, release: Release, name: str, draft: Path
) -> list[dict[str, Any]]:
    """Write a table as CSV and Parquet; return their descriptors."""
    schema, table = name.split(".")
    if name not in release.manifest["tables"]:
        raise LookupError(f"[open_data] tables: the release has no table {name}")
    columns = connection.execute(
        "select column_name, data_type, comment from duckdb_columns()"
        " where schema_name = ? and table_name = ? order by column_index",
        [schema, table],
    ).fetchall()
    comment = connection.execute(
        "select comment from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]
    ).fetchall()[0][0]
    relation = f"{schema}.{table}"
    csv_path = draft / "data" / f"{table}.csv"
    with csv_path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column for column, _, _ in columns])
        for row in connection.execute(f"from {relation} order by all").fetchall():
            writer.writerow([_as_text(value) for value in row])
    shutil.copyfile(
        release.directory / "parquet" / schema / f"{table}.parquet", draft / "data" / f"{table}.parquet"
    )
    fields = [_field(*column) for column in columns]
    key = release.manifest.get("keys", {}).get(name, [])
    described = {"title": table, "description": " ".join((comment or "").split())}
    return [
        {
            "name": table,
            "path": f"data/{table}.csv",
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            **described,
            **_measured(csv_path),
            "schema": {"fields": fields, **({"primaryKey": key} if key else {}), "missingValues": [""]},
        },
        {
            "name": f"{table}-parquet",
            "path": f"data/{table}.parquet",
            "format": "parquet",
            "mediatype": "application/vnd.apache.parquet",
            **described,
            # Without its size: the reference validator counts no bytes of Parquet and calls that a fault.
            "hash": f"sha256:{release.manifest['tables'][name]['sha256']}",
        },
    ]


def _measured(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "hash": f"sha256:{sha256_of(path)}"}


def _as_text(value: object) -> str:
    """Return a cell of a CSV file; a blank goes before text that a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return f" {text}" if isinstance(value, str) and text.startswith(FORMULA_STARTS) else text


def _field(name: str, data_type: str, comment: str | None) -> dict[str, Any]:
    kind = "integer" if data_type in WHOLE else "number" if data_type.startswith("DECIMAL") else None
    kind = kind or ("datetime" if data_type.startswith("TIMESTAMP") else TYPES.get(data_type, "any"))
    unit = next((unit for suffix, unit in UNITS.items() if name.endswith(suffix)), None)
    return {
        "name": name,
        "type": kind,
        **({"format": "any"} if kind == "datetime" else {}),
        **({"unit": unit} if unit else {}),
        **({"description": " ".join(comment.split())} if comment else {}),
    }


# -- CKAN


def publish(options: OpenData, home: Path, directory: Path) -> str:
    """Bring a package into the catalogue: the dataset is made or updated, each file replaced under its own name.

    Nothing is removed before its replacement is there; publishing the same release again changes nothing.
    Returns the dataset's address. Raises NotPublished, and SettingsError where the address or token is wrong.
    """
    if options.ckan is None:
        raise SettingsError("sucharit.toml: ไม่มี [open_data.ckan] / there is no [open_data.ckan]")
    catalogue = _Catalogue(options.ckan, home)
    descriptor = json.loads((directory / "datapackage.json").read_text(encoding="utf-8"))
    dataset = catalogue.dataset(descriptor)
    there = {resource["name"]: resource for resource in dataset.get("resources", [])}
    files: dict[str, tuple[Path, Mapping[str, Any]]] = {
        resource["path"]: (directory / resource["path"], resource) for resource in descriptor["resources"]
    }
    files["datapackage.json"] = (
        directory / "datapackage.json",
        {
            "format": "json",
            "description": "Frictionless Data Package",
            **_measured(directory / "datapackage.json"),
        },
    )
    for name, (path, resource) in files.items():
        known = there.get(name)
        if known is None or known.get("hash") != resource["hash"]:
            catalogue.upload(dataset["id"], known and known["id"], name, path, resource)
    for name, resource in there.items():
        if name not in files:
            catalogue.call("resource_delete", {"id": resource["id"]})
    return f"{options.ckan.url.rstrip('/')}/dataset/{options.ckan.dataset}"


class _Catalogue:
    """The few actions of CKAN's API that publishing needs (api/3/action)."""

    def __init__(self, ckan: Ckan, home: Path) -> None:
        self.ckan = ckan
        token = secret("open_data.ckan", home, ckan.token_env, ckan.token_file)
        self.token = token or Secret("")
        self.url = address("open_data.ckan", ckan.url).rstrip("/")

    def dataset(self, descriptor: Mapping[str, Any]) -> dict[str, Any]:
        """Make the dataset or bring its description up to date; return it with its resources."""
        values = {
            "name": self.ckan.dataset,
            "title": descriptor["title"],
            "notes": descriptor["description"],
            "owner_org": self.ckan.organization,
            "license_id": descriptor["licenses"][0]["name"].lower(),
            "version": descriptor["version"],
        }
        known = self.call("package_show", {"id": self.ckan.dataset}, may_be_missing=True)
        if known is None:
            made = self.call("package_create", values | {"private": self.ckan.private})
            return dict(made or {})
        self.call("package_patch", values | {"id": known["id"]})
        return dict(known)

    def upload(self, package: str, known: str | None, name: str, path: Path, resource: Mapping[str, Any]) -> None:
        values = {
            "package_id": package,
            "name": name,
            "format": resource["format"],
            "description": resource["description"],
            "hash": resource["hash"],
        }
        action = "resource_update" if known else "resource_create"
        with path.open("rb") as file:
            self.call(action, values | ({"id": known} if known else {}), upload=(path.name, file))

    def call(
        self, action: str, values: Mapping[str, Any], upload: Any = None, may_be_missing: bool = False
    ) -> dict[str, Any] | None:
        """Return the result of an action; None for 404 where that `may_be_missing`. Raises NotPublished."""
        problem, result = "", None
        try:
            answer = requests.post(
                f"{self.url}/api/3/action/{action}",
                data=dict(values) if upload else None,
                files={"upload": upload} if upload else None,
                json=None if upload else dict(values),
                headers={"Authorization": self.token.reveal()},
                timeout=SECONDS,
                allow_redirects=False,
            )
            if answer.status_code == 404 and may_be_missing:
                return None
            body = answer.json() if answer.ok and not answer.is_redirect else {}
            if body.get("success"):
                result = body["result"]
            else:
                problem = f"HTTP {answer.status_code}"
        except (requests.RequestException, ValueError) as error:
            problem = type(error).__name__
        if problem:
            # Outside of the except block: the library's error carries the request.
            raise NotPublished(
                f"CKAN {action}: {problem} ตรวจที่อยู่ สิทธิ์ของ token และชื่อองค์กร / look at the address, the token's "
                "rights and the organization"
            )
        return result if isinstance(result, dict) else {}
