"""A scatter of up to five million points beside jupyter-scatter, in one JupyterLab and one page.

Both have the same points, classes and height, and the same criteria: pixels read back from the
canvas in each animation frame. `--all` adds 5,000,000 points.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from importlib.metadata import version
from math import nan, sin
from os import cpu_count, getloadavg
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any

from interleaved import available, duration, versions

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # how the tests drive a browser

SIZES = (10_000, 100_000, 1_000_000)
LARGEST = 5_000_000
EPOCH = 100_000
ROUNDS = 5
PATIENCE = 60.0
PAN_SECONDS = 4.0
OURS, PEER = "torchloupe", "jupyter-scatter"
OUTPUT = ".jp-OutputArea-output"

PREPARE = """
import time, numpy as np, pandas as pd, torchloupe as tl
times = []
def told(*_):
    times.append(time.time())
def prepare(count):
    global points, labels, frame
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, count)
    middles = random.normal(0, 4, (10, 2))
    points = (middles[labels] + random.normal(0, 1, (count, 2))).astype(np.float32)
    frame = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "label": labels.astype(str)})
    frame["label"] = frame["label"].astype("category")
"""
SHOWN = {
    OURS: """
scatter = tl.LatentScatter(points, labels)
scatter.on_select(told)
scatter
""",
    PEER: """
import jscatter
peer = jscatter.Scatter("x", "y", frame, color_by="label", height=380)
peer.widget.observe(told, "selection")
peer.show()
""",
}
EPOCHS = {
    OURS: """
run = tl.Run("epochs")
run.log_points("latents", points, labels)
scatter = tl.LatentScatter(run)
scatter
""",
    PEER: SHOWN[PEER],
}
NEXT_EPOCH = {
    OURS: "run.log_points('latents', points[:, ::-1] * 0.8, labels)",
    PEER: """
frame["x2"], frame["y2"] = frame["y"] * 0.8, frame["x"] * 0.8
peer.xy("x2", "y2", animate=True);
""",
}
SELECTED = {OURS: "len(scatter.selection)", PEER: "len(peer.widget.selection)"}
CLOSED = """
for name in ("scatter", "peer", "run"):
    found = globals().pop(name, None)
    if found is not None:
        getattr(found, "widget", found).close()
