"""From one local government to the nation: one round generated, taken in, built and released, and what it costs.

    python -m bench.nation [1 100 500] [--home DIRECTORY] [--keep]        # or: make nation LGOS="1 100 7849"

Every step runs in a process of its own, as separate runs on separate nights would; printed are its wall and CPU
seconds (child processes included) and the most memory that any one process held. One fault is planted for each
local government. 7,849 local governments write some 82,000 files.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.generator.generate import Written

PROJECT = Path(__file__).resolve().parent.parent
YEAR, MONTHS = 2566, 12
ROUND = f"FY{YEAR}-{MONTHS}M"


def settings_of(home: Path):
    from orchestration.settings import Settings

    lgos = json.loads((home / "lgos.json").read_text(encoding="utf-8"))
    return Settings(home=home, local_governments=tuple(lgos))


def generate(home: Path, lgos: int) -> dict[str, object]:
    """Write the files of so many local governments."""
    from bench.generator import generate as generator

    chosen = generator.some_lgos(lgos)
    home.mkdir(parents=True, exist_ok=True)
    (home / "lgos.json").write_text(json.dumps([lgo.lgo_code for lgo in chosen]), encoding="utf-8")
    # Figures go back from one round to the next, and there is only one.
    of_two_rounds = frozenset({"disbursed_went_back", "status_went_back"})
    plan = generator.Plan(years=(YEAR,), months=(MONTHS,), faults=1, leave_out=of_two_rounds)
    written = generator.generate(home, chosen, plan)
    generator.write_lists(home, written)
    _hold_back(home, written)
    return {"files": len(written.sent), "expected": len(written.expected)}


def _hold_back(home: Path, written: Written) -> None:
    """Leave only the files that a later one replaces in the drop folder: the others come after them."""
    newest: dict[tuple[str, str], datetime] = {}
    for sent in written.sent:
        key = sent.lgo_code, sent.division
        newest[key] = max(sent.saved_at, newest.get(key, sent.saved_at))
    earlier = [s for s in written.sent if s.division and s.saved_at < newest[s.lgo_code, s.division]]
    (home / "inbox").rename(home / "later")
    for sent in earlier:
        place = home / "inbox" / sent.path
        place.parent.mkdir(parents=True, exist_ok=True)
        (home / "later" / sent.path).rename(place)


def _let_in(home: Path) -> None:
    later = home / "later"
    for path in sorted(later.rglob("*")):
        if path.is_file():
            place = home / "inbox" / path.relative_to(later)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
    shutil.rmtree(later, ignore_errors=True)


def take_in(home: Path, lgos: int) -> dict[str, object]:
    """Receive, read, judge and accept what is new in the drop folder."""
    from orchestration import intake
    from orchestration.checks import judge_submissions

    imports = _cpu()
    settings = settings_of(home)
    new, first = 0, 0.0
    # What a later file replaces came before it; after the first pass nothing is held back any more.
    if (home / "later").exists():
        started = time.perf_counter()
        new = len(intake.receive(settings, ROUND, pause=lambda seconds: None))
        first = time.perf_counter() - started
        _let_in(home)
    took = [time.perf_counter() - first]
    new += len(intake.receive(settings, ROUND, pause=lambda seconds: None))
    took.append(time.perf_counter())
    reading = intake.read_submissions(settings, ROUND)
    took.append(time.perf_counter())
    judgement = judge_submissions(settings, ROUND)
    intake.accept(settings, ROUND, judgement.refused, judgement.failures)
    took.append(time.perf_counter())
    each = [f"{after - before:.1f}" for before, after in itertools.pairwise(took)]
    return {
        "new": new,
        "read": reading.read,
        "receive / read / judge and accept": " / ".join(each),
        "CPU of imports": f"{imports:.1f}",
        "after them": f"{_cpu() - imports:.1f}",
    }


def _cpu() -> float:
    """Return the seconds of CPU of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def take_in_one(home: Path, lgos: int) -> dict[str, object]:
    """Take in one changed file; imports are those that the gate of the build after it needs as well."""
    import great_expectations as great_expectations

    return take_in(home, lgos)


def change_one(home: Path, lgos: int) -> dict[str, object]:
    """Let one division send its form again with another name of a project."""
    path = next(path for path in sorted((home / "inbox" / ROUND).rglob("*.xlsx")) if path.name.startswith("กอง"))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    strings = parts["xl/sharedStrings.xml"].decode()
    parts["xl/sharedStrings.xml"] = strings.replace(" โครงการ", " กิจกรรม").encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return {}


def build(home: Path, lgos: int) -> dict[str, object]:
    """Build every table anew."""
    from orchestration import dbt

    settings = settings_of(home)
    result = dbt.build(settings).result
    failed = [r.node.name for r in result.results if r.status in ("error", "fail")]
    slowest = sorted(result.results, key=lambda r: -r.execution_time)[:3]
    return {"failed": failed, "slowest": ", ".join(f"{r.node.name} {r.execution_time:.1f}" for r in slowest)}


