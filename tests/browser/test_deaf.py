"""A front end that delivers nothing while a cell is busy is sent frames, slowly and with an end."""

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
    names = "_audience.UNHEARD_BYTES, _audience.STATUS_SECONDS"
    spare.kernel(f"from torchloupe.channel import _audience\nusual = {names}")
    yield spare
    spare.kernel(f"{names} = usual")


def test_a_front_end_that_is_deaf_is_still_shown_frames(lab, notebook):
    kernel = notebook.kernel
    kernel("run = None")
    spoil(notebook, up={"hold": True})
    notebook.write(TRAINED, TRAIN)
    notebook.start(TRAINED)
    notebook.shows("tl-controls", 30)
    kernel.wait("run is not None and run.step > 50")

    # a frame of each view every two seconds
    shown = []
    for _ in range(45):
        notebook.page.wait_for_timeout(200)
        shown.append(notebook.step())
    steps = sorted(set(shown))
    assert 3 <= len(steps) <= 7, steps
    assert kernel("run.step") - steps[-1] < 400

    # past what may be under way, only the status, now and then
    kernel("_audience.UNHEARD_BYTES, _audience.STATUS_SECONDS = 1, 2.0")
    notebook.page.wait_for_timeout(1500)
    before = kernel("tl.Dashboard.of(run).curves.bar.frame"), arrivals(notebook)
    own, server = resident(kernel("os.getpid()")), resident(lab.pid)
    at = notebook.step()
    notebook.page.wait_for_timeout(5000)
    assert kernel("tl.Dashboard.of(run).curves.bar.frame") == before[0]
    assert notebook.step() > at, "the status did not go on"
    count, size = arrivals(notebook)
    assert count <= 9
    assert size <= count * 10_000
    assert resident(kernel("os.getpid()")) - own < GROWTH
    assert resident(lab.pid) - server < GROWTH

    # with the first word everything is back
    spoil(notebook)
    notebook.until(lambda: kernel("tl.Dashboard.of(run).curves.bar.frame") > before[0] + 2, 3)
    kernel("enough = True")
    notebook.wait(TRAINED)
    assert seconds_to_truth(notebook) <= promised(2.0)
    assert differences(notebook) == []
