"""Answers questions while nothing trains: one worker at a time, and only when nobody else can be
touching the model."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import Lock
from typing import Any

from ._control import Control
from ._driver import Driver
from ._mailbox import Request
from ._notebook import cell_executing, in_ipython
from ._watch import Watch

_LOOK_SECONDS = 0.05


class Attendant:
    """Decides who answers: the training thread, the caller, or a worker."""

    def __init__(self, driver: Driver, watch: Watch, control: Control) -> None:
        self._driver = driver
        self._watch = watch
        self._control = control
        self._lock = Lock()
        self._working = False
        driver.on_settled = self.attend

    def post(self, function: Callable[[], Any], key: object) -> Request:
        """Leave a question that must not block its asker (a click)."""
        request = self._watch.mailbox.post(function, key)
        self._control.wake()
        self.attend()
        return request

    def ask(self, function: Callable[[], Any], timeout: float | None) -> Any:
        """Answer a question and return what `function()` returned.

        Raises:
            TimeoutError: nobody could touch the model in time; the function never ran.
            RuntimeError: the run was closed.
        """
        self._watch.mailbox.refuse_closed()
        if self._driver.is_mine() or self._caller_may():
            return self._watch.answer(function)
        request = self._watch.mailbox.post(function)
        self._control.wake()
        self.attend()
        self._await(request, timeout)
        if request.error is not None:
            raise request.error
        return request.result

    def attend(self) -> None:
        """Start the worker if there is mail and it may serve."""
        with self._lock:
            if self._working or not len(self._watch.mailbox) or not self._worker_may():
                return
            self._working = True
        threading.Thread(target=self._work, name="torchloupe answers", daemon=True).start()

    def _await(self, request: Request, timeout: float | None) -> None:
        waited = 0.0
        while timeout is None or waited < timeout:
            pause = _LOOK_SECONDS if timeout is None else min(_LOOK_SECONDS, timeout - waited)
            if request.wait(pause):
                return
            waited += pause
            if self._caller_may():
                with self._watch.lock:
                    request.serve()
        if request.give_up():
            raise TimeoutError(
                f"ask: no answer within {timeout:g} s; the run is {self._control.state} and its "
                f"step is still going on (step {self._driver.step}). Nothing was run"
            )
        request.wait(None)

    def _caller_may(self) -> bool:
        """The asker itself may, if it is the user's own thread and nothing trains."""
        if self._driver.active:
            return False
        if not in_ipython():
            return True
        return cell_executing() and threading.current_thread() is threading.main_thread()

    def _worker_may(self) -> bool:
        return not self._driver.active and in_ipython() and not cell_executing()

    def _work(self) -> None:
        while True:
            with self._watch.lock:
                if self._worker_may():
                    self._serve()
            with self._lock:
                if not len(self._watch.mailbox) or not self._worker_may():
                    self._working = False
                    return

    def _serve(self) -> None:
        try:
            self._watch.serve()
        except Exception as error:  # noqa: BLE001  a worker has nobody to raise to
            self._watch.report("answering", error)
