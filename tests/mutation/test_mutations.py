"""Damaged workbooks: the run goes on, in bounded time and memory, and no wrong row gets in without a word.

SUCHARIT_MUTANTS=2000 pytest tests/mutation -s      all of them, with a table of what became of them
"""

import collections
import hashlib
import os
import re
from pathlib import Path

import pytest

from orchestration.spreadsheets.parse import parse
from orchestration.spreadsheets.tables import kinds
from orchestration.workers import MEMORY_BYTES, Work, read_isolated
from tests.conftest import ROUND
from tests.mutation.mutate import PACKED, mutant, pdf_mutant, printed, samples

TRANG = frozenset({"3920102"})
MUTANTS = int(os.environ.get("SUCHARIT_MUTANTS", "2000"))
KEYS = {
    "division_listing": ("listing_code",),
    "eplan_project": ("eplan_seq",),
    "eplan_dimension": ("dimension",),
    "ranking": ("ranking_seq",),
    "ranking_count": ("implementation_level",),
    "crosswalk": ("eplan_seq", "listing_code"),
}
# Where a value stood says nothing about the value.
PLACE = ("source_file", "source_sha256", "source_sheet", "source_row")


def comparable(row):
    return {name: value for name, value in row.items() if name not in PLACE and not name.endswith("_cell")}


def by_key(parsed):
    return {
        (kind, *(row[name] for name in KEYS.get(kind, ()))): row
        for kind in kinds()
        for row in parsed.get(kind, ())
    }


def by_file(works):
    """Read submissions; yield each with its rows by table."""
    for read in read_isolated(works, TRANG, say=print):
        rows = {work.sha256: {} for work in read.works}
        for table, arrow in read.tables.items():
            for row in arrow.to_pylist():
                rows[row["source_sha256"]].setdefault(table, []).append(row)
        yield from ((work, rows[work.sha256]) for work in read.works)


def arithmetic_holds(row):
    """Tell what dbt would: a listing whose remaining amount is not what its other figures give is a finding."""
    figures = [
        row[name] or 0
        for name in (
            "budget_ordinance_baht",
            "transfer_in_baht",
            "transfer_out_baht",
            "disbursed_baht",
            "remaining_baht",
        )
    ]
    ordinance, gained, lost, disbursed, remaining = figures
    return remaining == ordinance + gained - lost - disbursed


def is_said(kind, row, parsed):
    """Tell whether a row that differs comes with a repair, a refusal or a finding about it."""
    named = [*parsed.get("repair", ()), *parsed.get("quarantine", ())]
    if any(said["source_row"] in (row["source_row"], None) for said in named):
        return True
    # A cell or a column that is not where it was is named at the place where it is now.
    if any(said["rule"] in ("unknown_column", "stray_cell") for said in named):
        return True
    return kind == "division_listing" and not (arithmetic_holds(row) and row["status"])


@pytest.fixture(scope="module")
def before():
    """Memory of this process before it reads mutants, in KiB."""
    return int(re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])


@pytest.fixture(scope="module")
def outcome(before, tmp_path_factory):
    folder = tmp_path_factory.mktemp("mutants")
    works, damage = [], {}
    for n in range(MUTANTS):
        name, kind, content = mutant(n)
        path = folder / f"{n:05}"
        path.write_bytes(content)
        works.append(Work(path, ROUND, name, f"{n:05}-{hashlib.sha256(content).hexdigest()}"))
        damage[works[-1].sha256] = kind
    # The kernel starts the peak of this process anew: what earlier tests held is not the reader's.
    Path("/proc/self/clear_refs").write_text("5")
    return [(work, damage[work.sha256], rows) for work, rows in by_file(works)]


def test_every_mutant_comes_back_and_none_takes_too_long(outcome):
    assert len(outcome) == MUTANTS
    rules = collections.Counter()
    for _, kind, parsed in outcome:
        whole = [row["rule"] for row in parsed.get("quarantine", ()) if row["scope"] == "file"]
        rules[kind, whole[0] if whole else "read"] += 1
    for (kind, rule), count in sorted(rules.items()):
        print(f"{kind:12}{rule:20}{count:6}")
    # A worker that crashes is the reader's last resort: its file is set aside and the run goes on. Our own code
    # finds its way through any damage, in time.
    assert not [w.path.name for w, _, p in outcome if _rules(p) & {"reader_timeout", "reader_failed"}]
    assert sum("reader_crashed" in _rules(p) for *_, p in outcome) <= MUTANTS // 1000


