"""Curves in a notebook: what is read, chosen and zoomed agrees with the kernel and the drawing."""

import re

import numpy as np
import pytest

from .drawn import count_points

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", ["background"])]

PREPARE = """
generator = np.random.default_rng(0)
run = tl.Run("curves")
for epoch in run.epochs(20):
    for _ in run.track(range(500)):
        run.log({"train/loss": float(np.exp(-run.step / 3000) + 0.1 * generator.random())})
    run.log({"val/loss": float(np.exp(-run.step / 3000) + 0.05)})
"""
SHOWN = "view = tl.Curves(run, smoothing=0)\nview"
#: the points of a line and the marks of the crosshair, in pixels of the page
PLACES = """() => {
    const page = (element, x, y) => {
        const at = new DOMPoint(x, y).matrixTransform(element.getScreenCTM());
        return [at.x, at.y];
    };
    const paths = [...document.querySelectorAll(".jp-OutputArea-output .bqplot path.line")];
    const points = paths.map((path) =>
        [...path.getAttribute("d").matchAll(/[ML]([-\\d.e]+),([-\\d.e]+)/g)].map(
            ([, x, y]) => page(path, Number(x), Number(y))));
    const circles = [...document.querySelectorAll(".tl-read")].map(
        (each) => page(each, Number(each.getAttribute("cx")), Number(each.getAttribute("cy"))));
    return [points, circles];
}"""


@pytest.fixture
def notebook(lesson):
    """The lesson's, which shows the curves of a run that has ended instead."""
    notebook = lesson.notebook
    lesson.show(f"{PREPARE.strip()}\n{SHOWN}")
    notebook.shows("tl-curves-plot")
    notebook.until(lambda: count_points(notebook) > 500)
    return notebook


def hover(notebook, share, down=0.5):
    """Point at a place of the plot, by shares of its size."""
    plot = notebook.find("tl-curves-plot")
    box = plot.bounding_box()
    x = box["x"] + 52 + share * (box["width"] - 80)
    notebook.page.mouse.move(x, box["y"] + 14 + down * (box["height"] - 54))
    return x


def place(notebook):
    return notebook.find("tl-curves-plot").get_attribute("data-place")


def readings(notebook):
    return [each.split("\n") for each in notebook.find("tl-reading").all_inner_texts()]


@pytest.mark.parametrize("log", [False, True])
def test_the_crosshair_lies_on_the_drawn_points(notebook, log):
    if log:
        notebook.find("tl-log").click()
        notebook.kernel.wait("view.bar.log")
        notebook.kernel.wait("'Log' in type(view.bar.figure._y).__name__")
        notebook.page.wait_for_timeout(500)
    for share in (0.0, 0.31, 0.77, 1.0):
        hover(notebook, share)
        notebook.until(lambda: notebook.page.locator(".tl-read").count() == 2)
        lines, circles = notebook.page.evaluate(PLACES)
        for circle in circles:
            points = np.concatenate([np.array(line) for line in lines])
            away = np.abs(points - circle).max(1).min()
            assert away < 0.6, (share, circle)


def test_hovering_tells_the_logged_values(notebook):
    hover(notebook, 0.4)
    readout = notebook.find("tl-readout")
    notebook.until(lambda: "epoch" in readout.inner_text())
    step = int(re.search(r"step ([\d,]+)", readout.inner_text())[1].replace(",", ""))
    assert abs(step - 4000) < 60
    train = notebook.kernel(f"s, v = run.history('train/loss')\nfloat(v[s == {step}][0])")
    told = notebook.until(
        lambda: [each for each in readings(notebook) if len(each) > 1 and readout.is_visible()]
    )
    assert [name for name, *_ in told] == ["train/loss", "val/loss"]
    assert float(told[0][1]) == pytest.approx(train, rel=1e-3)
    val = notebook.kernel(f"s, v = run.history('val/loss')\nfloat(v[np.abs(s - {step}).argmin()])")
    assert float(told[1][1]) == pytest.approx(val, rel=1e-3)
    notebook.page.mouse.move(5, 5)
    notebook.until(lambda: not readout.is_visible())


