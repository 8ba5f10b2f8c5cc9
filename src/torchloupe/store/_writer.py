"""One writing after another: whatever is new goes from memory into the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .. import outside
from ._archive import Archive
from ._history import History
from ._ledger import Draft
from ._outage import Outage
from ._outbox import Posted

# Turns between two signs of life of a run that logs nothing.
_HEARTBEAT = 5
# At the end there is no later: one failure more or less is not taken for an answer.
_LAST_ATTEMPTS = 5


class Writer:
    """Brings a file up to date with a history; connects when there is no connection.

    Args:
        archive: the file.
        history: what to write. Until `finish`, it keeps what is not on disk yet.
        outage: told when writing fails and when it succeeds.
        status: asked for the run's present state at every writing.
        budget: bytes of snapshots to keep on disk for each channel.
    """

    def __init__(
        self,
        archive: Archive,
        history: History,
        outage: Outage,
        status: Callable[[], Mapping[str, Any]],
        budget: int,
    ) -> None:
        self.status = status
        self._archive, self._history, self._outage = archive, history, outage
        self._outbox = history.attach()
        self._budget = budget
        self._last_status: Mapping[str, Any] = {}
        self._quiet_turns = 0
        self._sharing = 0

    def turn(self, *, durable: bool = False) -> Exception | None:
        """Write what is new; return the error if that is not possible.

        Args:
            durable: write in any case, and only return when it is safe from a loss of power.
        """
        if self._outage.holds() and not durable:
            return None
        try:
            self._write(durable)
        except Exception as error:
            self._archive.drop()
            self._outage.begin(error)
            return error
        except BaseException:  # an interrupt in the midst of a transaction
            self._archive.drop()
            raise
        self._outage.end()
        return None

    def finish(self) -> None:
        """Write all that is left, tidy up, and say what could not be written."""
        for _ in range(_LAST_ATTEMPTS):
            if self.turn(durable=True) is None:
                break
        else:
            for name, series in self._history.series.items():
                self._lose(f"values of {name!r}", series.count - self._archive.ledger.saved(name))
            self._note_unwritten(self._outbox.waiting())
        try:
            self._archive.close()
        except Exception as error:  # it holds everything; only the log beside it is left over
            self._outage.say_once(f"{self._archive.path} could not be tidied up: {error}")
        self._outage.tell_losses()
        self._history.detach()

    def forget(self) -> None:
        """Write nothing any more."""
        self._history.detach()

    def _write(self, durable: bool) -> None:
        archive, series = self._archive, self._history.series
        if not archive.is_open:
            archive.open()
        behind = [name for name in series if archive.ledger.behind(name, series[name])]
        posted = self._outbox.waiting()
        self._quiet_turns += 1
        if not (behind or posted or durable or self._quiet_turns >= _HEARTBEAT):
            return
        self._share_memory(len(series))
        archive.check_place()
        draft = Draft(archive.ledger, self._budget)
        for name in behind:
            draft.add_series(name, series[name])
        for each in posted:
            draft.add_posted(each)
        draft.add_status(self._present_status(), outside.wall_seconds())
        archive.write(draft, durable=durable)
        self._quiet_turns = 0
        for name in behind:
            series[name].released(archive.ledger.saved(name))
        if posted:
            self._outbox.taken(posted[-1].number)
        self._note(draft)

    def _note(self, draft: Draft) -> None:
        """Remember what this transaction says is lost."""
        for name, count in draft.lost.items():
            self._lose(f"values of {name!r}", count)
        for channel, count in self._outbox.dropped().items():
            self._lose(_posted_as(channel), count)
        for text in draft.refused:
            self._outage.say_once(text)

    def _note_unwritten(self, posted: list[Posted]) -> None:
        for each in posted:
            self._lose(_posted_as(each.channel), 1)
        for channel, count in self._outbox.dropped().items():
            self._lose(_posted_as(channel), count)

    def _lose(self, what: str, count: int) -> None:
        if count > 0:
            self._outage.lose(what, count)

    def _present_status(self) -> Mapping[str, Any]:
        try:
            self._last_status = dict(self.status())
        except Exception as error:  # the owner's trouble; the one before does
            self._outage.say_once(f"the run's state cannot be read: {error}")
        return self._last_status

    def _share_memory(self, number: int) -> None:
        if number != self._sharing:
            self._sharing = number
            self._history.share_memory()


def _posted_as(channel: str) -> str:
    return channel if channel == "epoch marks" else f"snapshots of {channel!r}"
