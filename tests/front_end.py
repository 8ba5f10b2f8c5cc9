"""A page without a browser: keeps what the kernel sends, and says what a page would say."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from uuid import uuid4

import comm
import pytest
from ipywidgets import Widget
from ipywidgets.widgets.widget import _instances

from torchloupe import wire


def wait_for(condition, seconds=10.0):
    """Wait until something holds, and return it; fail if it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    pytest.fail(f"waited {seconds} s in vain")
    return None


def publishers():
    return [each for each in threading.enumerate() if each.name == "torchloupe publisher"]


class FakeComm:
    """What a widget needs of a comm; it belongs to a shell once something was sent, as in 7.4."""

    def __init__(self, front_end, comm_id=None, data=None, buffers=None, **_):
        self.comm_id = comm_id or uuid4().hex
        self.front_end = front_end
        self.receive = None
        self.send(data, buffers=buffers)

    def send(self, data=None, metadata=None, buffers=None):
        self._reply_subshell_id = None
        self.front_end.take(self.comm_id, data, buffers or [])

    def on_msg(self, callback):
        self.receive = callback

    def close(self, *_, **__):
        self.front_end.models.pop(self.comm_id, None)


class FrontEnd:
    """The models of a page, and the clients that render them.

    A client that is visible acknowledges each frame at once, unless the page is `mute`.
    """

    def __init__(self):
        self.models = {}
        self.comms = {}
        self.clients = {}
        self.updates = []
        self.mute = False
        self.loses = lambda comm_id, state: False

    def create_comm(self, **keywords):
        made = FakeComm(self, **keywords)
        self.comms[made.comm_id] = made
        return made

    def take(self, comm_id, data, buffers):
        state = dict(data["state"])
        for path, buffer in zip(data.get("buffer_paths", []), buffers, strict=True):
            outer, *inner = path
            if inner:
                state[outer] = {**state[outer], inner[0]: bytes(buffer)}
        opening = "method" not in data
        if not opening:
            self.updates.append((comm_id, threading.current_thread().name, tuple(state)))
            if self.loses(comm_id, state):
                return
        self.models.setdefault(comm_id, {}).update(state)
        if not opening and "frame" in state and not self.mute:
            for client, (view, visible) in list(self.clients.items()):
                if view.comm is not None and view.comm.comm_id == comm_id and visible:
                    self.acknowledge(view, client)

    def render(self, view, visible=True):
        """Render a view; return the client's name."""
        client = uuid4().hex
        self.look(view, client, visible, kind="hello")
        return client

    def look(self, view, client, visible, kind="visible"):
        self.clients[client] = (view, visible)
        self.say(view, type=kind, view=view.view_id, client=client, visible=visible)
        if visible and not self.mute:
            self.acknowledge(view, client)

    def acknowledge(self, view, client):
        frame = self.state(view)["frame"]
        self.say(view, type="ack", view=view.view_id, client=client, frame=frame)

    def event(self, view, name, /, client="someone", **data):
        self.say(view, type="event", view=view.view_id, client=client, name=name, data=data)

    def say(self, view, /, **content):
        self.deliver(view.uplink, {"method": "custom", "content": content})

    def deliver(self, widget, data):
        if widget.comm is not None:
            widget.comm.receive({"content": {"data": data}, "buffers": []})

    def state(self, widget):
        return self.models[widget.comm.comm_id]

    def array(self, widget, name):
        packed = self.state(widget)[name]
        return None if packed is None else wire.unpack(packed)

    def sent_to(self, widget):
        """List the traits of each update of a widget."""
        comm_id = widget.comm.comm_id
        return [keys for found, _, keys in list(self.updates) if found == comm_id]


@contextmanager
def displayed():
    """A page that every widget made meanwhile is sent to; afterwards nothing may be left."""
    page = FrontEnd()
    before = set(_instances)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(comm, "create_comm", page.create_comm)
        try:
            yield page
        finally:
            Widget.close_all()
    assert not publishers()
    assert not set(_instances) - before


@pytest.fixture
def front_end():
    """A page that every widget of the test is sent to; afterwards nothing may be left."""
    with displayed() as page:
        yield page
