"""A million steps at full speed: the page ends at the last, is not flooded, and does not grow."""

import itertools
import os
import statistics

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


#: how many frames the views that are shown have drawn together
FRAMES = """[...document.querySelectorAll(".tl-view")]
    .reduce((sum, each) => sum + Number(each.dataset.frame), 0)"""


#: how many nodes the ticks of the axes are, which come and go with what they say
TICKS = """[...document.querySelectorAll(".tick")].reduce((sum, tick) => {
    const nodes = document.createTreeWalker(tick);
    while (nodes.nextNode()) sum += 1;
    return sum + 1;
}, 0)"""


class Browser:
    """What the page's engine holds on to, after it was told to let go of the rest."""

    def __init__(self, page):
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def measure(self):
        """Return frames, nodes but ticks, listeners, kilobytes of objects and of number arrays."""
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
        found = self._session.send("Performance.getMetrics")["metrics"]
        told = {each["name"]: each["value"] for each in found}
        heap = self._session.send("Runtime.getHeapUsage")
        kept = [heap["usedSize"] / 1024, heap["backingStorageSize"] / 1024]
        frames = self._page.evaluate(FRAMES)
        nodes = int(told["Nodes"]) - self._page.evaluate(TICKS)
        return [frames, nodes, int(told["JSEventListeners"]), *kept]


def a_frame(frames, values):
    """Return what a frame adds: the median of all intervals, as what happens once is nothing."""
    intervals = itertools.pairwise(zip(frames, values, strict=True))
    return statistics.median((b - a) / (n - m) for (m, a), (n, b) in intervals if n > m)


def growth(values):
    """Return by how much the least of the later half is above that of the earlier one."""
    middle = len(values) // 2
    return min(values[middle:]) - min(values[:middle])


def test_a_million_steps(spare):
    """Seen to fail when a node, a listener or an array is left of every draw, and when the last
    frame is never sent; too many messages, when frames wait for neither budget nor answer.
    """
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
    curve = [(*browser.measure(), resident(kernel), notebook.step())]
    while kernel("run.state") == "running":
        notebook.page.wait_for_timeout(EVERY)
        curve.append((*browser.measure(), resident(kernel), notebook.step()))
    taken = seconds_to_truth(notebook)
    rate = messages_a_second(notebook)
    curve.append((*browser.measure(), resident(kernel), notebook.step()))
    frames, nodes, listeners, heap, arrays, memory, steps = zip(*curve, strict=True)
    report = "\n".join(map(str, curve))
    print(f"truth after {taken:.2f} s; {rate:.1f} messages a second\n{report}")
    assert taken <= promised(2.0)
    assert notebook.step() == STEPS
    assert rate <= 20
    assert frames[-1] - frames[0] > 8, "too few frames to see that something stays of each"
    # JupyterLab itself adds some, once; what stayed of every frame would grow all the time.
    assert a_frame(frames, nodes) < 0.5, report
    assert a_frame(frames, listeners) < 0.5, report
    assert nodes[-1] - nodes[0] < 400, report
    assert growth(heap) < 1024, report
    assert growth(arrays) < 256, report
    warm = next(index for index, each in enumerate(steps) if each >= STEPS // 4)
    assert memory[-1] - memory[warm] < 24, report


def resident(kernel):
    """Return the kernel's memory in megabytes."""
    return kernel(
        "int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20"
    )
