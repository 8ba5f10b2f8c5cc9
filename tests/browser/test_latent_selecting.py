"""Selecting in the cloud: resolved on exact values, and the same on the page and in Python."""

import numpy as np
import pytest
from matplotlib.path import Path

from .latent import Cloud, numbers
from .pixels import read

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", ["background"])]

ACCENT = (0, 114, 178)
SHOWN = 10


class Paused:
    """A run that stands still, with its scatter and its grid of the first ten samples."""

    def __init__(self, lesson):
        self.notebook, self.kernel = lesson.notebook, lesson.kernel
        lesson.begin()
        self.kernel.wait("run.epoch >= 8")
        lesson.press("pause")
        lesson.settle("paused")
        lesson.ends_at_the_truth()
        self.kernel("scatter, heard = scatter_of(run), []")
        self.kernel("scatter.on_select(lambda indices: heard.append(indices.tolist()))")
        self.cloud = Cloud(self.notebook)
        self.points = np.array(self.kernel("run.latest('latents')[1]['points'].tolist()"))
        self.labels = np.array(self.kernel("labels.tolist()"))
        self.notebook.until(lambda: self.cloud.draws(self.points))

    def selects(self, expected):
        """Check that these samples are selected in Python and wherever they are shown."""
        notebook, kernel = self.notebook, self.kernel
        expected = sorted(int(each) for each in expected)
        kernel.wait(f"scatter.selection.tolist() == {expected}")
        assert kernel("run.selection.tolist()") == expected
        assert kernel("heard[-1]") == expected
        count = f"{len(expected):,} selected" if expected else ""
        notebook.until(lambda: notebook.text("tl-selected") == count)
        lit = [each for each in range(SHOWN) if each in expected]
        notebook.until(lambda: self.framed() == [each for each in lit if each > 0])
        assert notebook.find("tl-images").get_attribute("data-selected") == str(len(lit))

    def framed(self):
        """Return which images of the grid stand in a frame, the first left out."""
        grid = self.notebook.find("tl-images")
        pixels, facts = read(grid), grid.evaluate("canvas => ({ ...canvas.dataset })")
        scale = pixels.shape[1] / grid.bounding_box()["width"]
        assert int(facts["columns"]) == SHOWN
        cell, gap = float(facts["cell"]), float(facts["gap"])
        middle = int(float(facts["cellHeight"]) / 2 * scale)
        lefts = (np.arange(SHOWN) * (cell + gap) - 0.5) * scale
        edges = pixels[middle, lefts[1:].astype(int), :3].astype(int)
        return (np.flatnonzero(np.abs(edges - ACCENT).max(1) < 30) + 1).tolist()


@pytest.fixture
def paused(open_lesson):
    return Paused(open_lesson())


def within(places, points):
    """Return the points inside of a polygon, as matplotlib sees it."""
    return np.flatnonzero(Path(places).contains_points(points))


def star(cloud, middle, radius, corners=11):
    """Return spots of a polygon that is not convex."""
    angles = np.arange(corners) * 2 * np.pi / corners
    away = radius * np.where(np.arange(corners) % 2, 0.45, 1)
    return middle + away[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)


def test_what_is_enclosed_is_selected_everywhere(paused):
    """Seen to fail when a lasso is taken for the rectangle around it."""
    cloud, points, notebook = paused.cloud, paused.points, paused.notebook
    around = cloud.spots(np.median(points, 0)[None])[0]

    # a lasso, and another that adds to it
    enclosed = within(cloud.drag(star(cloud, around, 70), "Shift"), points)
    assert 20 < len(enclosed) < 1_700
    paused.selects(enclosed)
    notebook.screenshot("lasso")
    with cloud.held("Control"):
        more = within(cloud.drag(star(cloud, around - [60, 10], 40), "Shift"), points)
    paused.selects(np.union1d(enclosed, more))

    # a rectangle
    corners = cloud.drag([around - [80, 30], around - [10, 10], around + [40, 25]], "Alt")
    low, high = corners.min(0), corners.max(0)
    paused.selects(np.flatnonzero(((points >= low) & (points <= high)).all(1)))

    # one point more
    before = paused.kernel("scatter.selection.tolist()")
    outside = np.setdiff1d(cloud.alone(points, 4), before)
    sample = outside[0]
    place = cloud.click(cloud.spots(points)[sample] + [1, 1], "Shift")
    nearest = np.hypot(*(points - place).T).argmin()
    paused.selects({*before, nearest} if nearest not in before else {*before} - {nearest})

    # all of a class, from the legend
    notebook.find("tl-class").nth(3).click(modifiers=["Shift"])
    paused.selects(np.flatnonzero(paused.labels == 3))

    cloud.canvas.press("Escape")
    paused.selects([])


