"""Moving through the epochs of a run on the page."""

import numpy as np
import pytest

from .pixels import read_images, same_to_the_grey

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", ["background"])]


def slide(notebook, index):
    notebook.find("tl-moment").evaluate(
        "(input, index) => { input.value = index; input.dispatchEvent(new Event('input')); }",
        index,
    )


def test_scrubbing_shows_what_was_seen_then(open_lesson):
    lesson = open_lesson(epochs=12)
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin()
    lesson.finish()
    lesson.ends_at_the_truth()
    moments = kernel("run.moments.tolist()")
    assert len(moments) >= 5, "the budget left too little to see"
    notebook.shows("tl-timeline")

    def outputs(step):
        found = kernel(
            f"""
            import json
            shot = run._history.shelves["reconstructions"].at({step})
            shot.arrays["output"][..., 0].clip(0, 1).tolist()
            """
        )
        return np.array(found)

    newest = outputs(moments[-1])
    for index in (1, len(moments) - 2):
        slide(notebook, index)
        step = moments[index]
        kernel.wait(f"run.cursor == {step}")
        then = outputs(step)
        assert not np.allclose(then, newest, atol=0.01)
        grid = notebook.find("tl-images")
        notebook.until(
            lambda then=then, grid=grid: same_to_the_grey(read_images(grid, 10)[1, ..., 0], then)
        )
        assert f"{step:,}" in notebook.text("tl-moment-shown")
    notebook.find("tl-present").click()
    kernel.wait("run.cursor is None")
    grid = notebook.find("tl-images")
    notebook.until(lambda: same_to_the_grey(read_images(grid, 10)[1, ..., 0], newest))
    assert notebook.text("tl-moment-shown") == "live"
