"""The clock that the sending of frames is paced by."""

from __future__ import annotations

from .. import outside

TIMEPIECE = outside.Timepiece()
