"""Widgets that only show: whatever a front end writes to them is not one of ours."""

from __future__ import annotations

from typing import Any

import ipywidgets

from .. import outside
from ..channel import opened


class OutputOnly(ipywidgets.Widget):
    """A widget whose traits no message can change."""

    def open(self) -> None:
        """Open the comm that the front end's model hangs on."""
        outside.passing("comm")
        super().open()

    def _send(self, msg: Any, buffers: Any = None) -> None:
        outside.passing("comm")
        super()._send(msg, buffers)

    def _handle_msg(self, msg: Any) -> None:
        method, _ = opened(msg)
        if method == "request_state":
            self.send_state()
