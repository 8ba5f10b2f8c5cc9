"""Everything that the mouse does, done with keys."""

import numpy as np
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", ["background"])]

FOCUSED = "() => document.activeElement?.dataset?.testid ?? ''"
CONTROLS = [
    "tl-pause",
    "tl-step",
    "tl-stop",
    "tl-play",
    "tl-moment",
    "tl-linear",
    "tl-points",
    "tl-fit",
]
CONTROLS += ["tl-x-step", "tl-table-button", "tl-series", "tl-smoothing", "tl-curves-plot"]
CONTROLS += ["tl-class"] * 10 + ["tl-images", "tl-tree-search"] + ["tl-sort"] * 3 + ["tl-module"]


def focus(notebook, name):
    notebook.find(name).first.focus()


def focused_path(notebook):
    return notebook.page.evaluate("document.activeElement.dataset.path")


def test_tab_reaches_every_control(open_lesson):
    """Seen to fail when one has a tabindex of -1."""
    lesson = open_lesson()
    notebook = lesson.notebook
    lesson.begin(delay=0.02)
    notebook.until(lambda: notebook.find("tl-class").count() == 10)
    notebook.shows("tl-timeline")
    focus(notebook, "tl-pause")
    reached = ["tl-pause"]
    for _ in range(40):
        notebook.page.keyboard.press("Tab")
        reached.append(notebook.page.evaluate(FOCUSED))
        if not reached[-1].startswith("tl-"):
            break
    assert sorted(filter(None, reached)) == sorted(CONTROLS)


def test_keys_press_what_has_the_focus(open_lesson):
    """Seen to fail when the focus is elsewhere."""
    lesson = open_lesson()
    notebook, kernel = lesson.notebook, lesson.kernel
    keyboard = notebook.page.keyboard
    lesson.begin(delay=0.02)
    lesson.settle("running")
    focus(notebook, "tl-pause")
    keyboard.press("Space")
    lesson.settle("paused")
    for key in ("Enter", "Space"):
        step = kernel("run.step")
        focus(notebook, "tl-step")
        keyboard.press(key)
        kernel.wait(f"run.step == {step + 1} and run.state == 'paused'")
        lesson.ends_at_the_truth()
    assert notebook.page.evaluate(FOCUSED) == "tl-step"

    # the scale is a choice of two
    focus(notebook, "tl-linear")
    keyboard.press("ArrowRight")
    kernel.wait("tl.Dashboard.of(run).curves.bar.log")
    notebook.until(lambda: notebook.find("tl-log").get_attribute("aria-checked") == "true")
    keyboard.press("ArrowLeft")
    kernel.wait("not tl.Dashboard.of(run).curves.bar.log")

    # a class is hidden and shown
    focus(notebook, "tl-class")
    for key, pressed in [("Enter", "false"), ("Space", "true")]:
        keyboard.press(key)
        assert notebook.find("tl-class").first.get_attribute("aria-pressed") == pressed

    focus(notebook, "tl-stop")
    keyboard.press("Enter")
    lesson.settle("stopped")


def test_arrows_move_in_the_plane_the_images_and_the_tree(open_lesson):
    """Seen to fail when the arrows are pressed without shift."""
    lesson = open_lesson()
    notebook, kernel = lesson.notebook, lesson.kernel
    keyboard = notebook.page.keyboard
    lesson.begin(delay=0.02)
    lesson.press("pause")
    lesson.settle("paused")
    notebook.until(lambda: notebook.find("tl-points").get_attribute("data-count") == "1797")

    # Enter decodes where the arrows have moved the crosshair
    canvas = notebook.find("tl-points")
    canvas.focus()
    keyboard.press("ArrowRight")
    start = np.array([float(each) for each in canvas.get_attribute("data-crosshair").split()])
    x0, x1, _, _ = map(float, canvas.get_attribute("data-view").split())
    unit = (x1 - x0) / canvas.bounding_box()["width"]
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp"):
        keyboard.press(key)
    keyboard.press("Enter")
    kernel.wait("scatter_of(run).decoded is not None")
    moved = (np.array(kernel("scatter_of(run).pointer.tolist()")) - start) / unit
    assert np.allclose(moved, [20, 10], atol=0.1)
    notebook.until(lambda: "decoded (" in notebook.text("tl-decoded-panel"))
    view = canvas.get_attribute("data-view")
    keyboard.press("+")
    notebook.until(lambda: canvas.get_attribute("data-view") != view)
    keyboard.press("0")
    notebook.until(lambda: canvas.get_attribute("data-view") == view)

    # the images' pixels are told one by one
    focus(notebook, "tl-images")
    for _ in range(10):  # the first shows where the cursor is; an image has eight pixels a row
        keyboard.press("ArrowRight")
    told = notebook.find("tl-image-grid").locator('[data-testid="tl-spoken"]')
    notebook.until(lambda: "image 1" in told.text_content())
    assert "pixel (y 0, x 1)" in told.text_content()

    # the tree is walked and folded
    rows = notebook.find("tl-module")
    every = rows.count()
    rows.first.focus()
    keyboard.press("ArrowDown")
    assert focused_path(notebook) == "encoder"
    keyboard.press("ArrowLeft")
    assert rows.count() < every
    keyboard.press("Enter")
    assert rows.count() == every
    keyboard.press("End")
    assert focused_path(notebook) == rows.last.get_attribute("data-path")
    keyboard.press("Home")
    assert focused_path(notebook) == ""
