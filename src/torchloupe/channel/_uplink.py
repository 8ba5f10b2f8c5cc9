"""The single door that everything a browser says comes through."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any, Protocol

import anywidget

from ._audience import Audience
from ._events import Rejected, check_message
from ._publisher import PUBLISHER
from ._routing import forget_reply_shell

_BUNDLE = Path(__file__).parent.parent / "static" / "uplink.js"


class Receiver(Protocol):
    """A view as the uplink knows it."""

    audience: Audience

    def receive(self, name: str, data: object, client: str) -> None:
        """Take an event: set a flag or enqueue, nothing else. Raises Rejected."""
        ...


class Uplink(anywidget.AnyWidget):
    """A widget that the kernel never sends on, so that its messages reach the kernel at once.

    While a cell executes, JupyterLab delivers widget messages on another thread, unless the kernel
    sent on that very comm from the busy one. This one stays silent and its routing is forgotten.
    """

    _esm = _BUNDLE.read_text(encoding="utf-8")

    def __init__(self) -> None:
        self._receivers: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
        self.rejected = 0
        super().__init__()
        forget_reply_shell(self.comm)

    def connect(self, view_id: str, receiver: Receiver) -> None:
        """Pass on what is said to the view of this id."""
        self._receivers[view_id] = receiver

    def disconnect(self, view_id: str) -> None:
        """Pass on nothing more to it."""
        self._receivers.pop(view_id, None)

    def receive(self, content: object) -> None:
        """Take one message of any form; what is not of the schema is counted and dropped."""
        try:
            kind, fields = check_message(content)
            receiver = self._receivers.get(fields["view"])
            if receiver is None:
                raise Rejected("unknown view")
            self._pass_on(receiver, kind, fields)
        except Rejected:
            self.rejected += 1
        except Exception:  # noqa: BLE001  nothing a browser says may raise in the kernel
            self.rejected += 1
        else:
            PUBLISHER.wake()

    def _pass_on(self, receiver: Receiver, kind: str, fields: dict[str, Any]) -> None:
        audience, client = receiver.audience, fields["client"]
        if kind == "ack":
            audience.acknowledge(client, fields["frame"])
        elif kind == "bye":
            audience.leave(client)
        elif kind == "event":
            receiver.receive(fields["name"], fields["data"], client)
        else:
            audience.hear(client, fields["visible"])

    def _handle_msg(self, msg: Any) -> None:
        data = msg.get("content", {}).get("data", {}) if isinstance(msg, dict) else {}
        method = data.get("method") if isinstance(data, dict) else None
        if method == "custom":
            self.receive(data.get("content"))
        elif method == "request_state":
            super()._handle_msg(msg)
            forget_reply_shell(self.comm)
        else:
            self.rejected += 1

    def __repr__(self) -> str:
        return "Uplink()"


_open: list[Uplink] = []


def uplink() -> Uplink:
    """Return the process's uplink, opened when first needed."""
    if not _open:
        _open.append(Uplink())
    return _open[0]


def _close() -> None:
    while _open:
        _open.pop().close()


PUBLISHER.on_empty = _close
