"""The views in a cell of their own, of tensors and a model, with nothing that trains."""

import numpy as np
import pytest

from .drawn import count_points
from .pixels import read_image, read_images, same_to_the_grey

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", ["background"])]

ATTACK = "<img src=x onerror=window.hacked=1>"
SOURCE = f"""
from IPython.display import display
torch.manual_seed(0)
model = Autoencoder()
places = torch.randn(200, 2)
names = [{ATTACK!r} if index % 2 else "other" for index in range(200)]
scatter = tl.LatentScatter(places, names, decode=model.decoder, title={ATTACK!r})
display(
    tl.ImageGrid(images[:6], labels=names[1:2] * 6),
    scatter,
    tl.Curves({{{ATTACK!r}: [3.0, 2.0, 1.0, 0.5], "other": torch.rand(50)}}),
    tl.ArchitectureTree(model, images[:1]),
)
"""


def test_views_show_tensors_and_answer_clicks(lesson):
    """Seen to fail with another tensor."""
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.show(SOURCE)
    notebook.shows("tl-points")
    notebook.until(lambda: notebook.page.locator(".tl-view").count() == 4)
    assert notebook.find("tl-controls").count() == 0

    shown = read_images(notebook.shows("tl-images"), 6)[0, ..., 0]
    assert same_to_the_grey(shown, np.array(kernel("images[:6, 0].tolist()")))

    notebook.until(lambda: notebook.find("tl-points").get_attribute("data-count") == "200")
    notebook.until(lambda: count_points(notebook) == 50)
    parameters = kernel("sum(each.numel() for each in model.parameters())")
    notebook.until(lambda: f"{parameters:,}" in notebook.text("tl-architecture-tree"))
    assert notebook.find("tl-module").count() == kernel("len(list(model.modules()))")

    notebook.find("tl-points").click()
    panel = notebook.find("tl-decoded-panel")
    notebook.until(lambda: "decoded (" in panel.inner_text())
    told = kernel(
        """
        with torch.no_grad():
            told = model.decoder(torch.tensor(scatter.pointer)[None])[0]
        assert np.array_equal(scatter.decoded, told)
        told[0].tolist()
        """
    )
    assert same_to_the_grey(read_image(notebook.find("tl-decoded")), told)

    # names are text, whatever they say
    for where in ("tl-latent-scatter", "tl-curves"):
        assert ATTACK in notebook.text(where)
    assert notebook.find("tl-class").first.inner_text().strip() == ATTACK
    notebook.find("tl-images").hover(position={"x": 80, "y": 20})
    notebook.until(lambda: ATTACK in notebook.find("tl-tooltip").first.text_content())
    assert notebook.page.evaluate("window.hacked") is None
    assert notebook.page.locator(".jp-OutputArea-output img[src=x]").count() == 0


def test_words_that_come_and_go_move_nothing(lesson):
    """Seen to fail without the height that a summary keeps, and when no new width ends it."""
    notebook, kernel = lesson.notebook, lesson.kernel
    usual = notebook.page.viewport_size
    lesson.show("grid = tl.ImageGrid(images[:6])\ngrid")
    summary = notebook.shows("tl-image-grid").locator(".tl-summary")

    def height(words):
        kernel(f"grid.summary = {words!r}")
        notebook.until(lambda: summary.inner_text() == words)
        notebook.page.wait_for_timeout(100)
        return summary.bounding_box()["height"]

    try:
        notebook.page.set_viewport_size({**usual, "width": 540})
        notebook.until(lambda: notebook.find("tl-image-grid").bounding_box()["width"] < 540)
        low = height("six images")
        high = height(" · ".join(["rather many words"] * 6))
        assert high > 1.5 * low
        assert height("six images") == high
    finally:
        notebook.page.set_viewport_size(usual)
    notebook.until(lambda: summary.bounding_box()["height"] == low)
