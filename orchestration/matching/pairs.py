"""Listings and e-PlanNACC projects of one round and local government: pairs, proposals, and what is left over.

One project may have many listings (it is listed under several missions, or by two divisions); a listing never
goes to two projects by itself. What a reviewer has decided holds whatever the score says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

from orchestration.matching.evidence import (
    AGREEMENT,
    DISBURSED,
    PLAN,
    ROUND_SATANG,
    Evidence,
    Flags,
    Floats,
    Ints,
    Lines,
    Weights,
    assign,
    compare,
    counters,
    numbers,
    plain_name,
    three_letters,
    word_replaced,
)
from orchestration.matching.spread import PROVINCE_SQL, by_province

# So many candidates are kept of a project or listing that waits for review.
CANDIDATES = 3
Row = dict[str, Any]
SCHEMA = pa.schema(
    [
        ("round_key", pa.string()),
        ("lgo_code", pa.string()),
        ("listing_code", pa.string()),
        ("first_listing_code", pa.string()),
        ("eplan_seq", pa.int32()),
        ("outcome", pa.string()),
        ("subject", pa.string()),
        ("rank", pa.int32()),
        ("score", pa.float64()),
        ("margin", pa.float64()),
        ("certainty", pa.float64()),
        ("name_similarity", pa.float64()),
        ("name_containment", pa.float64()),
        ("name_spelling", pa.float64()),
        ("name_opening", pa.float64()),
        ("name_points", pa.float64()),
        ("plan_agreement", pa.string()),
        ("plan_points", pa.float64()),
        ("disbursed_agreement", pa.string()),
        ("disbursed_points", pa.float64()),
        ("dimension_agreement", pa.string()),
        ("dimension_points", pa.float64()),
        ("status_agreement", pa.string()),
        ("status_points", pa.float64()),
        ("taken_points", pa.float64()),
        ("partner_eplan_seq", pa.int32()),
        ("partner_listing_code", pa.string()),
        ("guard_similarity", pa.float64()),
    ]
)


def match_listings(
    listings: pa.Table, projects: pa.Table, reviewed: pa.Table, weights: Weights, kept: Path | None = None
) -> pa.Table:
    """Return at least one row per listing code of every round and local government, columns as in SCHEMA.

    `listings` and `projects` are staging rows (of a code or number that comes twice the first row counts);
    `reviewed` has round_key, lgo_code, eplan_seq, listing_code and decision: `match`, `no_match`, or `none` for a
    project without any listing. `kept` is a folder for what was matched (see spread.py). `outcome` is one of
    reviewed: a reviewer's pair. automatic: a certain one. proposed: the likeliest of a project (or of a listing,
    see `subject`) that waits for review, rank 1, with its alternatives at rank 2 and 3. unmatched: a listing that
    is no project's so far.
    """
    tables = {
        "listings": listings.select(LISTING),
        "projects": projects.select(PROJECT),
        "reviewed": reviewed.select(REVIEWED),
    }
    return by_province(match_tables, tables, weights, each=EACH, kept=kept)


def match_tables(tables: dict[str, pa.Table], weights: Weights) -> pa.Table:
    """Match the tables listings, projects and reviewed; see match_listings."""
    ours = _by_place(tables["listings"], ["listing_order", "listing_code", *SOURCE], "listing_code")
    theirs = _by_place(tables["projects"], ["eplan_seq", *SOURCE[2:]], "eplan_seq")
    decided: dict[tuple[str, str], list[Row]] = {}
    for row in tables["reviewed"].to_pylist():
        decided.setdefault((row["round_key"], row["lgo_code"]), []).append(row)
    rows = []
    for place, lines in ours.items():
        for row in match_place(lines, theirs.get(place, []), decided.get(place, []), weights):
            row["round_key"], row["lgo_code"] = place
            rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


# A round of one local government is matched by itself; tables are best given in this order.
EACH = ["round_key"]
IN_PARTS = ", ".join([PROVINCE_SQL, *EACH])
SOURCE = ["source_file", "source_sha256", "source_sheet", "source_row"]
MONEY = ("budget_plan_baht", "budget_ordinance_baht", "disbursed_baht")
# What a match depends on, and what only puts rows in order.
LISTING = [
    "round_key", "lgo_code", "listing_code", "listing_name", "dimension", "mission", "status", *MONEY,
    "listing_order", *SOURCE,
]  # fmt: skip
PROJECT = [
    "round_key", "lgo_code", "eplan_seq", "project_name", "dimension", "status", MONEY[0], MONEY[2], *SOURCE[2:],
]  # fmt: skip
REVIEWED = ["round_key", "lgo_code", "eplan_seq", "listing_code", "decision", "project_name", "listing_name"]


def _by_place(table: pa.Table, order: Sequence[str], once: str) -> dict[tuple[str, str], list[Row]]:
    """Return the rows of each round and local government in order, the first of each code; money in satang."""
    table = table.filter(pc.is_valid(table[once]))
    for name in MONEY:
        if name in table.column_names:
            baht = pc.fill_null(table[name].cast(pa.float64()), 0.0)
            satang = pc.round(pc.multiply(baht, 100.0)).cast(pa.int64())
            table = table.set_column(table.column_names.index(name), name, satang)
    table = table.sort_by([(name, "ascending") for name in ("round_key", "lgo_code", *order)])
    rows = table.select(
        [name for name in table.column_names if name not in ("listing_order", *SOURCE)]
    ).to_pylist()
    return {
        place: list({row[once]: row for row in reversed(list(lines))}.values())[::-1]
        for place, lines in groupby(rows, key=lambda row: (row["round_key"], row["lgo_code"]))
    }


def lines_of(rows: Sequence[Row], name: str) -> Lines:
    """Return rows of staging as columns; `name` is the column of the names."""
    plan, ordinance, disbursed = (np.array([row.get(m) or 0 for row in rows], np.int64) for m in MONEY)
    return Lines(
        [row[name] or "" for row in rows],
        [row["dimension"] for row in rows],
        [row["status"] for row in rows],
        plan,
        ordinance,
        disbursed,
    )


@dataclass
class _Place:
    """One round of one local government while it is being matched; rows are listings, columns projects.

    `score` is that of the evidence, and minus infinity for a pair that a reviewer has refused.
    """

    codes: list[str]
    numbers: list[int]
    first: Ints
    evidence: Evidence
    score: Floats
    weights: Weights

    def row(self, i: int, j: int, outcome: str, margin: float | None, **more: Any) -> Row:
        e = self.evidence
        score = float(e.score[i, j])
        taken = more.get("taken_points", 0.0)
        share = self.weights["margin", "share"]
        return {
            "listing_code": self.codes[i],
            "first_listing_code": self.codes[self.first[i]],
            "eplan_seq": self.numbers[j],
            "outcome": outcome,
            "rank": 1,
            "score": round(score + taken, 1),
            "margin": None if margin is None else round(margin, 1),
            "certainty": None if margin is None else round(score + share * margin, 1),
            "name_similarity": round(float(e.similarity[i, j]), 3),
            "name_containment": round(float(e.containment[i, j]), 3),
            "name_spelling": round(float(e.spelling[i, j]), 3),
            "name_opening": round(float(e.opening[i, j]), 3),
            "name_points": round(float(e.points["name"][i, j]), 1),
            "plan_agreement": PLAN[e.plan[i, j]],
            "plan_points": float(e.points["plan"][i, j]),
            "disbursed_agreement": DISBURSED[e.disbursed[i, j]],
            "disbursed_points": float(e.points["disbursed"][i, j]),
            "dimension_agreement": AGREEMENT[e.dimension[i, j]],
            "dimension_points": float(e.points["dimension"][i, j]),
            "status_agreement": AGREEMENT[e.status[i, j]],
            "status_points": float(e.points["status"][i, j]),
            "taken_points": 0.0,
            **more,
        }

    def alone(self, i: int) -> Row:
        codes = {"listing_code": self.codes[i], "first_listing_code": self.codes[self.first[i]]}
        return {**codes, "outcome": "unmatched"}


def match_place(
    listings: Sequence[Row], projects: Sequence[Row], reviewed: Sequence[Row], weights: Weights
) -> Iterator[Row]:
    """Match one round of one local government; yields rows of SCHEMA without round_key and lgo_code."""
    codes, seqs = [row["listing_code"] for row in listings], [row["eplan_seq"] for row in projects]
    a, b = lines_of(listings, "listing_name"), lines_of(projects, "project_name")
    letters = three_letters(a.plain + b.plain)
    evidence = compare(a, b, letters, weights)
    first = listed_again(a, [row["mission"] for row in listings], own_projects(evidence), weights)
    review = _Review(codes, seqs, reviewed)
    following = review.followers(first)
    score = np.where(review.refused, -np.inf, evidence.score)
    place = _Place(codes, seqs, first, evidence, score, weights)

    partner_of: dict[int, int] = {}
    for (i, j), row in sorted(review.pairs.items()):
        partner_of.setdefault(i, j)
        guards = [(row["listing_name"], a.plain[i]), (row["project_name"], b.plain[j])]
        yield place.row(i, j, "reviewed", None, guard_similarity=_resembles(guards))
    for i, j in following.items():
        partner_of[i] = j
        yield place.row(i, j, "automatic", None)

    groups = np.unique(first)
    members = [np.flatnonzero(first == group) for group in groups]
    group_open = np.array([not partner_of.keys() & set(of.tolist()) for of in members], np.bool_)
    project_open = ~review.closed_projects
    best = np.array([score[of].max(axis=0) for of in members], np.float32).reshape(len(members), len(seqs))
    for certain, j, margin in assign(best, group_open, project_open, weights):
        group_open[certain] = project_open[j] = False
        set_apart(first, members[certain][review.refused[members[certain], j]])
        for member in members[certain].tolist():
            if review.refused[member, j]:
                yield place.alone(member)
            else:
                partner_of[member] = j
                yield place.row(member, j, "automatic", margin)

    yield from _proposals(place, members, best, group_open, project_open, review.closed_projects, partner_of)


def _resembles(guards: Sequence[tuple[str | None, str]]) -> float | None:
    """Return how much the names at the time of the review are like those of now, the less of the two; 0 to 1."""
    alike = [fuzz.ratio(plain_name(then), now) / 100 for then, now in guards if then]
    return round(min(alike), 3) if alike else None


def _proposals(
    place: _Place,
    members: list[Ints],
    best: Floats,
    group_open: Flags,
    project_open: Flags,
    decided: Flags,
    partner_of: dict[int, int],
) -> Iterator[Row]:
    """Yield what waits for review, one likeliest partner each, and the listings for which there is none."""
    weights, evidence = place.weights, place.evidence
    least = weights["threshold", "proposed"]
    fallen = weights["taken", ""]
    # A partner that is taken already counts less, but for money that is the same to the satang: then it is shared.
    shares = np.array(
        [(evidence.disbursed[of] == DISBURSED.index("same_odd")).any(axis=0) for of in members], np.bool_
    )
    shares = shares.reshape(best.shape)
    taken = np.where(
        (~group_open[:, None] | ~project_open[None, :]) & ~shares, np.float32(fallen), np.float32(0)
    ).astype(np.float32)
    score = best + taken
    score[:, decided] = -np.inf
    listing_of = {j: i for i, j in sorted(partner_of.items(), reverse=True)}

    def row(group: int, j: int, **more: Any) -> Row:
        i = int(members[group][place.score[members[group], j].argmax()])
        return place.row(
            i,
            j,
            "proposed",
            None,
            taken_points=float(taken[group, j]),
            partner_eplan_seq=place.numbers[partner_of[i]] if i in partner_of else None,
            partner_listing_code=place.codes[listing_of[j]] if j in listing_of else None,
            **more,
        )

    waiting: set[int] = set()
    top: dict[int, int] = {}
    both = np.where(group_open[:, None] & project_open[None, :], score, -np.inf)
    while both.size and both.max() >= least:
        group, j = (int(n) for n in np.unravel_index(both.argmax(), both.shape))
        top[j] = group
        waiting.add(group)
        both[group, :] = both[:, j] = -np.inf
    for j in map(int, np.flatnonzero(project_open)):
        order = [int(g) for g in np.argsort(-score[:, j], kind="stable") if score[g, j] >= least]
        if j in top:
            order.remove(top[j])
            order.insert(0, top[j])
        # The likeliest of another project is no likeliest of this one.
        elif order and group_open[order[0]]:
            order = sorted(order, key=lambda g: bool(group_open[g]))
            if group_open[order[0]]:
                continue
        for rank, group in enumerate(order[:CANDIDATES], start=1):
            yield row(group, j, subject="project", rank=rank)
    for group in map(int, np.flatnonzero(group_open)):
        if group in waiting:
            continue
        order = [int(j) for j in np.argsort(-score[group], kind="stable") if score[group, j] >= least]
        order = [j for j in order if not project_open[j]]
        for rank, j in enumerate(order[:CANDIDATES], start=1):
            yield row(group, j, subject="listing", rank=rank)
    for alone in np.flatnonzero(group_open):
        for i in members[alone]:
            yield place.alone(int(i))


class _Review:
    """What reviewers have decided, as positions."""

    def __init__(self, codes: Sequence[str], seqs: Sequence[int], reviewed: Sequence[Row]) -> None:
        row_of = {code: i for i, code in enumerate(codes)}
        column_of = {seq: j for j, seq in enumerate(seqs)}
        self.seqs = seqs
        self.refused = np.zeros((len(codes), len(seqs)), np.bool_)
        self.closed_projects = np.zeros(len(seqs), np.bool_)
        self.pairs: dict[tuple[int, int], Row] = {}
        for row in reviewed:
            i, j = row_of.get(row["listing_code"]), column_of.get(row["eplan_seq"])
            if j is None:
                continue
            if row["decision"] == "none":
                self.closed_projects[j] = True
            elif i is None:
                # Decided, though the listing has not arrived: rule_crosswalk_unknown says so, and nothing else
                # is proposed in its place.
                self.closed_projects[j] |= row["decision"] != "no_match"
            elif row["decision"] == "no_match":
                self.refused[i, j] = True
            else:
                self.pairs.setdefault((i, j), row)
                self.closed_projects[j] = True

    def followers(self, first: Ints) -> dict[int, int]:
        """Return the project of each listing that nobody decided about while others of its project have partners.

        Of several partners it is the one with the lowest number. A listing that a reviewer has refused to one of
        them is no listing of that project after all: it is set apart in `first`, and free to find another.
        """
        partners: dict[int, list[int]] = {}
        for i, j in sorted(self.pairs, key=lambda pair: self.seqs[pair[1]]):
            partners.setdefault(int(first[i]), []).append(j)
        decided = {i for i, _ in self.pairs}
        undecided = [i for i, group in enumerate(first.tolist()) if i not in decided and group in partners]
        refused = [i for i in undecided if self.refused[i, partners[int(first[i])]].any()]
        found = {i: partners[int(first[i])][0] for i in undecided if i not in refused}
        set_apart(first, np.array(refused, np.int64))
        return found


def set_apart(first: Ints, listings: Ints) -> None:
    """Take these listings (positions) out of their projects: those of one are a project of their own together."""
    for group in np.unique(first[listings]):
        whole = np.flatnonzero(first == group)
        for part in (np.intersect1d(whole, listings), np.setdiff1d(whole, listings)):
            first[part] = part.min(initial=len(first))


def listed_again(listings: Lines, missions: Sequence[str | None], own: Flags, weights: Weights) -> Ints:
    """Return for each listing the position of the first listing of the same project, which may be its own.

    One project is listed under several missions or by two divisions: all the money is the same, no number in the
    names differs, and the names say the same: no word stands in the place of another, as วันวิสาขบูชา and วันมาฆบูชา
    for the same money are two projects. Under one mission, and wherever no odd amount speaks for it, they may
    differ by a slip of the pen only. Two are also measures of one mission without an odd amount, whatever their
    names, and listings of which each has a project of its own: `own` tells for each listing (row) which projects
    (columns) bear its very name.
    """
    is_odd = listings.disbursed % ROUND_SATANG != 0

    def are_near(i: int, j: int) -> bool:
        a, b = listings.plain[i], listings.plain[j]
        return a == b or (
            Levenshtein.distance(a, b) <= weights["again", "without_money"]
            and counters(listings.names[i]) == counters(listings.names[j])
        )

    def are_two(i: int, j: int) -> bool:
        if missions[i] == missions[j] and not (is_odd[i] and are_near(i, j)):
            return True
        if word_replaced(listings.plain[i], listings.plain[j]) >= weights["again", "other_word"]:
            return True
        return bool(own[i].any() and own[j].any() and not (own[i] & own[j]).any())

    alike = process.cdist(
        listings.plain, listings.plain, scorer=fuzz.ratio, score_cutoff=100 * weights["again", "with_money"]
    )
    pairs = [
        (i, j)
        for i, j in np.argwhere(np.triu(alike, 1)).tolist()
        if listings.plan[i] == listings.plan[j]
        and listings.ordinance[i] == listings.ordinance[j]
        and listings.disbursed[i] == listings.disbursed[j]
        and numbers(listings.plain[i]) == numbers(listings.plain[j])
        and (is_odd[i] or are_near(i, j))
    ]
    first = np.arange(len(listings))
    # The most alike first: a third listing that is like two of different projects goes with the one that it is.
    for i, j in sorted(pairs, key=lambda pair: -alike[pair]):
        ours, others = (np.flatnonzero(first == first[n]).tolist() for n in (i, j))
        if ours != others and not any(are_two(a, b) for a in ours for b in others):
            first[ours + others] = min(ours[0], others[0])
    return first


def own_projects(evidence: Evidence) -> Flags:
    """Tell for each listing (row) which projects (columns) bear its very name; of several the likeliest."""
    score = np.where(evidence.spelling == 1, evidence.score, -np.inf)
    best = score.max(axis=1, initial=-np.inf, keepdims=True)
    return (score == best) & (best > -np.inf)
