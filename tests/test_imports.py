"""The data path is the architecture: each layer imports only what stands left of it."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "torchloupe"
ORDER = [
    ["data", "outside"],
    ["wire", "reduce"],
    ["store"],
    ["tap"],
    ["run"],
    ["channel"],
    ["views"],
]
ORDER += [["views"], ["recipes"]]
RANK = {layer: rank for rank, layers in enumerate(ORDER) for layer in layers}
NO_TORCH = ("wire", "views", "channel")
REDUCE_NEEDS = {"torch", "numpy", "torchloupe"}


def modules(layer):
    path = PACKAGE / layer
    return sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]


def imported(tree, path, inside=PACKAGE.parent):
    """List (line, dotted name, enclosing function) of every import, relative ones resolved."""
    here = path.relative_to(inside).with_suffix("").parts
    found = []

    def visit(node, function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            function = (*function, node.name)
        if isinstance(node, ast.Import):
            found.extend((node.lineno, alias.name, function) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = ".".join(here[: -node.level]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found.extend((node.lineno, f"{module}.{alias.name}", function) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            visit(child, function)

    visit(tree, ())
    return found


def wrong_turns(layer, path, text):
    """List the imports in a module's text that its layer may not make."""
    wrong = []
    for line, name, function in imported(ast.parse(text), path):
        top, _, rest = name.partition(".")
        if top != "torchloupe":
            continue
        target = rest.split(".")[0]
        if layer == "recipes" and name == "torchloupe":
            continue  # a recipe is written on the public names
        if layer == "run" and function[-2:] == ("Run", "_repr_mimebundle_"):
            continue  # the one exception: a run shows its dashboard
        allowed = target == layer or RANK.get(target, 99) < RANK[layer]
        if not allowed:
            wrong.append(f"{path.name}:{line} imports {name}")
    return wrong


def test_every_part_of_the_package_is_a_layer():
    parts = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith(("_", "."))}
    assert parts - {"static", "py"} == set(RANK)


@pytest.mark.parametrize("layer", RANK)
def test_layers_import_only_what_stands_left(layer):
    paths = modules(layer)
    assert paths
    assert [wrong for path in paths for wrong in wrong_turns(layer, path, path.read_text())] == []


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        ("store", "from torchloupe.run import Run"),
        ("wire", "import torchloupe.reduce"),
        ("store", "from ..tap import x"),
        ("store", "from .. import views"),
        ("tap", "def f():\n    from torchloupe import channel"),
        ("run", "from torchloupe.views import Dashboard"),
        ("views", "import torchloupe"),
        ("reduce", "from torchloupe import Run"),
    ],
)
def test_a_wrong_turn_is_noticed(layer, text):
    assert wrong_turns(layer, PACKAGE / layer / "_x.py", text)


def test_the_one_exception():
    inside = "class Run:\n    def _repr_mimebundle_(self):\n        from torchloupe.views import D"
    assert not wrong_turns("run", PACKAGE / "run" / "_x.py", inside)
    assert wrong_turns("tap", PACKAGE / "tap" / "_x.py", inside)


@pytest.mark.parametrize("layer", NO_TORCH)
def test_these_layers_know_no_torch(layer):
    for path in modules(layer):
        names = {name.split(".")[0] for _, name, _ in imported(ast.parse(path.read_text()), path)}
        assert not names & {"torch", "torchvision"}, path.name


def test_reduce_needs_little():
    for path in modules("reduce"):
        names = {name.split(".")[0] for _, name, _ in imported(ast.parse(path.read_text()), path)}
        assert names - set(sys.stdlib_module_names) <= REDUCE_NEEDS, path.name


LOOK = """
import json, random, sys, threading
import numpy, torch
before = torch.get_rng_state().tolist(), random.getstate(), numpy.random.get_state()[1].tolist()
threads = threading.active_count()
import torchloupe
after = torch.get_rng_state().tolist(), random.getstate(), numpy.random.get_state()[1].tolist()
print(json.dumps({
    "modules": sorted(sys.modules),
    "threads": threading.active_count() - threads,
    "cuda": torch.cuda.is_initialized(),
    "random": before == after,
    "grad": torch.is_grad_enabled(),
    "all": torchloupe.__all__,
    "missing": [name for name in torchloupe.__all__ if not hasattr(torchloupe, name)],
}))
"""


@pytest.fixture(scope="module")
def fresh():
    """Import torchloupe in a fresh process and look around."""
    done = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_import_does_nothing_that_is_felt(fresh):
    assert fresh["threads"] == 0
    assert not fresh["cuda"]
    assert fresh["random"]
    assert fresh["grad"]


@pytest.mark.parametrize("name", ["torchvision", "sklearn", "pandas", "matplotlib", "captum"])
def test_the_import_leaves_heavy_libraries_alone(fresh, name):
    assert name not in fresh["modules"]


def test_the_public_names_are_there_and_sorted(fresh):
    assert fresh["missing"] == []
    assert fresh["all"] == sorted(fresh["all"])
