"""A run's file, open for reading: live or dead, damaged, or where nothing can be written."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from .. import outside
from ._format import COLUMNS, definition
from ._template import is_like_ours, renew_head

_LOCK_SECONDS = 1.0
_STEPS_AT_ONCE = 100_000
_LEAST_STEPS = 20_000_000
_BESIDE = ("-wal", "-journal")


class Source:
    """A read-only connection to a file of any state.

    Where the place allows no reading of a log, or the head of the file is damaged, a copy in a
    temporary folder is read instead, and made anew when the file has changed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.problem = ""
        #: whether not even its tables are there
        self.empty = False
        self.tables: list[str] = []
        self._connection: sqlite3.Connection | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        # Of what was read as if it did not change; empty where the file itself is followed.
        self._stamp: tuple[int, ...] = ()
        self._steps = 0

    @contextmanager
    def reading(self) -> Generator[sqlite3.Connection]:
        """Give a connection inside a transaction: all that is read belongs together.

        Raises:
            OSError, sqlite3.Error: the file cannot be read (now).
        """
        with self.lock:
            if self._stamp and self._stamp != _stamp(self.path):
                self.close()
            connection = self._connection or self._open()
            self._steps = 0
            outside.passing("database")
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def close(self) -> None:
        """Disconnect, and remove the copy if there is one."""
        with self.lock:
            connection, self._connection = self._connection, None
            folder, self._folder = self._folder, None
            self._stamp = ()
            if connection is not None:
                connection.close()
            if folder is not None:
                folder.cleanup()

    def _open(self) -> sqlite3.Connection:
        uri = self.path.absolute().as_uri()
        self.problem = ""  # what was damaged may only have been incomplete
        self.empty = _is_empty(self.path)
        if is_like_ours(self.path):
            try:
                return self._connect(f"{uri}?mode=ro", self.path)
            except sqlite3.Error as error:
                if "locked" in str(error):
                    raise
                self.problem = str(error)
        else:
            self.problem = "its head is damaged"
        try:
            return self._connect_copy()
        except (OSError, sqlite3.Error):
            self.close()
            self._stamp = _stamp(self.path)
            return self._connect(f"{uri}?mode=ro&immutable=1", self.path)

    def _connect_copy(self) -> sqlite3.Connection:
        self._stamp = _stamp(self.path)
        outside.passing("file")
        self._folder = tempfile.TemporaryDirectory(prefix="torchloupe-", ignore_cleanup_errors=True)
        copy = Path(self._folder.name) / self.path.name
        outside.passing("file")
        shutil.copyfile(self.path, copy)
        for suffix in _BESIDE:
            beside = self.path.with_name(self.path.name + suffix)
            if beside.exists():
                shutil.copyfile(beside, copy.with_name(copy.name + suffix))
        if is_like_ours(copy):
            try:
                connection = self._connect(copy.as_uri(), copy)
                self.problem = ""
                return connection
            except sqlite3.Error as error:
                self.problem = str(error)
            # Its making was under way, and is undone in the copy.
            self.empty = _is_empty(copy)
        renew_head(copy)
        return self._connect(copy.as_uri(), copy)

    def _connect(self, uri: str, path: Path) -> sqlite3.Connection:
        outside.passing("database")
        connection = sqlite3.connect(
            uri, timeout=_LOCK_SECONDS, uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            size = sum(_stamp(path)[:3])
            connection.text_factory = _text
            # Nothing in a file can ask for more memory than the file has bytes, nor run for ever.
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(10**9, max(10**6, size)))
            most = _LEAST_STEPS + 4 * size
            connection.set_progress_handler(lambda: self._count_steps(most), _STEPS_AT_ONCE)
            for setting in ("trusted_schema=OFF", "cell_size_check=ON", "query_only=ON"):
                connection.execute(f"PRAGMA {setting}")
            self.tables = _our_tables(connection)
        except BaseException:
            connection.close()
            raise
        self._connection = connection
        return connection

    def _count_steps(self, most: int) -> bool:
        self._steps += _STEPS_AT_ONCE
        return self._steps > most


def _our_tables(connection: sqlite3.Connection) -> list[str]:
    """Return the tables that are as we make them, in a file where any is.

    Raises:
        sqlite3.DatabaseError: there is none.
    """
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    made = {(str(name), str(sql)) for name, sql in found.fetchmany(1_000)}
    tables = [table for table in COLUMNS if (table, definition(table)) in made]
    if len(tables) < len(COLUMNS):
        raise sqlite3.DatabaseError("the definitions of its tables are damaged")
    return tables


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _is_empty(path: Path) -> bool:
    return path.exists() and path.stat().st_size == 0


def _stamp(path: Path) -> tuple[int, ...]:
    """Return the sizes of a file and of those beside it, and when they changed."""
    sizes: list[int] = []
    times: list[int] = []
    for each in (path, *(path.with_name(path.name + suffix) for suffix in _BESIDE)):
        try:
            found = each.stat()
        except OSError:
            sizes.append(0)
            times.append(0)
        else:
            sizes.append(found.st_size)
            times.append(found.st_mtime_ns)
    return (*sizes, *times)
