"""All that a page is told of a scatter, and all that it may say."""

from __future__ import annotations

from traitlets import Bool, Int, List, Unicode

from ..channel import BOOLEAN, COUNT, NUMBER
from ._scatter_images import ROWS
from ._scatter_selection import NUMBERS, WORD
from ._traits import Array, synced
from ._view import View, bundle


class ScatterFrame(View):
    """Declares the traits and events of `LatentScatter`."""

    _esm = bundle("latent_scatter")
    follows_cursor = True
    events = {
        "decode": {"x": NUMBER, "y": NUMBER, "ask": COUNT},
        "window": {"x0": NUMBER, "x1": NUMBER, "y0": NUMBER, "y1": NUMBER},
        "select": {"shape": WORD, "places": NUMBERS, "mode": WORD, "hidden": NUMBERS},
        "inspect": {"row": COUNT},
        "illustrate": {"rows": ROWS},
        "turn": {"on": BOOLEAN},
    }

    points = Array()
    """uint16 [N, 2]: places within `bounds`, 0 at the lower and 65535 at the upper end."""
    bounds = synced(List())
    """[x0, x1, y0, y1] in the units of the latents."""
    codes = Array()
    """uint8 or uint16 [N]: the index of each point's class."""
    indices = Array()
    """uint32 [N]: the index of each point's sample; None if they are all there, in order."""
    classes = synced(List(Unicode()))
    """The classes' names."""
    unlabelled = synced(Int(-1))
    """The index of the class that means no label; -1 if there is none."""
    axes = synced(List(Unicode()))
    """The names of the two axes, and of the third if there is one: z₀, PC 1, t-SNE 1."""
    depths = Array()
    """uint16 [N]: the third axis within `depth_bounds`; None until somebody asks for it."""
    depth_bounds = synced(List())
    """[z0, z1] of `depths`."""
    has_depths = synced(Bool())
    """Whether there is a third axis."""
    values = Array()
    """uint8 [N]: 0 to 254 along `value_range`, 255 for what is not finite; None without values."""
    value_range = synced(List())
    """[lowest, highest] value; around zero when both signs occur."""
    value_name = synced(Unicode("value"))
    """What the values are called."""
    value_map = synced(Unicode("viridis"))
    """`viridis`, or `diverging` when both signs occur."""
    near_points = Array()
    """uint16 [M, 2]: the points of the window last asked for, within `near_bounds`; else None."""
    near_rows = Array()
    """uint32 [M]: which of `points` they are."""
    near_bounds = synced(List())
    """[x0, x1, y0, y1] of the window and a margin around it."""
    selected = Array()
    """uint8 [ceil(N / 8)]: a bit a point, lowest first, set if it is selected; None if none is."""
    selected_count = synced(Int())
    """How many samples are selected, drawn or not."""
    has_images = synced(Bool())
    """Whether the samples are images."""
    inspected_row = synced(Int(-1))
    """The point whose image was last asked for; -1 before."""
    inspected_image = Array()
    """float32 [H, W, C]: that image."""
    inspected_range = synced(List())
    """[lowest, highest] value drawn of it."""
    thumbnails = Array()
    """uint8 [K, h, w, C]: images over the cloud, K at most 150 and a side at most 32; or None."""
    thumbnail_rows = Array()
    """uint32 [K]: the points that they belong to."""
    decodable = synced(Bool())
    """Whether a click is answered."""
    decoded_image = Array()
    """float32 [H, W, C]: the newest answer."""
    decoded_range = synced(List())
    """[lowest, highest] value drawn of it."""
    decoded_at = synced(List(None, allow_none=True))
    """[x, y] that it belongs to."""
    decoded_ask = synced(Int())
    """The number that its asker gave the question."""
    decoded_client = synced(Unicode())
    """Its asker."""
    decoded_problem = synced(Unicode())
    """Why there is no image, or empty."""
