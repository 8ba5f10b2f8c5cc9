"""Keeps a run's directory up to date, off the training thread."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from weakref import ref

from .. import outside
from ._archive import Archive
from ._commands import Command, Inbox
from ._forking import watch_forks
from ._format import FILE_NAME
from ._history import History
from ._outage import Outage
from ._writer import Writer

_INTERVAL = 0.1
_PATIENCE = 10.0


class Scribe:
    """Writes a run's history into its directory, some ten times a second.

    Nothing that goes wrong with the disk is raised, except by `flush`: it is reported once, memory
    keeps the newest, and writing is tried again and again. Of each channel's snapshots about
    `snapshot_budget` bytes are kept: beyond that, some of the older half go where they are densest,
    never the first or the newest.

    Args:
        directory: the run's, made by `create_directory`.
        history: what to write. Until `close`, it keeps what is not on disk yet.
        manifest: what never changes about the run, from `make_manifest`.
        status: asked for the run's present state (plain values by name) at every writing.
        obey: given each command of a viewer, such as `{"command": "advance", "steps": 2}`.
        report: given a sentence when something goes wrong, and when values were lost.
        snapshot_budget: bytes of snapshots to keep on disk for each channel.

    `status`, `obey` and `report` are called on the writing thread.
    """

    def __init__(
        self,
        directory: Path,
        history: History,
        *,
        manifest: Mapping[str, str | int | float],
        status: Callable[[], Mapping[str, Any]],
        obey: Callable[[Command], object],
        report: Callable[[str], object],
        snapshot_budget: int = 256 * 2**20,
    ) -> None:
        self.lock = threading.Lock()
        self.path = directory
        self._archive = Archive(directory / FILE_NAME, manifest)
        self._outage = Outage(self._archive.path, report)
        self._writer = Writer(self._archive, history, self._outage, status, snapshot_budget)
        self._inbox = Inbox(directory, str(manifest.get("id", "")))
        self._obey = obey
        self._wake, self._changed = threading.Event(), threading.Condition()
        self._asked, self._answer = 0, (0, None)
        self._trouble = ""
        self._thread: threading.Thread | None = None
        self._closing = self._ended = False
        watch_forks(self)
        self._at_exit = partial(_close, ref(self))
        atexit.register(self._at_exit)
        self._tend(self._inbox.open)
        # At once, so that whoever opens the directory next finds a run in it.
        self._turn(durable=False)
        self.attend()

    @property
    def outage(self) -> str:
        """What keeps the history from being written at present; empty if nothing does."""
        return self._outage.text

    @property
    def ended(self) -> bool:
        """Whether it was closed."""
        return self._ended

    @property
    def ignored_commands(self) -> int:
        """How many commands were malformed, doubled, foreign, or there before the run."""
        return self._inbox.ignored

    def attend(self) -> None:
        """Start the writing thread if it does not run; cheap, to be called now and then."""
        if self._closing or (self._thread is not None and self._thread.is_alive()):
            return
        try:
            self._thread = outside.start_thread(self._run, "scribe")
        except Exception as error:
            self._outage.begin(error)

    def look(self) -> None:
        """Ask for the owner's state, who may be gone when it is written next."""
        self._writer.status()

    def flush(self, timeout: float = _PATIENCE) -> None:
        """Return when everything logged so far is on disk, safe from a loss of power too.

        Raises:
            TimeoutError: it takes longer than so many seconds.
            OSError, sqlite3.Error: the disk does not take it.
            RuntimeError: the run is closed, or this process is a fork of its own.
        """
        if self._closing:
            raise RuntimeError("this process does not write the run's directory any longer")
        self.attend()
        with self._changed:
            self._asked += 1
            ticket = self._asked
        if self._works_elsewhere():
            self._wake.set()
            with self._changed:
                self._changed.wait_for(lambda: self._settled(ticket), timeout)
        else:
            self._turn(durable=True)
        answered, error = self._answer
        if answered < ticket:
            raise TimeoutError(f"{self._archive.path}: not written within {timeout:g} s")
        if error is not None:
            raise error

    def close(
        self, final_status: Mapping[str, Any] | None = None, timeout: float = _PATIENCE
    ) -> None:
        """Write everything, leave one single file, and end the thread; nothing is raised.

        Args:
            final_status: what the file will say of the run from now on.
            timeout: how many seconds to wait for a disk that does not answer.
        """
        if self._ended:
            return
        self._closing = True
        self._wake.set()
        if self._thread is not None and self._works_elsewhere():
            self._thread.join(timeout)
        if final_status is not None:
            self._writer.status = partial(dict[str, Any], final_status)
        if self.lock.acquire(timeout=timeout):
            try:
                self._writer.finish()
                self._inbox.close()
            finally:
                self.lock.release()
        else:
            self._outage.begin(TimeoutError("the disk does not answer"))
        self._let_go()

    def abandon(self) -> None:
        """In a forked child: never touch the parent's files."""
        self.lock, self._changed = threading.Lock(), threading.Condition()
        self._archive.abandon()
        self._writer.forget()
        self._closing = True
        self._let_go()

    def _let_go(self) -> None:
        """Hold on to nothing of the owner's."""
        self._ended = True
        self._writer.status, self._obey, self._outage.report = dict[str, Any], _ignore, _ignore
        self._thread = None
        atexit.unregister(self._at_exit)

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait(_INTERVAL)
            self._wake.clear()
            self._tend(self._take_commands)
            self._turn(durable=self._asked > self._answer[0])

    def _turn(self, *, durable: bool) -> None:
        with self.lock:
            # Before writing: what is asked for meanwhile needs another turn.
            asked = self._asked
            error = self._writer.turn(durable=durable)
        trouble, self._trouble = self._trouble, ""
        if trouble and not self._outage.text:  # otherwise all has been said
            self._outage.say_once(trouble)
        if durable:
            with self._changed:
                self._answer = asked, error
                self._changed.notify_all()

    def _take_commands(self) -> None:
        for command in self._inbox.poll():
            self._obey(command)

    def _tend(self, action: Callable[[], object]) -> None:
        try:
            action()
        except Exception as error:
            self._trouble = f"commands of other windows cannot be taken: {error}"

    def _works_elsewhere(self) -> bool:
        thread = self._thread
        return thread is not None and thread.is_alive() and thread is not threading.current_thread()

    def _settled(self, ticket: int) -> bool:
        return self._answer[0] >= ticket or not self._works_elsewhere()


def _close(scribe: ref[Scribe]) -> None:
    """At the end of a process that did not close its run."""
    found = scribe()
    if found is not None:
        found.close()


def _ignore(_: object) -> None:
    return
