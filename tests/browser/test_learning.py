"""A model learns, and the page shows it."""

import numpy as np
import pytest

from .drawn import SHOWN, count_points, legend_colours, read_digits
from .lesson import STEPS_AN_EPOCH
from .pixels import count_nearest, read, same_to_the_grey

pytestmark = pytest.mark.browser

EPOCHS = 40
#: notes how high the controls are, now and whenever that changes
NOTE_HEIGHTS = """() => {
    window.heights = [];
    const controls = document.querySelector(".tl-controls");
    new ResizeObserver(() => heights.push(controls.offsetHeight)).observe(controls);
}"""


def the_loss_line_grows(notebook):
    lengths = []
    for _ in range(3):
        least = max([0, *lengths])
        notebook.until(lambda least=least: count_points(notebook) > least)
        lengths.append(count_points(notebook))
    assert notebook.kernel("run.state") == "running"
    assert lengths == sorted(set(lengths))


def the_line_is_whole(notebook):
    """Check that every value is in the line, and the newest in the legend."""
    notebook.until(lambda: count_points(notebook) == EPOCHS * STEPS_AN_EPOCH)
    (series,) = notebook.find("tl-series").all()
    name, last = series.inner_text().split()
    assert name == "loss"
    true = notebook.kernel("float(run.history('loss')[1][-1])")
    assert float(last) == pytest.approx(true, rel=2e-3)


def ten_classes_have_ten_colours(notebook):
    notebook.until(lambda: notebook.find("tl-points").get_attribute("data-count") == "1797")
    notebook.until(lambda: f"epoch {EPOCHS}" in notebook.text("tl-latent-scatter"))
    names = [each.inner_text().strip() for each in notebook.find("tl-class").all()]
    assert names == [str(digit) for digit in range(10)]
    colours = legend_colours(notebook)
    assert len(set(colours)) == 10
    found = count_nearest(read(notebook.find("tl-points")), colours)
    assert min(found.values()) > 20, found


def the_reconstructions_are_the_models(notebook):
    """Check that they resemble the input more than the mean image does, and are its own."""
    kernel = notebook.kernel
    notebook.until(lambda: f"epoch {EPOCHS}" in notebook.text("tl-image-grid"))
    given, output = read_digits(notebook)[:2]
    assert same_to_the_grey(given, np.array(kernel(f"images[:{SHOWN}, 0].tolist()")))
    mean = np.array(kernel("images.mean(0)[0].tolist()"))
    assert np.square(output - given).mean() < 0.8 * np.square(mean - given).mean()
    own = kernel(f"with torch.no_grad(): own = model(images[:{SHOWN}])[:, 0].tolist()\nown")
    assert same_to_the_grey(output, own)


def test_the_page_shows_the_model_learn(open_lesson):
    """Seen to fail with a learning rate of 0.

    The heights, when the timeline comes only with its second moment.
    """
    lesson = open_lesson(EPOCHS)
    notebook, kernel = lesson.notebook, lesson.kernel
    lesson.begin(delay=0.03)
    notebook.shows("tl-images")
    notebook.page.evaluate(NOTE_HEIGHTS)
    early = read_digits(notebook)
    the_loss_line_grows(notebook)

    # the reconstructions change, the inputs do not
    notebook.until(lambda: np.abs(read_digits(notebook)[1] - early[1]).mean() > 0.01)
    assert kernel("run.state") == "running"
    assert (read_digits(notebook)[0] == early[0]).all()

    kernel("delay = 0.0")
    lesson.finish()
    lesson.ends_at_the_truth()
    assert notebook.text("tl-state") == "finished"
    assert notebook.step() == EPOCHS * STEPS_AN_EPOCH
    the_line_is_whole(notebook)
    ten_classes_have_ten_colours(notebook)
    the_reconstructions_are_the_models(notebook)
    assert len(notebook.page.evaluate("heights")) == 1, "what lies below has moved"
