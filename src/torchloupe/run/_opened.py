"""A run read from its directory: one that another process trains, or trained."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from time import localtime, strftime
from typing import Any, NoReturn

from .. import outside
from ..store import CommandFile, Excerpt, Reader
from ._control import ENDED, Pending, State
from ._notebook import NOTEBOOK
from ._run import Run
from ._status import Status

_LOOK_SECONDS = 0.2
# A writer that lives gives a sign of life twice a second.
_SILENCE_SECONDS = 3.0
# So old a sign of life is no difference between two clocks.
_CERTAINLY_GONE_SECONDS = 300.0
_ANSWER_SECONDS = 3.0


class OpenedRun(Run):
    """What a run's directory says, followed while it grows; its writer can be steered from here.

    It has no model: it cannot train, log, probe or ask.
    """

    def __init__(self, path: Path) -> None:
        self._reader = Reader(path)
        super().__init__(str(self._reader.manifest.get("name") or self._reader.directory.name))
        self._history = self._reader.history
        self._source = self._read_back
        self._commands: CommandFile | None = None
        self._asked: tuple[Pending, float] | None = None
        self._own_problems: list[str] = []
        self._heard_at, self._gone = outside.seconds(), self._long_silent()
        self._told = self._read_status()
        self._ended = threading.Event()
        follower = _Follower(weakref.ref(self), self._ended)
        if not self._complete():
            outside.start_thread(follower.work, "follower")

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self._reader.directory

    # -- what it says -----------------------------------------------------------------------

    @property
    def step(self) -> int:
        """How many step boundaries were passed."""
        return self._told.step

    @property
    def epoch(self) -> int:
        """How many epochs were finished."""
        return self._told.epoch

    @property
    def state(self) -> State:
        """The state as last written."""
        return self._told.state

    @property
    def pending(self) -> Pending | None:
        """What was asked for, here or there, and has not taken effect."""
        return self.status.pending

    @property
    def problems(self) -> list[str]:
        """What went wrong in watching, and what of the directory cannot be read."""
        return list(self.status.problems)

    @property
    def status(self) -> Status:
        """Where the run is, as far as its directory says."""
        told = self._told
        problems = (*told.problems, *self._reader.complaints, *self._own_problems)
        told = replace(told, problems=problems, pending=told.pending or self._pending_here())
        if self._gone and told.state not in ENDED:
            return replace(told, stale=self._stale_text(), rate=None, seconds_left=None)
        return told

    def follow(self) -> None:
        """Read what was written since; called a few times a second by a thread of its own."""
        before = self._reader.heartbeat
        self._reader.follow()
        if self._reader.heartbeat != before:
            self._heard_at, self._gone = outside.seconds(), False
        elif outside.seconds() - self._heard_at > _SILENCE_SECONDS:
            self._gone = True
        self._told = self._read_status()

    def report(self, source: str, error: BaseException | str) -> None:
        """Show a problem, once."""
        what = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        text = f"{source}: {what}"[:500]
        if text not in self._own_problems and len(self._own_problems) < 100:
            self._own_problems.append(text)

    # -- steering ---------------------------------------------------------------------------

    def pause(self) -> None:
        """Ask the process that trains to pause at the next boundary.

        Raises:
            RuntimeError: the run has ended, or nobody writes its directory any more.
            OSError: the directory cannot be written.
        """
        self._send("pause")

    def resume(self) -> None:
        """Ask it to go on; raises as `pause` does."""
        self._send("resume")

    def advance(self, steps: int = 1) -> None:
        """Ask it to make so many steps and pause again; raises as `pause` does."""
        self._send("advance", steps)

    def stop(self) -> None:
        """Ask it to end at the next boundary; raises as `pause` does."""
        self._send("stop")

    def _send(self, command: str, steps: int | None = None) -> None:
        self._refuse_closed(command)
        if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int)):
            raise TypeError(f"steps: expected an int, got {type(steps).__name__}")
        if steps is not None and steps < 1:
            raise ValueError(f"steps: expected at least 1, got {steps}")
        now = self.status
        if now.state in ENDED or now.stale or self._complete():
            what = now.stale or (now.state if now.state in ENDED else "closed")
            raise RuntimeError(f"{command}: {self!r} is {what}")
        self._command_file().send(command, steps)
        if command in ("pause", "stop"):
            self._asked = command, outside.seconds()  # pyright: ignore[reportAttributeAccessIssue]

    def _command_file(self) -> CommandFile:
        """Return this viewer's own; a run opened in the moment of its birth has no id at first."""
        if self._commands is None:
            found = self._reader.manifest.get("id")
            if found is None:
                raise RuntimeError(f"{self!r} cannot be steered: its directory is not readable yet")
            self._commands = CommandFile(self._reader.directory, str(found))
        return self._commands

    def _pending_here(self) -> Pending | None:
        asked = self._asked
        if asked is None or self._told.state in (*ENDED, "paused"):
            return None
        return asked[0] if outside.seconds() - asked[1] < _ANSWER_SECONDS else None

    # -- what it cannot do ------------------------------------------------------------------

    def log(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: only the process that trains writes.

        Raises:
            RuntimeError: always.
        """
        self._refuse("log")

    def log_images(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse as `log` does."""
        self._refuse("log_images")

    def log_points(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse as `log` does."""
        self._refuse("log_points")

    def log_histogram(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse as `log` does."""
        self._refuse("log_histogram")

    def ask(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse: there is no model here."""
        self._refuse("ask")

    def tick(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse as `log` does."""
        self._refuse("tick")

    def _refuse(self, verb: str) -> NoReturn:
        raise RuntimeError(
            f"{verb}: {self!r} was opened from {str(self.path)!r}; "
            "only the process that trains it can do that"
        )

    def _refuse_closed(self, verb: str) -> None:
        if verb in ("track", "epochs", "start", "probe"):
            self._refuse(verb)
        super()._refuse_closed(verb)

    # -- inside -----------------------------------------------------------------------------

    def _read_back(self, name: str, low: int, high: int, most: int) -> Excerpt:
        return self._reader.values(name, low, high, most=most)

    def _read_status(self) -> Status:
        told: Mapping[str, Any] = self._reader.status
        return Status.from_dict(told)

    def _complete(self) -> bool:
        """Tell whether nothing can be added: its writer closed it."""
        return bool(self._reader.status.get("closed"))

    def _long_silent(self) -> bool:
        heard = self._reader.heartbeat
        return heard is not None and outside.wall_seconds() - heard > _CERTAINLY_GONE_SECONDS

    def _stale_text(self) -> str:
        heard = self._reader.heartbeat
        if heard is None:
            return "stale"
        form = "%H:%M:%S" if outside.wall_seconds() - heard < 86_400 else "%Y-%m-%d %H:%M"
        return f"stale since {strftime(form, localtime(heard))}"

    def _stopped_by_rerun(self) -> None:
        self.close()

    def _stop_at_rerun(self, *, named: bool) -> None:  # noqa: ARG002
        NOTEBOOK.at_rerun(self._at_rerun)  # its name is that of a run that may train right here

    def _let_go(self) -> None:
        self._ended.set()
        super()._let_go()
        self._reader.close()


class _Follower:
    """Reads on until the run is complete, closed or forgotten."""

    def __init__(self, run: weakref.ref[OpenedRun], ended: threading.Event) -> None:
        self._run = run
        self._ended = ended

    def work(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            if not self._look():
                return

    def _look(self) -> bool:
        run = self._run()
        if run is None:
            return False
        try:
            run.follow()
        except Exception as error:  # reading must go on
            run.report("directory", error)
        if run._complete():
            run._reader.close()  # what is asked for later opens it again
            return False
        return True


def open_run(path: str | Path) -> Run:
    """Open a run's directory, from any process: a run that goes on, has ended, or broke off.

    What is there is shown and followed, at most a second behind; what cannot be read is said in
    `problems`. Pausing, resuming and stopping reach the process that trains.

    Args:
        path: the directory (`"runs/vae"`), or the file in it.

    Returns:
        A run to display, to give to views, and to read `history` and `latest` of.

    Raises:
        TypeError: `path` is not a path.
        FileNotFoundError: there is no run at `path`.
        ValueError: what is there is no run, or was written by a newer version.
        OSError: it must not be read.
    """
    if not isinstance(path, (str, Path)):
        raise TypeError(f"path: expected a run's directory, got {type(path).__name__}")
    return OpenedRun(Path(path))
