"""Questions to the model, waiting until it may be touched."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

Answer = Callable[[Callable[[], Any]], Any]


class Request:
    """One question. It is answered, failed or given up, exactly one of these and once.

    Made of bare locks: an interrupt can leave a `Condition` locked for ever.
    """

    def __init__(self, function: Callable[[], Any]) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._function: Callable[[], Any] | None = function
        self._claim = Lock()  # whoever takes it decides what becomes of the question
        self._ended = Lock()  # held until the question has its end
        self._ended.acquire()

    def serve(self, answer: Answer) -> None:
        """Let `answer(function)` find the answer, unless the question was given up.

        Only an interrupt is raised; the asker then gets an error.
        """
        try:
            if self._claim.acquire(blocking=False) and self._function is not None:
                try:
                    self._end(answer(self._function), None)
                except Exception as error:  # the asker gets it
                    self._end(None, error)
        except BaseException:
            self._end(None, RuntimeError("interrupted while it was answered"))
            raise

    def give_up(self) -> bool:
        """Withdraw it if nobody has begun to answer; tell whether that was in time."""
        return self._claim.acquire(blocking=False)

    def fail(self, error: BaseException) -> None:
        """End it with an error if nobody has begun to answer."""
        if self.give_up():
            self._end(None, error)

    def wait(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds (-1: no limit) until it has ended; tell whether it has."""
        if not self._ended.acquire(timeout=timeout):
            return False
        self._ended.release()
        return True

    def _end(self, result: Any, error: BaseException | None) -> None:
        if self._ended.locked():
            self.result, self.error, self._function = result, error, None
            self._ended.release()


class Mailbox:
    """Holds requests until whoever may touch the model serves them.

    Requests with a key (one a view) replace each other, so a drag never piles up; requests without
    one belong to callers that block, so there are no more of them than threads.
    """

    def __init__(self) -> None:
        self._lock = Lock()
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
        request = Request(function)
        with self._lock:
            self.refuse_closed()
            if key is None:
                self._asked.append(request)
            else:
                self._keyed[key] = request
        return request

    def withdraw(self, request: Request) -> None:
        """Forget a question that was asked without a key."""
        with self._lock:
            if request in self._asked:
                self._asked.remove(request)

    def refuse_closed(self) -> None:
        """Raise a RuntimeError if nothing is answered any more."""
        if self._closed:
            raise RuntimeError("ask: the run is closed and answers nothing any more")

    def serve(self, answer: Answer) -> int:
        """Answer what is waiting now; return how many requests there were."""
        served = 0
        for _ in range(len(self)):
            request = self._take()
            if request is None:
                break
            request.serve(answer)
            served += 1
        return served

    def close(self) -> None:
        """Refuse new questions and fail the waiting ones."""
        with self._lock:
            self._closed = True
        while (request := self._take()) is not None:
            request.fail(RuntimeError("ask: the run was closed before it could answer"))

    def _take(self) -> Request | None:
        with self._lock:
            if self._asked:
                return self._asked.popleft()
            if self._keyed:
                return self._keyed.pop(next(iter(self._keyed)))
            return None
