"""Comms as a kernel has them, to a page in another process that draws nothing.

Messages are signed, serialized and sent over a socket by ipykernel's own thread; what the page says
is taken on a thread of its own, as a subshell's.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep, thread_time
from typing import Any

import comm
import zmq
from comm.base_comm import BaseComm
from ipykernel.iostream import IOPubThread
from ipykernel.jsonutil import json_clean
from jupyter_client.session import Session

import torchloupe as tl

HERE = Path(__file__).parent
PATIENCE = 20.0


class Channel:
    """What views are sent on while it is entered; counts the messages and bytes that leave.

    Attributes:
        messages, size: how many went out, and their bytes on the wire.
        answering: CPU seconds that taking the page's words took.
    """

    def __init__(self) -> None:
        self.messages = self.size = 0
        self.answering = 0.0
        self._heard = threading.Event()
        self._views: Sequence[Any] = ()
        self.session = Session(key=b"as a kernel does")

    def __enter__(self) -> Channel:
        context = zmq.Context()
        self._public, self._ears = context.socket(zmq.PUB), context.socket(zmq.PULL)
        addresses = [
            f"tcp://127.0.0.1:{each.bind_to_random_port('tcp://127.0.0.1')}"
            for each in (self._public, self._ears)
        ]
        self._thread = IOPubThread(self._public)
        self._thread.start()
        self._socket = self._thread.background_socket
        command = [sys.executable, str(HERE / "silent_page.py"), *addresses]
        self._page = subprocess.Popen(command, stdin=subprocess.PIPE)
        threading.Thread(target=self._listen, name="shell", daemon=True).start()
        self._greet()
        self._usual, comm.create_comm = comm.create_comm, self._create
        return self

    def __exit__(self, *_: object) -> None:
        comm.create_comm = self._usual
        self._page.communicate()
        self._thread.stop()

    def send_multipart(self, parts: list[Any], **keywords: Any) -> None:
        """Stand in for a kernel's socket, and count."""
        self.messages += 1
        self.size += sum(len(memoryview(part).cast("B")) for part in parts)
        self._socket.send_multipart(parts, **keywords)

    def show(self, views: Sequence[Any]) -> None:
        """Have the page look at these views."""
        self._views = views
        self._say("hello", visible=True)

    def hide(self) -> None:
        """Have the page look away, and wait until the publisher has nothing to do."""
        self._say("visible", visible=False)
        sleep(0.05)

    def _say(self, kind: str, **fields: object) -> None:
        for view in self._views:
            said = {"type": kind, "view": view.view_id, "client": "page", **fields}
            self._deliver(said)

    def _deliver(self, said: dict[str, object]) -> None:
        if self._views:
            message = {"data": {"method": "custom", "content": said}}
            self._views[0].uplink.comm.handle_msg({"content": message, "buffers": []})

    def _listen(self) -> None:
        while True:
            said = self._ears.recv_json()
            began = thread_time()
            if "here" in said:
                self._heard.set()
            else:
                self._deliver(said)
            self.answering += thread_time() - began

    def _greet(self) -> None:
        until = monotonic() + PATIENCE
        while not self._heard.wait(0.1):
            self.session.send(self, "status", {}, ident=b"status")
            if monotonic() > until:
                raise TimeoutError("the page does not answer")
        self.messages = self.size = 0

    def _create(self, **keywords: Any) -> BaseComm:
        return _Comm(self, **keywords)


class _Comm(BaseComm):
    def __init__(self, channel: Channel, **keywords: Any) -> None:
        self._channel = channel
        super().__init__(**keywords)

    def publish_msg(
        self,
        msg_type: str,
        data: Any = None,
        metadata: Any = None,
        buffers: Any = None,
        **keys: Any,
    ) -> None:
        content = json_clean({"data": data or {}, "comm_id": self.comm_id, **keys})
        self._channel.session.send(
            self._channel,
            msg_type,
            content,
            metadata=json_clean(metadata or {}),
            ident=self.topic,
            buffers=buffers,
        )


def views_of(run: tl.Run) -> list[Any]:
    """Return the views of a run's dashboard, made when first needed."""
    board = tl.Dashboard.of(run)
    return [board.controls, board.curves.bar, *board.panes.values()]


@contextmanager
def attended(channel: Channel, run: tl.Run) -> Iterator[None]:
    """Have the page look at a run's dashboard."""
    channel.show(views_of(run))
    try:
        yield
    finally:
        channel.hide()
