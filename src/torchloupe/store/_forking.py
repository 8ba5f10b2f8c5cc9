"""A child that is forked off must leave the parent's files alone, and find no lock held."""

from __future__ import annotations

import os
import threading
from typing import Protocol
from weakref import WeakSet

_LONGEST_WAIT = 1.0


class Writer(Protocol):
    """Something that writes under a lock."""

    lock: threading.Lock

    def abandon(self) -> None:
        """In the child: let go of everything without touching it."""
        ...


_writers: WeakSet[Writer] = WeakSet()
_held: list[threading.Lock] = []


def watch_forks(writer: Writer) -> None:
    """Have a writer stand still while its process is forked, and give up in the child."""
    _writers.add(writer)


def _before() -> None:
    # SQLite has locks of its own, which must not be held when the memory is copied.
    _held.extend(each.lock for each in list(_writers) if each.lock.acquire(timeout=_LONGEST_WAIT))


def _after_in_parent() -> None:
    while _held:
        _held.pop().release()


def _after_in_child() -> None:
    _held.clear()
    for each in list(_writers):
        each.abandon()
    _writers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
    )
