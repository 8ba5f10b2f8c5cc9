"""Where a view that is bound to a run finds what it shows."""

from __future__ import annotations

from collections.abc import Hashable

from ..run import Run
from ..store import Snapshot


class Channel:
    """The channel of a kind that a view shows: the one named, or the first there is."""

    def __init__(self, run: Run | None, kind: str, name: str | None) -> None:
        if name is not None and not isinstance(name, str):
            raise TypeError(f"channel: expected a channel's name, got {type(name).__name__}")
        self._run = run
        self._kind = kind
        self._name = name
        if run is not None and name is not None:
            self._refuse_other_kind(run, name)

    def newest(self) -> Snapshot | None:
        """Return the newest snapshot, or the one at the run's cursor, if there is one."""
        name = self.name
        return None if name is None or self._run is None else self._run.seen(name)

    @property
    def name(self) -> str | None:
        """The channel's name, once there is something in it."""
        found = self._find()
        return found[0] if found else None

    def version(self) -> Hashable:
        """Return the number of the snapshot that is shown."""
        snapshot = self.newest()
        return snapshot.version if snapshot else 0

    def title(self, otherwise: str) -> str:
        """Return a header: the channel's name, capitalised."""
        found = self._find()
        name = found[0] if found else self._name
        return name[:1].upper() + name[1:] if name else otherwise

    def moment(self, snapshot: Snapshot) -> str:
        """Say when a snapshot was taken, and how often it is."""
        run = self._run
        counted = run is not None and (run.epoch or run.status.epochs is not None)
        moment = f"epoch {snapshot.epoch}" if counted else f"step {snapshot.step:,}"
        cadence = snapshot.details.get("cadence")
        return f"{moment} · {cadence}" if cadence else moment

    def _find(self) -> tuple[str, Snapshot] | None:
        if self._run is None:
            return None
        channels = self._run.channels
        if self._name is not None:
            found = channels.get(self._name)
            return (self._name, found) if found is not None and found.kind == self._kind else None
        of_kind = ((name, each) for name, each in channels.items() if each.kind == self._kind)
        return next(of_kind, None)

    def _refuse_other_kind(self, run: Run, name: str) -> None:
        found = run.channels.get(name)
        if found is not None and found.kind != self._kind:
            raise ValueError(f"channel: {name!r} holds {found.kind}, expected {self._kind}")
        if name in run.scalars:
            raise ValueError(f"channel: {name!r} holds scalars, expected {self._kind}")
