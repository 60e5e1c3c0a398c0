"""The tables that parsing produces and their Arrow schemas: one per kind of table, and five that go with them.

Every row of every table carries its source: file, SHA-256, sheet and row (1-based). A field that is read from
a cell has three columns: `<field>` (typed), `<field>_as_written` (the text of the cell) and `<field>_cell`
(its A1 reference). Money is DECIMAL(18,2) baht, percent DECIMAL(7,2).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.spreadsheets.layouts import fields

ARROW = {
    "text": pa.string(),
    "level": pa.string(),
    "amount": pa.decimal128(18, 2),
    "balance": pa.decimal128(18, 2),
    "percent": pa.decimal128(7, 2),
    "count": pa.int32(),
    "mark": pa.bool_(),
    "flag": pa.bool_(),
}
SOURCE = [
    ("round_key", pa.string()),
    ("lgo_code", pa.string()),
    ("source_file", pa.string()),
    ("source_sha256", pa.string()),
    ("source_sheet", pa.string()),
    ("source_row", pa.int32()),
]
# What goes with the kinds of tables: each budget transfer found in a row; what the reader put right and how;
# what it refused (a row, or a whole file); and every row of a file that is no data.
COMPANIONS = {
    "transfer": {
        "listing_code": "text",
        "transfer_seq": "count",
        "direction": "text",
        "amount_baht": "amount",
        "word": "text",
        "as_written": "text",
        "cell": "text",
    },
    "repair": dict.fromkeys(["rule", "field", "cell", "before", "after", "detail_th", "detail_en"], "text"),
    "quarantine": dict.fromkeys(
        [
            "division",
            "kind",
            "row_key",
            "decided_on",
            "cell",
            "rule",
            "scope",
            "value_as_written",
            "expected",
            "message_th",
            "message_en",
            "row_text",
        ],
        "text",
    ),
    "other_row": dict.fromkeys(["role", "row_text"], "text"),
    "expectation_failure": dict.fromkeys(
        ["table", "rule", "severity", "cell", "value_as_written", "message_th", "message_en"], "text"
    ),
}


def kinds() -> list[str]:
    """Return the kinds of tables that a file may hold."""
    return list(fields())


def tables() -> list[str]:
    """Return every table that parsing writes: the kinds and their companions."""
    return [*kinds(), *COMPANIONS]


@cache
def schema(table: str) -> pa.Schema:
    """Return the Arrow schema of a table."""
    common = {name for name, _ in SOURCE}
    columns = list(SOURCE)
    if table in COMPANIONS:
        columns += [(name, ARROW[kind]) for name, kind in COMPANIONS[table].items()]
        return pa.schema(columns)
    for field in fields()[table]:
        if field.name in common:
            continue
        columns.append((field.name, ARROW[field.type]))
        if field.is_read or (table == "ranking_count" and field.name in ("implementation_level", "lgos")):
            columns += [(f"{field.name}_as_written", pa.string()), (f"{field.name}_cell", pa.string())]
    return pa.schema(columns)


def from_rows(table: str, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Return rows as an Arrow table, in the order given."""
    return pa.Table.from_pylist(list(rows), schema=schema(table))


def to_arrow(table: str, rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Return rows as an Arrow table in a fixed order: by submission, sheet and row."""
    return in_order(from_rows(table, rows))


def decoded(table: str, arrow: pa.Table) -> pa.Table:
    """Return a table in the columns of its schema: texts that stand in it once, and by number, are spelt out."""
    return arrow if arrow.schema.equals(schema(table)) else arrow.cast(schema(table))


def in_order(arrow: pa.Table) -> pa.Table:
    """Return the table sorted by submission, sheet, row (and the order within a row)."""
    keys = ["source_sha256", "source_sheet", "source_row"]
    keys += [name for name in ("transfer_seq", "rule", "cell") if name in arrow.column_names]
    looked_at = pa.table({name: _spelt_out(arrow[name]) for name in keys})
    order = pc.sort_indices(looked_at, sort_keys=[(name, "ascending") for name in keys])
    # Most tables are in order as they come, and moving their rows costs more than finding that out.
    return arrow if np.array_equal(order, np.arange(len(order))) else arrow.take(order)


def _spelt_out(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
