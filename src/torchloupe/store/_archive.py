"""The file that a run is kept in, open for writing: by one process, one thread at a time."""

from __future__ import annotations

import ctypes
import os
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .. import outside
from ._file_system import is_shared
from ._format import APPLICATION_ID, COLUMNS, FORMAT, definition, insertion, sealed
from ._ledger import PARTS, Draft, Entry, Ledger, noted
from ._rows import Row

_LOCK_SECONDS = 1.0


class Archive:
    """A connection that writes, and what it knows to be in the file.

    Args:
        path: of the file; made, with its folder, when it is not there.
        manifest: what never changes about the run, written when the file is made.
    """

    def __init__(self, path: Path, manifest: Mapping[str, str | int | float]) -> None:
        self.path = path
        self.ledger = Ledger()
        self._manifest = dict(manifest)
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    def open(self) -> None:
        """Connect, and look up what is there.

        Raises:
            OSError, sqlite3.Error: that is not possible; nothing is left open.
        """
        outside.passing("file")
        self.path.parent.mkdir(parents=True, exist_ok=True)
        outside.passing("database")
        self._connection = sqlite3.connect(
            self.path, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            self._prepare()
        except BaseException:
            self.drop()
            raise

    def write(self, draft: Draft, *, durable: bool) -> None:
        """Write all of a draft, or none of it.

        Args:
            draft: made from the present ledger.
            durable: return only when it is safe from a loss of power too.

        Raises:
            OSError, sqlite3.Error: it may or may not be in the file; drop the connection.
        """
        self._execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        self._execute("BEGIN IMMEDIATE")
        for table, rows in draft.rows.items():
            self._insert(table, rows)
        for table, numbers in draft.obsolete.items():
            self._many(f"DELETE FROM {table} WHERE id = ?", ((each,) for each in numbers))  # noqa: S608
        if gone := draft.obsolete.get("snapshot"):
            spans = ((each * PARTS, (each + 1) * PARTS - 1) for each in gone)
            self._many("DELETE FROM part WHERE id BETWEEN ? AND ?", spans)
        self._execute("COMMIT")
        self.ledger = draft.ledger

    def check_place(self) -> None:
        """Raise FileNotFoundError when somebody took the file away."""
        outside.passing("file")
        if self._identity_now() != self._identity:
            raise FileNotFoundError(f"{self.path} is no longer there")

    def close(self) -> None:
        """Leave one single file behind, if no reader hinders that, and disconnect.

        Raises:
            OSError, sqlite3.Error: the file holds everything, but other files remain beside it.
        """
        try:
            if self._connection is not None:
                self._execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                self._execute("PRAGMA journal_mode=DELETE").fetchall()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
        finally:
            self.drop()

    def drop(self) -> None:
        """Disconnect, whatever happens."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error:
                pass

    def abandon(self) -> None:
        """Never touch the connection again: it is the parent process's."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # Its end would close the file and with that, perhaps, clean up behind the parent.
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))

    def _prepare(self) -> None:
        self._execute("PRAGMA trusted_schema=OFF")
        self._execute("PRAGMA fullfsync=ON")
        if not self._execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            self._make()
        elif self._execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise OSError(f"{self.path} is not a run's file")
        if not is_shared(self.path.resolve()):
            self._execute("PRAGMA journal_mode=WAL").fetchall()
        self._execute(f"PRAGMA journal_size_limit={16 * 2**20}").fetchall()
        self._identity = self._identity_now()
        self.ledger = self._look_up()

    def _make(self) -> None:
        # Without a log, so that the file itself says from the first moment what it is.
        self._execute("PRAGMA synchronous=FULL")
        self._execute("BEGIN EXCLUSIVE")
        self._execute(f"PRAGMA application_id={APPLICATION_ID}")
        self._execute(f"PRAGMA user_version={FORMAT}")
        for table in COLUMNS:
            self._execute(definition(table))
        pairs = {"format": FORMAT, **self._manifest}.items()
        self._insert("manifest", [(number, *pair) for number, pair in enumerate(pairs, 1)])
        self._execute("COMMIT")
        _synchronise(self.path.parent)

    def _look_up(self) -> Ledger:
        ledger = Ledger()
        names = dict[int, str](self._execute("SELECT id, name FROM series ORDER BY id").fetchall())
        ledger.entries = {name: Entry(number) for number, name in names.items()}
        chunks = self._execute("SELECT id, series, first, count FROM chunk ORDER BY id")
        for number, series, first, count in chunks:
            ledger.entries[names[series]] = noted(
                ledger.entries[names[series]], number, first, count
            )
        ledger.chunks = self._greatest("chunk")
        ledger.losses = self._greatest("lost")
        sizes = dict[int, int](
            self._execute(
                "SELECT snapshot, sum(length(data)) FROM part GROUP BY snapshot"
            ).fetchall()
        )
        for number, channel in self._execute("SELECT id, channel FROM snapshot ORDER BY id"):
            ledger.shelves.setdefault(channel, []).append((number, sizes.get(number, 0)))
        return ledger

    def _greatest(self, table: str) -> int:
        return self._execute(f"SELECT max(id) FROM {table}").fetchone()[0] or 0  # noqa: S608

    def _insert(self, table: str, rows: Iterable[Row]) -> None:
        self._many(insertion(table), (sealed(table, row) for row in rows))

    def _many(self, sql: str, rows: Iterable[tuple[Any, ...]]) -> None:
        if self._connection is None:
            raise OSError("there is no connection")
        outside.passing("database")
        self._connection.executemany(sql, rows)

    def _execute(self, sql: str) -> sqlite3.Cursor:
        if self._connection is None:
            raise OSError("there is no connection")
        outside.passing("database")
        return self._connection.execute(sql)

    def _identity_now(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


def _synchronise(folder: Path) -> None:
    """Make a new name in a folder durable, where the system can."""
    if os.name != "posix":
        return
    outside.passing("file")
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
