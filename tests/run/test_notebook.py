"""What a cell's end means for a loop in it, in a real IPython shell in this process."""

from __future__ import annotations

import gc
import signal
import threading
import weakref
from collections.abc import Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import torchloupe as tl
from tests.run.patience import SOON, until
from torchloupe.run import NOTEBOOK


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    config = Config()
    config.HistoryManager.enabled = False
    InteractiveShell.clear_instance()
    one = InteractiveShell.instance(config=config)
    one.user_ns.update(tl=tl, sleep=sleep)
    callbacks = {name: list(each) for name, each in one.events.callbacks.items()}
    yield one
    for value in list(one.user_ns.values()):
        if isinstance(value, tl.Run):
            value.close()
    assert {name: list(each) for name, each in one.events.callbacks.items()} == callbacks
    InteractiveShell.clear_instance()
    assert not NOTEBOOK.executing


def run_of(shell: InteractiveShell, code: str, cell: str | None = None) -> tl.Run:
    shell.run_cell(code, cell_id=cell)
    run = shell.user_ns["run"]
    assert isinstance(run, tl.Run)
    return run


LOOPS = {
    "track": "for x in run.track(range(5)):\n    ",
    "bound": "loop = run.track(range(5))\nfor x in loop:\n    ",
    "nested": "for e in run.epochs(3):\n  for x in run.track(range(5)):\n    ",
    "outer": "for e in run.epochs(3):\n    ",
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("ending", ["finished", "failed", "stopped"])
def test_a_cells_end_tells_how_a_loop_ended(
    shell: InteractiveShell, loop: str, ending: str
) -> None:
    how = {"finished": "break", "failed": "1 / 0", "stopped": "raise KeyboardInterrupt"}[ending]
    run = run_of(shell, "run = tl.Run('r')\n" + LOOPS[loop] + how)
    assert run.state == ending
    assert run_of(shell, "for x in run.track(range(3)): pass").state == "finished"


def test_break_has_its_last_look(shell: InteractiveShell) -> None:
    run = run_of(
        shell,
        "run = tl.Run(budget=None).probe(lambda: 1.0, every=100, name='look')\n"
        "for x in run.track(range(50)):\n  if x == 7: break",
    )
    assert (run.state, run.step) == ("finished", 8)
    assert run.history("look")[0].tolist() == [0, 8]


def test_a_real_interrupt(shell: InteractiveShell) -> None:
    def interrupt() -> None:
        until(lambda: "run" in shell.user_ns and shell.user_ns["run"].step > 2)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    run = run_of(shell, "run = tl.Run()\nfor x in run.track(range(10**6)): sleep(0.001)")
    thread.join()
    assert run.state == "stopped"


def test_ticks_end_with_their_cell(shell: InteractiveShell) -> None:
    run = run_of(shell, "run = tl.Run()\nfor x in range(4): run.tick()")
    assert (run.state, run.step) == ("finished", 4)
    run = run_of(shell, "run.tick(); run.stop()\nassert not run.tick() and not run.tick()")
    assert (run.state, run.step) == ("stopped", 6)
    run = run_of(shell, "assert run.tick()")
    assert (run.state, run.step) == ("finished", 7)


def test_a_loop_goes_on_in_another_cell(shell: InteractiveShell) -> None:
    run = run_of(
        shell, "run = tl.Run()\nloop = run.track(range(5))\nfor x in loop:\n  if x == 2: break"
    )
    assert (run.state, run.step) == ("finished", 3)
    run = run_of(shell, "rest = list(loop)")
    assert shell.user_ns["rest"] == [3, 4]
    assert (run.state, run.step) == ("finished", 5)


def test_the_outer_loop_of_an_earlier_cell_is_over(shell: InteractiveShell) -> None:
    """A track in a later cell is a loop of its own, though the name still holds `epochs`."""
    run = run_of(shell, "run = tl.Run()\nouter = run.epochs(3)\nfor e in outer: break")
    run = run_of(shell, "for x in run.track(range(3), epochs=2): pass")
    assert (run.state, run.epoch) == ("finished", 2)


def test_running_a_cell_again_stops_its_run(shell: InteractiveShell) -> None:
    code = "run = tl.Run().start(lambda run: [sleep(0.001) for x in run.track(range(10**9))])"
    first = run_of(shell, code, "cell-1")
    until(lambda: first.step > 0)
    other = run_of(shell, code, "cell-2")
    until(lambda: other.step > 0)
    assert first.state == "running"
    second = run_of(shell, code, "cell-1")
    assert first.state == "stopped"
    assert (second.state, other.state) == ("running", "running")
    for run in (first, second, other):
        run.close()


def test_running_the_cell_that_started_it_again(shell: InteractiveShell) -> None:
    run = run_of(shell, "run = tl.Run()", "cell-1")
    code = "run.start(lambda run: [sleep(0.001) for x in run.track(range(10**9))])"
    run_of(shell, code, "cell-2")
    until(lambda: run.step > 0)
    run_of(shell, code, "cell-2")
    assert run.state == "running"
    step = run.step
    until(lambda: run.step > step)


def test_without_cell_ids_a_given_name_stands_for_the_cell(shell: InteractiveShell) -> None:
    code = "run = tl.Run('mine').start(lambda run: [sleep(0.001) for x in run.track(range(10**9))])"
    first = run_of(shell, code)
    unnamed = run_of(shell, code.replace("'mine'", ""))
    second = run_of(shell, code)
    assert first.state == "stopped"
    assert (unnamed.state, second.state) == ("running", "running")
    for run in (first, unnamed, second):
        run.close()


class TestAnswers:
    def test_between_cells_a_worker_answers(self, shell: InteractiveShell) -> None:
        run = run_of(shell, "run = tl.Run()")
        names: list[str] = []
        run.post(lambda: names.append(threading.current_thread().name), "view")
        until(lambda: len(names) == 1)
        assert names == ["torchloupe answers"]
        assert run.ask(threading.get_ident) != threading.get_ident()

    def test_a_worker_may_ask(self, shell: InteractiveShell) -> None:
        """Seen to wait for itself until the time was out."""
        run = run_of(shell, "run = tl.Run()")
        assert run.ask(lambda: run.ask(lambda: 5, timeout=2)) == 5

    def test_during_a_cell_clicks_wait_and_the_cell_answers(self, shell: InteractiveShell) -> None:
        run = run_of(shell, "run = tl.Run()")
        threads: list[str] = []

        def click() -> None:
            until(lambda: NOTEBOOK.executing)
            run.post(lambda: threads.append(threading.current_thread().name), "view")
            with pytest.raises(TimeoutError, match="a cell is executing"):
                run.ask(lambda: threads.append("never"), timeout=0.1)

        thread = threading.Thread(target=click)
        thread.start()
        shell.run_cell("sleep(0.4); here = run.ask(lambda: 5)")
        assert shell.user_ns["here"] == 5
        thread.join()
        until(lambda: len(threads) == 1)
        assert threads == ["torchloupe answers"]

    def test_a_tracked_loop_answers_clicks_itself(self, shell: InteractiveShell) -> None:
        shell.user_ns["threads"] = threads = []
        run_of(
            shell,
            "import threading\nrun = tl.Run()\nfor x in run.track(range(3)):\n"
            "    run.post(lambda: threads.append(threading.current_thread()), 'view')",
        )
        assert set(threads) == {threading.main_thread()}

    def test_a_cell_waits_for_an_answer_that_is_being_given(self, shell: InteractiveShell) -> None:
        run = run_of(shell, "run = tl.Run()")
        order: list[str] = []
        begun = threading.Event()

        def answer() -> None:
            begun.set()
            sleep(0.2)
            order.append("answered")

        run.post(answer, "view")
        begun.wait(SOON)
        shell.user_ns["order"] = order
        shell.run_cell("order.append('cell')")
        assert order == ["answered", "cell"]

    def test_a_probe_of_a_background_run_holds_no_cell_up(self, shell: InteractiveShell) -> None:
        """Seen to fail when every cell waited for the probe that was being evaluated."""
        run = tl.Run("r").probe(lambda: sleep(1.5), name="slow")
        run.start(lambda run: list(run.track(range(2))))
        sleep(0.2)
        began = monotonic()
        shell.run_cell("1 + 1")
        assert monotonic() - began < 1.0
        run.close()


def test_a_cell_within_a_cell(shell: InteractiveShell) -> None:
    """`run_cell` and `%run` fire the same events; the loop around them goes on."""
    shell.user_ns["shell"] = shell
    run = run_of(
        shell,
        "run, states = tl.Run(), []\nfor x in run.track(range(3)):\n"
        "    shell.run_cell('y = 1')\n    states.append(run.state)",
        "cell-1",
    )
    assert shell.user_ns["states"] == ["running"] * 3
    assert (run.state, run.step) == ("finished", 3)


def test_a_run_made_in_a_thread_of_the_users(shell: InteractiveShell) -> None:
    """A loop of another thread ends with itself, not with a cell."""
    run = tl.Run("r")

    def work() -> None:
        for _ in run.track(range(3)):
            break

    shell.user_ns["work"] = work
    shell.run_cell("import threading; t = threading.Thread(target=work); t.start(); t.join()")
    assert run.state == "finished"
    run.close()


def test_nothing_is_left_after_close(shell: InteractiveShell) -> None:
    """The fixture asserts that no callback is left; here: no thread, no run, no model."""
    threads = threading.active_count()
    references = _used_and_closed(shell)
    assert threading.active_count() == threads
    for name in ("run", "model", "x"):
        shell.user_ns.pop(name, None)
    gc.collect()
    assert [reference() for reference in references] == [None, None]


def _used_and_closed(shell: InteractiveShell) -> list[Any]:
    run = run_of(shell, "import torch\nmodel = torch.nn.Linear(2, 2)\nrun = tl.Run()")
    model = shell.user_ns["model"]
    run.probe(lambda: model(model.weight).sum(), name="look")
    run.post(lambda: model, "view")
    run.start(lambda run: [model.weight.sum() for _ in run.track(range(3))]).wait(SOON)
    shell.run_cell("for x in run.track(range(2)): break")
    run.close()
    return [weakref.ref(run), weakref.ref(model)]


def test_what_waits_for_a_rerun() -> None:
    """Without a shell nothing is kept; with one, a callback that raises harms no other."""
    called: list[str] = []
    NOTEBOOK.at_rerun(lambda: called.append("no shell"), "key")
    NOTEBOOK.rerun("key")
    assert called == []


def test_callbacks_of_a_rerun(shell: InteractiveShell, caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []
    forgotten = lambda: called.append("forgotten")
    for callback in (lambda: 1 / 0, lambda: called.append("second"), forgotten):
        NOTEBOOK.at_rerun(callback, "cell-1")
    NOTEBOOK.forget(forgotten)
    shell.run_cell("1", cell_id="cell-2")
    assert called == []
    shell.run_cell("1", cell_id="cell-1")
    shell.run_cell("1", cell_id="cell-1")
    assert called == ["second"]
    assert "closing what an earlier execution left" in caplog.text
    NOTEBOOK.forget(forgotten)
