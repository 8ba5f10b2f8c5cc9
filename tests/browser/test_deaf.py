"""A front end that delivers nothing while a cell is busy is sent frames, slowly and with an end."""

import time

import psutil
import pytest

from .lesson import TRAINED
from .line import differences, seconds_to_truth, spoil
from .load import promised

pytestmark = pytest.mark.browser

TRAIN = """
enough = False
run = tl.Run("deaf")
run.log_images("pictures", np.zeros((6, 8, 8)))
display(run)
rng = np.random.default_rng(0)
for step in run.track(range(10**9)):
    run.log(loss=np.exp(-step / 300))
    if step % 20 == 0:
        run.log_images("pictures", rng.random((6, 64, 64)))
    time.sleep(0.01)
    if enough:
        break
"""
MEGABYTE = 2**20
#: in seconds; what the package waits for is made shorter, which it is tested for elsewhere
SILENCE = 0.8
#: what a server or a kernel may take more while nobody answers
GROWTH = 24 * MEGABYTE


def resident(pid):
    return psutil.Process(pid).memory_info().rss


def arrivals(notebook):
    """Return how many messages of widgets came since this was last asked, and their bytes."""
    return notebook.page.evaluate(
        "() => [line.arrivals.splice(0).length, line.bytes, (line.bytes = 0)].slice(0, 2)"
    )


@pytest.fixture
def notebook(spare):
    """The spare one; what the test sets in the package is set back."""
    names = "_audience.UNHEARD_BYTES, _audience.STATUS_SECONDS, _audience.SILENCE_SECONDS"
    spare.kernel(f"from torchloupe.channel import _audience\nusual = {names}")
    spare.kernel(f"_audience.SILENCE_SECONDS = {SILENCE}")
    yield spare
    spare.kernel(f"{names} = usual")


def steps_shown(notebook, seconds):
    """Watch the page for a while; return the steps that it shows and how long it was watched."""
    shown, began = [], time.monotonic()
    while time.monotonic() - began < seconds:
        shown.append(notebook.step())
        notebook.page.wait_for_timeout(SILENCE * 100)
    return sorted(set(shown)), time.monotonic() - began


def test_a_front_end_that_is_deaf_is_still_shown_frames(lab, notebook):
    """Seen to fail when the bound on unheard frames is never reached, or the status never sent."""
    kernel = notebook.kernel
    kernel("run = None")
    spoil(notebook, up={"hold": True})
    notebook.write(TRAINED, TRAIN)
    notebook.start(TRAINED)
    notebook.shows("tl-controls", 30)
    kernel.wait("run is not None and run.step > 50")

    # a frame of each view after every silence
    steps, taken = steps_shown(notebook, 5 * SILENCE)
    assert 3 <= len(steps) <= taken / SILENCE + 2, steps
    assert kernel("run.step") - steps[-1] < 400

    # past what may be under way, only the status, now and then
    kernel(f"_audience.UNHEARD_BYTES, _audience.STATUS_SECONDS = 1, {SILENCE}")
    notebook.page.wait_for_timeout(SILENCE * 1000)
    before = kernel("tl.Dashboard.of(run).curves.bar.frame"), arrivals(notebook)
    own, server = resident(kernel("os.getpid()")), resident(lab.pid)
    steps, taken = steps_shown(notebook, 3 * SILENCE)
    assert len(steps) > 1, "the status did not go on"
    count, size = arrivals(notebook)
    assert kernel("tl.Dashboard.of(run).curves.bar.frame") == before[0]
    assert count <= 2 * taken / SILENCE + 2
    assert size <= count * 10_000
    assert resident(kernel("os.getpid()")) - own < GROWTH
    assert resident(lab.pid) - server < GROWTH

    # with the first word everything is back
    spoil(notebook)
    frame = "tl.Dashboard.of(run).curves.bar.frame"
    notebook.until(lambda: kernel(frame) > before[0] + 2, promised(2.0))
    kernel("enough = True")
    notebook.wait(TRAINED)
    assert seconds_to_truth(notebook) <= promised(2.0)
    notebook.page.wait_for_timeout(500)
    assert differences(notebook) == [], "it did not stay"
