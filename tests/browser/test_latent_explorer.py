"""A latent space is walked through on the page: sliders, planes, paths, grids, by hand and keys."""

import re

import numpy as np
import pytest

from .latent import numbers
from .lesson import STEPS_AN_EPOCH
from .load import promised
from .pixels import read, read_image, read_images, same_to_the_grey

pytestmark = pytest.mark.browser

#: an encoder to six dimensions, so that there is something to slide and to project
WIDE = """
class Autoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 6))
        self.decoder = nn.Sequential(
            nn.Linear(6, 64), nn.ReLU(), nn.Linear(64, 64), nn.Sigmoid(), nn.Unflatten(1, (1, 8, 8))
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))
"""


class Explorer:
    """The scatter's pane with its explorer open."""

    def __init__(self, lesson):
        self.notebook, self.kernel = lesson.notebook, lesson.kernel
        self.canvas = lesson.notebook.shows("tl-points")
        self.canvas.scroll_into_view_if_needed()
        self.find("tl-tool-explore").click()
        self.notebook.shows("tl-latent-explorer", timeout=promised(15))

    def find(self, name):
        return self.notebook.find(name)

    def open(self, section):
        self.find(f"tl-section-{section}").click()

    def put(self, *places):
        """Click at shares of the plot's width and height; return the spots on it, [N, 2]."""
        box = self.canvas.bounding_box()
        spots = np.round(np.array(places) * [box["width"], box["height"]])
        for x, y in spots:
            self.canvas.click(position={"x": x, "y": y})
        return spots

    def stops(self):
        """Return where the points of the path are drawn on the plot, [N, 2]."""
        dots = self.notebook.page.locator(".tl-explorer-layer .tl-stop")
        read = "dots => dots.map(dot => [dot.cx.baseVal.value, dot.cy.baseVal.value])"
        return np.array(dots.evaluate_all(read))

    def until(self, condition, timeout=15):
        return self.notebook.until(condition, promised(timeout))

    def decodes(self, of):
        """Return what the decoder makes in Python of the latents of the path or the sheet."""
        return np.array(
            self.kernel(
                f"""
                rows = scatter_of(run).explore()._{of}.walked.latents
                rows = torch.tensor(rows, dtype=torch.float32)
                run.ask(lambda: model.decoder(rows))[:, 0].tolist()
                """
            )
        )

    def strip(self, count):
        """Return the images of the walk, once so many are drawn, [N, 8, 8]."""
        strip = self.find("tl-strip")
        self.until(lambda: strip.get_attribute("data-count") == str(count))
        return read_images(strip, count)[0, ..., 0]

    def sheet(self, count):
        """Return the images of the sheet, once it has so many a side, [N, 8, 8]."""
        sheet = self.find("tl-sheet")
        self.until(lambda: sheet.get_attribute("data-count") == str(count))
        return cells_of(sheet, count)

    def shows(self, seen, of, tolerance=2.001 / 255):
        """Tell whether images are those of the decoder: bytes of 255 parts, drawn in 255 greys."""
        return float(np.abs(seen - self.decodes(of)).max()) <= tolerance


def cells_of(sheet, count):
    """Return the images of a sheet of so many a side, [N, 8, 8]."""
    width, height = map(int, sheet.get_attribute("data-cell").split())
    pixels = read(sheet)[..., 0]
    assert pixels.shape == (height * count, width * count)
    cells = pixels.reshape(count, height, count, width).swapaxes(1, 2).reshape(-1, height, width)
    x, y = (((np.arange(8) + 0.5) * each / 8).astype(int) for each in (width, height))
    return cells[:, y[:, None], x[None, :]].astype(np.float32) / 255


@pytest.fixture
def trained(open_lesson, lesson):
    """The lesson with a latent of six dimensions, some epochs on, at full speed."""
    lesson.kernel(f"_narrow = Autoencoder\n{WIDE}")
    try:
        opened = open_lesson()
        opened.begin()
        opened.kernel.wait("run.epoch >= 3")
        yield opened
    finally:
        lesson.kernel("Autoencoder = _narrow")


def freeze(lesson):
    """Keep the weights where they are while training goes on, and wait until that is shown."""
    kernel, notebook = lesson.kernel, lesson.notebook
    kernel("optimizer.param_groups[0]['lr'] = 0.0")
    kernel("_then = run.step")
    kernel.wait("run.latest('latents')[0] > _then + 1", promised(20))
    shown = notebook.find("tl-latent-scatter").locator(".tl-summary").first

    def is_since():
        (epoch,) = numbers(re.search(r"epoch \S+", shown.inner_text())[0])
        return epoch * STEPS_AN_EPOCH > kernel("_then + 1")

    notebook.until(is_since, promised(15))
    notebook.page.wait_for_timeout(600)  # the points glide to their places


