"""What IPython tells: whether a cell is executing, which one, and how it ended."""

from __future__ import annotations

import sys
import threading
import weakref
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol


class Watched(Protocol):
    """What the notebook tells about cells."""

    def cell_begins(self) -> None:
        """A cell is about to execute on the main thread."""
        ...

    def cell_ended(self, error: BaseException | None) -> None:
        """The cell ended, with the error that it raised, if any."""
        ...


class Notebook:
    """The one listener to a process's IPython shell; idle and unregistered while nobody watches."""

    def __init__(self) -> None:
        self.executing = False
        self.cell: str | None = None
        self._shell: Any = None
        self._watched: weakref.WeakSet[Any] = weakref.WeakSet()
        self._at_rerun: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def attach(self, watched: Watched) -> None:
        """Tell `watched` about cells until it is detached; nothing where there is no IPython."""
        shell = _shell()
        if shell is None:
            return
        self._watched.add(watched)
        if self._shell is None:
            self._shell = shell
            self.executing = _main_thread_runs_cell()
            self.cell = _cell_id(getattr(shell, "parent_header", None)) if self.executing else None
            shell.events.register("pre_run_cell", self._pre_run_cell)
            shell.events.register("post_run_cell", self._post_run_cell)

    def detach(self, watched: Watched) -> None:
        """Forget `watched`; with the last one, stop listening."""
        self._watched.discard(watched)
        if not self._watched and self._shell is not None:
            self._shell.events.unregister("pre_run_cell", self._pre_run_cell)
            self._shell.events.unregister("post_run_cell", self._post_run_cell)
            self._shell = None
            self.executing = False
            self._at_rerun.clear()

    def at_rerun(self, callback: Callable[[], None], key: str | None = None) -> None:
        """Call back once when the present cell (or whatever `key` names) is executed again."""
        key = key or self.cell
        if key is not None:
            self._at_rerun[key].append(callback)

    def rerun(self, key: str) -> None:
        """Make the calls that wait for the execution of `key`."""
        for callback in self._at_rerun.pop(key, []):
            callback()

    def _pre_run_cell(self, info: Any) -> None:
        self.executing = True
        self.cell = getattr(info, "cell_id", None)
        if self.cell is not None:
            self.rerun(self.cell)
        for watched in list(self._watched):
            watched.cell_begins()

    def _post_run_cell(self, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        self.executing = False
        for watched in list(self._watched):
            watched.cell_ended(error)


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


def _main_thread_runs_cell() -> bool:
    """Look for IPython's own frame: the events of the cell that is executing were missed."""
    main = threading.main_thread().ident
    frame = sys._current_frames().get(main or 0)  # noqa: SLF001
    while frame is not None:
        if frame.f_code.co_name in ("run_code", "run_cell_async"):
            return True
        frame = frame.f_back
    return False


def _cell_id(header: Any) -> str | None:
    metadata = header.get("metadata", {}) if isinstance(header, dict) else {}
    found = metadata.get("cellId")
    return found if isinstance(found, str) else None
