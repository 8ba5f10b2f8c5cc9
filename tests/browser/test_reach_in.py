"""A click in the latent plane shows what the decoder makes of that place."""

import re

import numpy as np
import pytest

from .pixels import read_image, same_to_the_grey

pytestmark = pytest.mark.browser

#: places on the plot, as shares of its width and height
PLACES = [(0.5, 0.5), (0.3, 0.6), (0.7, 0.35)]


class Plane:
    """The scatter's canvas, clicked and read."""

    def __init__(self, lesson):
        self.notebook, self.kernel = lesson.notebook, lesson.kernel
        self.canvas = lesson.notebook.shows("tl-points")

    def click(self, across, down):
        """Click at a share of the width and height; return the place in data coordinates."""
        box = self.canvas.bounding_box()
        at = {"x": round(box["width"] * across), "y": round(box["height"] * down)}
        x0, x1, y0, y1 = map(float, self.canvas.get_attribute("data-view").split())
        self.canvas.click(position=at)
        unit = (x1 - x0) / box["width"]
        return np.array([x0 + at["x"] * unit, y1 - at["y"] * unit]), unit

    def settle(self):
        """Wait until no frame is under way: one with newer points can move the plane."""
        before = None
        while before != (now := (self.kernel("scatter_of(run).frame"), self.drawn_frame())):
            before = now
            self.notebook.page.wait_for_timeout(500)

    def stands_still(self):
        """Wait until points are drawn that were taken from now on: the model no longer changes."""
        now = self.kernel("run.step")
        self.kernel.wait(f"run.channels['latents'].step > {now}")
        frame = self.kernel("scatter_of(run).frame")
        self.notebook.until(lambda: int(self.drawn_frame()) > frame)

    def drawn_frame(self):
        return self.canvas.get_attribute("data-frame")

    def pointer(self):
        return self.kernel("z = scatter_of(run).pointer\nNone if z is None else z.tolist()")

    def answered(self, place, unit, timeout=10):
        """Wait until the kernel was asked for this place and the page shows its answer."""
        self.notebook.until(lambda: near(self.pointer(), place, unit), timeout)
        panel = self.notebook.find("tl-decoded-panel")
        self.notebook.until(
            lambda: (
                panel.get_attribute("data-state") == "shown"
                and near(heading(panel), place, 0.006 + unit)
            ),
            timeout,
        )

    def shown(self):
        return read_image(self.notebook.find("tl-decoded"))

    def decode(self):
        """Return what the decoder says in Python of the place that was asked for."""
        return self.kernel(
            """
            with torch.no_grad():
                told = model.decoder(torch.tensor(scatter_of(run).pointer)[None])[0]
            assert np.array_equal(scatter_of(run).decoded, told)
            told[0].tolist()
            """
        )


def near(found, place, tolerance):
    return found is not None and np.abs(np.array(found) - place).max() <= 1.5 * tolerance


def heading(panel):
    numbers = re.findall(r"[−-]?[\d.]+", panel.locator(".tl-decoded-heading").inner_text())
    return [float(each.replace("−", "-")) for each in numbers] if len(numbers) == 2 else None


def test_a_click_paints_the_decoders_own_output(open_lesson):
    """Seen to fail when the decoder's weights change after the answer."""
    lesson = open_lesson()
    kernel = lesson.kernel
    lesson.begin(delay=0.02)
    kernel.wait("run.epoch >= 4")
    plane = Plane(lesson)

    # while it trains; a rate of zero keeps the weights where they are, so that both can be compared
    kernel("optimizer.param_groups[0]['lr'] = 0.0")
    plane.stands_still()
    pictures = []
    for place in PLACES:
        plane.answered(*plane.click(*place))
        assert kernel("run.state") == "running"
        assert same_to_the_grey(plane.shown(), plane.decode())
        pictures.append(plane.shown())
    assert np.abs(pictures[0] - pictures[1]).max() > 0.05
    kernel("optimizer.param_groups[0]['lr'] = 3e-3")

    # while it is paused
    kernel.wait("run.epoch >= 6")
    lesson.press("pause")
    lesson.settle("paused")
    plane.answered(*plane.click(*PLACES[1]))
    assert same_to_the_grey(plane.shown(), plane.decode())
    lesson.notebook.screenshot("decoded")
    assert kernel("run.state") == "paused"

    # after the end
    lesson.press("stop")
    lesson.finish()
    lesson.settle("stopped")
    plane.answered(*plane.click(*PLACES[2]))
    assert same_to_the_grey(plane.shown(), plane.decode())
    assert kernel("run.problems") == []


def test_an_answer_that_has_to_wait_says_so(open_lesson):
    """Seen to fail when no step is held."""
    lesson = open_lesson()
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin(delay=0.01)
    kernel.wait("run.epoch >= 2")
    plane = Plane(lesson)
    lesson.hold()
    before = kernel("run.step")
    place, unit = plane.click(*PLACES[0])
    note = notebook.find("tl-decoded-note")
    notebook.until(lambda: note.inner_text() == "waiting for the step…")
    assert kernel("run.step") == before
    lesson.let_go()
    plane.answered(place, unit)
    assert note.inner_text() == ""
    assert kernel("run.step") > before


def test_dragging_the_crosshair_ends_where_it_was_dropped(open_lesson):
    """Seen to fail when the mouse takes hold beside the crosshair, which moves the plane."""
    lesson = open_lesson()
    kernel = lesson.kernel
    lesson.begin(delay=0.02)
    kernel.wait("run.epoch >= 2")
    plane = Plane(lesson)
    lesson.press("pause")
    lesson.settle("paused")
    plane.settle()
    plane.answered(*plane.click(*PLACES[0]))
    box, mouse = plane.canvas.bounding_box(), lesson.notebook.page.mouse
    x0, x1, y0, y1 = map(float, plane.canvas.get_attribute("data-view").split())
    start = [box["x"] + round(box["width"] / 2), box["y"] + round(box["height"] / 2)]
    mouse.move(*start)
    mouse.down()
    for part in range(1, 13):
        mouse.move(start[0] + 5 * part, start[1] - 4 * part)
    mouse.up()
    unit = (x1 - x0) / box["width"]
    place = np.array(
        [x0 + (start[0] + 60 - box["x"]) * unit, y1 - (start[1] - 48 - box["y"]) * unit]
    )
    plane.answered(place, unit)
    assert same_to_the_grey(plane.shown(), plane.decode())
    # the plane itself was not moved
    assert plane.canvas.get_attribute("data-view") == f"{x0} {x1} {y0} {y1}"