#: where a pointer goes down on the plot, as the page sees it
DOWNS = """canvas => {
    window.downs = [];
    const down = ({ offsetX, offsetY }) => window.downs.push([offsetX, offsetY]);
    canvas.addEventListener("pointerdown", down);
}"""


def test_walking_through_a_latent_space_while_it_trains(trained):
    """Seen to fail when clicks are put down upside down, when the walk's images come in reverse,
    when playing stands still, when the sheet's cells are drawn from the right, when its rows and
    columns or the ends of its window are swapped, and when a cell leads to another's latent.
    """
    kernel, page = trained.kernel, Explorer(trained)
    freeze(trained)

    # a path: three clicks, decoded between two steps of a training that goes on
    page.open("path")
    page.find("tl-path-add").click()
    page.canvas.evaluate(DOWNS)
    page.put((0.3, 0.3), (0.6, 0.4), (0.5, 0.7))
    page.until(lambda: kernel("scatter_of(run).explore().stop_count") == 3)
    clicked = np.array(page.notebook.page.evaluate("window.downs"))
    seen = page.strip(12)
    page.until(lambda: page.shows(page.strip(12), "path"))
    assert np.abs(seen[0] - seen[-1]).max() > 0.02
    np.testing.assert_allclose(page.stops(), clicked, atol=2)
    assert kernel("scatter_of(run).pointer") is None  # a click put a point down, and asked nothing
    assert kernel("run.state") == "running"
    page.notebook.screenshot("path")

    # played: the marker goes along
    layer = page.notebook.page.locator(".tl-explorer-layer")
    page.find("tl-path-play").click()
    before = layer.get_attribute("data-at")
    page.until(lambda: layer.get_attribute("data-at") != before)
    page.find("tl-path-play").click()

    # a grid of what the plot shows
    page.open("grid")
    page.find("tl-sheet-make").click()
    page.until(lambda: page.shows(page.sheet(10), "sheet"))
    window = list(map(float, page.canvas.get_attribute("data-view").split()))
    told = kernel("list(scatter_of(run).explore().sheet_window)")
    np.testing.assert_allclose(told, window, rtol=0.2, atol=0.5)
    page.notebook.screenshot("grid")

    # a cell goes there: the fourth from the left, the second from the top
    box = page.find("tl-sheet").bounding_box()
    cell = {"x": 0.35 * box["width"], "y": 0.15 * box["height"]}
    page.find("tl-sheet").hover(position=cell)
    page.until(lambda: layer.get_attribute("data-at"))
    x, y = map(float, layer.get_attribute("data-at").split())
    x0, x1, y0, y1 = told
    assert 0.3 <= (x - x0) / (x1 - x0) <= 0.4
    assert 0.1 <= (y1 - y) / (y1 - y0) <= 0.2
    page.find("tl-sheet").click(position=cell)
    page.until(lambda: kernel("scatter_of(run).pointer is not None"))
    wanted = kernel("scatter_of(run).explore()._sheet.walked.latents[13].tolist()")
    found = kernel("[float(each) for each in scatter_of(run).pointer]")
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    assert kernel("run.problems") == []


@pytest.mark.parametrize("mode", ["background"])
def test_a_slider_decodes_and_the_plane_is_chosen(trained):
    """Seen to fail when the next dimension slides, or all do, when agreement is told for chance,
    when the axes are swapped, and when nothing is cancelled.
    """
    kernel, page = trained.kernel, Explorer(trained)
    freeze(trained)
    page.open("dimensions")
    before = kernel("[float(each) for each in scatter_of(run).explore().standing]")
    slider = page.find("tl-slide").nth(4)
    slider.focus()
    for _ in range(10):
        page.notebook.page.keyboard.press("ArrowRight")
    value = float(slider.input_value())
    page.until(
        lambda: kernel(
            f"z = scatter_of(run).pointer\nz is not None and abs(float(z[4]) - {value}) < 1e-4"
        )
    )
    found = kernel("[float(each) for each in scatter_of(run).pointer]")
    np.testing.assert_allclose(np.delete(found, 4), np.delete(before, 4), rtol=1e-5, atol=1e-6)
    told = kernel(
        "run.ask(lambda: model.decoder(torch.tensor(scatter_of(run).pointer)[None]))[0, 0].tolist()"
    )
    page.until(lambda: same_to_the_grey(read_image(page.find("tl-decoded")), told))
    page.find("tl-measure").click()
    page.until(lambda: "kNN agreement" in page.find("tl-agreement").inner_text())
    shares = kernel("m = scatter_of(run).explore().measured\n[m['agreement'], m['chance']]")
    shown = numbers(page.find("tl-agreement").inner_text())
    np.testing.assert_allclose(shown, 100 * np.array(shares), atol=0.51)
    page.notebook.screenshot("dimensions")

    page.open("plane")
    page.find("tl-project-dimensions").click()
    page.until(lambda: kernel("scatter_of(run).projection") == [0, 1])
    page.find("tl-across").select_option("3")
    page.until(lambda: kernel("list(scatter_of(run).axes)") == ["z₃", "z₁"])
    page.find("tl-solid").click()
    page.until(lambda: page.canvas.get_attribute("data-turned") == "true")
    page.find("tl-solid").click()
    page.find("tl-project-t-SNE").click()
    page.until(lambda: page.find("tl-embedding").is_visible())
    page.find("tl-cancel").click()
    page.until(lambda: not page.find("tl-embedding").is_visible())
    assert kernel("str(scatter_of(run).projection)") != "t-SNE"
    assert kernel("run.state") == "running"
    assert kernel("run.problems") == []
    page.notebook.screenshot("plane")