def _rules(parsed):
    return {row["rule"] for row in parsed.get("quarantine", ())}


def test_memory_stays_below_one_gibibyte(before, outcome):
    """Of the process that collects, what the mutants added to it; the workers' limit is the kernel's."""
    status = Path("/proc/self/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
    print(f"peak of this process: {peak / 1024:,.0f} MiB, {(peak - before) / 1024:,.0f} MiB more than before")
    assert peak - before < 2**20
    assert MEMORY_BYTES < 2**30


def test_no_row_differs_from_the_original_without_a_word(outcome):
    originals = {
        name: by_key(parse(content, ROUND, name, "original", TRANG).rows) for name, content in samples().items()
    }
    silent, unchecked, equal = [], 0, 0
    for work, kind, parsed in outcome:
        for key, row in by_key(parsed).items():
            original = originals[work.source_file].get(key)
            if original is not None and comparable(original) == comparable(row):
                equal += 1
            elif not is_said(key[0], row, parsed):
                # .xls, .csv and .html carry no checksum: a flipped digit there is simply another digit.
                if kind not in PACKED and not work.source_file.endswith((".xlsx", ".ods")):
                    unchecked += 1
                else:
                    differs = {
                        f: (original[f], v)
                        for f, v in row.items()
                        if f not in PLACE and original and original.get(f) != v
                    }
                    silent.append((work.path.name, work.source_file, kind, key, differs))
    print(f"rows equal {equal}, silently different {len(silent)}, in files without checksums {unchecked}")
    assert not silent
    assert equal > MUTANTS


PDF_MUTANTS = 100


@pytest.fixture(scope="module")
def printed_outcome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("printed")
    works, damage = [], {}
    for n in range(PDF_MUTANTS):
        name, kind, content = pdf_mutant(n)
        path = folder / f"{n:05}"
        path.write_bytes(content)
        works.append(Work(path, ROUND, name, f"{n:05}-{hashlib.sha256(content).hexdigest()}"))
        damage[works[-1].sha256] = kind
    return [(work, damage[work.sha256], rows) for work, rows in by_file(works)]


def test_damaged_pdfs_come_back_and_none_differs_without_a_word(printed_outcome):
    """The drawing of a page is deflated with a checksum; what stands outside of it has none.

    So a row may differ silently only where the damage met the plain objects around the drawings: places of
    fonts, sizes of pages. None does in these mutants.
    """
    originals = {
        name: by_key(parse(content, ROUND, name, "original", TRANG).rows) for name, content in printed().items()
    }
    rules, silent, equal, fewer = collections.Counter(), [], 0, 0
    for work, kind, parsed in printed_outcome:
        whole = _rules(parsed) & {r["rule"] for r in parsed.get("quarantine", ()) if r["scope"] == "file"}
        rules[kind, min(whole, default="read")] += 1
        got = by_key(parsed)
        for key, row in got.items():
            original = originals[work.source_file].get(key)
            if original is not None and comparable(original) == comparable(row):
                equal += 1
            elif not is_said(key[0], row, parsed):
                silent.append((work.path.name, work.source_file, kind, key))
        fewer += bool(got) and len(got) < len(originals[work.source_file])
    for (kind, rule), count in sorted(rules.items()):
        print(f"{kind:12}{rule:20}{count:6}")
    print(f"rows equal {equal}, silently different {len(silent)}, files with rows missing {fewer}")
    assert len(printed_outcome) == PDF_MUTANTS
    assert not [w.path.name for w, _, p in printed_outcome if _rules(p) & {"reader_timeout", "reader_failed"}]
    assert not [w.path.name for w, _, p in printed_outcome if "reader_crashed" in _rules(p)]
    assert not silent and not fewer
    assert equal
