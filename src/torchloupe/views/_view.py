"""What every view has in common: an identity, numbered frames, the uplink, an end."""

from __future__ import annotations

import json
import uuid
import weakref
from abc import abstractmethod
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
from traitlets import Int, Unicode

from ..channel import PUBLISHER, Audience, Check, Rejected, uplink
from ..channel import check_fields as check_event
from ..run import NOTEBOOK, Run
from ._traits import synced

_STATIC = Path(__file__).parent.parent / "static"
STYLE = (_STATIC / "torchloupe.css").read_text(encoding="utf-8")


def bundle(name: str) -> str:
    """Read a view's built JavaScript; a string, because a path would be watched for ever."""
    return (_STATIC / f"{name}.js").read_text(encoding="utf-8")


class View(anywidget.AnyWidget):
    """A widget whose traits are set in complete, numbered frames by the one publisher.

    A subclass declares its synced traits and `events`, and makes `content` (the traits' values)
    and `version` (which differs when there is something new). It never sets a trait itself.
    """

    _css = STYLE

    view_id = synced(Unicode())
    """Names this view to the uplink."""
    uplink = synced(anywidget.WidgetTrait())
    """Where the front end says everything."""
    frame = synced(Int(0))
    """The number of the newest frame."""
    title = synced(Unicode())
    """The header's bold text."""
    summary = synced(Unicode())
    """The header's quiet text, which is also the view in words."""
    problem = synced(Unicode())
    """What keeps the view from showing anything; empty if nothing does."""

    #: what the front end may say: the fields of each event and their checks
    events: ClassVar[Mapping[str, Mapping[str, Check]]] = {}
    #: whether a frame is so small that it may go out to a front end that cannot speak
    small: ClassVar[bool] = False

    def __init__(self, run: Run | None, *, standalone: bool = True) -> None:
        self.run = run
        self.audience = Audience()
        self._open = True
        super().__init__(
            view_id=uuid.uuid4().hex, uplink=uplink(), frame=1, **self.content()
        )
        self.uplink.connect(self.view_id, self)
        PUBLISHER.add(self)
        closing = weakly(self)
        if standalone:
            NOTEBOOK.at_rerun(closing)
        if run is not None:
            run.on_close(closing)

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Return the value of every trait of a frame."""

    @abstractmethod
    def version(self) -> Hashable:
        """Return something that differs when there is something new to show; cheap."""

    def urgent(self) -> bool:
        """Tell whether somebody waits for an answer that is there."""
        return False

    def publish(self) -> int:
        """Set the traits of one frame in one message; return its size in bytes, about."""
        content = self.content()
        with self.hold_sync():
            for name, value in content.items():
                setattr(self, name, value)
            self.frame += 1
        return size_of(content)

    def failed(self, error: Exception) -> None:
        """Show that this view cannot be drawn."""
        text = f"{type(self).__name__} cannot be shown: {type(error).__name__}: {error}"[:500]
        if self.run is not None:
            self.run.report(type(self).__name__, error)
        with self.hold_sync():
            self.problem = text
            self.frame += 1

    def observed(self, seconds: float) -> None:
        """Count what publishing cost into the run's measured cost."""
        if self.run is not None:
            self.run.observed(seconds)

    def receive(self, name: str, data: object, client: str) -> None:
        """Take an event of the front end.

        Raises:
            Rejected: this view has no such event, or its fields are not of their form.
        """
        if name not in self.events:
            raise Rejected("unknown event")
        fields = check_event(data, self.events[name])
        getattr(self, f"_on_{name}")(client, **fields)

    def close(self) -> None:
        """Take the view off every page and end its publishing."""
        if self._open:
            self._open = False
            self.uplink.disconnect(self.view_id)
            PUBLISHER.remove(self)
            super().close()

    def _handle_msg(self, msg: Any) -> None:
        # Front ends write no traits here: whatever says it does is not one of ours.
        if msg["content"]["data"].get("method") == "request_state":
            super()._handle_msg(msg)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self.audience.display()
        PUBLISHER.wake()
        return super()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.title!r})"


def weakly(view: Any) -> Any:
    """Return a function that closes a view if it still lives; keeps nothing alive."""
    reference = weakref.ref(view)

    def close() -> None:
        found = reference()
        if found is not None:
            found.close()

    return close


def size_of(content: Mapping[str, Any]) -> int:
    """Estimate how many bytes a frame takes on the wire."""
    arrays = [each for each in content.values() if isinstance(each, np.ndarray)]
    rest = [each for each in content.values() if not isinstance(each, np.ndarray)]
    return sum(each.nbytes for each in arrays) + len(json.dumps(rest, default=str))


def need_run(value: object) -> Run:
    """Return a run or raise a TypeError that says what was expected."""
    if not isinstance(value, Run):
        raise TypeError(f"run: expected a torchloupe.Run, got {type(value).__name__}")
    return value
