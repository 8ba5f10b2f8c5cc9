"""The weights of a layer as pictures, against numpy's own."""

import numpy as np
import pytest

from .alive import HEAT, is_pictured
from .latent import numbers

pytestmark = pytest.mark.browser

SHOWN = 1


def test_weights_alone(spare):
    """No run, no tree: signed numbers of which one is NaN and one infinite, and an odd shape.

    Seen to fail with the rows upside down, and with the distribution's bars back to front.
    """
    spare.write(
        SHOWN,
        """
        import torch
        torch.manual_seed(1)
        layer = torch.nn.Linear(23, 9)
        layer.weight.data[2, 5], layer.weight.data[8, 22] = torch.nan, -torch.inf
        tl.Weights(layer, title="by itself")
        """.replace("\n        ", "\n"),
    )
    spare.run(SHOWN)
    view = spare.page.locator(".tl-weights", has_text="by itself")
    block = view.locator(HEAT)
    spare.until(lambda: block.count() == 2)
    weight = np.array(spare.kernel("layer.weight.tolist()"), np.float32)
    bias = np.array(spare.kernel("layer.bias.tolist()"), np.float32)
    is_pictured(block.nth(0), weight)
    is_pictured(block.nth(1), bias[None])
    assert "2 NaN or infinite" in block.nth(0).inner_text()
    assert "216 parameters" in view.locator(".tl-summary").inner_text()

    # the number under the pointer
    canvas = block.nth(0).get_by_test_id("tl-heat")
    box = canvas.bounding_box()
    at = {"x": (7 + 0.5) * box["width"] / 23, "y": (3 + 0.5) * box["height"] / 9}
    canvas.hover(position=at)
    said = view.get_by_test_id("tl-tooltip")
    spare.until(lambda: "row 3, column 7" in said.inner_text())
    assert numbers(said.inner_text())[0] == pytest.approx(weight[3, 7], rel=1e-5)