import gc; gc.collect();
"""
MEASURES = {
    "painted": "from running the cell to pixels",
    "panning": "pictures a second while panning",
    "told": "lasso: to the selection in Python",
    "lit": "lasso: to highlighted pixels",
}


class Bench:
    """One notebook, in which each way is shown in turn."""

    def __init__(self, notebook: Any) -> None:
        self.notebook, self.page, self.kernel = notebook, notebook.page, notebook.kernel
        notebook.run(0)
        self.page.evaluate(Path(__file__).with_name("watched_canvas.js").read_text())

    def measure(self, way: str) -> dict[str, float]:
        """Show the points, pan, draw a lasso, close."""
        measured = {"painted": self.show(SHOWN[way])}
        self.rest()
        measured["panning"] = self.pan()
        try:
            measured["told"], measured["lit"], measured["selected"] = self.lasso(way)
        except (AssertionError, RuntimeError) as error:
            if way == OURS:
                raise
            print(f"the lasso of {way} was not seen: {str(error).splitlines()[-1]}")
            measured |= {"told": nan, "lit": nan, "selected": 0}
        self.close()
        return measured

    def show(self, source: str) -> float:
        """Run a cell; return the seconds until its points are on the canvas."""
        self.notebook.write(1, source.strip())
        began = self.page.evaluate("output => watchCanvas(output)", OUTPUT)
        self.notebook.start(1)
        painted = "watched.painted() !== null"
        self.page.wait_for_function(painted, timeout=PATIENCE * 1000, polling=100)
        error = self.notebook.error(1)
        if error is not None:
            raise RuntimeError(error)
        return (self.page.evaluate("watched.painted()") - began) / 1000

    def close(self) -> None:
        """Leave the page as it was."""
        self.page.evaluate("watched.end()")
        self.notebook.command("notebook:clear-all-cell-outputs")
        self.notebook.write(2, CLOSED.strip())
        self.notebook.run(2, timeout=PATIENCE)
        sleep(0.5)

    def rest(self, seconds: float = 1.0) -> None:
        """Wait until the canvas has not changed for so long."""
        until = monotonic() + PATIENCE
        count, since = -1, monotonic()
        while monotonic() < until and monotonic() - since < seconds:
            now = self.page.evaluate("watched.pictures.length")
            if now != count:
                count, since = now, monotonic()
            self.page.wait_for_timeout(50)

    def pan(self) -> float:
        """Drag to and fro; return how many different pictures there were a second."""
        (left, top, width, height), mouse = self._box(), self.page.mouse
        mouse.move(left + width * 0.5, top + height * 0.5)
        mouse.down()
        began, until, step = self._now(), monotonic() + PAN_SECONDS, 0
        while monotonic() < until:
            step += 1
            swing = 0.1 * sin(step / 15)
            mouse.move(left + width * (0.5 + swing), top + height * 0.5)
        ended = self._now()
        pictures = "([from, to]) => watched.pictures.filter(each => each.at > from && each.at < to)"
        count = self.page.evaluate(f"given => ({pictures})(given).length", [began, ended])
        mouse.move(left + width * 0.5, top + height * 0.5)
        mouse.up()
        self.rest()
        return count / (ended - began) * 1000

    def lasso(self, way: str) -> tuple[float, float, int]:
        """Draw a lasso; return seconds to the kernel and to pixels that stay, and how many."""
        (left, top, width, height), mouse = self._box(), self.page.mouse
        self.kernel("times.clear()")
        if way == PEER:
            self.kernel("_ = peer.mouse(mode='lasso')")
            self.page.wait_for_timeout(500)
        else:
            self.page.keyboard.down("Shift")
        mouse.move(left + width * 0.35, top + height * 0.25)
        mouse.down()
        for x, y in ((0.75, 0.25), (0.75, 0.7), (0.35, 0.7), (0.35, 0.3)):
            mouse.move(left + width * x, top + height * y, steps=8)
        self.rest()
        self.page.evaluate(
            """() => addEventListener("pointerup", () => {
                window.upAt = performance.timeOrigin + performance.now();
            }, { capture: true, once: true })"""
        )
        mouse.up()
        self.page.keyboard.up("Shift")
        told = self.kernel.wait("times[-1] if times else 0", timeout=20)
        self.rest(1.5)
        up = self.page.evaluate("upAt")
        seen = self.page.evaluate("moment => watched.since(moment)", up)
        if seen is None or seen["changed"] < 0.02:
            raise RuntimeError(f"nothing was highlighted: {seen}")
        return told - up / 1000, (seen["stayed"] - up) / 1000, self.kernel(SELECTED[way])

    def morph(self, way: str) -> tuple[float, float, float]:
        """Show an epoch and the next; return when it begins to move, for how long, how smoothly."""
        self.show(EPOCHS[way])
        self.rest()
        moment = self._now()
        self.notebook.write(2, NEXT_EPOCH[way].strip())
        self.notebook.run(2, timeout=PATIENCE)
        self.rest(1.5)
        seen = self.page.evaluate("moment => watched.since(moment)", moment)
        self.close()
        lasts = (seen["stayed"] - seen["first"]) / 1000
        return (seen["first"] - moment) / 1000, lasts, seen["count"] / max(lasts, 0.001)

    def _now(self) -> float:
        return self.page.evaluate("performance.timeOrigin + performance.now()")

    def _box(self) -> tuple[float, float, float, float]:
        box = self.page.locator(f"{OUTPUT} canvas").first.bounding_box()
        return box["x"], box["y"], box["width"], box["height"]


class Wire:
    """Counts what goes over a page's web sockets, both ways."""

    def __init__(self, context: Any) -> None:
        self.bytes = 0
        context.on("page", lambda page: page.on("websocket", self._listen))

    def _listen(self, socket: Any) -> None:
        for event in ("framereceived", "framesent"):
            socket.on(event, self._count)

    def _count(self, payload: str | bytes) -> None:
        self.bytes += len(payload if isinstance(payload, bytes) else payload.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help=f"{LARGEST:,} points too")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    given = parser.parse_args()
    if shutil.which("chromium") is None:
        print("Chromium is not there; the scatter is left out")
        return
    ways = [OURS, *([PEER] if available("jscatter") else [])]
    print(versions("torchloupe", "jupyterlab", "anywidget", "playwright"))
    if PEER in ways:
        print(f"{PEER} {version(PEER)}")
    print(f"load {getloadavg()[0]:.1f} on {cpu_count()} cores at the beginning")
    _run([*given.sizes, *([LARGEST] if given.all else [])], ways, given.rounds)
    print(f"load {getloadavg()[0]:.1f} at the end")


