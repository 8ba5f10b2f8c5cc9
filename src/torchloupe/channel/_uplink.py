"""The single door that everything a browser says comes through."""

from __future__ import annotations

import weakref
from pathlib import Path
from threading import RLock
from typing import Any, Protocol

import anywidget

from ._audience import Audience
from ._events import Rejected, check_message, opened
from ._publisher import PUBLISHER
from ._routing import forget_reply_shell

_BUNDLE = Path(__file__).parent.parent / "static" / "uplink.js"


class Receiver(Protocol):
    """A view as the uplink knows it."""

    audience: Audience

    def receive(self, name: str, data: object, client: str) -> None:
        """Take an event: set a flag or enqueue, nothing else. Raises Rejected."""
        ...

    def stumbled(self, error: Exception, *, for_good: bool) -> None:
        """Note that taking an event raised something else."""
        ...


class Uplink(anywidget.AnyWidget):
    """A widget that the kernel never sends on, so that its messages reach the kernel at once.

    While a cell executes, JupyterLab delivers widget messages on another thread, unless the kernel
    sent on that very comm from the busy one. This one stays silent and its routing is forgotten.
    """

    _esm = _BUNDLE.read_text(encoding="utf-8")

    def __init__(self) -> None:
        self._receivers: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        #: how many messages were not of the schema, or for no view that there is
        self.rejected = 0
        super().__init__()
        forget_reply_shell(self.comm)

    def receive(self, content: object) -> None:
        """Take one message of any form; what is not of the schema is counted and dropped."""
        try:
            kind, fields = check_message(content)
            receiver = self._receivers.get(fields["view"])
            if receiver is None:
                raise Rejected("unknown view")
        except Exception:
            self.rejected += 1
            return
        try:
            self._pass_on(receiver, kind, fields)
        except Rejected:
            self.rejected += 1
        except Exception as error:  # our own trouble, not the message's
            self.rejected += 1
            receiver.stumbled(error, for_good=False)
        else:
            PUBLISHER.wake()

    def close(self) -> None:
        """Close the door; the next view opens another."""
        with _opening:
            if self in _open:
                _open.remove(self)
        layout = self.layout
        super().close()
        layout.close()

    def _pass_on(self, receiver: Receiver, kind: str, fields: dict[str, Any]) -> None:
        audience, client = receiver.audience, fields["client"]
        if kind == "ack":
            audience.acknowledge(client, fields["frame"])
        elif kind == "shows":
            audience.show(client, fields["frame"])
        elif kind == "bye":
            audience.leave(client)
        elif kind == "event":
            receiver.receive(fields["name"], fields["data"], client)
        else:
            audience.hear(client, fields["visible"])

    def _handle_msg(self, msg: Any) -> None:
        method, content = opened(msg)
        if method == "custom":
            self.receive(content)
        elif method == "request_state":
            self.send_state()
            forget_reply_shell(self.comm)
        else:
            self.rejected += 1

    def __repr__(self) -> str:
        return "Uplink()"


_open: list[Uplink] = []
_opening = RLock()


def connect(view_id: str, receiver: Receiver) -> Uplink:
    """Pass on what is said to the view of this id; return the uplink, opened when first needed."""
    with _opening:
        if not _open:
            _open.append(Uplink())
        _open[0]._receivers[view_id] = receiver
        return _open[0]


def disconnect(view_id: str) -> None:
    """Pass on nothing more to it; without any view the uplink closes."""
    with _opening:
        for each in _open:
            each._receivers.pop(view_id, None)
            if not each._receivers:
                each.close()
