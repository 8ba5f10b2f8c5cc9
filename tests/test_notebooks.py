"""The notebooks run from top to bottom, without a browser, and carry nothing heavy."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
STARTS_IN_THE_BACKGROUND = re.compile(r"\.start\(|recipes\.\w+\(")
LARGEST_OUTPUT = 100_000


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def source(cell):
    return "".join(cell["source"])


each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks():
    found = {path.stem for path in NOTEBOOKS}
    assert {"00_start_here", "01_autoencoder", "02_latent_space"} <= found


@each_notebook
def test_any_kernel_of_python_opens_it(path):
    notebook = read(path)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert notebook["nbformat"] == 4
    assert "version" not in notebook["metadata"].get("language_info", {})
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)


@each_notebook
def test_it_stores_no_widget_and_nothing_heavy(path):
    notebook = read(path)
    assert "widgets" not in notebook["metadata"]
    for cell in code(notebook):
        for output in cell["outputs"]:
            assert len(json.dumps(output)) <= LARGEST_OUTPUT
            assert "widget-state" not in json.dumps(output)


@each_notebook
def test_every_cell_was_run_in_order_and_none_failed(path):
    cells = code(read(path))
    counts = [cell["execution_count"] for cell in cells]
    assert counts == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr"
            assert not re.search(r" at 0x[0-9a-f]+", json.dumps(output))


@each_notebook
def test_what_starts_in_the_background_is_waited_for(path):
    cells = [source(cell) for cell in code(read(path))]
    for cell, after in zip(cells, [*cells[1:], ""], strict=True):
        if STARTS_IN_THE_BACKGROUND.search(cell):
            assert after.startswith("run.wait()"), cell


def test_a_start_is_noticed():
    for cell in ("run.start(train)", "run = tl.recipes.autoencoder(images)"):
        assert STARTS_IN_THE_BACKGROUND.search(cell)


@each_notebook
def test_the_text_comes_first_and_explains(path):
    cells = read(path)["cells"]
    assert cells[0]["cell_type"] == "markdown"
    assert source(cells[0]).startswith("# ")
    words = sum(len(source(cell).split()) for cell in cells if cell["cell_type"] == "markdown")
    assert words > 200


@pytest.mark.notebook
@each_notebook
def test_it_runs_and_prints_what_it_printed(path, request):
    if request.config.getoption("nbval", default=False):
        pytest.skip("this run collects the notebooks themselves")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stdout[-5_000:] + done.stderr[-2_000:]