def _run(sizes: list[int], ways: list[str], rounds: int) -> None:
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import VIEWPORT, Pages, launch
    from tests.browser.lab import Lab

    with Lab() as lab, sync_playwright() as playwright, tempfile.TemporaryDirectory() as pictures:
        browser = launch(playwright)
        contexts = [browser.new_context(viewport=VIEWPORT) for _ in range(2)]
        wire = Wire(contexts[1])
        watched, counted = (Pages(lab, each, Path(pictures)) for each in contexts)
        notebook = watched.open([PREPARE.strip(), "pass", "pass"])
        bench = Bench(notebook)
        for count in sizes:
            bench.kernel(f"prepare({count})", timeout=PATIENCE)
            _compare(bench, count, ways, rounds if count < LARGEST else 1)
        bench.kernel(f"prepare({EPOCH})", timeout=PATIENCE)
        _morphs(bench, ways, rounds)
        watched.close(notebook)
        for count in sizes:
            _count_bytes(counted, wire, count, ways)
        browser.close()


def _compare(bench: Bench, count: int, ways: list[str], rounds: int) -> None:
    chance = random.Random(count)
    found: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
    for turn in range(rounds + (rounds > 1)):
        for way in chance.sample(ways, len(ways)):
            measured = bench.measure(way)
            if turn or rounds == 1:  # the first warms up
                found[way].append(measured)
    print(f"\n{count:,} points, {rounds} rounds")
    for name, title in MEASURES.items():
        print(f"  {title}")
        reference = median([each[name] for each in found[OURS]])
        for way in ways:
            values = sorted(each[name] for each in found[way])
            write = "{:.1f}".format if name == "panning" else duration
            spread = f"[{write(values[0])} … {write(values[-1])}]"
            ratio = f"{median(values) / reference:.2f}x" if reference else ""
            print(f"    {way:<18}{write(median(values)):>9} {spread:<22}{ratio:>8}")
    chosen = {way: int(found[way][-1]["selected"]) for way in ways}
    print("  selected: " + ", ".join(f"{way} {number:,}" for way, number in chosen.items()))


def _morphs(bench: Bench, ways: list[str], rounds: int) -> None:
    print(f"\nfrom one epoch of {EPOCH:,} points to the next, medians of {rounds}")
    for way in ways:
        begins, lasts, rates = zip(*(bench.morph(way) for _ in range(rounds)), strict=True)
        print(
            f"  {way:<18} begins after {duration(median(begins))}, lasts {duration(median(lasts))},"
            f" {median(rates):.1f} pictures a second"
        )


def _count_bytes(pages: Any, wire: Wire, count: int, ways: list[str]) -> None:
    for way in ways:
        notebook = pages.open([PREPARE.strip(), "pass", "pass"])
        bench = Bench(notebook)
        bench.kernel(f"prepare({count})", timeout=PATIENCE)
        before = wire.bytes
        bench.show(SHOWN[way])
        bench.rest()
        shown = wire.bytes
        print(f"{count:>9,} points, {way}: {shown - before:,} bytes on the wire")
        if way == OURS:
            bench.lasso(way)
            print(f"{count:>9,} points, {way}: {wire.bytes - shown:,} bytes for a lasso")
        pages.close(notebook)


if __name__ == "__main__":
    main()
