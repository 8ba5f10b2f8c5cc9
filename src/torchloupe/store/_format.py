"""The form of a run's file: its tables, and the checksum that every row carries.

All columns are without a type, so that SQLite hands back exactly what was stored. There are no
indices, views or triggers: whatever else is in a file is not ours.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence

APPLICATION_ID = 0x746C6F75
"""The letters "tlou", in the header of every file."""

FORMAT = 1
"""Rises with every change that an older torchloupe could not read."""

FILE_NAME = "run.sqlite"
COMMANDS_NAME = "commands"

COLUMNS: dict[str, dict[str, type]] = {
    "manifest": {"key": str, "value": object},
    "series": {"name": str},
    "chunk": {"series": int, "first": int, "count": int, "low": int, "high": int, "data": bytes},
    "snapshot": {
        "channel": str,
        "kind": str,
        "step": int,
        "epoch": int,
        "time": float,
        "details": str,
        "parts": int,
    },
    "part": {"snapshot": int, "key": str, "dtype": str, "shape": str, "data": bytes},
    "epoch": {"epoch": int, "step": int, "time": float},
    "status": {"details": str, "heartbeat": float, "counts": bytes},
    "lost": {"series": int, "first": int, "count": int},
}
"""The columns of every table, between `id` and `crc`, and what they hold."""

Cell = int | float | str | bytes | None


def definition(table: str) -> str:
    """Return the SQL that makes a table."""
    return f"CREATE TABLE {table}(id INTEGER PRIMARY KEY, {', '.join(COLUMNS[table])}, crc)"


def selection(table: str) -> str:
    """Return the columns of a table, for a query."""
    return f"SELECT id, {', '.join(COLUMNS[table])}, crc FROM {table}"  # noqa: S608


def insertion(table: str) -> str:
    """Return the SQL that writes one row."""
    places = ", ".join("?" * (len(COLUMNS[table]) + 2))
    return f"INSERT OR REPLACE INTO {table} VALUES ({places})"  # noqa: S608


def sealed(table: str, row: Sequence[Cell]) -> tuple[Cell, ...]:
    """Return a row (its id first) with its checksum at the end."""
    return (*row, checksum(table, row))


def intact(table: str, row: Sequence[Cell]) -> bool:
    """Tell whether a row that was read is the one that was written."""
    kinds = COLUMNS[table].values()
    typed = all(isinstance(cell, kind) for cell, kind in zip(row[1:-1], kinds, strict=True))
    return typed and row[-1] == checksum(table, row[:-1])


def checksum(table: str, row: Iterable[Cell]) -> int:
    """Return the CRC-32 of a row: for each cell a letter for its type, its length, its bytes."""
    crc = zlib.crc32(table.encode())
    for cell in row:
        kind, data = _canonical(cell)
        crc = zlib.crc32(data, zlib.crc32(b"%c%d:" % (kind, len(data)), crc))
    return crc


def _canonical(cell: Cell) -> tuple[bytes, bytes]:
    match cell:
        case int():
            return b"i", b"%d" % cell
        case float():
            return b"f", struct.pack("<d", cell)
        case str():
            return b"t", cell.encode("utf-8", "surrogatepass")
        case bytes():
            return b"b", cell
        case None:
            return b"n", b""


def plain(text: str) -> str:
    """Return a text that can be stored: half a surrogate pair cannot."""
    return text.encode("utf-8", "backslashreplace").decode()
