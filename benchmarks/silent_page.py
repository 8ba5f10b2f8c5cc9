"""The other end of `channel.py`: a process that acknowledges each frame at once and draws nothing.

Run as `python silent_page.py WHERE_TO_LISTEN WHERE_TO_SPEAK`; it ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import threading
from os import _exit

import zmq

DELIMITER = b"<IDS|MSG>"
CONTENT = 5


def main() -> None:
    threading.Thread(target=_end_with_input, daemon=True).start()
    listening, speaking = zmq.Context().socket(zmq.SUB), zmq.Context().socket(zmq.PUSH)
    listening.connect(sys.argv[1])
    speaking.connect(sys.argv[2])
    listening.subscribe(b"")
    views: dict[str, str] = {}
    while True:
        parts = listening.recv_multipart()
        content = json.loads(parts[parts.index(DELIMITER) + CONTENT])
        state = content.get("data", {}).get("state", {})
        page = content.get("comm_id", "")
        if "view_id" in state:
            views[page] = state["view_id"]
        if not page:
            speaking.send_json({"here": True})
        elif "frame" in state and page in views:
            said = {"type": "ack", "view": views[page], "client": "page", "frame": state["frame"]}
            speaking.send_json(said)


def _end_with_input() -> None:
    sys.stdin.read()
    _exit(0)


if __name__ == "__main__":
    main()
