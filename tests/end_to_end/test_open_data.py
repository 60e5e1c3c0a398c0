"""The data package of the reference round, and its way into a catalogue that speaks CKAN's API."""

import cgi
import csv
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import frictionless
import pytest

from orchestration import open_data, releases
from orchestration import settings as configuration

TOKEN = "t0ken-of-the-catalogue"


@pytest.fixture(scope="module")
def package(installation):
    settings = configuration.load()
    return open_data.package(settings, open_data.OpenData(), releases.current(settings))


def test_frictionless_finds_the_package_valid(package):
    report = frictionless.validate(str(package / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    assert {task.name for task in report.tasks} >= {"round_summary", "round_summary-parquet"}


def test_it_says_licence_sources_units_keys_and_release(package, installation):
    descriptor = json.loads((package / "datapackage.json").read_text(encoding="utf-8"))
    assert descriptor["version"] == installation.current.name
    assert descriptor["licenses"][0]["name"] == "CC-BY-4.0" and descriptor["sources"]
    tables = {r["name"]: r["schema"] for r in descriptor["resources"] if r["format"] == "csv"}
    fields = {f["name"]: f for f in tables["round_summary"]["fields"]}
    assert fields["disbursed_baht"]["unit"] == "THB" and fields["disbursed_baht"]["type"] == "number"
    assert all(f.get("description") for f in fields.values())
    assert tables["round_summary"]["primaryKey"] == ["round_key", "lgo_code"]


def test_the_published_figure_is_in_it(package):
    (row,) = list(csv.DictReader((package / "data" / "round_summary.csv").open(encoding="utf-8")))
    # The published report of the round: 32 of the minimum 35, 91.43 %, level มาก (tests/reference).
    assert (row["round_key"], row["lgo_code"]) == ("FY2566-12M", "3920102")
    assert row["implementation_pct"] == "91.43" and row["implementation_is_capped"] == "false"
    assert row["implementation_level_th"] == "มาก"


def test_the_same_release_gives_the_same_bytes(package, installation):
    before = {p.name: p.read_bytes() for p in package.rglob("*") if p.is_file()}
    settings = configuration.load()
    again = open_data.package(settings, open_data.OpenData(), releases.current(settings))
    assert {p.name: p.read_bytes() for p in again.rglob("*") if p.is_file()} == before


def test_a_table_that_is_not_there_is_named(installation):
    settings = configuration.load()
    options = open_data.OpenData(tables=["marts.nothing"])
    with pytest.raises(LookupError, match=r"marts\.nothing"):
        open_data.package(settings, options, releases.current(settings))
    assert not list(settings.open_data.glob(".draft-*"))


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "@x", "+1", "-1"])
def test_text_is_never_a_formula(text):
    assert open_data._as_text(text) == " " + text
    assert open_data._as_text(-1) == "-1"


class Catalogue(ThreadingHTTPServer):
    """Keeps datasets and resources as CKAN does, for the actions that publishing uses."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.datasets, self.calls, self.broken = {}, [], None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def resources(self):
        return {r["name"]: r for r in self.datasets["trang-integrity"]["resources"]}

    def act(self, action, values, upload):
        resources = [r for d in self.datasets.values() for r in d["resources"]]
        if action == "package_show":
            return self.datasets.get(values["id"])
        if action == "package_create":
            made = {**values, "id": "dataset-1", "resources": []}
            self.datasets[values["name"]] = made
            return made
        if action == "package_patch":
            (dataset,) = [d for d in self.datasets.values() if d["id"] == values["id"]]
            dataset.update(values)
            return dataset
        if action == "resource_create":
            (dataset,) = [d for d in self.datasets.values() if d["id"] == values["package_id"]]
            made = {**values, "id": f"resource-{len(self.calls)}", "content": upload}
            dataset["resources"].append(made)
            return made
        (resource,) = [r for r in resources if r["id"] == values["id"]]
        if action == "resource_delete":
            for dataset in self.datasets.values():
                dataset["resources"] = [r for r in dataset["resources"] if r is not resource]
            return {}
        resource.update(values, content=upload)
        return resource


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        action = self.path.removeprefix("/api/3/action/")
        if self.headers["Content-Type"].startswith("multipart/"):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            _, options = cgi.parse_header(self.headers["Content-Type"])
            parts = cgi.parse_multipart(io.BytesIO(body), {"boundary": options["boundary"].encode()})
            upload = parts.pop("upload")[0]
            values = {name: value[0] for name, value in parts.items()}
        else:
            values, upload = json.loads(self.rfile.read(int(self.headers["Content-Length"]))), None
        self.server.calls.append(action)
        status, result = 200, None
        if self.headers["Authorization"] != TOKEN:
            status = 403
        elif action == self.server.broken:
            status = 500
        else:
            result = self.server.act(action, values, upload)
            status = 200 if result is not None else 404
        text = json.dumps({"success": status == 200, "result": result}, default=lambda value: "…").encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


@pytest.fixture
def catalogue():
    server = Catalogue()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def options(catalogue, monkeypatch):
    monkeypatch.setenv("SUCHARIT_CKAN_TOKEN", TOKEN)
    ckan = open_data.Ckan(url=catalogue.url, organization="trang", dataset="trang-integrity")
    return open_data.OpenData(ckan=ckan)


def test_publishing_puts_every_file_into_the_catalogue(catalogue, options, package, installation):
    assert open_data.publish(options, installation.home, package).endswith("/dataset/trang-integrity")
    dataset = catalogue.datasets["trang-integrity"]
    assert dataset["private"] is True and dataset["version"] == installation.current.name
    files = {p.relative_to(package).as_posix(): p.read_bytes() for p in package.rglob("*") if p.is_file()}
    assert {name: r["content"] for name, r in catalogue.resources().items()} == files


def test_publishing_again_uploads_nothing(catalogue, options, package, installation):
    open_data.publish(options, installation.home, package)
    catalogue.calls.clear()
    open_data.publish(options, installation.home, package)
    assert catalogue.calls == ["package_show", "package_patch"]


def test_what_changed_is_replaced_and_what_is_gone_is_removed_last(catalogue, options, package, installation):
    open_data.publish(options, installation.home, package)
    resources = catalogue.resources()
    resources["data/dim_lgo.csv"]["hash"] = "sha256:old"
    resources["data/round_summary.csv"]["name"] = "data/old_name.csv"
    catalogue.calls.clear()
    open_data.publish(options, installation.home, package)
    assert sorted(catalogue.calls[2:-1]) == ["resource_create", "resource_update"]
    assert catalogue.calls[-1] == "resource_delete"
    assert "data/old_name.csv" not in catalogue.resources()


def test_a_catalogue_that_breaks_off_is_healed_by_the_next_run(catalogue, options, package, installation):
    catalogue.broken = "resource_create"
    with pytest.raises(open_data.NotPublished) as error:
        open_data.publish(options, installation.home, package)
    assert "500" in str(error.value) and TOKEN not in str(error.value)
    catalogue.broken = None
    open_data.publish(options, installation.home, package)
    assert len(catalogue.resources()) == len([p for p in package.rglob("*") if p.is_file()])


def test_a_wrong_token_is_said_without_the_token(catalogue, options, package, installation, monkeypatch):
    monkeypatch.setenv("SUCHARIT_CKAN_TOKEN", "wr0ng-token")
    with pytest.raises(open_data.NotPublished, match="403") as error:
        open_data.publish(options, installation.home, package)
    assert "wr0ng-token" not in str(error.value)
