"""A cell is run again and again, and what it made before is gone."""

from collections import Counter

import pytest

from .lesson import DISPLAYED, TRAINED

pytestmark = pytest.mark.browser

TIMES = 3

COUNT = """
import gc, ipywidgets, re, threading
gc.collect()
names = [re.sub('-.*', '', each.name) for each in threading.enumerate()]
names = [name for name in names if 'listener' not in name and 'process_request' not in name]
dict(
    widgets=len(ipywidgets.widgets.widget._instances),
    threads=sorted(names),
    publishers=len([name for name in names if 'publisher' in name]),
)
"""


def count(notebook):
    """Count all that lives, in the kernel and on the page."""
    return {
        **notebook.kernel(COUNT),
        "models": notebook.count_models(),
        "views": notebook.page.locator("[data-testid^=tl-].tl-view").count(),
        "contexts": notebook.page.evaluate("liveGraphicsContexts()"),
        "comms": notebook.kernel("len(get_ipython().kernel.comm_manager.comms)"),
    }


def fewer(threads, earlier):
    """Tell whether there is no thread that was not there earlier; print those that are new."""
    new = Counter(threads) - Counter(earlier)
    print(f"new threads: {list(new.elements())}")
    return not new


def test_cells_run_again_and_again_leave_one_dashboard(lesson, mode):
    """Seen to fail when a dashboard does not close as its cell is run again."""
    lesson.kernel("kept = []")
    lesson.display(
        3 if mode == "plain" else 100_000,
        # kept alive by the notebook, as people do
        shown="kept.append(run)\nrun",
    )
    notebook = lesson.notebook
    lesson.kernel("kept.clear()")
    counts = []
    for _ in range(TIMES):
        notebook.run(DISPLAYED, TRAINED)
        lesson.kernel.wait("run.step > 5")
        notebook.shows("tl-points")
        notebook.until(lambda: "epoch" in notebook.text("tl-image-grid"))
        notebook.until(lambda: notebook.page.locator(".tl-view").count() == 5)
        counts.append(count(notebook))
    # the first has what is made once; from the second on nothing may grow
    settled = notebook.until(lambda: (now := count(notebook)) == counts[1] and now, 10, every=0.5)
    assert settled["publishers"] == 1
    assert settled["views"] == 5
    assert settled["contexts"] == 1
    earlier = lesson.kernel("[each.state for each in kept[:-1]]")
    assert earlier == (["finished"] if mode == "plain" else ["stopped"]) * (TIMES - 1)
    if mode == "background":
        assert lesson.kernel("run.state") == "running"
        before = lesson.kernel("kept[0].step")
        lesson.kernel.wait("run.step > 10")
        assert lesson.kernel("kept[0].step") == before
    lesson.kernel("_ = [each.close() for each in kept]")


def test_a_training_cell_run_again_goes_on_with_the_same_run(open_lesson, mode):
    """Seen to fail when the cell makes a widget of its own each time."""
    lesson = open_lesson(3 if mode == "plain" else 100_000)
    notebook, kernel = lesson.notebook, lesson.kernel
    counts = []
    for _ in range(TIMES):
        before = kernel("run.step")
        notebook.run(TRAINED)
        kernel.wait(f"run.step > {before} + 5")
        notebook.until(lambda: notebook.find("tl-points").get_attribute("data-count") == "1797")
        counts.append(count(notebook))
    assert kernel("run.state") == ("finished" if mode == "plain" else "running")
    for name in ("widgets", "views", "contexts", "publishers", "comms"):
        assert counts[-1][name] == counts[1][name], name
    # one of the kernel's own may come and go while one counts
    notebook.until(lambda: fewer(count(notebook)["threads"], counts[1]["threads"]))
    kernel("run.close()")
