"""What IPython tells: whether a cell is executing, which one, and how it ended."""

from __future__ import annotations

import logging
import sys
import threading
import weakref
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol


class Watched(Protocol):
    """What the notebook tells about cells."""

    def cell_begins(self) -> None:
        """A cell is about to execute on the main thread."""
        ...

    def cell_ended(self, error: BaseException | None) -> None:
        """The cell ended, with the error that it raised, if any."""
        ...

    def cell_over(self) -> None:
        """Every `cell_ended` was called; nothing executes on the main thread any more."""
        ...


class Notebook:
    """The one listener to a process's IPython shell; unregistered while nobody wants to know."""

    def __init__(self) -> None:
        self.executing = False
        self.cell: str | None = None
        self._shell: Any = None
        self._watched: weakref.WeakSet[Any] = weakref.WeakSet()
        self._at_rerun: dict[str, list[Callable[[], None]]] = {}

    def attach(self, watched: Watched) -> None:
        """Tell `watched` about cells until it is detached; nothing where there is no IPython."""
        if self._listen():
            self._watched.add(watched)

    def detach(self, watched: Watched) -> None:
        """Forget `watched`."""
        self._watched.discard(watched)
        self._listen_no_more()

    def at_rerun(self, callback: Callable[[], None], key: str | None = None) -> None:
        """Call back once when the present cell (or whatever `key` names) is executed again."""
        if self._listen():
            key = key or self.cell
            if key is not None:
                self._at_rerun.setdefault(key, []).append(callback)
            self._listen_no_more()

    def forget(self, callback: Callable[[], None]) -> None:
        """Do not call back any more."""
        for key, callbacks in list(self._at_rerun.items()):
            left = [each for each in callbacks if each is not callback]
            if left:
                self._at_rerun[key] = left
            else:
                self._at_rerun.pop(key, None)
        self._listen_no_more()

    def rerun(self, key: str) -> None:
        """Make the calls that wait for the execution of `key`."""
        for callback in self._at_rerun.pop(key, []):
            try:
                callback()
            except Exception:  # the cell that is about to run must not suffer
                logging.getLogger("torchloupe").exception("closing what an earlier execution left")

    def _listen(self) -> bool:
        shell = _shell()
        if self._shell is None and shell is not None:
            self._shell = shell
            frames = _cells_on_main_thread()
            self.executing = bool(frames)
            self.cell = frames[0].f_locals.get("cell_id") if frames else None
            shell.events.register("pre_run_cell", self._pre_run_cell)
            shell.events.register("post_run_cell", self._post_run_cell)
        return self._shell is not None

    def _listen_no_more(self) -> None:
        if self._watched or self._at_rerun or self._shell is None:
            return
        shell, self._shell = self._shell, None
        self.executing, self.cell = False, None
        shell.events.unregister("pre_run_cell", self._pre_run_cell)
        shell.events.unregister("post_run_cell", self._post_run_cell)

    def _pre_run_cell(self, info: Any) -> None:
        if len(_cells_on_main_thread()) > 1:  # a cell that runs another (%run, run_cell) goes on
            return
        self.executing = True
        self.cell = getattr(info, "cell_id", None)
        if self.cell is not None:
            self.rerun(self.cell)
        for watched in list(self._watched):
            watched.cell_begins()

    def _post_run_cell(self, result: Any) -> None:
        if _cells_on_main_thread():
            return
        error = result.error_before_exec or result.error_in_exec
        watched = list(self._watched)
        for each in watched:
            each.cell_ended(error)
        self.executing = False
        for each in watched:
            each.cell_over()


NOTEBOOK = Notebook()


def cell_executing() -> bool:
    """Tell whether a notebook cell is executing now; False where there is no IPython."""
    return NOTEBOOK.executing


def in_ipython() -> bool:
    """Tell whether this process has an interactive shell."""
    return _shell() is not None


def _shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


def _cells_on_main_thread() -> list[FrameType]:
    """Find IPython's own frames, one for each cell being executed, the innermost first.

    Events tell of a cell's begin only if somebody listened then, and not which cell runs another.
    """
    main = threading.main_thread().ident
    frame = sys._current_frames().get(main or 0)
    found: list[FrameType] = []
    while frame is not None:
        if frame.f_code.co_name == "run_cell_async":
            found.append(frame)
        frame = frame.f_back
    return found
