"""Which of many series are listed and drawn, and in which stroke."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import count
from threading import Lock

from ._curves_names import group_of, quantity_of
from ._curves_source import Source
from ._strokes import color_of, dash_of

MOST_LINES = 24
_MOST_LISTED = 96
_MOST_GROUPS = 200


@dataclass(frozen=True)
class Entry:
    """One series in the legend."""

    key: int
    source: Source
    group: int
    shown: bool
    drawn: bool
    color: str
    dash: str


@dataclass(frozen=True)
class Group:
    """Series with the same words before the last slash."""

    key: int
    name: str
    count: int
    open: bool


@dataclass(frozen=True)
class Listing:
    """What the legend shows.

    Attributes:
        groups: those with a match; none where all series fit without.
        entries: the series of open groups, 96 at most.
        left: how many series of open groups are not among them.
    """

    groups: list[Group]
    entries: list[Entry]
    left: int


class Choice:
    """What people chose to see; kept here so that all tabs agree. Any thread may call."""

    def __init__(self) -> None:
        self.search = ""
        self._lock = Lock()
        self._keys: dict[Hashable, int] = {}
        self._numbers = count()
        self._hidden: set[int] = set()
        self._folds: dict[int, bool] = {}
        self._slots: dict[Hashable, int] = {}
        self._listed: list[int] = []
        self._version = 0

    @property
    def version(self) -> Hashable:
        """Differs with every choice."""
        return self._version, self.search

    def toggle(self, key: int, *, only: bool) -> None:
        """Hide or show a series, or show only this one; that again shows all."""
        with self._lock:
            others = set(self._listed) - {key}
            if not only:
                self._hidden ^= {key}
            elif key not in self._hidden and others <= self._hidden:
                self._hidden -= others
            else:
                self._hidden = (self._hidden | others) - {key}
            self._version += 1

    def fold(self, group: int, *, opened: bool) -> None:
        """Open or close a group."""
        with self._lock:
            self._folds[group] = opened
            self._version += 1

    def listing(self, sources: Sequence[Source], *, runs: int = 1) -> Listing:
        """Choose among the series there are."""
        with self._lock:
            wanted = self.search.casefold()
            matching = [each for each in sources if wanted in _full_name(each).casefold()]
            grouped = len(sources) > MOST_LINES
            groups, open_keys = self._groups(matching) if grouped else ([], None)
            listed = [
                each
                for each in matching
                if open_keys is None or self._key(("group", group_of(each.name))) in open_keys
            ]
            entries = self._entries(listed[:_MOST_LISTED], runs)
            self._listed = [each.key for each in entries]
            return Listing(groups[:_MOST_GROUPS], entries, len(listed) - len(entries))

    def _key(self, what: Hashable) -> int:
        if what not in self._keys:
            self._keys[what] = next(self._numbers)
        return self._keys[what]

    def _groups(self, matching: list[Source]) -> tuple[list[Group], set[int]]:
        """Return the groups and which are open: at first those that there is room for."""
        sizes: dict[str, int] = {}
        for each in matching:
            name = group_of(each.name)
            sizes[name] = sizes.get(name, 0) + 1
        groups: list[Group] = []
        room = MOST_LINES
        for name, size in sizes.items():
            key = self._key(("group", name))
            groups.append(Group(key, name, size, self._folds.get(key, room > 0)))
            room -= size
        return groups, {each.key for each in groups if each.open}

    def _entries(self, listed: list[Source], runs: int) -> list[Entry]:
        quantities = [quantity_of(each.name) for each in listed]
        one = runs > 1 and len({name for name, _ in quantities}) == 1
        hues = [
            (each.run,) if one else (each.run, name)
            for each, (name, _) in zip(listed, quantities, strict=True)
        ]
        keys = [self._key(("series", each.run, each.name)) for each in listed]
        shown = [key not in self._hidden for key in keys]
        drawn = [each and sum(shown[:index]) < MOST_LINES for index, each in enumerate(shown)]
        slots = self._slots_for([hue for hue, each in zip(hues, drawn, strict=True) if each], hues)
        partners = _partners(hues, [validation for _, validation in quantities])
        return [
            Entry(
                key=keys[index],
                source=source,
                group=self._key(("group", group_of(source.name))),
                shown=shown[index],
                drawn=drawn[index],
                color=color_of(slots.get(hues[index], 7)),
                dash=dash_of(slots.get(hues[index], 0), partners[index]),
            )
            for index, source in enumerate(listed)
        ]

    def _slots_for(
        self, drawn: list[tuple[str, ...]], listed: list[tuple[str, ...]]
    ) -> dict[Hashable, int]:
        """Give each hue that is drawn the first free slot, and keep it while it is listed."""
        self._slots = {hue: slot for hue, slot in self._slots.items() if hue in set(listed)}
        for hue in drawn:
            if hue not in self._slots:
                taken = set(self._slots.values())
                self._slots[hue] = next(slot for slot in count() if slot not in taken)
        return self._slots


def _partners(hues: list[tuple[str, ...]], validations: list[bool]) -> list[int]:
    """Number the series of each hue, those on training data first."""
    order = sorted(range(len(hues)), key=lambda index: validations[index])
    seen: dict[Hashable, int] = {}
    found = [0] * len(hues)
    for index in order:
        found[index] = seen.get(hues[index], 0)
        seen[hues[index]] = found[index] + 1
    return found


def _full_name(source: Source) -> str:
    return f"{source.run}/{source.name}" if source.run else source.name
