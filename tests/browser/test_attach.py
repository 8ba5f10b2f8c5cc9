"""A run that a script trains, watched and steered from a notebook that knows only its directory."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("mode", ["background"])]

SCRIPT = """
import time, torch, torchloupe as tl
from torch import nn
torch.manual_seed(0)
images, labels = tl.data.digits()
encoder, decoder = nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), nn.Linear(2, 64)
model = nn.Sequential(encoder, decoder)
run = tl.Run("script", dir="FOLDER")
run.probe(tl.Latents(encoder, images[:200], labels=labels[:200], decode=decoder), every=5)
run.probe(tl.Reconstructions(model, images[:6]), every=5)
for step in run.track(range(1_000_000)):
    run.log({"train/loss": 1 / (step + 1), "value": step})
    time.sleep(0.02)
"""


@pytest.fixture
def script(tmp_path):
    """A training script in a process of its own, without Jupyter."""
    file = tmp_path / "train.py"
    file.write_text(textwrap.dedent(SCRIPT).replace("FOLDER", str(tmp_path)))
    process = subprocess.Popen([sys.executable, str(file)], env=os.environ)
    yield process, tmp_path / "script"
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.fixture
def watched(lesson, script):
    """The lesson's notebook, which shows its directory instead; the process; the directory."""
    process, directory = script
    lesson.notebook.until((directory / "run.sqlite").exists, 60)
    lesson.show(f"run = tl.open({str(directory)!r})\nrun")
    yield lesson.notebook, process, directory
    lesson.kernel("run.close()\ndel run")


def test_a_script_is_watched_steered_and_missed(watched):
    notebook, process, _ = watched
    kernel = notebook.kernel
    notebook.shows("tl-controls")
    notebook.until(lambda: notebook.text("tl-state") == "running")
    notebook.until(lambda: notebook.step() > 20)
    notebook.shows("tl-points")
    notebook.shows("tl-images")
    notebook.until(lambda: notebook.find("tl-module").count() == 3)
    notebook.until(lambda: notebook.find("tl-points").get_attribute("data-count") == "200")

    notebook.find("tl-pause").click()
    notebook.until(lambda: notebook.text("tl-state") == "paused")
    step = notebook.step()
    notebook.find("tl-step").click()
    notebook.until(lambda: notebook.step() == step + 1)
    notebook.find("tl-pause").click()  # resume
    notebook.until(lambda: notebook.step() > step + 10)
    assert notebook.text("tl-state") == "running"

    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    notebook.until(lambda: "stale since" in notebook.text("tl-state"), 10)
    count = kernel("run.scalars['value'].count")
    assert notebook.find("tl-stop").get_attribute("aria-disabled") == "true"
    assert kernel("run.history('value')[1].tolist()") == list(range(count))
    time.sleep(0.5)
    assert kernel("run.scalars['value'].count") == count


def test_stop_from_the_page_ends_the_script(watched):
    """The script's own loop ends, and with it the process, cleanly."""
    notebook, process, directory = watched
    notebook.until(lambda: notebook.text("tl-state") == "running")
    notebook.find("tl-stop").click()
    notebook.until(lambda: notebook.text("tl-state") == "stopped")
    assert process.wait(20) == 0
    notebook.kernel.wait("run.problems == [] and run.status.stale == ''")
    notebook.kernel("run.close()")
    assert [path.name for path in directory.iterdir()] == ["run.sqlite"]
