"""The one schema that everything a browser says is checked against."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

_LONGEST_ID = 64


class Rejected(Exception):
    """A message that is not of the schema; counted, and otherwise without effect."""


Check = Callable[[object], Any]


def NUMBER(value: object) -> float:  # noqa: N802  reads as a type in the tables that use it
    """Accept a finite real number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Rejected("expected a number")
    try:
        number = float(value)
    except OverflowError:
        raise Rejected("expected a number of a float's range") from None
    if not math.isfinite(number):
        raise Rejected("expected a finite number")
    return number


def COUNT(value: object) -> int:  # noqa: N802
    """Accept an int from 0 to 2**31 - 1."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise Rejected("expected a count")
    return value


def BOOLEAN(value: object) -> bool:  # noqa: N802
    """Accept true or false."""
    if not isinstance(value, bool):
        raise Rejected("expected true or false")
    return value


def identifier(value: object) -> str:
    """Accept a short, non-empty text."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID:
        raise Rejected("expected a short text")
    return value


def opened(message: object) -> tuple[object, object]:
    """Return the method and the content of a comm's message; None for what is not there."""
    for key in ("content", "data"):
        message = message.get(key) if isinstance(message, dict) else None
    if not isinstance(message, dict):
        return None, None
    return message.get("method"), message.get("content")


_FIELDS: Mapping[str, Mapping[str, Check]] = {
    "hello": {"view": identifier, "client": identifier, "visible": BOOLEAN},
    "visible": {"view": identifier, "client": identifier, "visible": BOOLEAN},
    "ack": {"view": identifier, "client": identifier, "frame": COUNT},
    "shows": {"view": identifier, "client": identifier, "frame": COUNT},
    "bye": {"view": identifier, "client": identifier},
    "event": {"view": identifier, "client": identifier, "name": identifier, "data": lambda x: x},
}


def check_message(content: object) -> tuple[str, dict[str, Any]]:
    """Return a message's type and its checked fields; fields that are not named are dropped.

    Raises:
        Rejected: it is not of the schema.
    """
    if not isinstance(content, dict):
        raise Rejected("expected an object")
    kind = content.get("type")
    if not isinstance(kind, str) or kind not in _FIELDS:
        raise Rejected("unknown type")
    return kind, check_fields(content, _FIELDS[kind])


def check_fields(content: object, fields: Mapping[str, Check]) -> dict[str, Any]:
    """Return the named fields of an object, each checked.

    Raises:
        Rejected: one is missing or not of its form.
    """
    if not isinstance(content, dict):
        raise Rejected("expected an object")
    missing = [name for name in fields if name not in content]
    if missing:
        raise Rejected(f"missing {missing[0]}")
    return {name: check(content[name]) for name, check in fields.items()}
