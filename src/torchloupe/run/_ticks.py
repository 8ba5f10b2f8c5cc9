"""Boundaries of loops that nothing tracks: the user calls `tick` once a step."""

from __future__ import annotations

import operator
from typing import Any

from ._driver import Driver


class Ticks:
    """Passes a boundary a call; what is misused is reported and counts nothing."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._refuses = False

    def reset(self) -> None:
        """Count again after a stop (a new cell or a new background function begins)."""
        self._refuses = False

    def tick(self, epoch: Any) -> bool:
        """Pass a boundary; False once a stop was asked for."""
        driver = self._driver
        if self._refuses or driver.closed:
            return False
        misuse = self._misuse()
        if misuse:
            driver.watch.report("tick", misuse)
            return driver.control.pending != "stop"
        if not driver.active or self._left_a_loop():
            driver.claim(None, None)
        if driver.tick(self._number(epoch)):
            return True
        self._refuses = True
        if not driver.background:
            driver.settle("stopped", look=True)
        return False

    def _misuse(self) -> str:
        driver = self._driver
        if driver.active and not driver.is_mine():
            return "called on another thread than the one that trains; it counts nothing"
        loop = driver.newest_loop()
        if driver.active and driver.batch_is_out and loop is not None and loop.gives_boundaries():
            return "called inside a tracked loop, which passes the boundaries itself"
        return ""

    def _left_a_loop(self) -> bool:
        loop = self._driver.newest_loop()
        return loop is not None and not loop.takes_ticks()

    def _number(self, epoch: Any) -> int | None:
        if epoch is None:
            return None
        try:
            return operator.index(epoch)
        except TypeError:
            found = type(epoch).__name__
            self._driver.watch.report("tick", f"epoch: expected an int, got {found}")
            return None
