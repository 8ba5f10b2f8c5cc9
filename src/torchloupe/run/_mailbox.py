"""Questions to the model, waiting until it may be touched."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from threading import Condition
from typing import Any


class Request:
    """One question. It is answered, given up or failed exactly once."""

    def __init__(self, function: Callable[[], Any], changed: Condition) -> None:
        self._function = function
        self._changed = changed
        self.state = "waiting"
        self.result: Any = None
        self.error: BaseException | None = None

    def serve(self) -> None:
        """Run the function, unless it was given up. Never raises."""
        with self._changed:
            if self.state != "waiting":
                return
            self.state = "running"
        try:
            result, error = self._function(), None
        except Exception as raised:  # noqa: BLE001  the asker gets it
            result, error = None, raised
        except BaseException as raised:
            self._end("failed", None, RuntimeError("interrupted while it was answered"))
            raise raised
        self._end("failed" if error else "answered", result, error)

    def give_up(self) -> bool:
        """Withdraw it if it has not begun; tell whether that was in time."""
        with self._changed:
            if self.state != "waiting":
                return False
            self.state = "given up"
            return True

    def fail(self, error: BaseException) -> None:
        """End it with an error if it has not begun."""
        if self.give_up():
            self._end("failed", None, error)

    def wait(self, timeout: float | None) -> bool:
        """Wait until it has ended; tell whether it has."""
        ended = ("answered", "failed")
        with self._changed:
            return self._changed.wait_for(lambda: self.state in ended, timeout)

    def _end(self, state: str, result: Any, error: BaseException | None) -> None:
        with self._changed:
            self.state, self.result, self.error = state, result, error
            self._changed.notify_all()


class Mailbox:
    """Holds requests until whoever may touch the model serves them.

    Requests with a key (one a view) replace each other, so a drag never piles up; requests without
    one belong to callers that block, so there are no more of them than threads.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._keyed: dict[Hashable, Request] = {}
        self._asked: deque[Request] = deque()
        self._closed = False

    def __len__(self) -> int:
        return len(self._keyed) + len(self._asked)

    def post(self, function: Callable[[], Any], key: Hashable = None) -> Request:
        """Leave a question; with a key it takes the place of an unserved one with the same key.

        Raises:
            RuntimeError: the mailbox is closed.
        """
        request = Request(function, self._changed)
        with self._changed:
            self.refuse_closed()
            if key is None:
                self._asked.append(request)
            else:
                self._keyed[key] = request
        return request

    def refuse_closed(self) -> None:
        """Raise a RuntimeError if nothing is answered any more."""
        if self._closed:
            raise RuntimeError("the run is closed and answers nothing any more")

    def serve(self) -> int:
        """Answer what is waiting now; return how many requests there were."""
        served = 0
        for _ in range(len(self)):
            request = self._take()
            if request is None:
                break
            request.serve()
            served += 1
        return served

    def close(self) -> None:
        """Refuse new questions and fail the waiting ones."""
        with self._changed:
            self._closed = True
        while (request := self._take()) is not None:
            request.fail(RuntimeError("the run was closed before it could answer"))

    def _take(self) -> Request | None:
        with self._changed:
            if self._asked:
                return self._asked.popleft()
            if self._keyed:
                return self._keyed.pop(next(iter(self._keyed)))
            return None
