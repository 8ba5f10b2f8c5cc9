"""A tree and a graph are alive: colours, numbers and weights follow a training that goes on."""

import re

import numpy as np
import pytest

from .alive import Alive, are_the_weights, contrast, same_to_three_digits, step_of, viridis
from .latent import numbers
from .load import promised

pytestmark = pytest.mark.browser

# Hand-built besides what learns: `dead` never fires, `aside` has a NaN, and `flip` changes its sign
# in every step, so that it always moves by twice its size. `truth` is what torch says, by step.
PREPARE = """
import time, numpy as np, torch, torchloupe as tl
from torch import nn
import torch.nn.functional as F

images, labels = tl.data.digits()
images = images.float()

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 4, 3), nn.ReLU()
        )
        self.dead = nn.Sequential(nn.Linear(144, 12), nn.ReLU())
        self.flip = nn.Linear(144, 3, bias=False)
        self.aside = nn.Linear(144, 10)
        self.head = nn.Linear(144, 10)

    def forward(self, x):
        x = self.features(x).flatten(1)
        return self.head(x), self.dead(x), self.flip(x), self.aside(x)

torch.manual_seed(0)
model = Net()
with torch.no_grad():
    model.dead[0].bias.fill_(-1e3)
    model.aside.weight[0, 0] = torch.nan
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
truth = {}

def norm(tensors):
    return float(torch.cat([each.detach().flatten() for each in tensors]).norm())

def train(run):
    for _ in run.track(iter(int, 1)):
        chosen = torch.randint(len(images), (64,))
        optimizer.zero_grad()
        F.cross_entropy(model(images[chosen])[0], labels[chosen]).backward()
        optimizer.step()
        with torch.no_grad():
            model.flip.weight.neg_()
        # what the boundary at the end of this step will find
        truth[run.step + 1] = {
            path: norm(each.grad for each in own)
            for path, module in model.named_modules()
            if (own := [each for each in module.parameters(False) if each.grad is not None])
        }
        time.sleep(0.05)
"""
SHOW = """
run = tl.Run("alive", budget=None)
run.probe(tl.Health(model, images[:64]), every=3)
tree = tl.ArchitectureTree(model, images[:2], run=run)
graph = tl.ComputationGraph(model, images[:2], run=run)
told, chosen = [], []
tree.on_select(lambda module, path: told.append((path, module is model.get_submodule(path))))
display(tree, graph)
"""
#: places of the cells of the spare notebook
SHOWN, TRAINED = 1, 2


@pytest.fixture
def alive(spare):
    """A tree and a graph, and nothing trained yet."""
    alive = Alive(spare)
    spare.write(SHOWN, f"{PREPARE}\n{SHOW}")
    spare.run(SHOWN)
    alive.page.wait_for_selector("[data-testid=tl-graph][data-drawn]")
    yield alive
    alive.kernel("run.stop(); run.wait(10)")


def test_in_the_background(alive):
    """One scene: a kernel takes seconds to start."""
    alive.kernel("run.start(train); None")
    alive.follows()
    shows_what_is_dead_and_broken(alive)
    a_pause_is_the_boundary(alive)
    another_metric_changes_colours_and_legend(alive)
    weights_lie_beneath(alive)
    comes_back_after_a_reload(alive)
    can_be_read_in_the_dark(alive)
    a_narrow_page_shows_what_matters(alive)


def shows_what_is_dead_and_broken(alive):
    """Seen to fail without the badges of the graph, and without the words in the tree."""
    tree, graph = alive.tree()["things"], alive.graph()
    flagged = {path: each["flag"] for path, each in tree.items() if each["flag"]}
    dead, broken = "all units dead", "NaN or infinite"
    assert flagged == {"dead": dead, "dead.1": dead, "aside": broken}
    nodes = graph["things"]
    assert {id_: each["flag"] for id_, each in nodes.items() if each["flag"]} == {
        "dead.1": "silent",
        "aside": "broken",
    }
    assert nodes["dead.1"]["label"].endswith(", all units dead")
    assert nodes["aside"]["label"].endswith(", NaN or infinite")
    assert graph["legend"][-4:] == ["0", "all units dead", "!", "NaN or infinite"]


def a_pause_is_the_boundary(alive):
    """Seen to fail when only the probe looks: its last look was steps before."""
    kernel = alive.kernel
    alive.pause()
    for _ in range(2):  # at least one is no step that the probe asks for
        alive.is_true(alive.tree())
        alive.is_true(alive.graph())
        step = kernel("run.step")
        kernel("run.advance()")
        alive.stands_at(step + 1)