def test_what_python_selects_is_seen(paused):
    """Seen to fail when the page is not told what is selected."""
    cloud, points, kernel = paused.cloud, paused.points, paused.kernel
    every = cloud.pixels()[..., 3].astype(float).sum()
    chosen = [2, 5, 9, 700, 1_500]
    kernel(f"scatter.selection = {chosen[::-1]}")
    paused.selects(chosen)
    # they keep their ink, and the others fade
    pixels = cloud.pixels()
    down, across = np.floor(cloud.spots(points[chosen]) * pixels.shape[1] / cloud.size()[0]).T[::-1]
    assert pixels[down.astype(int), across.astype(int), 3].min() > 120
    assert pixels[..., 3].astype(float).sum() < 0.6 * every
    paused.notebook.screenshot("chosen")
    kernel("run.selection = [4]")
    paused.selects([4])
    kernel("scatter.selection = None")
    paused.selects([])
    paused.notebook.until(lambda: cloud.pixels()[..., 3].astype(float).sum() == every)


def test_keys_alone_move_select_and_decode(paused):
    """Seen to fail when the arrows are pressed without Shift."""
    cloud, points, notebook, kernel = paused.cloud, paused.points, paused.notebook, paused.kernel
    keyboard = notebook.page.keyboard
    cloud.mouse.move(1, 1)

    def crosshair():
        return np.array([float(each) for each in cloud.tells("crosshair").split()])

    # from the buttons by Tab alone
    notebook.find("tl-stop").focus()
    for _ in range(20):
        keyboard.press("Tab")
        if notebook.page.evaluate("document.activeElement.dataset.testid") == "tl-points":
            break
    keyboard.press("ArrowLeft")
    start = crosshair()
    for key in ("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowUp", "ArrowDown"):
        keyboard.press(key)
    moved = (crosshair() - start) / (cloud.zoom() / cloud.size()[0])
    assert np.allclose(moved, [20, 9], atol=1e-6)

    keyboard.press("Enter")
    kernel.wait("scatter.decoded is not None")
    assert np.allclose(kernel("scatter.pointer.tolist()"), crosshair(), rtol=1e-6)
    heading = notebook.find("tl-decoded-panel").locator(".tl-decoded-heading")
    notebook.until(lambda: np.allclose(numbers(heading.inner_text()) or 99, crosshair(), atol=0.1))

    # the nearest point, and what is spoken of it
    spot = cloud.spots(crosshair()[None])[0]
    target = cloud.spots(points)[cloud.alone(points, 3)]
    away = np.rint(target[np.abs(target - spot).sum(1).argmin()] - spot).astype(int)
    for count, keys in ((away[0], ("Left", "Right")), (away[1], ("Up", "Down"))):
        for _ in range(abs(count)):
            keyboard.press(f"Arrow{keys[int(count > 0)]}")
    nearest = int(np.hypot(*(points - crosshair()).T).argmin())
    spoken = cloud.view_of.get_by_test_id("tl-spoken").text_content()
    assert f"sample {nearest:,} " in spoken
    keyboard.press("s")
    paused.selects([nearest])
    keyboard.press("s")
    paused.selects([])

    # a rectangle from one corner to the other
    first = crosshair()
    keyboard.press("b")
    for key in ["Shift+ArrowLeft"] * 5 + ["Shift+ArrowDown"] * 4:
        keyboard.press(key)
    second = crosshair()
    keyboard.press("b")
    low, high = np.minimum(first, second), np.maximum(first, second)
    paused.selects(np.flatnonzero(((points >= low) & (points <= high)).all(1)))
    keyboard.press("Escape")
    paused.selects([])

    # a class, in the legend
    notebook.find("tl-class").nth(7).focus()
    keyboard.press("s")
    paused.selects(np.flatnonzero(paused.labels == 7))
