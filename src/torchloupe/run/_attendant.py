"""Answers questions while nothing trains: one worker at a time, and only when nobody else can be
touching the model.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import RLock
from typing import Any

from .. import outside
from ._control import Control
from ._driver import Driver
from ._mailbox import Request
from ._notebook import cell_executing, in_ipython
from ._watch import Watch

_LOOK_SECONDS = 0.05
_FOR_EVER = -1


class Attendant:
    """Decides who answers: the training thread, the caller, or a worker.

    Whoever is not the training thread looks, holding the watch's lock, whether it may: training
    begins only under that lock.
    """

    def __init__(self, driver: Driver, watch: Watch, control: Control) -> None:
        self._driver = driver
        self._watch = watch
        self._control = control
        # Reentrant: a finaliser may settle a loop on a thread that holds it.
        self._lock = RLock()
        self._working = False
        driver.on_settled = self.attend

    def post(self, function: Callable[[], Any], key: object) -> None:
        """Leave a question that must not block its asker (a click).

        Raises:
            RuntimeError: the run was closed.
        """
        self._watch.mailbox.post(function, key)
        self._control.wake()
        self.attend()

    def ask(self, function: Callable[[], Any], timeout: float | None) -> Any:
        """Answer a question and return what `function()` returned.

        Raises:
            TimeoutError: nobody could touch the model in time; the function never ran.
            RuntimeError: the run was closed.
        """
        mailbox = self._watch.mailbox
        if self._driver.is_mine() or self._watch.is_answering():
            mailbox.refuse_closed()
            return self._watch.answer(function)
        request = mailbox.post(function)
        try:
            if not self._await(request, timeout):
                raise TimeoutError(f"ask: no answer within {timeout:g} s: {self._hindrance()}")
        finally:  # an interrupted asker wants no answer either
            request.give_up()
            mailbox.withdraw(request)
        if request.error is not None:
            raise request.error
        return request.result

    def may_touch(self) -> bool:
        """Tell whether the calling thread may touch the model now."""
        return self._driver.is_mine() or self._caller_may()

    def attend(self) -> None:
        """Start the worker if there is mail and it may serve."""
        with self._lock:
            if self._working or not len(self._watch.mailbox) or not self._worker_may():
                return
            self._working = True
            try:
                outside.start_thread(self._work, "answers")
            except BaseException:
                self._working = False
                raise

    def _await(self, request: Request, timeout: float | None) -> bool:
        """Wait until a request has its end; False if it was given up in time."""
        self._control.wake()
        self.attend()
        end = None if timeout is None else outside.seconds() + timeout
        while True:
            self._serve_here(request)
            left = _LOOK_SECONDS if end is None else min(_LOOK_SECONDS, end - outside.seconds())
            if request.wait(max(0.0, left)):
                return True
            if left <= 0:
                # One that is being answered is waited for: it did run.
                return not request.give_up() and request.wait(_FOR_EVER)

    def _serve_here(self, request: Request) -> None:
        if self._caller_may():
            with self._watch.lock:
                if self._caller_may():
                    request.serve(self._watch.answer)

    def _caller_may(self) -> bool:
        """The asker itself may, if it is the user's own thread and nothing trains."""
        if self._driver.active:
            return False
        if not in_ipython():
            return True
        return cell_executing() and threading.current_thread() is threading.main_thread()

    def _worker_may(self) -> bool:
        return not self._driver.active and in_ipython() and not cell_executing()

    def _hindrance(self) -> str:
        if self._driver.active:
            return (
                f"the run is {self._control.state} and its step is still going on "
                f"(step {self._driver.step}). Nothing was run"
            )
        return "a cell is executing, which may be using the model. Nothing was run"

    def _work(self) -> None:
        while True:
            with self._watch.lock:
                if self._worker_may():
                    self._watch.serve()
            with self._lock:
                if not len(self._watch.mailbox) or not self._worker_may():
                    self._working = False
                    return
