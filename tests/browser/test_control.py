"""Pause, step, resume and stop, pressed on the page while training goes on."""

import pytest

from .lesson import TRAINED

pytestmark = pytest.mark.browser


def watch_for(notebook, name, text, timeout=15.0):
    """Note every text that an element has from now on; return a function that asks for one."""
    notebook.page.evaluate(
        """(name) => {
            const target = document.querySelector(`[data-testid="${name}"]`);
            window.seen = [target.textContent];
            new MutationObserver(() => {
                window.seen.push(target.textContent);
            }).observe(target, { childList: true, characterData: true, subtree: true });
        }""",
        name,
    )
    return lambda: notebook.until(lambda: text in notebook.page.evaluate("window.seen"), timeout)


def stands_still(lesson, seconds=0.7):
    """Tell whether neither the kernel's nor the page's step changes."""
    before = lesson.kernel("run.step")
    lesson.notebook.page.wait_for_timeout(seconds * 1000)
    return lesson.kernel("run.step") == before == lesson.notebook.step()


def test_buttons_steer_the_run(open_lesson, mode):
    """Seen to fail with a `run.advance` that goes two steps."""
    lesson = open_lesson()
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin(delay=0.05)
    lesson.settle("running")
    assert notebook.busy(TRAINED) == (mode == "plain")

    # pause: from the moment the kernel hears of it, at most one step is finished
    kernel(
        """
        asked_at, ask = [], run.pause
        run.pause = lambda: (asked_at.append(run.step), ask())
        """
    )
    lesson.press("pause")
    lesson.settle("paused")
    (asked,) = kernel("asked_at")
    assert kernel("run.step") - asked <= 1
    assert stands_still(lesson)
    assert notebook.busy(TRAINED) == (mode == "plain")

    # a step is exactly one
    for _ in range(2):
        before = kernel("run.step")
        lesson.press("step")
        kernel.wait(f"run.step == {before + 1} and run.state == 'paused'")
        lesson.ends_at_the_truth()
        assert stands_still(lesson)
        assert kernel("run.step") == before + 1

    before = kernel("run.step")
    lesson.press("pause")  # the same button, which now says Resume
    lesson.settle("running")
    kernel.wait(f"run.step > {before} + 5")
    notebook.until(lambda: notebook.step() > before + 5)

    lesson.press("stop")
    lesson.settle("stopped")
    lesson.finish()
    assert notebook.error(TRAINED) is None
    lesson.ends_at_the_truth()
    ended = kernel("run.step")
    assert kernel("len(run.history('loss')[0])") == ended
    assert stands_still(lesson)
    for button in ("pause", "step", "stop"):
        assert notebook.find(f"tl-{button}").get_attribute("aria-disabled") == "true"


def test_a_press_is_acknowledged_before_it_takes_effect(open_lesson):
    """Seen to fail when the kernel's `run.pause` and `run.stop` do nothing."""
    lesson = open_lesson()
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin(delay=0.02)
    lesson.settle("running")
    for button, says, state in [("pause", "Pausing…", "paused"), ("stop", "Stopping…", "stopped")]:
        lesson.hold()
        step = kernel("run.step")
        says_so = watch_for(notebook, f"tl-{button}", says)
        lesson.press(button)
        kernel.wait(f"run.pending == {button!r}")
        says_so()
        # the kernel's own word about it, in a frame: the traits say so too
        kernel.wait(f"tl.Dashboard.of(run).controls.pending == {button!r}")
        assert kernel("run.step") == step
        lesson.let_go()
        lesson.settle(state)
        assert kernel("run.step") - step <= 1
        assert says not in notebook.text(f"tl-{button}")
        if state == "paused":
            lesson.press("pause")
            lesson.settle("running")


def test_a_run_that_is_paused_before_it_starts(open_lesson):
    """Seen to fail when `run.pause` does nothing while idle."""
    lesson = open_lesson()
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.press("pause")
    kernel.wait("run.pending == 'pause'")
    notebook.start(TRAINED)
    lesson.settle("paused")
    assert kernel("run.step") == 0
    assert stands_still(lesson)
    lesson.press("pause")
    lesson.settle("running")
    kernel.wait("run.step > 3")
