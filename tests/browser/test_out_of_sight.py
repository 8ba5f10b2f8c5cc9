"""What nobody looks at is not sent, and is true again when somebody does; also in two tabs."""

import pytest

from .drawn import count_points
from .lesson import EXTRA, ends_at_the_truth

pytestmark = pytest.mark.browser

#: longer than any pause between two frames
WHILE = 2.5
#: the truth is back within two seconds, if the machine has nothing else to do
SOON = 10.0


GONE = """() => {
    const board = document.querySelector(".tl-dashboard")?.getBoundingClientRect();
    const { node } = jupyterapp.shell.currentWidget.content;
    return !board?.height || board.bottom <= node.getBoundingClientRect().top;
}"""


def scroll_away(lesson, away):
    notebook = lesson.notebook
    notebook.scroll(1 if away else 0)
    notebook.until(lambda: notebook.page.evaluate(GONE) == away)


def hide(lesson, away):
    lesson.notebook.hide(away)


def catches_up(lesson, least):
    """Wait until the page shows a step that the kernel has reached only while it was away."""
    lesson.notebook.until(lambda: lesson.notebook.step() >= least, timeout=SOON)


# How the page comes to know that nobody looks has nothing to do with the mode.
@pytest.mark.parametrize(
    ("move", "mode"), [(scroll_away, "background"), (hide, "background"), (hide, "plain")]
)
def test_nothing_is_sent_while_nobody_looks(open_lesson, move):
    """Seen to fail when frames go to clients that do not look, and when the page does not say that
    it is back on the screen.
    """
    lesson = open_lesson(extra="print('\\n' * 150)")
    notebook, kernel = lesson.notebook, lesson.kernel
    notebook.run(EXTRA)
    lesson.begin(delay=0.02)
    kernel.wait("run.epoch >= 1")
    notebook.until(lambda: count_points(notebook) > 10)

    move(lesson, True)
    pause(notebook)  # what was under way arrives
    before, began = lesson.frames(), kernel("run.step")
    notebook.page.wait_for_timeout(WHILE * 1000)
    assert kernel("run.step") > began + 10
    assert lesson.frames() == before

    reached = kernel("run.step")
    move(lesson, False)
    catches_up(lesson, reached)
    notebook.until(lambda: count_points(notebook) >= reached)
    notebook.until(
        lambda: all(now > then for now, then in zip(lesson.frames()[:2], before[:2], strict=True))
    )

    # once more, and what ends meanwhile is seen to have ended
    move(lesson, True)
    kernel("delay = 0.0\nrun.stop()")
    kernel.wait("run.state == 'stopped'")
    pause(notebook)
    assert notebook.find("tl-state").text_content() == "running"
    move(lesson, False)
    ends_at_the_truth(notebook, SOON)
    notebook.until(lambda: count_points(notebook) == kernel("min(2000, run.step)"))


def pause(notebook, seconds=0.5):
    notebook.page.wait_for_timeout(seconds * 1000)


def test_two_tabs_end_at_the_truth(open_lesson, open_again, mode):
    """Seen to fail when a page does not say that it is back on the screen."""
    lesson = open_lesson()
    notebook, kernel = lesson.notebook, lesson.kernel
    notebook.save()
    if mode == "plain":  # a page that comes while a cell is busy gets no widgets until it ends
        other = open_again(notebook)
        other.shows("tl-controls", 30)
        lesson.begin(delay=0.02)
    else:
        lesson.begin(delay=0.02)
        other = open_again(notebook)
        other.shows("tl-controls", 30)
    for tab in (notebook, other):
        tab.page.bring_to_front()
        reached = kernel("run.step")
        tab.until(lambda tab=tab, reached=reached: tab.step() >= reached)

    # one is hidden and the other steers
    notebook.hide()
    other.find("tl-pause").click()
    kernel.wait("run.state == 'paused'")
    ends_at_the_truth(other)
    other.find("tl-stop").click()
    kernel.wait("run.state == 'stopped'")
    ends_at_the_truth(other)
    assert notebook.text("tl-state") != "stopped"
    notebook.hide(False)
    for tab in (other, notebook):
        tab.page.bring_to_front()
        ends_at_the_truth(tab)
        tab.until(lambda tab=tab: count_points(tab) == kernel("min(2000, run.step)"))
