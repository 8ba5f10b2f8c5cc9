"""What is wrong with a run's file, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from ._salvage import Salvage

_MOST = 100


class Complaints:
    """Compares what was found in a file with what should be there.

    Attributes:
        expected: how many values each series has, by its number.
        found: how many were read.
        lost: how many are known never to have been written.
        source: what keeps the file from being read as it is.
        empty: whether there is nothing in the file, not even its tables.
        early: whether the file ends before it should.
        damaged: tables with damage, and the database's word for it.
    """

    def __init__(self) -> None:
        self.expected: dict[int, int] = {}
        self.found: dict[int, int] = {}
        self.lost: dict[int, int] = {}
        self.source = ""
        self.empty = False
        self.early = False
        self.damaged: dict[str, str] = {}
        self._broken: dict[str, int] = {}
        self._said: dict[str, None] = {}

    def begin(self) -> None:
        """Forget what a further look can tell anew."""
        self.damaged = {}

    def note(self, salvage: Salvage) -> None:
        """Remember the damage that was met."""
        self.damaged |= salvage.errors
        for table, count in salvage.broken.items():
            self._broken[table] = max(count, self._broken.get(table, 0))

    def say(self, text: str) -> None:
        """Remember a sentence."""
        if len(self._said) < _MOST:
            self._said[text] = None

    def sentences(self, names: Mapping[int, str]) -> list[str]:
        """Return all there is to say."""
        made: list[str] = []
        if self.empty:
            made.append("the file is empty: the run ended before anything was written, or begins")
        elif self.source:
            made.append(f"the file is damaged or out of reach: {self.source}")
        if self.early:
            made.append("the file ends early")
        made += [f"table {table!r}: {error}" for table, error in sorted(self.damaged.items())]
        made += [
            f"table {table!r}: {count:,} damaged {'entry' if count == 1 else 'entries'} left out"
            for table, count in sorted(self._broken.items())
        ]
        for number in sorted(self.expected.keys() | self.found.keys() | self.lost.keys()):
            made += self._of_series(number, names.get(number))
        return made + list(self._said)

    def _of_series(self, number: int, name: str | None) -> list[str]:
        of = repr(name) if name is not None else "a series whose name cannot be read"
        lost, found = self.lost.get(number, 0), self.found.get(number, 0)
        missing = self.expected.get(number, 0) - lost - found
        made: list[str] = []
        if lost:
            made.append(f"{lost:,} values of {of} were never written")
        if missing > 0:
            made.append(f"{missing:,} values of {of} cannot be read")
        return made
