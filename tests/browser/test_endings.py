"""Training ends before its time: the kernel is interrupted, or the loop raises."""

import numpy as np
import pytest

from .drawn import count_points, read_digits
from .lesson import EXTRA, STEPS_AN_EPOCH, TRAINED, training
from .pixels import same_to_the_grey

pytestmark = pytest.mark.browser


def is_alive_at_the_end(lesson, state):
    """Check that the views show how it ended, with all that was kept, and can still be asked."""
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.settle(state)
    lesson.ends_at_the_truth()
    steps = kernel("len(run.history('loss')[0])")
    assert steps in (kernel("run.step"), kernel("run.step + 1"))
    notebook.until(lambda: count_points(notebook) == min(steps, 2000))
    notebook.find("tl-points").click()
    notebook.until(lambda: "decoded (" in notebook.text("tl-decoded-panel"))
    for button in ("pause", "step", "stop"):
        assert notebook.find(f"tl-{button}").get_attribute("aria-disabled") == "true"


def test_the_kernels_interrupt_stops_cleanly(open_lesson, mode):
    """Seen to fail when nothing is interrupted."""
    lesson = open_lesson(extra="run.wait()")
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin(delay=0.01)
    waiting = TRAINED
    if mode == "background":
        waiting = EXTRA
        notebook.start(EXTRA)
    kernel.wait("run.epoch >= 2")
    notebook.until(lambda: notebook.busy(waiting))
    notebook.interrupt()
    notebook.wait(waiting)
    assert "KeyboardInterrupt" in notebook.error(waiting)
    is_alive_at_the_end(lesson, "stopped")
    assert kernel("run.problems") == []


def test_an_error_in_the_loop_is_shown_as_failed(open_lesson, mode):
    """Seen to fail when the loop does not raise."""
    source = training(mode)
    assert "rest()" in source
    source = source.replace("rest()", "time.sleep(0 if run.step < 70 else 'x')")
    lesson = open_lesson(train=source)
    notebook = lesson.notebook
    notebook.start(TRAINED)
    lesson.finish()
    if mode == "plain":
        assert "TypeError" in notebook.error(TRAINED)
    else:
        notebook.until(lambda: "TypeError" in notebook.text("tl-problems"))
        assert "TypeError" in lesson.kernel(
            "try: run.wait()\nexcept TypeError as error: told = repr(error)\ntold"
        )
    is_alive_at_the_end(lesson, "failed")


@pytest.mark.parametrize("mode", ["plain"])
def test_a_break_ends_as_finished_and_a_later_loop_goes_on(open_lesson):
    """Seen to fail when the later loop is of another run."""
    broken = training("plain", 3) + "\n    if run.step == 40:\n        break"
    lesson = open_lesson(train=broken, extra=training("plain", 1))
    notebook = lesson.notebook
    notebook.run(TRAINED)
    lesson.settle("finished")
    assert lesson.kernel("run.step") in (40, 41)
    before = lesson.kernel("run.step")
    notebook.run(EXTRA)
    lesson.ends_at_the_truth()
    assert lesson.kernel("run.step") == before + STEPS_AN_EPOCH
    own = lesson.kernel("with torch.no_grad(): own = model(images[:10])[:, 0].tolist()\nown")
    notebook.until(lambda: same_to_the_grey(read_digits(notebook)[1], np.array(own)))


def test_a_probe_that_fails_is_told_once_and_training_goes_on(open_lesson):
    """Seen to fail with a probe that does not."""
    failing = (
        "run.probe(lambda: 1 / max(0, 2 - run.epoch), every='epoch', name='ill <b>bold</b>')\nrun"
    )
    lesson = open_lesson(6, shown=failing)
    notebook = lesson.notebook
    notebook.run(TRAINED)
    lesson.finish()
    lesson.ends_at_the_truth()
    assert lesson.kernel("run.state, len(run.problems)") == ["finished", 1]
    notebook.until(lambda: "ZeroDivisionError" in notebook.text("tl-problems"))
    assert notebook.find("tl-problems").locator(".tl-problem").count() == 1
    assert "ill <b>bold</b>" in notebook.text("tl-problems")
