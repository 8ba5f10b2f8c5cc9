"""Widgets that only show: whatever a front end writes to them is not one of ours."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import ipywidgets
from traitlets import Int

from .. import outside
from ..channel import SENT, opened

_being_made = threading.local()


@contextmanager
def all_or_nothing() -> Iterator[None]:
    """Close every widget of ours that this thread opened inside, if an error comes out."""
    outer = getattr(_being_made, "widgets", None)
    _being_made.widgets = made = []
    try:
        yield
    except BaseException:
        for widget in reversed(made):
            _close(widget)
        made.clear()
        raise
    finally:
        _being_made.widgets = outer
        if outer is not None:
            outer.extend(made)


def _close(widget: ipywidgets.Widget) -> None:
    others = [each for each in widget._trait_values.values() if isinstance(each, ipywidgets.Widget)]
    widget.close()
    ipywidgets.Widget.close(widget)  # one that was not made to its end may not do so itself
    for other in others:  # those that came with it: its layout, the scales of a figure
        if not isinstance(other, OutputOnly):
            other.close()


class OutputOnly(ipywidgets.Widget):
    """A widget whose traits no message can change, and whose every message is counted."""

    def open(self) -> None:
        """Open the comm that the front end's model hangs on."""
        made = getattr(_being_made, "widgets", None)
        if made is not None:
            made.append(self)
        outside.passing("comm")
        super().open()

    def _send(self, msg: Any, buffers: Any = None) -> None:
        outside.passing("comm")
        SENT.count()
        super()._send(msg, buffers)

    def _handle_msg(self, msg: Any) -> None:
        method, _ = opened(msg)
        if method == "request_state":
            self.send_state()


class Part(OutputOnly):
    """A widget of bqplot's or ipywidgets' that belongs to the frames of a view.

    It says everything in each message and numbers them: a page that has the last one has it all,
    whichever others were lost, and the view's frame tells which is the last.
    """

    sent = Int().tag(sync=True)
    """How many messages went out."""

    @property
    def reference(self) -> str:
        """How the front end asks for its model."""
        return f"anywidget:{self.model_id}"

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """Send the whole state if any of it is to be sent.

        Args:
            key: the names of what is to be sent; all by default.
        """
        if key is not None and not key:
            return
        self._trait_values["sent"] = self.sent + 1
        super().send_state()
