"""How long it takes to have a long run back: from its directory, and on a page loaded again."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
from interleaved import duration, interleave, report, versions

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
names = [f"series_{number}" for number in range(8)]
def train(run):
    run.log(dict.fromkeys(names, 1.0))
    steps = np.arange(1, HISTORY)
    for name in names:
        run.scalars[name].extend(steps, 1 / steps, steps * 0.005)
    for step in run.track(range(1_000_000)):
        run.log(dict.fromkeys(names, 0.5), step=HISTORY + step)
        time.sleep(0.005)
run.start(train);
"""
# The curves have said how far they are since the page was loaded, and all eight lines are long.
DRAWN = """least => {
    const output = ".jp-OutputArea-output";
    const curves = document.querySelector(`${output} [data-testid="tl-curves"]`);
    const said = curves?.querySelector(".tl-summary")?.textContent ?? "";
    const step = Number((/step ([\\d,]+)/.exec(said)?.[1] ?? "-1").replaceAll(",", ""));
    const lines = [...document.querySelectorAll(`${output} .bqplot path.line`)];
    const long = lines.filter(line => (line.getAttribute("d") ?? "").length > 500);
    const named = document.querySelectorAll(`${output} [data-testid="tl-series"]`);
    return step >= least && named.length >= 8 && long.length >= 8;
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
            "tl.open and all values of one series": _opening(
                path, lambda run: run.history(NAMES[0])
            ),
        }
        report("to have it back", interleave(ways, ROUNDS), base="tl.open")
    if shutil.which("chromium") is None:
        print("Chromium is not there; how long a page takes is left out")
        return
    for history in (1_000, VALUES):
        lab, curves = zip(*_reload(history), strict=True)
        print(f"a page loaded again, {SERIES} series of {history:,} values, in a run that goes on")
        print(f"  until JupyterLab has drawn the cells: {_all(lab)}")
        print(f"  from then until the curves are drawn, with values logged since: {_all(curves)}")


def _all(seconds: Sequence[float]) -> str:
    each = ", ".join(map(duration, seconds))
    return f"{duration(median(seconds))} (each: {each})"


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


def _reload(history: int) -> list[tuple[float, float]]:
    """Return of each reload the seconds to JupyterLab’s cells, and from there to the curves."""
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
        notebook.page.wait_for_function(DRAWN, arg=0, **drawn)
        for _ in range(RELOADS):
            notebook.save()
            least, began = notebook.kernel("run.latest(names[0])[0]"), perf_counter()
            notebook.page.reload()
            notebook.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE * 1000)
            cells = perf_counter()
            notebook.page.wait_for_function(DRAWN, arg=least + 1, **drawn)
            seconds.append((cells - began, perf_counter() - cells))
        if notebook.kernel("run.state") != "running":
            raise RuntimeError("the run ended before the page was back")
        pages.close(notebook)
        browser.close()
    return seconds


if __name__ == "__main__":
    main()