def another_metric_changes_colours_and_legend(alive):
    """Seen to fail when the update is not related to the weights."""
    kernel = alive.kernel
    before = alive.tree()
    alive.choose("tree", "dead")
    seen = alive.until(lambda: (now := alive.tree())["legend"] != before["legend"] and now)
    kernel(
        """
        flows = {}
        def note(path):
            def take(module, given, out):
                units = (out.movedim(1, 0).flatten(1) == 0).all(1)
                flows[path] = [100 * float(units.float().mean()), float(out.nanmean())]
            return take
        hooks = [each.register_forward_hook(note(path))
                 for path, each in model.named_modules() if path]
        run.ask(lambda: model(images[:64]))
        for hook in hooks:
            hook.remove()
        """
    )
    dead = {path: share for path, (share, _) in kernel("flows").items()}
    assert seen["legend"][0] == "dead units, %"
    assert [dead["dead.1"], dead["head"]] == [100, 0]
    for path, share in dead.items():
        if path != "aside":
            same_to_three_digits(seen["things"][path]["cells"]["dead"], share)
            assert seen["things"][path]["cells"]["dead"].endswith(" %")
            np.testing.assert_allclose(
                numbers(seen["things"][path]["colour"]), viridis(dead)[path], atol=8
            )
    assert seen["legend"][-1] == "100"

    alive.choose("graph", "update")
    seen = alive.graph()
    assert seen["legend"][0] == "0"  # `dead` does not move
    assert seen["legend"][1] == "2"  # `flip` moves by twice its size
    assert numbers(seen["things"]["flip"]["colour"]) == [253, 231, 37]
    alive.node("features.2").click()
    details = alive.notebook.find("tl-graph-details")
    alive.until(lambda: "features.2" in details.inner_text())
    gradient = kernel("truth[run.step]['features.2']")
    (shown,) = re.findall(r"gradient norm\s*(\S+)", details.inner_text())
    assert float(shown) == pytest.approx(gradient, rel=6e-4)
    alive.choose("graph", "mean")
    far = max(abs(mean) for _, mean in kernel("flows").values())
    for text, end in zip(alive.graph()["legend"], (-far, far), strict=False):
        same_to_three_digits(text, end)
    alive.choose("graph", "gradient")
    alive.choose("tree", "gradient")
    alive.is_true(alive.tree())


def weights_lie_beneath(alive):
    """Seen to fail when cells lie one further, filters are transposed, weights are read once, and
    when another module is told than was selected.
    """
    kernel, notebook = alive.kernel, alive.notebook
    alive.row("features.0").click()
    kernel.wait("told and told[-1] == ('features.0', True)")
    assert kernel("tree.module is model.features[0]")
    details = notebook.text("tl-details")
    assert "model.features[0]" in details
    assert re.search(r"parameters\s*80", details)
    (shown,) = re.findall(r"gradient norm\s*(\S+)", details)
    same_to_three_digits(shown, kernel("truth[run.step]['features.0']"))
    notebook.find("tl-inside").click()
    are_the_weights(alive, "features.0")
    kernel("run.resume()")
    summary = alive.page.locator(".tl-weights .tl-summary")
    seen = {summary.inner_text()}
    alive.until(lambda: seen.add(summary.inner_text()) or len(seen) > 2)
    alive.row("head").click()
    alive.until(lambda: "1,450 parameters" in summary.inner_text())
    assert notebook.find("tl-filters").is_hidden()
    alive.row("features.0").click()
    alive.until(lambda: "80 parameters" in summary.inner_text())
    alive.pause()
    are_the_weights(alive, "features.0")


def comes_back_after_a_reload(alive):
    """Seen to fail when the weights that the frame names are not shown by themselves."""
    notebook = alive.notebook
    notebook.save()
    alive.page.wait_for_timeout(500)
    notebook.reload()
    notebook.shows("tl-measured", timeout=promised(15))
    alive.until(lambda: alive.page.locator(".tl-graph-handle").count() > 5)
    alive.stands_at(alive.kernel("run.step"))
    are_the_weights(alive, "features.0")
    alive.kernel("run.resume()")
    alive.follows()


def can_be_read_in_the_dark(alive):
    """Seen to fail with white ink on all colours."""
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        alive.notebook.theme(theme)
        alive.page.wait_for_timeout(200)
        for each in alive.graph()["things"].values():
            if each["colour"]:
                assert contrast(numbers(each["colour"]), each["ink"]) >= 4.5


def a_narrow_page_shows_what_matters(alive):
    """The tree keeps what colours it, and its warnings in whole.

    Seen to fail when parameters come first, and when warnings may take no more than half a cell.
    """
    size = alive.page.viewport_size
    alive.page.set_viewport_size({**size, "width": 420})
    try:
        alive.until(lambda: "parameters" not in alive.tree()["things"]["dead"]["cells"])
        for path, each in alive.tree()["things"].items():
            assert list(each["cells"]) == ["module", "gradient"], path
        flags = alive.page.locator(".tl-architecture-tree .tl-flag")
        assert flags.count() == 3
        assert flags.evaluate_all("all => all.every(each => each.scrollWidth <= each.clientWidth)")
    finally:
        alive.page.set_viewport_size(size)


def test_in_a_plain_cell(alive):
    """The main shell is busy all the while. Seen to fail when a frame forgets the metric chosen."""
    notebook = alive.notebook
    notebook.write(TRAINED, "train(run)")
    notebook.start(TRAINED)
    alive.follows()
    alive.row("features.0").click()
    alive.kernel.wait("told and told[-1] == ('features.0', True)")
    notebook.find("tl-inside").click()
    summary = alive.page.locator(".tl-weights .tl-summary")
    alive.until(lambda: summary.count() == 1 and "· step" in summary.inner_text(), 15)
    seen = {summary.inner_text()}
    alive.until(lambda: seen.add(summary.inner_text()) or len(seen) > 1)
    alive.choose("tree", "weight")
    chosen = step_of(alive.tree())
    alive.until(lambda: step_of(alive.tree()) > chosen + 3)
    assert alive.tree()["legend"][0] == "weight norm"  # still, some frames later
    alive.pause()
    are_the_weights(alive, "features.0")
    assert notebook.busy(TRAINED)
    alive.kernel("run.stop()")
    notebook.wait(TRAINED)
