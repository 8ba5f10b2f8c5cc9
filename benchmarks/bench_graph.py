"""From running a cell to a graph on the page, beside torchview and torchviz; and what stays.

All in one JupyterLab and one page. The peers draw with Graphviz's `dot`, which must be installed.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from os import cpu_count, getloadavg
from pathlib import Path
from typing import Any

from interleaved import available, interleave, report, versions

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # how the tests drive a browser

ROUNDS = 7
OURS = "tl.ComputationGraph"
MODELS = ("resnet50", "vit_b_16", "convnext_tiny")
PREPARE = """
import torch, torchloupe as tl, torchvision
def prepare(name, batch):
    global model, images
    model = torchvision.models.get_model(name, weights=None).eval()
    images = torch.zeros(batch, 3, 224, 224)
"""
# As each one's documentation has it: torchview goes three modules deep.
SHOWN = {
    OURS: "graph = tl.ComputationGraph(model, images)\ngraph",
    "torchview": """
import torchview
torchview.draw_graph(model, input_data=images, device="cpu").visual_graph
""",
    "torchviz": """
import torchviz
torchviz.make_dot(model(images), params=dict(model.named_parameters()))
""",
}
CLOSED = """
found = globals().pop("graph", None)
if found is not None:
    found.close()
"""
# Runs the first cell and tells after how many milliseconds its graph is there.
SEEN = """() => new Promise((found, failed) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.deselectAll();
    notebook.activeCellIndex = 1;
    const began = performance.now();
    const look = async () => {
        const output = notebook.widgets[1].node.querySelector(".jp-OutputArea-output");
        const image = output?.querySelector("img");
        if (image) await image.decode();
        const drawing = "[data-testid=tl-graph][data-drawn], .jp-RenderedSVG svg";
        if (image || output?.querySelector(drawing))
            requestAnimationFrame(() => found(performance.now() - began));
        else if (performance.now() - began > 120_000) failed(new Error("no graph to be seen"));
        else requestAnimationFrame(look);
    };
    void jupyterapp.commands.execute("notebook:run-cell");
    requestAnimationFrame(look);
})"""


class Bench:
    """One notebook, in which each way is shown in turn."""

    def __init__(self, notebook: Any) -> None:
        self.notebook = notebook
        notebook.run(0)

    def way(self, name: str) -> Callable[[], float]:
        """Return what shows a graph, removes it, and returns how many seconds the former took."""

        def show() -> float:
            seconds = self._show(name)
            self._remove()
            return seconds

        return show

    def bytes_left(self, name: str) -> int:
        """Show a graph; return how large the cell's outputs are in the saved notebook."""
        self._show(name)
        self.notebook.wait(1)
        self.notebook.save()
        saved = self.notebook.page.evaluate(
            "(path) => jupyterapp.serviceManager.contents.get(path)", self.notebook.name
        )
        self._remove()
        return len(json.dumps(saved["content"]["cells"][1]["outputs"]))

    def _show(self, name: str) -> float:
        self.notebook.write(1, SHOWN[name].strip())
        return self.notebook.page.evaluate(SEEN) / 1000

    def _remove(self) -> None:
        self.notebook.wait(1)
        self.notebook.command("notebook:clear-all-cell-outputs")
        self.notebook.write(2, CLOSED.strip())
        self.notebook.run(2)


def main() -> None:
    if shutil.which("chromium") is None:
        print("Chromium is not there; the graphs are left out")
        return
    ways = [OURS, *(each for each in ("torchview", "torchviz") if available(each))]
    if shutil.which("dot") is None:
        print("Graphviz is not there: torchview and torchviz cannot draw and are left out")
        ways = [OURS]
    print(versions("torchloupe", "torch", "torchvision", "torchview", "torchviz", "jupyterlab"))
    print(f"load {getloadavg()[0]:.1f} on {cpu_count()} cores at the beginning")
    _run(ways)
    print(f"load {getloadavg()[0]:.1f} at the end")


def _run(ways: list[str]) -> None:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import VIEWPORT, Pages, launch
    from tests.browser.lab import Lab

    with Lab() as lab, sync_playwright() as playwright, tempfile.TemporaryDirectory() as pictures:
        browser = launch(playwright)
        pages = Pages(lab, browser.new_context(viewport=VIEWPORT), Path(pictures))
        notebook = pages.open([PREPARE.strip(), "pass", "pass"])
        bench = Bench(notebook)
        for name in MODELS:
            bench.notebook.kernel(f"prepare({name!r}, 1)", timeout=60)
            report(
                f"{name}, batch 1", interleave({w: bench.way(w) for w in ways}, ROUNDS), base=OURS
            )
            left = {way: f"{bench.bytes_left(way):,}" for way in ways}
            print("  bytes in the notebook: " + ", ".join(f"{k} {v}" for k, v in left.items()))
        pages.close(notebook)
        browser.close()


if __name__ == "__main__":
    main()