def test_a_drag_zooms_in_to_every_value(notebook):
    before = count_points(notebook)
    left = hover(notebook, 0.5)
    notebook.page.mouse.down()
    right = hover(notebook, 0.55)
    notebook.page.mouse.up()
    notebook.kernel.wait("view.bar.zoomed")
    notebook.until(lambda: count_points(notebook) != before)
    low, high = notebook.kernel("view.bar.axes[:2]")
    assert (low, high) == pytest.approx((5000, 5500), abs=10000 / (right - left))
    notebook.until(lambda: abs(count_points(notebook) - (high - low)) <= 4)
    assert notebook.page.locator(".tl-band").count() == 0
    notebook.find("tl-back").click()
    notebook.kernel.wait("not view.bar.zoomed")
    notebook.until(lambda: count_points(notebook) == before)


def test_keys_read_and_zoom(notebook):
    plot, keyboard = notebook.find("tl-curves-plot"), notebook.page.keyboard
    plot.focus()
    keyboard.press("Home")
    first = float(place(notebook))
    for _ in range(3):
        keyboard.press("ArrowRight")
    assert float(place(notebook)) > first == 0
    spoken = notebook.find("tl-curves").locator('[data-testid="tl-spoken"]')
    notebook.until(lambda: "train/loss" in spoken.text_content())
    keyboard.press("End")
    keyboard.press("ArrowLeft")
    keyboard.press("+")
    notebook.kernel.wait("view.bar.zoomed and view.bar.axes[0] > 4000")
    keyboard.press("Escape")
    keyboard.press("Escape")
    notebook.kernel.wait("not view.bar.zoomed")


def test_lines_axes_smoothing_and_table(notebook):
    page, kernel = notebook.page, notebook.kernel
    paths = page.locator(".jp-OutputArea-output .bqplot path.line")
    assert paths.count() == 2
    notebook.find("tl-series").nth(1).click()
    notebook.until(lambda: paths.count() == 1)
    notebook.find("tl-series").nth(1).click(modifiers=["Alt"])
    kernel.wait("[each['drawn'] for each in view.bar.series] == [False, True]")
    notebook.find("tl-series").nth(1).click(modifiers=["Alt"])
    notebook.until(lambda: paths.count() == 2)

    slider = notebook.find("tl-smoothing")
    slider.focus()
    page.keyboard.press("End")
    kernel.wait("view.bar.smoothing == 0.999")
    notebook.until(lambda: paths.count() == 4)
    page.keyboard.press("Home")
    kernel.wait("view.bar.smoothing == 0")

    labels = page.locator(".jp-OutputArea-output .bqplot .axislabel")
    notebook.find("tl-x-epoch").click()
    notebook.until(lambda: labels.first.text_content() == "epoch")
    assert kernel("view.bar.axes[:2]") == pytest.approx([0, 20], abs=0.01)
    notebook.find("tl-x-time").click()
    notebook.until(lambda: labels.first.text_content() == "time")

    notebook.find("tl-table-button").click()
    table = notebook.find("tl-table").locator("tbody tr")
    notebook.until(lambda: table.count() == 2)
    cells = table.first.locator("th, td").all_inner_texts()
    low, last = kernel("v = run.history('train/loss')[1]\n[float(v.min()), float(v[-1])]")
    assert cells[0] == "train/loss"
    assert [float(each) for each in cells[1:3]] == pytest.approx([last, low], rel=1e-3)
    assert cells[5] == "10,000"


def test_a_reload_agrees_on_what_is_shown(notebook):
    notebook.find("tl-series").nth(1).click()
    notebook.kernel.wait("not view.bar.series[1]['shown']")
    notebook.save()
    notebook.reload()
    notebook.shows("tl-curves-plot")
    second = notebook.find("tl-series").nth(1)
    notebook.until(lambda: second.get_attribute("aria-pressed") == "false")
    hover(notebook, 0.5)
    notebook.until(lambda: [name for name, *_ in readings(notebook)] == ["train/loss"])
