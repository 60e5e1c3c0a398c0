"""The generator itself: the same files from any number of processes, and every file says what the truth says."""

from decimal import Decimal

from bench.generator.generate import Plan, generate, some_lgos
from bench.generator.world import year_of
from orchestration.spreadsheets.parse import parse
from orchestration.spreadsheets.thai import clean

PLAN = Plan(seed=7, years=(2566,), months=(12,))


def files(directory):
    return {
        path.relative_to(directory).as_posix(): (path.read_bytes(), path.stat().st_mtime)
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_files_from_any_number_of_processes(tmp_path):
    lgos = some_lgos(24)
    one, two = generate(tmp_path / "1", lgos, PLAN, 1), generate(tmp_path / "2", lgos, PLAN, 2)
    assert files(tmp_path / "1") == files(tmp_path / "2")
    assert (one.sent, one.expected, one.truth) == (two.sent, two.expected, two.truth)
    generate(tmp_path / "3", lgos[:1], Plan(seed=8, years=(2566,), months=(12,)), 1)
    name = next(name for name in files(tmp_path / "3") if "crosswalk" in name)
    assert files(tmp_path / "3")[name] != files(tmp_path / "1")[name]


def test_a_file_without_a_fault_is_read_as_the_truth_in_every_layout(tmp_path):
    lgos = some_lgos(12)
    plain = Plan(seed=7, years=(2566,), months=(12,), faults=0, all_report=True)
    written = generate(tmp_path, lgos, plain, 1)
    scope = frozenset(lgo.lgo_code for lgo in lgos)
    formats = {sent.path.rpartition(".")[2] for sent in written.sent}
    assert formats >= {"xlsx", "csv", "ods", "html"}
    listings, projects = {}, {}
    for sent in written.sent:
        round_key, name = sent.path.split("/", 1)
        parsed = parse((tmp_path / "inbox" / sent.path).read_bytes(), round_key, name, "0" * 64, scope)
        assert "quarantine" not in parsed.rows and "repair" not in parsed.rows, (sent.path, parsed.rows)
        for row in parsed.rows.get("division_listing", ()):
            listings[row["lgo_code"], row["listing_code"]] = (
                row["listing_name"],
                row["division"],
                *(row[f"{name}_baht"] for name in ("budget_plan", "budget_ordinance", "disbursed", "remaining")),
                row["transfer_in_baht"] - row["transfer_out_baht"],
                row["no_budget"],
                row["status"],
            )
        for row in parsed.rows.get("eplan_project", ()):
            projects[row["lgo_code"], row["eplan_seq"]] = (
                row["project_name"],
                row["is_initial"],
                row["budget_plan_baht"],
                row["disbursed_baht"],
                row["status"],
            )
    states = [year_of(7, lgo, 2566)[12] for lgo in lgos]
    assert listings == {
        (state.lgo.lgo_code, line.code): (
            line.name,
            line.division,
            *(baht(amount) for amount in (line.plan, line.ordinance, line.disbursed, line.remaining)),
            baht(line.moved_in - line.moved_out),
            line.no_budget,
            line.status,
        )
        for state in states
        for line in state.lines
    }
    assert projects == {
        (state.lgo.lgo_code, entry.seq): (
            clean(entry.name),
            entry.is_initial,
            baht(entry.plan),
            baht(entry.disbursed),
            entry.status,
        )
        for state in states
        for entry in state.entries
    }


def baht(satang):
    return None if satang is None else Decimal(satang) / 100
