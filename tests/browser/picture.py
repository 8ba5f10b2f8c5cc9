"""Take the pictures that the README shows: of a dashboard, or of a graph that is alive.

Run as `python -m tests.browser.picture OUT.png [--of graph] [--dark] [--width 1180]`.
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
GRAPH = """
import torch, torchloupe as tl
from torch import nn
from torch.nn.functional import mse_loss
images, _ = tl.data.digits()

def block(inside, outside):
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1), nn.BatchNorm2d(outside), nn.ReLU()
    )

class Denoiser(nn.Module):
    def __init__(self):
        super().__init__()
        self.pool = nn.MaxPool2d(2)
        self.down1, self.down2, self.bottom = block(1, 16), block(16, 32), block(32, 64)
        self.rise2, self.rise1 = nn.ConvTranspose2d(64, 32, 2, 2), nn.ConvTranspose2d(32, 16, 2, 2)
        self.up2, self.up1 = block(64, 32), block(32, 16)
        self.head = nn.Conv2d(16, 1, 1)

    def forward(self, x):
        fine = self.down1(x)
        coarse = self.down2(self.pool(fine))
        x = self.rise2(self.bottom(self.pool(coarse)))
        x = self.up2(torch.cat([coarse, x], 1))
        x = self.up1(torch.cat([fine, self.rise1(x)], 1))
        return self.head(x)

def train(run):
    optimizer = torch.optim.Adam(model.parameters(), 3e-3)
    for _ in run.track(range(100_000)):
        clean = images[torch.randint(len(images), (64,))]
        loss = mse_loss(model(clean + 0.3 * torch.randn_like(clean)), clean)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        run.log(loss=loss)

torch.manual_seed(3)
model = Denoiser()
run = tl.Run("denoiser").start(train)
tl.ComputationGraph(model, images[:64], run=run)
"""
EPOCH = 60
STEPS = 200
MOST_BYTES = 400_000
AROUND = 60


def take_dashboard(notebook, width):
    """Train for a while, pause, decode a place; return a PNG's bytes."""
    page, kernel = notebook.page, notebook.kernel
    notebook.run(0)
    board = page.locator(".tl-dashboard")
    notebook.shows("tl-points")
    widen(notebook, board, width)
    kernel.wait(f"run.epoch >= {EPOCH}", 120)
    pause(kernel)
    notebook.until(lambda: notebook.text("tl-state") == "paused")
    notebook.until(lambda: notebook.step() == kernel("run.step"))
    click(notebook, kernel(PLACE))
    panel = notebook.find("tl-decoded-panel")
    notebook.until(lambda: "decoded (" in panel.inner_text())
    come_to_rest(page)
    return board.screenshot()


def take_graph(notebook, width):
    """Train for a while, coloured by gradients; return a PNG's bytes."""
    page, kernel = notebook.page, notebook.kernel
    notebook.run(0)
    graph = page.locator(".tl-computation-graph")
    notebook.shows("tl-graph")
    widen(notebook, graph, width)
    notebook.find("tl-graph-metric").select_option(label="gradient norm")
    kernel.wait(f"run.step >= {STEPS}", 120)
    pause(kernel)
    come_to_rest(page)
    return graph.screenshot()


def pause(kernel):
    """Pause the run and wait until it stands."""
    kernel("run.pause()")
    kernel.wait("run.state == 'paused'")


def come_to_rest(page):
    """Point at nothing, and wait until all is drawn."""
    page.mouse.move(1, 1)
    page.evaluate("document.activeElement.blur()")
    page.wait_for_timeout(2000)


def widen(notebook, view, width):
    """Make the page so wide that a view is `width` wide, in CSS pixels."""
    page = notebook.page
    beside = page.viewport_size["width"] - view.bounding_box()["width"]
    page.set_viewport_size({"width": round(width + beside), "height": page.viewport_size["height"]})


PICTURES = {"dashboard": (SOURCE, take_dashboard), "graph": (GRAPH, take_graph)}


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
    parser.add_argument("--of", choices=PICTURES, default="dashboard")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--width", type=int, default=1180, help="of what is shown, in CSS pixels")
    given = parser.parse_args()
    source, take = PICTURES[given.of]
    with Lab() as lab, sync_playwright() as playwright:
        browser = launch(playwright)
        size = {"width": given.width + AROUND, "height": 1250}
        context = browser.new_context(viewport=size, device_scale_factor=2)
        pages = Pages(lab, context, given.out.resolve().parent)
        notebook = pages.open([source.strip()])
        try:
            if given.dark:
                notebook.theme("JupyterLab Dark")
            picture = shrink(take(notebook, given.width))
        except Exception:
            print(notebook.describe())
            raise
        pages.close(notebook)
        browser.close()
    given.out.write_bytes(picture)
    print(f"{given.out}: {len(picture):,} bytes")


if __name__ == "__main__":
    main()
