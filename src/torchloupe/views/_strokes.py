"""How the lines of a figure are told apart."""

from __future__ import annotations

# Okabe and Ito's colours, darkest first; told apart by dash from the eighth on.
_COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
_DASHES = ("solid", "dashed", "dotted", "dash_dotted")


def color_of(index: int) -> str:
    """Return the colour of the line at an index."""
    return _COLORS[index % len(_COLORS)]


def dash_of(index: int) -> str:
    """Return the dash of the line at an index."""
    return _DASHES[index // len(_COLORS) % len(_DASHES)]
