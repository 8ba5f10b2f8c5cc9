"""What every view has in common: an identity, numbered frames, the uplink, an end."""

from __future__ import annotations

import json
import uuid
import weakref
from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar

import anywidget
import numpy as np
from traitlets import Dict, Int, Unicode

from ..channel import PUBLISHER, Audience, Check, Rejected, connect, disconnect
from ..channel import check_fields as check_event
from ..run import NOTEBOOK, Run
from ._output_only import OutputOnly, Part, all_or_nothing
from ._traits import synced

_STATIC = Path(__file__).parent.parent / "static"
_STYLE = (_STATIC / "torchloupe.css").read_text(encoding="utf-8")


def bundle(name: str) -> str:
    """Read a view's built JavaScript; a string, because a path would be watched for ever."""
    return (_STATIC / f"{name}.js").read_text(encoding="utf-8")


def style(name: str) -> str:
    """Read the rules that all views share, and those of a view that has its own."""
    return _STYLE + (_STATIC / f"{name}.css").read_text(encoding="utf-8")


class View(OutputOnly, anywidget.AnyWidget):
    """A widget whose traits are set in complete, numbered frames by the one publisher.

    A subclass declares its synced traits and `events`, and makes `content` (the traits' values)
    and `version` (which differs when there is something new). It never sets a trait itself.
    """

    _css = _STYLE

    view_id = synced(Unicode())
    """Names this view to the uplink."""
    uplink = synced(anywidget.WidgetTrait())
    """Where the front end says everything."""
    frame = synced(Int(0))
    """The number of the newest frame."""
    builds_on = synced(Int(0))
    """The frame before, if this one tells only what changed since; 0 if it tells everything."""
    parts = synced(Dict())
    """What else must have arrived for the frame to be whole: the number of the last message of each
    widget that belongs to it, by reference."""
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
    #: whether it shows the past when the run's cursor is there
    follows_cursor: ClassVar[bool] = False

    _open = False
    _shown_cursor: int | None = None
    _at_rerun: Callable[[], None] | None = None

    def __init__(self, run: Run | None, *, standalone: bool = True) -> None:
        self.run = run
        self.audience = Audience(frame=1)
        # Held while a frame is set, so that nobody reads half of one.
        self._framing = RLock()
        view_id = uuid.uuid4().hex
        # Asked before the content is made: what changes meanwhile is then seen as new.
        seen, content = self.version(), self.content()
        try:
            with all_or_nothing():
                super().__init__(view_id=view_id, uplink=connect(view_id, self), frame=1, **content)
        except BaseException:
            disconnect(view_id)
            raise
        self._open = True
        PUBLISHER.add(self, seen)
        if standalone:
            self._at_rerun = weakly(self)
            NOTEBOOK.at_rerun(self._at_rerun)
        if run is not None:
            end_with(run, self)

    @abstractmethod
    def content(self) -> dict[str, Any]:
        """Return the value of every trait of a frame."""

    @abstractmethod
    def version(self) -> Hashable:
        """Return something that differs when there is something new to show; cheap."""

    def belongings(self) -> Iterable[Part]:
        """Return the other widgets that a frame needs; they are sent before it."""
        return ()

    def urgent(self) -> bool:
        """Tell whether somebody waits for an answer that is there, or moved the cursor."""
        moved = self.run is not None and self.run.cursor != self._shown_cursor
        return self.follows_cursor and moved

    def can_wait(self) -> bool:
        """Tell whether there will soon be more to show: its run goes on."""
        return self.run is not None and self.run.state == "running"

    def publish(self, *, complete: bool) -> int:
        """Set the traits of one frame in one message; return its size in bytes, about.

        Args:
            complete: send what did not change as well; an earlier frame may have been lost.
        """
        self._shown_cursor = self.run.cursor if self.run is not None else None
        content = self.content()
        for each in self.belongings() if complete else ():
            if self.parts.get(each.reference) == each.sent:
                each.send_state()
        with self._framing, self.hold_sync():
            for name, value in content.items():
                setattr(self, name, value)
            self.parts = {each.reference: each.sent for each in self.belongings()}
            self._count(complete=complete)
            if complete:
                self._states_to_send.update(content, ("parts", "builds_on"))
        return size_of(content)

    def stumbled(self, error: Exception, *, for_good: bool) -> None:
        """Note that a frame could not be made or sent; with `for_good`, show that in its place."""
        text = f"{type(self).__name__} cannot be shown: {type(error).__name__}: {error}"[:500]
        if self.run is not None:
            self.run.report(type(self).__name__, error)
        if not for_good:
            return
        with self._framing, self.hold_sync():
            self.problem = text
            self._count(complete=False)

    def _count(self, *, complete: bool) -> None:
        self.builds_on = 0 if complete else self.frame
        self.frame += 1

    def get_state(self, key: Any = None, drop_defaults: bool = False) -> Any:
        """Return the state of one whole frame, whoever asks."""
        with self._framing:
            return super().get_state(key, drop_defaults)

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
        if not self._open:
            return
        self._open = False
        if self._at_rerun is not None:
            NOTEBOOK.forget(self._at_rerun)
        PUBLISHER.remove(self)
        disconnect(self.view_id)
        layout = self.layout
        super().close()
        layout.close()

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self.audience.display()
        PUBLISHER.wake()
        return super()._repr_mimebundle_(**kwargs)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.title!r})"


def weakly(view: Any) -> Callable[[], None]:
    """Return a function that closes a view if it still lives; keeps nothing alive."""
    reference = weakref.ref(view)

    def close() -> None:
        found = reference()
        if found is not None:
            found.close()

    return close


def end_with(run: Run, view: Any) -> None:
    """Close a view when its run closes; that of a run closed before shows what was kept."""
    close, was_open = weakly(view), False

    def end() -> None:
        if was_open:
            close()

    run.on_close(end)
    was_open = True


def size_of(content: Mapping[str, Any]) -> int:
    """Estimate how many bytes a frame takes on the wire."""
    arrays = [each for each in content.values() if isinstance(each, np.ndarray)]
    rest = [each for each in content.values() if not isinstance(each, np.ndarray)]
    return sum(each.nbytes for each in arrays) + len(json.dumps(rest, default=str))


def need_title(value: object) -> str | None:
    """Return a title or None, or raise a TypeError that says what was expected."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"title: expected text, got {type(value).__name__}")
    return value


def need_run(value: object) -> Run:
    """Return a run or raise a TypeError that says what was expected."""
    if not isinstance(value, Run):
        raise TypeError(f"run: expected a torchloupe.Run, got {type(value).__name__}")
    return value