@pytest.mark.parametrize("mode", ["background"])
def test_by_keyboard_alone(trained):
    """Seen to fail without P, without End, when the crosshair's axes are swapped, and when Escape
    drops one point.
    """
    kernel, notebook = trained.kernel, trained.notebook
    keyboard = notebook.page.keyboard
    canvas = notebook.shows("tl-points")
    canvas.scroll_into_view_if_needed()
    freeze(trained)
    notebook.find("tl-tool-explore").focus()
    keyboard.press("Enter")
    notebook.shows("tl-latent-explorer", timeout=promised(15))
    notebook.find("tl-section-plane").focus()
    keyboard.press("ArrowRight")
    keyboard.press("ArrowRight")
    canvas.focus()
    keyboard.press("p")
    for _ in range(8):
        keyboard.press("Shift+ArrowRight")
    keyboard.press("p")
    notebook.until(lambda: kernel("scatter_of(run).explore().stop_count") == 2, promised(15))
    first, second = kernel("scatter_of(run).explore().stops.tolist()")
    assert second[0] > first[0]
    assert second[1] == pytest.approx(first[1], abs=1e-3)
    strip = notebook.shows("tl-strip", timeout=promised(15))
    strip.focus()
    keyboard.press("End")
    assert strip.get_attribute("aria-valuenow") == "12"
    keyboard.press("ArrowLeft")
    assert strip.get_attribute("aria-valuenow") == "11"
    keyboard.press("Space")
    notebook.until(lambda: strip.get_attribute("aria-valuenow") != "11", promised(5))
    keyboard.press("Space")
    keyboard.press("Enter")
    notebook.until(lambda: kernel("scatter_of(run).pointer is not None"), promised(15))
    canvas.focus()
    keyboard.press("Escape")
    notebook.until(lambda: kernel("scatter_of(run).explore().stop_count") == 0, promised(15))


def test_it_is_back_after_a_reload(open_notebook):
    """Seen to fail when what is inside stays folded, and when the images come in reverse."""
    notebook = open_notebook(
        [
            "import numpy as np, torch, torchloupe as tl\n"
            "from torch import nn\n"
            "torch.manual_seed(0)\n"
            "decoder = nn.Sequential(nn.Linear(3, 64), nn.Sigmoid(), nn.Unflatten(1, (1, 8, 8)))\n"
            "points = np.random.default_rng(0).normal(size=(300, 3))\n"
            "view = tl.LatentScatter(points, np.arange(300) % 4, decode=decoder)\n"
            "view"
        ]
    )
    notebook.run(0)
    notebook.shows("tl-points")
    notebook.kernel("explorer = view.explore()")
    notebook.shows("tl-latent-explorer", timeout=promised(15))
    notebook.save()
    notebook.page.wait_for_timeout(1000)
    notebook.reload()
    notebook.shows("tl-latent-explorer", timeout=promised(20))
    notebook.find("tl-section-grid").click()
    notebook.find("tl-sheet-make").click()
    sheet = notebook.find("tl-sheet")
    notebook.until(lambda: sheet.get_attribute("data-count") == "10", promised(15))
    true = notebook.kernel(
        """
        rows = torch.tensor(explorer._sheet.walked.latents, dtype=torch.float32)
        low, high = explorer.sheet_range
        ((decoder(rows)[:, 0] - low) / (high - low)).tolist()
        """
    )
    assert float(np.abs(cells_of(sheet, 10) - true).max()) <= 2.001 / 255
