"""What is said while a disk does not take what it is given, and how long to leave it alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

# In turns of the writing thread, some ten a second: counted, as a clock may be what fails.
_FIRST_PAUSE = 5
_LONGEST_PAUSE = 100


class Outage:
    """Reports each outage once, and what was lost in numbers when it ends.

    Args:
        path: of the file that is written.
        report: given one sentence at a time; what it raises is ignored.
    """

    def __init__(self, path: Path, report: Callable[[str], object]) -> None:
        self.text = ""
        self.report: Callable[[str], object] = report
        self._path = path
        self._pause = self._left = 0
        self._lost: dict[str, int] = {}
        self._told: set[str] = set()

    def begin(self, error: Exception) -> None:
        """Note that writing failed, and report it unless it has been failing already."""
        self._pause = self._left = min(max(_FIRST_PAUSE, 2 * self._pause), _LONGEST_PAUSE)
        if not self.text:
            self.text = (
                f"{self._path} cannot be written: {error or type(error).__name__}; "
                "memory keeps the newest, and writing is tried again"
            )
            self.say(self.text)

    def holds(self) -> bool:
        """Tell whether to leave the disk alone this turn."""
        self._left -= 1
        return bool(self.text) and self._left >= 0

    def end(self) -> None:
        """Note that writing succeeded, and report what was lost meanwhile."""
        if self.text:
            self.text, self._pause = "", 0
            self.tell_losses()

    def lose(self, what: str, count: int) -> None:
        """Note that so many of something were not written, and never will be."""
        self._lost[what] = self._lost.get(what, 0) + count

    def tell_losses(self) -> None:
        """Report all that was lost since the last report."""
        lost, self._lost = self._lost, {}
        if lost:
            parts = ", ".join(f"{count:,} {what}" for what, count in lost.items())
            self.say(f"not kept on disk: {parts}")

    def say_once(self, text: str) -> None:
        """Report what is not about the disk, unless it was said before."""
        if text not in self._told and len(self._told) < 100:
            self._told.add(text)
            self.say(text)

    def say(self, text: str) -> None:
        """Report a sentence."""
        try:
            self.report(text)
        except Exception:  # the owner's trouble, not the writer's
            return
