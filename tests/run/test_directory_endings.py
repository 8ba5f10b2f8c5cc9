"""How a run that is kept in a directory ends there, however it ended."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import pytest

import torchloupe as tl
from tests.run.patience import until


def test_a_dropped_run_ended_as_it_did(tmp_path: Path) -> None:
    """Seen to fail when the last state was asked of a run that was gone: idle, at step 0."""

    def train() -> Path:
        run = tl.Run(dir=tmp_path)
        for step in run.track(range(3)):
            run.log(loss=step)
        return run.path or tmp_path

    path = train()
    gc.collect()
    opened = tl.open(path)
    until(lambda: opened.state == "finished" and opened.step == 3)
    opened.close()


def test_whoever_looks_on_while_a_run_is_closed_sees_its_end(tmp_path: Path) -> None:
    """Seen to fail when a run was called closed while it waited for its last step."""
    begun, go_on = threading.Event(), threading.Event()

    def train(run: tl.Run) -> None:
        for _ in run.track(range(5)):
            begun.set()
            go_on.wait(30)
        run.log(last=1.0)

    run = tl.Run(dir=tmp_path).start(train)
    assert begun.wait(30)
    run.flush()
    opened = tl.open(run.path)  # type: ignore[arg-type]
    closing = threading.Thread(target=run.close)
    closing.start()
    time.sleep(1.0)  # several looks at a directory whose run is being closed
    go_on.set()
    closing.join(30)
    until(lambda: opened.state == "stopped" and opened.step == 1)
    assert opened.latest("last") == (1, 1.0)
    opened.close()


def test_a_run_that_its_own_function_closed_is_not_said_to_run(tmp_path: Path) -> None:
    """Seen to fail when what was so at that moment was written: running, for ever."""
    run = tl.Run(dir=tmp_path)
    ended = threading.Event()

    def train(run: tl.Run) -> None:
        for _ in run.track(range(5)):
            run.close()
        ended.set()

    run.start(train)
    assert ended.wait(30)
    opened = tl.open(run.path)  # type: ignore[arg-type]
    assert opened.state == "stopped"
    opened.close()


@pytest.mark.parametrize("verb", ["pause", "resume", "advance", "stop"])
def test_a_run_that_was_closed_idle_takes_no_orders(verb: str, tmp_path: Path) -> None:
    """Seen to fail when only ends were looked for: the order was taken, and pending."""
    run = tl.Run("shut", dir=tmp_path)
    run.close()
    opened = tl.open(run.path)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=rf"{verb}: Run\('shut'\) is closed"):
        getattr(opened, verb)()
    assert opened.pending is None
    opened.close()
