"""What a tree and a graph of a model that trains show, and what they ought to."""

import re

import matplotlib
import numpy as np
import pytest

from .latent import numbers
from .load import promised
from .pixels import read, read_images

#: one look at all that is shown, so that nothing changes in between
TREE = """() => {
    const root = document.querySelector(".tl-architecture-tree");
    const heads = [...root.querySelectorAll(".tl-tree-head > *")];
    const keys = heads.map((head) => head.querySelector("button")?.dataset.key ?? head.textContent);
    const rows = [...root.querySelectorAll(".tl-tree-row")].map((row) => [row.dataset.path, {
        colour: row.style.getPropertyValue("--tl-tint"),
        flag: row.querySelector(".tl-flag")?.textContent ?? "",
        cells: Object.fromEntries(
            [...row.children].map((cell, at) => [keys[at], cell.textContent])
        ),
    }]);
    const legend = root.querySelector(".tl-value-legend");
    return {
        measured: root.querySelector("[data-testid=tl-measured]").textContent,
        metric: root.querySelector("[data-testid=tl-tree-metric]").value,
        legend: legend.hidden ? [] : [...legend.querySelectorAll("div, span")]
            .filter((each) => each.children.length === 0).map((each) => each.textContent),
        things: Object.fromEntries(rows),
    };
}"""
GRAPH = """() => {
    const root = document.querySelector(".tl-computation-graph");
    const nodes = [...root.querySelectorAll(".tl-graph-handle")].map((node) => [node.dataset.id, {
        colour: node.style.getPropertyValue("--tl-node-paper"),
        ink: node.style.getPropertyValue("--tl-node-ink"),
        flag: node.dataset.flags ?? "",
        label: node.getAttribute("aria-label"),
    }]);
    return {
        measured: root.querySelector("[data-testid=tl-measured]").textContent,
        metric: root.querySelector("[data-testid=tl-graph-metric]").value,
        legend: [...root.querySelectorAll(".tl-graph-meaning span")]
            .map((each) => each.textContent).filter((text) => text !== ""),
        things: Object.fromEntries(nodes),
    };
}"""
HEAT = '[data-testid="tl-weight"]'
#: signed values: white is zero; half and whole of the reach to blue below it, to orange above
SIGNED = (
    [-1, -0.5, 0, 0.5, 1],
    [(5, 84, 143), (120, 182, 219), (255,) * 3, (243, 178, 122), (176, 70, 0)],
)


def step_of(seen):
    """Return the step that a view says it shows; 0 while it shows none."""
    return int(next(iter(numbers(seen["measured"])), 0))


def viridis(values):
    """Colour values by path over their range, as matplotlib does, uint8 [3] each."""
    low, high = min(values.values()), max(values.values())
    table = matplotlib.colormaps["viridis"]
    share = {path: (value - low) / (high - low) for path, value in values.items()}
    return {path: 255 * np.array(table(each)[:3]) for path, each in share.items()}


def signed(values):
    """Colour an array of signed values over its reach, [..., 3]."""
    shares = np.asarray(values, np.float64) / np.nanmax(np.abs(values))
    at, colours = SIGNED
    return np.stack([np.interp(shares, at, each) for each in zip(*colours, strict=True)], -1)


def are_coloured(seen, values):
    """Check that all that has a value has its colour, and nothing else has any."""
    for path, colour in viridis(values).items():
        np.testing.assert_allclose(numbers(seen["things"][path]["colour"]), colour, atol=8)
    bare = {path for path, each in seen["things"].items() if each["colour"] == ""}
    assert bare == set(seen["things"]) - set(values)


def same_to_three_digits(text, value):
    (shown,) = numbers(text)
    assert shown == pytest.approx(value, rel=6e-3, abs=1e-12)