def findings(home: Path, lgos: int) -> dict[str, object]:
    """Hold what the warehouse finds against what was planted, row by row."""
    from bench.generator.faults import Expected
    from bench.province import found

    with (home / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = Counter(
            Expected(r["round_key"], r["lgo_code"], r["rule"], r["listing_code"], int(r["eplan_seq"]))
            for r in csv.DictReader(file)
        )
    there = found(settings_of(home))
    missing, invented = expected - there, there - expected
    rules = Counter(
        f"{word} {e.rule}" for word, rows in (("-", missing), ("+", invented)) for e in rows.elements()
    )
    return {
        "planted": expected.total(),
        "found": there.total(),
        "missing": missing.total(),
        "invented": invented.total(),
        **rules,
    }


def prepare(home: Path, lgos: int) -> dict[str, object]:
    """Let dbt parse its project once, as setting up an installation does."""
    from orchestration import dbt

    dbt.prepared_manifest(settings_of(home))
    return {}


def release(home: Path, lgos: int) -> dict[str, object]:
    """Judge the build and publish it."""
    from orchestration import releases
    from orchestration.assets.release import descriptions
    from orchestration.checks import approved_checks, judge_build, serving

    settings = settings_of(home)
    judge_build(settings, serving(settings))
    made = releases.publish(settings, approved_checks(settings), descriptions(settings))
    size = sum(path.stat().st_size for path in made.warehouse.parent.rglob("*") if path.is_file())
    return {"release": made.release_id, "MB": round(size / 1e6)}


def ranking(home: Path, lgos: int) -> dict[str, object]:
    """Rank every local government of the nation from the release."""
    import duckdb

    warehouse = home / "releases" / "current" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.execute(
            "select rank() over (order by implementation_pct desc) as rank_in_nation, province, lgo_name,"
            " implementation_pct, level_th, rank_in_province from marts.provincial_ranking"
            " where has_reported and implementation_pct is not null order by all"
        ).fetchall()
    return {"ranked": len(rows)}


Steps = dict[str, Callable[[Path, int], dict[str, object]]]
STEPS: Steps = {
    "generate": generate,
    "dbt parse": prepare,
    "first pass": take_in,
    "build": build,
    "(findings)": findings,
    "gates and release": release,
    "national ranking": ranking,
    "second pass, nothing new": take_in,
    "(one file sent again)": change_one,
    "pass over one changed file": take_in_one,
    "build after it": build,
}


def step(steps: Steps, name: str, home: Path, lgos: int) -> None:
    """Run one step in this process and print what it cost as JSON."""
    started = time.perf_counter()
    said = steps[name](home, lgos)
    wall = time.perf_counter() - started
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cost = {"wall": wall, "cpu": _cpu(), "peak": max(peaks) / 1024}
    print("\n" + json.dumps({"cost": cost, "said": said}))


def in_turn(module: str, steps: Steps, lgos: int, home: Path) -> dict[str, dict[str, Any]]:
    """Run every step of a module in a process of its own and print a table; return {"cost", "said"} by step."""
    results: dict[str, dict[str, Any]] = {}
    print(f"  {'step':28}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}")
    for name in steps:
        command = [sys.executable, "-m", module, str(lgos), "--home", str(home), "--step", name]
        done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{name} failed:\n{done.stdout[-3000:]}")
        results[name] = result = json.loads(done.stdout.strip().splitlines()[-1])
        cost = result["cost"]
        more = "   ".join(f"{key}: {value}" for key, value in result["said"].items())
        print(f"  {name:28}{cost['wall']:9.1f}{cost['cpu']:9.1f}{cost['peak']:9.0f}   {more}", flush=True)
    return results


def each_in_its_home(given: argparse.Namespace, prefix: str, run: Callable[[int, Path], object]) -> None:
    """Run something for each number of local governments that was asked for; leave nothing unless asked to."""
    place = given.home or Path(tempfile.mkdtemp(prefix=prefix))
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    for lgos in given.lgos:
        home = place / str(lgos)
        try:
            run(lgos, home)
        finally:
            if not given.keep:
                shutil.rmtree(home, ignore_errors=True)
    if not given.home and not given.keep:
        shutil.rmtree(place, ignore_errors=True)


def nation(lgos: int, home: Path) -> dict[str, dict[str, Any]]:
    """Run every step for so many local governments and print a table; return {"cost", "said"} by step."""
    print(f"\n{lgos:,} local governments, round {ROUND}")
    return in_turn("bench.nation", STEPS, lgos, home)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lgos", type=int, nargs="*", default=[1, 100])
    parser.add_argument("--home", type=Path, help="where to work (default: a temporary directory)")
    parser.add_argument("--keep", action="store_true", help="leave what was made below --home")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        step(STEPS, given.step, given.home, given.lgos[0])
        return
    each_in_its_home(given, "nation-", nation)


if __name__ == "__main__":
    main()
