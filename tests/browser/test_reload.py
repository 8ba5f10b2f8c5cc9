"""The page is loaded again in the middle of a run, and everything comes back."""

import numpy as np
import pytest

from .drawn import count_points, read_digits
from .lesson import STEPS_AN_EPOCH
from .load import promised
from .pixels import same_to_the_grey

pytestmark = pytest.mark.browser

#: seconds after Lab has drawn the cells, or after a plain cell's end, until the history is back
PROMISED = 3.0

VIEWS = ["tl-controls", "tl-curves", "tl-latent-scatter", "tl-image-grid", "tl-architecture-tree"]


def everything_is_back(lesson, timeout=20):
    """Wait until every view is on the page, once, and holds what the kernel has."""
    notebook, kernel = lesson.notebook, lesson.kernel
    for view in VIEWS:
        notebook.shows(view, timeout)
        notebook.until(lambda view=view: notebook.find(view).count() == 1)
    notebook.until(
        lambda: notebook.find("tl-points").get_attribute("data-count") == "1797", timeout
    )
    notebook.until(lambda: notebook.find("tl-module").count() == 12, timeout)
    assert kernel("len(run.history('loss')[0])") > 0


def test_all_comes_back_and_training_never_knew(open_lesson, mode):
    """Seen to fail when nothing is saved before the reload."""
    epochs = 8
    lesson = open_lesson(epochs)
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin(delay=0.01)
    kernel.wait("run.epoch >= 2")
    kernel("delay = 0.15")
    notebook.until(lambda: count_points(notebook) > 20)
    notebook.save()
    notebook.reload()
    assert kernel("run.state") == "running", "the page took so long that nothing was left to see"
    if mode == "background":
        # all of it, though most values were logged while no page was open
        least = kernel("len(run.history('loss')[0])")
        notebook.until(lambda: count_points(notebook) >= least, promised(PROMISED))
        everything_is_back(lesson)
        least = kernel("len(run.history('loss')[0])")
        notebook.until(lambda: count_points(notebook) >= least)
        assert kernel("run.state") == "running"
        lesson.press("pause")
        lesson.settle("paused")
        lesson.press("pause")
    kernel("delay = 0.0")
    kernel.wait("run.state == 'finished'", 60)
    notebook.until(lambda: count_points(notebook) == epochs * STEPS_AN_EPOCH, promised(PROMISED))
    everything_is_back(lesson)
    lesson.ends_at_the_truth()
    assert notebook.step() == kernel("run.step") == epochs * STEPS_AN_EPOCH
    notebook.until(lambda: count_points(notebook) == epochs * STEPS_AN_EPOCH)
    notebook.until(lambda: f"epoch {epochs}" in notebook.text("tl-image-grid"))
    own = kernel("with torch.no_grad(): own = model(images[:10])[:, 0].tolist()\nown")
    assert same_to_the_grey(read_digits(notebook)[1], np.array(own))

    # the same training again, without anybody watching
    kernel(
        f"""
        other, optimizer, loader = make()
        losses = []
        for epoch in range({epochs}):
            for x, _ in loader:
                losses.append(learn(other, optimizer, x).item())
        """,
        timeout=60,
    )
    assert kernel("losses == run.history('loss')[1].tolist()")
    assert kernel("all(map(torch.equal, model.parameters(), other.parameters()))")


def test_a_page_that_comes_late_sees_the_end(open_lesson, mode):
    """The tab is closed while it trains, and opened again after the end.

    Seen to fail when nothing is saved before the tab is closed.
    """
    lesson = open_lesson(6)
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin(delay=0.01)
    notebook.save()
    notebook.page.goto("about:blank")
    kernel.wait("run.state == 'finished'", 60)
    notebook.open()
    everything_is_back(lesson)
    lesson.ends_at_the_truth()
    notebook.until(lambda: count_points(notebook) == 6 * STEPS_AN_EPOCH)
    # and it can still be asked
    notebook.find("tl-points").click()
    notebook.until(lambda: "decoded (" in notebook.text("tl-decoded-panel"))
    assert kernel("run.problems") == []
