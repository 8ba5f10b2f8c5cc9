"""Rows of a file that may be damaged: each is the one that was written, or it is not returned."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from ._format import intact, selection

Row = tuple[Any, ...]

_MOST_ROWS = 10_000_000


class Salvage:
    """Reads tables inside one transaction, and counts what is wrong with them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.broken: dict[str, int] = {}
        self.errors: dict[str, str] = {}

    def rows(self, table: str, low: int = 0, high: int = 2**63 - 1) -> Iterator[Row]:
        """Yield the intact rows with ids from `low` to `high`, in that order where possible."""
        newest = low - 1
        try:
            query = f"{selection(table)} WHERE id BETWEEN ? AND ? ORDER BY id"
            for row in self._connection.execute(query, (low, high)):
                newest = max(newest, row[0])
                yield from self._checked(table, row)
            return
        except sqlite3.Error as error:
            self.errors[table] = str(error)
        for number in self._ids_beyond(table, newest, high):
            yield from self._row(table, number)

    def _row(self, table: str, number: int) -> Iterator[Row]:
        try:
            query = f"{selection(table)} WHERE id = ?"
            for row in self._connection.execute(query, (number,)):
                yield from self._checked(table, row)
        except sqlite3.Error:
            self.broken[table] = self.broken.get(table, 0) + 1

    def _ids_beyond(self, table: str, low: int, high: int) -> list[int]:
        """Return the ids that can be found from either end."""
        found: set[int] = set()
        for order in ("ASC", "DESC"):
            query = f"SELECT id FROM {table} WHERE id > ? AND id <= ? ORDER BY id {order}"  # noqa: S608
            try:
                for (number,) in self._connection.execute(query, (low, high)):
                    found.add(number)
                    if len(found) > _MOST_ROWS:
                        break
            except sqlite3.Error:
                continue
        return sorted(found)

    def _checked(self, table: str, row: Row) -> Iterator[Row]:
        if intact(table, row):
            yield row
        else:
            self.broken[table] = self.broken.get(table, 0) + 1
