"""Tables on their way from one process to another."""

import pyarrow as pa


def as_bytes(table: pa.Table) -> pa.Buffer:
    """Return a table as a buffer of bytes, its columns in one piece each."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return sink.getvalue()


def from_bytes(content: bytes | pa.Buffer) -> pa.Table:
    """Return the table that `as_bytes` made bytes of."""
    return pa.ipc.open_stream(content).read_all()
