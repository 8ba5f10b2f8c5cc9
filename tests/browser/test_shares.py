"""The shares in JupyterLab: a real model as an icicle, zoomed by mouse and by keys."""

import pytest

pytestmark = pytest.mark.browser

RESNET = """
import torch, torchvision, torchloupe as tl
with torch.device("meta"):
    model = torchvision.models.resnet50()
    shares = tl.Shares(model, torch.zeros(1, 3, 224, 224), kind="icicle")
shares
"""


def test_an_icicle_of_a_real_model(open_notebook):
    """Seen to fail with the measures in another order, and with tools in one line when narrow."""
    notebook = open_notebook([RESNET.strip()])
    page, keyboard = notebook.page, notebook.page.keyboard
    notebook.run(0)
    notebook.shows("tl-share")

    def box(path):
        return notebook.page.locator(f'.tl-share-box[data-path="{path}"]')

    def zoomed_in_on():
        return notebook.find("tl-share-crumb").last.inner_text()

    def settled(path):
        """Wait until a box is as wide as all of them: it has come to its place."""
        notebook.until(lambda: width(path) > width_of_all() - 3)

    def width(path):
        return box(path).bounding_box()["width"]

    def width_of_all():
        return page.locator(".tl-share-boxes").bounding_box()["width"]

    # as wide as its share of what torch counts
    count = "sum(each.numel() for each in {}.parameters())"
    share = notebook.kernel(f"{count.format('model.layer4')} / {count.format('model')}")
    assert abs(width("layer4") / width_of_all() - share) < 0.005
    assert "25.6 M parameters · layer4 holds 59 %" in notebook.text("tl-shares")

    # zoomed by mouse
    box("layer4").hover()
    assert "14,964,736 parameters" in notebook.text("tl-tooltip")
    box("layer4").click()
    settled("layer4")
    box("layer4.1").click()
    settled("layer4.1")
    assert zoomed_in_on() == "1"

    # and by keys
    keyboard.press("ArrowDown")
    focused = page.locator(".tl-share-box:focus")
    assert focused.get_attribute("data-path").startswith("layer4.1.conv")
    keyboard.press("Escape")
    settled("layer4")
    assert focused.get_attribute("data-path") == "layer4.1"
    keyboard.press("Enter")
    settled("layer4.1")
    keyboard.press("Escape")
    keyboard.press("Escape")
    settled("ResNet")
    notebook.until(lambda: zoomed_in_on() == "ResNet")

    # by another measure
    notebook.find("tl-share-flops").click()
    notebook.until(lambda: "8.18 GFLOPs" in notebook.text("tl-shares"))
    moved = notebook.kernel("shares.values[1][shares.depths == 1].max() / shares.values[1][0]")
    notebook.until(lambda: abs(width("layer3") / width_of_all() - moved) < 0.005)

    # on a narrow page every choice is still there
    page.set_viewport_size({"width": 420, "height": 1000})
    end = page.locator(".tl-shares").bounding_box()
    for choice in page.locator(".tl-shares .tl-tools button").all():
        reach = choice.bounding_box()
        assert reach["x"] + reach["width"] <= end["x"] + end["width"]
