"""A million steps at full speed: the page ends at the last, is not flooded, and does not grow."""

import os
import statistics

import numpy as np
import pytest

from .lesson import DISPLAYED, TRAINED
from .line import messages_a_second, seconds_to_truth
from .load import promised

pytestmark = [pytest.mark.browser, pytest.mark.torture]

STEPS = 1_000_000
#: how often the page is measured; at full length the loop rests, so that it takes ten minutes
EVERY = 1500 if not os.environ.get("TORCHLOUPE_TORTURE") else 30_000
REST = 0.0 if not os.environ.get("TORCHLOUPE_TORTURE") else 0.5
DISPLAY = """
run = tl.Run("endless")
run.log(loss=1.0, accuracy=0.0)
run
"""
TRAIN = f"""
def train(run):
    for step in run.track(range({STEPS})):
        run.log(loss=1.0 / (1 + step), accuracy=step / {STEPS})
        if {REST} and step % 1000 == 0:
            time.sleep({REST})

run.start(train);
"""


class Browser:
    """What the page's engine holds on to, after it was told to let go of the rest."""

    def __init__(self, page):
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def measure(self):
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
        found = self._session.send("Performance.getMetrics")["metrics"]
        told = {each["name"]: each["value"] for each in found}
        return [told["JSHeapUsedSize"] / 2**20, int(told["Nodes"]), int(told["JSEventListeners"])]


def test_a_million_steps(spare):
    notebook, kernel = spare, spare.kernel
    notebook.write(DISPLAYED, DISPLAY)
    notebook.write(TRAINED, TRAIN)
    notebook.run(DISPLAYED)
    notebook.shows("tl-controls")
    browser = Browser(notebook.page)
    notebook.page.evaluate("line.arrivals.length = 0")
    notebook.start(TRAINED)
    kernel.wait("run.step >= 10_000")
    notebook.until(lambda: notebook.step() >= 10_000)
    curve = [(notebook.step(), *browser.measure(), resident(kernel))]
    while kernel("run.state") == "running":
        notebook.page.wait_for_timeout(EVERY)
        curve.append((notebook.step(), *browser.measure(), resident(kernel)))
    taken = seconds_to_truth(notebook)
    rate = messages_a_second(notebook)
    curve.append((notebook.step(), *browser.measure(), resident(kernel)))
    report = "\n".join(map(str, curve))
    print(f"truth after {taken:.2f} s; {rate:.1f} messages a second\n{report}")
    assert taken <= promised(2.0)
    assert notebook.step() == STEPS
    assert rate <= 20
    _, heap, nodes, listeners, memory = zip(*curve, strict=True)
    assert heap[-1] - heap[0] < 12, report
    # JupyterLab itself adds some, once; what stayed of every frame would grow all the time.
    assert nodes[-1] - nodes[0] < 400, report
    assert statistics.median(np.diff(nodes)) < 8, report
    assert statistics.median(np.diff(listeners)) < 4, report
    warm = next(index for index, each in enumerate(curve) if each[0] >= STEPS // 4)
    assert memory[-1] - memory[warm] < 24, report


def resident(kernel):
    """Return the kernel's memory in megabytes."""
    return kernel(
        "int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20"
    )
