"""How the lines of a figure are told apart."""

from __future__ import annotations

# Fall-backs for pages without the stylesheet, which has a set for light and one for dark paper:
# Okabe and Ito's hues, each at least 3:1 on both.
_COLORS = (
    "#1f82c8",
    "#c27c00",
    "#00946c",
    "#c4629c",
    "#d55e00",
    "#8a67c7",
    "#00909e",
    "#808488",
)
_DASHES = ("solid", "dashed", "dotted", "dash_dotted")
# Where a round through the colours begins among the dashes: room for a partner after each.
_ROUNDS = (0, 2, 3)


def color_of(slot: int) -> str:
    """Return the CSS colour of the slot-th quantity."""
    index = slot % len(_COLORS)
    return f"var(--tl-stroke-{index}, {_COLORS[index]})"


def dash_of(slot: int, partner: int = 0) -> str:
    """Return the dash of the slot-th quantity, or of its `partner`-th companion."""
    begin = _ROUNDS[slot // len(_COLORS) % len(_ROUNDS)]
    return _DASHES[(begin + partner) % len(_DASHES)]
