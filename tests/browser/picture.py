"""Take the picture of the dashboard that the README shows.

Run as `python -m tests.browser.picture OUT.png [--dark] [--width 1180]`.
"""

import argparse
import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from .conftest import Pages, launch
from .lab import Lab

SOURCE = """
import torch, torchloupe as tl
images, labels = tl.data.digits()
torch.manual_seed(3)
run = tl.recipes.autoencoder(images, labels, latent=2, variational=True, epochs=150, name="digits")
run
"""
#: the middle of the class that lies closest together
PLACE = """
import numpy as np
points = run.latest("latents")[1]["points"]
own = [points[labels.numpy() == digit] for digit in range(10)]
np.median(min(own, key=lambda each: each.std(0).prod()), 0).tolist()
"""
EPOCH = 60
MOST_BYTES = 400_000
AROUND = 60


def take(notebook, width, *, dark):
    """Train for a while, pause, decode a place; return a PNG's bytes."""
    page, kernel = notebook.page, notebook.kernel
    if dark:
        notebook.theme("JupyterLab Dark")
    notebook.run(0)
    board = page.locator(".tl-dashboard")
    notebook.shows("tl-points")
    beside = page.viewport_size["width"] - board.bounding_box()["width"]
    page.set_viewport_size({"width": round(width + beside), "height": page.viewport_size["height"]})
    kernel.wait(f"run.epoch >= {EPOCH}", 120)
    kernel("run.pause()")
    kernel.wait("run.state == 'paused'")
    notebook.until(lambda: notebook.text("tl-state") == "paused")
    notebook.until(lambda: notebook.step() == kernel("run.step"))
    click(notebook, kernel(PLACE))
    panel = notebook.find("tl-decoded-panel")
    notebook.until(lambda: "decoded (" in panel.inner_text())
    page.mouse.move(1, 1)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(1000)
    return board.screenshot()


def click(notebook, place):
    """Click a place, given in data coordinates."""
    canvas = notebook.find("tl-points")
    box = canvas.bounding_box()
    x0, x1, y0, y1 = map(float, canvas.get_attribute("data-view").split())
    left = (place[0] - x0) / (x1 - x0) * box["width"]
    top = (y1 - place[1]) / (y1 - y0) * box["height"]
    canvas.click(position={"x": left, "y": top})


def shrink(png):
    """Return a PNG with fewer colours if it is too large for a page that many will load."""
    if len(png) <= MOST_BYTES:
        return png
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    small = picture.quantize(256, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    small.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int, default=1180, help="of the dashboard, in CSS pixels")
    given = parser.parse_args()
    with Lab() as lab, sync_playwright() as playwright:
        browser = launch(playwright)
        size = {"width": given.width + AROUND, "height": 1250}
        context = browser.new_context(viewport=size, device_scale_factor=2)
        pages = Pages(lab, context, given.out.resolve().parent)
        notebook = pages.open([SOURCE.strip()])
        try:
            picture = shrink(take(notebook, given.width, dark=given.dark))
        except Exception:
            print(notebook.describe())
            raise
        pages.close(notebook)
        browser.close()
    given.out.write_bytes(picture)
    print(f"{given.out}: {len(picture):,} bytes")


if __name__ == "__main__":
    main()
