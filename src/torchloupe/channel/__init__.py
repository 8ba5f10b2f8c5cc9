"""Between the kernel and the browser: one sending thread, one receiving door."""

from ._audience import Audience
from ._budget import SENT
from ._events import BOOLEAN, COUNT, NUMBER, Check, Rejected, check_fields, opened
from ._publisher import PUBLISHER, Published
from ._uplink import Uplink, connect, disconnect

__all__ = [
    "BOOLEAN",
    "COUNT",
    "NUMBER",
    "PUBLISHER",
    "SENT",
    "Audience",
    "Check",
    "Published",
    "Rejected",
    "Uplink",
    "check_fields",
    "connect",
    "disconnect",
    "opened",
]
