"""Light and dark, wide and narrow."""

import io

import numpy as np
import pytest
from PIL import Image

from .drawn import read_digits
from .pixels import read

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", ["background"])]

CANVASES = ["tl-images", "tl-points"]
#: what sticks out of a view to the right, or has to be scrolled to
OVERFLOWING = """() => {
    const board = document.querySelector(".tl-dashboard");
    const right = board.getBoundingClientRect().right + 0.5;
    const wide = (each) => each.scrollWidth > each.clientWidth + 1;
    const outside = (each) => each.getBoundingClientRect().right > right;
    const name = (each) => each.getAttribute("data-testid") ?? each.className;
    const boxes = [board, ...board.querySelectorAll(".tl-view, .tl-tree-scroller, .tl-legend")];
    const things = [...board.querySelectorAll("canvas, button, svg.bqplot, .bqplot > svg, table")];
    const shown = things.filter((each) => each.checkVisibility());
    return [...boxes.filter(wide), ...shown.filter(outside)].map(name);
}"""

#: how high the row of the controls is while a run is young, and when it has gone on for long
HEIGHTS = """() => {
    const row = document.querySelector(".tl-controls-row");
    const names = ["tl-state", "tl-step-count", "tl-epoch", "tl-figures"];
    const told = names.map((name) => row.querySelector(`[data-testid="${name}"]`));
    const say = (texts) => told.forEach((each, index) => {
        each.textContent = texts[index];
        each.hidden = texts[index] === "";
    });
    const before = told.map((each) => each.textContent);
    const heights = [
        ["idle", "step 0", "", ""],
        ["running", "step 9", "epoch 0 / 9", "9.1 steps/s"],
        ["running", "step 123,456,789", "epoch 1,234 / 2,000",
         "12,345 steps/s · 12:34:56 left · watching costs 12.3 %"],
        ["finished", "step 123,456,789", "epoch 2,000 / 2,000", "watching costs 12.3 %"],
    ].map((texts) => {
        say(texts);
        return row.getBoundingClientRect().height;
    });
    say(before);
    return heights;
}"""

#: how much of a line's name is cut off in the legend beside a long value at a late step
CUT = """() => {
    const item = document.querySelector(".tl-series-item");
    const name = item.querySelector(".tl-series-name"), best = item.lastElementChild;
    const before = best.textContent;
    best.textContent = "best 0.0001234567 @ 123,456,789, and more of the same";
    const cut = name.scrollWidth - name.clientWidth;
    best.textContent = before;
    return cut;
}"""

#: where the buttons are, and where with the longest of their labels
BUTTONS = """() => {
    const buttons = [...document.querySelectorAll(".tl-controls .tl-button")];
    const labels = buttons.map((each) => each.lastElementChild);
    const boxes = () => buttons.map((each) => {
        const { left, top, width } = each.getBoundingClientRect();
        return [left, top, width].map(Math.round);
    });
    const say = (texts) => labels.forEach((each, index) => { each.textContent = texts[index]; });
    const [before, usually] = [labels.map((each) => each.textContent), boxes()];
    say(["Resuming…", "Step", "Stopping…"]);
    const at_most = boxes();
    say(before);
    return [usually, at_most];
}"""


@pytest.fixture
def paused(open_lesson):
    """The lesson, paused, with a place decoded: nothing moves by itself."""
    lesson = open_lesson()
    notebook = lesson.notebook
    lesson.begin(delay=0.02)
    lesson.kernel.wait("run.epoch >= 2")
    lesson.press("pause")
    lesson.settle("paused")
    notebook.find("tl-points").click()
    notebook.until(lambda: "decoded (" in notebook.text("tl-decoded-panel"))
    lesson.ends_at_the_truth()
    notebook.page.mouse.move(1, 1)
    return lesson


def sizes(notebook):
    """Return how large things are drawn."""
    grid = notebook.find("tl-images")
    cell = [grid.get_attribute(f"data-{each}") for each in ("cell", "columns", "gap")]
    boxes = [notebook.find(each).bounding_box() for each in [*CANVASES, "tl-decoded"]]
    return cell, [(box["width"], box["height"]) for box in boxes]


def drawn(notebook):
    """Return what is on each canvas and the colour that most of its place on the screen has."""
    return {name: (read(notebook.find(name)), ground(notebook.find(name))) for name in CANVASES}


def ground(canvas):
    picture = np.array(Image.open(io.BytesIO(canvas.screenshot())).convert("RGB"))
    return np.median(picture.reshape(-1, 3), axis=0)


def is_drawn_as(notebook, before):
    """Tell whether the canvases are drawn, on the same ground, as they were."""
    return all(
        np.array_equal(pixels, before[name][0]) and np.array_equal(colour, before[name][1])
        for name, (pixels, colour) in drawn(notebook).items()
    )


def test_a_paused_runs_canvases_follow_the_theme(paused):
    """Seen to fail when canvases were drawn at the moment at which JupyterLab hides everything."""
    notebook = paused.notebook
    light, size, digits = drawn(notebook), sizes(notebook), read_digits(notebook)
    view = notebook.find("tl-points").get_attribute("data-view")
    frames = paused.frames()
    try:
        notebook.theme("JupyterLab Dark")
        notebook.until(lambda: ground(notebook.find("tl-points")).mean() < 64)
        notebook.until(lambda: sizes(notebook) == size)
        notebook.screenshot("dark")
        dark = drawn(notebook)
        # data keep their colours; what stands for nothing is dark
        assert np.array_equal(dark["tl-points"][0], light["tl-points"][0])
        assert (read_digits(notebook)[:2] == digits[:2]).all()
        assert (dark["tl-images"][0] != light["tl-images"][0]).any()
    finally:
        notebook.theme("JupyterLab Light")
    notebook.until(lambda: is_drawn_as(notebook, light))
    assert sizes(notebook) == size
    assert notebook.find("tl-points").get_attribute("data-view") == view
    assert paused.frames() == frames


def test_nothing_sticks_out_of_a_narrow_page(paused):
    """Seen to fail with an image as wide as the page put into a view.

    The heights, when the controls' row wraps wherever its texts do not fit; the buttons, when they
    are narrower than their longest labels; the names, when what was best keeps its width.
    """
    notebook = paused.notebook
    page = notebook.page
    usual = page.viewport_size
    try:
        for width in (420, 540, 760, usual["width"]):
            page.set_viewport_size({**usual, "width": width})
            page.wait_for_timeout(500)  # until everything has been drawn anew
            # JupyterLab leaves 300 px of 420 to an output: there the table scrolls by itself
            may = ["tl-tree-scroller", "tl-tree"] if width == 420 else []
            notebook.until(lambda may=may: set(page.evaluate(OVERFLOWING)) <= set(may))
            assert page.locator(".tl-dashboard").bounding_box()["width"] <= width
            assert len(set(page.evaluate(HEIGHTS))) == 1, "the controls grow with what they say"
            assert page.evaluate(CUT) <= 0, "a name gives way to what its best value was"
            usually, at_most = page.evaluate(BUTTONS)
            assert usually == at_most, "the buttons move with what they say"
            assert len({top for _, top, _ in usually}) == 1, "the buttons are not in one line"
            notebook.screenshot(f"{width}")
    finally:
        page.set_viewport_size(usual)
