"""One private detail of ipykernel, kept in one place.

ipykernel >= 7.4 sends a message that comes in on a comm to the shell that last sent on it. A comm
that was opened in a cell belongs to the main shell, and its messages wait until the cell ends.
Without that memory they are handled at once on the front end's own subshell.
"""

from __future__ import annotations

from typing import Any

_MEMORY = "_reply_subshell_id"


def forget_reply_shell(comm: Any) -> None:
    """Make messages on a comm go where the front end sends them (a no-op where that is so)."""
    # No look before the leap: two threads may forget at once.
    try:
        delattr(comm, _MEMORY)
    except AttributeError:
        pass
