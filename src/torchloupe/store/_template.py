"""The first page of every run's file, which is always the same: it says what the file is.

Where it is damaged, the rest can still be read with the page as it should be.
"""

from __future__ import annotations

import sqlite3
import struct
from functools import cache
from pathlib import Path

from .. import outside
from ._format import APPLICATION_ID, COLUMNS, FORMAT, definition

MAGIC = b"SQLite format 3\x00"
PAGE = 4_096

_MARK = struct.pack(">I", APPLICATION_ID)
_TABLE = definition("manifest").encode()
# The parts of the header that never change: page size, reserved space, formats, encoding.
_FIXED = (slice(0, 18), slice(20, 24), slice(44, 48), slice(56, 60), slice(68, 72))


@cache
def template() -> bytes:
    """Return the first page of a new file."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute(f"PRAGMA page_size={PAGE}")
        connection.execute("BEGIN")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={FORMAT}")
        for table in COLUMNS:
            connection.execute(definition(table))
        connection.execute("COMMIT")
        return connection.serialize()[:PAGE]
    finally:
        connection.close()


def check_kind(path: Path) -> None:
    """Make sure that a file began as a run's, however damaged it is.

    Raises:
        OSError: it cannot be read.
        ValueError: it is something else.
    """
    head = _head(path)
    begins = head[:16] == MAGIC[: len(head)]
    marked = _MARK in head[60:80]
    if begins and len(head) < 100:
        return
    if not marked and not (begins and _TABLE in head):
        what = "another program's database" if begins else "no database"
        raise ValueError(f"path: expected a run's directory or its file; {str(path)!r} is {what}")


def format_of(path: Path) -> int:
    """Return the format that an intact header names; 0 if it is damaged."""
    head = _head(path)
    if len(head) < 100 or head[:16] != MAGIC or head[68:72] != _MARK:
        return 0
    return int.from_bytes(head[60:64], "big")


def is_like_ours(path: Path) -> bool:
    """Tell whether the header has all that each of our files has."""
    head = _head(path)
    return len(head) == PAGE and all(head[part] == template()[part] for part in _FIXED)


def ends_early(path: Path) -> bool:
    """Tell whether there are fewer pages than the header says."""
    head = _head(path)
    return path.stat().st_size < PAGE * int.from_bytes(head[28:32], "big") or len(head) < PAGE


def renew_head(path: Path) -> None:
    """Write the first page as it should be; the file is a copy."""
    outside.passing("file")
    size = path.stat().st_size
    page = bytearray(template())
    page[28:32] = max(1, -(-size // PAGE)).to_bytes(4, "big")
    page[24:28] = page[92:96]  # otherwise the number of pages is not believed
    if path.with_name(f"{path.name}-wal").exists():
        page[18:20] = b"\x02\x02"
    with path.open("r+b") as file:
        file.write(page)


def _head(path: Path) -> bytes:
    outside.passing("file")
    with path.open("rb") as file:
        return file.read(PAGE)
