"""How long it takes to have a long run back: from its directory, and on a page loaded again."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
from interleaved import duration, interleave, report, timing_of, versions

import torchloupe as tl

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # how the tests drive a browser

VALUES = 1_000_000
SERIES = 8
PART = 50_000
ROUNDS = 7
RELOADS = 3
PATIENCE = 60.0
NAMES = [f"series_{number}" for number in range(SERIES)]

SHOWN = """
import time, torchloupe as tl
run = tl.Run("reload")
run
"""
TRAINED = """
import numpy as np
def train(run):
    names = [f"series_{number}" for number in range(8)]
    run.log(dict.fromkeys(names, 1.0))
    steps = np.arange(1, HISTORY)
    for name in names:
        run.scalars[name].extend(steps, 1 / steps, steps * 0.005)
    for step in run.track(range(1_000_000)):
        run.log(dict.fromkeys(names, 0.5), step=HISTORY + step)
        time.sleep(0.005)
run.start(train);
"""
# A pane of the curves that shows all eight lines, each from the beginning: wide and with points.
DRAWN = """() => {
    const found = name => document.querySelectorAll(
        `.jp-OutputArea-output [data-testid="${name}"]`);
    const lines = [...document.querySelectorAll(".jp-OutputArea-output .bqplot path.line")];
    const long = lines.filter(line => (line.getAttribute("d") ?? "").length > 500);
    return found("tl-curves").length > 0 && found("tl-series").length >= 8 && long.length >= 8;
}"""


def main() -> None:
    print(versions("torchloupe", "jupyterlab", "ipykernel", "playwright"))
    with tempfile.TemporaryDirectory() as folder:
        path = _write(folder)
        size = sum(each.stat().st_size for each in path.iterdir())
        print(f"\na directory of {SERIES} series of {VALUES:,} values: {size / 2**20:,.0f} MiB")
        ways = {
            "tl.open": _opening(path, lambda run: run),
            "tl.open and the curves’ first frame": _opening(path, tl.Curves),
            "tl.open and all values of one series": _opening(path, lambda run: run.history(NAMES[0])),
        }
        report("to have it back", interleave(ways, ROUNDS), base="tl.open")
    if shutil.which("chromium") is None:
        print("Chromium is not there; how long a page takes is left out")
        return
    for history in (1_000, VALUES):
        drawn = _reload(history)
        text = " ".join(duration(each) for each in drawn)
        middle = duration(timing_of(drawn).median)
        print(f"a page loaded again, {SERIES} series of {history:,} values, in a run that goes on:")
        print(f"  from the cells drawn to the curves drawn: {middle} ({text})")


def _write(folder: str) -> Path:
    with tl.Run("long", dir=folder) as run:
        run.log(dict.fromkeys(NAMES, 1.0))
        for first in range(1, VALUES, PART):
            steps = np.arange(first, min(first + PART, VALUES))
            for name in NAMES:
                run.scalars[name].extend(steps, 1 / steps, steps * 0.005)
            run.flush()
        return run.path


def _opening(path: Path, use: Callable[[tl.Run], object]) -> Callable[[], float]:
    def way() -> float:
        began = perf_counter()
        with tl.open(path) as run:
            use(run)
            return perf_counter() - began

    return way


def _reload(history: int) -> list[float]:
    """Return the seconds of each reload, from JupyterLab’s cells on the page to the curves."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import Pages, launch
    from tests.browser.lab import Lab

    seconds = []
    with Lab() as lab, sync_playwright() as playwright, tempfile.TemporaryDirectory() as pictures:
        browser = launch(playwright)
        pages = Pages(lab, browser.new_context(), Path(pictures))
        notebook = pages.open([SHOWN.strip(), TRAINED.replace("HISTORY", str(history)).strip()])
        notebook.run(0, 1)
        drawn = {"timeout": PATIENCE * 1000, "polling": 20}
        notebook.page.wait_for_function(DRAWN, **drawn)
        for _ in range(RELOADS):
            notebook.save()
            notebook.page.reload()
            notebook.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE * 1000)
            began = perf_counter()
            notebook.page.wait_for_function(DRAWN, **drawn)
            seconds.append(perf_counter() - began)
        if notebook.kernel("run.state") != "running":
            raise RuntimeError("the run ended before the page was back")
        pages.close(notebook)
        browser.close()
    return seconds


if __name__ == "__main__":
    main()