class Alive:
    """A notebook with a tree and a graph of a model that trains."""

    def __init__(self, notebook):
        self.notebook, self.kernel, self.page = notebook, notebook.kernel, notebook.page

    def tree(self):
        return self.page.evaluate(TREE)

    def graph(self):
        return self.page.evaluate(GRAPH)

    def until(self, condition, timeout=8):
        return self.notebook.until(condition, promised(timeout))

    def row(self, path):
        return self.page.locator(f'.tl-tree-row[data-path="{path}"]')

    def node(self, id_):
        return self.page.locator(f'.tl-graph-handle[data-id="{id_}"]')

    def choose(self, view, key):
        self.notebook.find(f"tl-{view}-metric").select_option(key)

    def pause(self):
        """Pause, and wait until both views show the boundary that the run waits at."""
        self.kernel("run.pause()")
        self.kernel.wait("run.state == 'paused'")
        self.stands_at(self.kernel("run.step"))

    def stands_at(self, step):
        self.until(lambda: [step_of(self.tree()), step_of(self.graph())] == [step, step])

    def follows(self):
        """Colours and numbers change with nobody doing anything, and are those of their step.

        Seen to fail when the tree takes no notice of what is measured, when either view turns its
        colours round, and when the legend's high end is its low one.
        """
        for look in (self.tree, self.graph):
            began, seen = step_of(look()), {}

            def have_come(look=look, began=began, seen=seen):
                found = look()
                if step_of(found) > began:
                    seen[step_of(found)] = found
                return len(seen) >= 3

            self.notebook.until(have_come, promised(8), every=0.02)
            for each in seen.values():
                self.is_true(each)
            assert len({each["things"]["features.2"]["colour"] for each in seen.values()}) > 1

    def is_true(self, seen):
        """Gradient norms are what torch said in that step."""
        assert seen["metric"] == "gradient"
        true = self.kernel(f"truth[{step_of(seen)}]")
        are_coloured(seen, true)
        ends = [text for text in seen["legend"] if re.fullmatch(r"[\d.e−]+", text)][:2]
        for text, value in zip(ends, (min(true.values()), max(true.values())), strict=True):
            same_to_three_digits(text, value)
        for path, value in true.items():
            cells = seen["things"][path].get("cells")
            if cells:
                same_to_three_digits(cells["gradient"], value)


def are_the_weights(alive, path):
    """Heat map, distribution and filters are those of the step that is said."""
    said = alive.page.locator(".tl-weights .tl-summary")
    step = alive.kernel("run.step")
    alive.until(lambda: said.is_visible() and said.inner_text().endswith(f"· step {step:,}"))
    weight = np.array(alive.kernel(f"model.get_submodule({path!r}).weight.tolist()"), np.float32)
    is_pictured(alive.page.locator(HEAT).first, weight.reshape(len(weight), -1))
    filters = alive.notebook.find("tl-filters")
    shown = 255 * read_images(filters, len(weight), 3, 3)[0]
    np.testing.assert_allclose(shown, signed(weight[:, 0]), atol=3)


def is_pictured(block, matrix):
    """A block of the page shows these numbers as a heat map and as a distribution."""
    rows, columns = matrix.shape
    pixels = read(block.get_by_test_id("tl-heat"))
    down = ((np.arange(rows) + 0.5) * pixels.shape[0] / rows).astype(int)
    across = ((np.arange(columns) + 0.5) * pixels.shape[1] / columns).astype(int)
    found, known = pixels[down[:, None], across[None], :3], np.isfinite(matrix)
    finite = np.where(known, matrix, np.nan)
    np.testing.assert_allclose(found[known], signed(finite)[known], atol=3)
    counts, edges = np.histogram(finite[known], 64)
    outline = block.locator(".tl-weight-bar").get_attribute("d")
    tops = [40 - float(each) for each in re.findall(r"V([\d.]+)H", outline)]
    heights = np.where(counts > 0, np.maximum(1, counts / counts.max() * 40), 0)
    np.testing.assert_allclose(tops, heights, atol=0.051)
    ends = numbers(block.locator(".tl-weight-ends").inner_text())
    np.testing.assert_allclose(ends, edges[[0, -1]], rtol=6e-3)


def contrast(paper, ink):
    """Return WCAG's contrast of a colour with black (#000) or white (#fff)."""
    shares = np.asarray(paper) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    light = float(linear @ [0.2126, 0.7152, 0.0722])
    return (light + 0.05) / 0.05 if ink == "#000" else 1.05 / (light + 0.05)
