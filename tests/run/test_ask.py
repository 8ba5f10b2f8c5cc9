"""Who answers questions, when, and what becomes of those that nobody can answer."""

from __future__ import annotations

import threading
from time import monotonic, sleep

import pytest
import torch
from torch import nn

import torchloupe as tl
from tests.run.patience import SOON, until


class Stepwise:
    """A background run whose steps end when told."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self._begun = threading.Event()
        self.run = tl.Run().start(self._loop)
        # `running` begins before the first batch, where a pause would take effect at once.
        assert self._begun.wait(30)

    def _loop(self, run: tl.Run) -> None:
        for _ in run.track(range(10**6)):
            self._begun.set()
            self.gate.acquire()

    def __enter__(self) -> Stepwise:
        return self

    def __exit__(self, *_: object) -> None:
        if self.run.state in ("running", "paused"):
            self.run.stop()
        self.gate.release(10**6)
        self.run.close()


def test_on_the_training_thread_at_once() -> None:
    run = tl.Run()
    for _ in run.track([1]):
        assert run.ask(threading.get_ident) == threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            run.ask(lambda: 1 / 0)
        assert run.ask(lambda: run.ask(lambda: 5)) == 5
    assert run.state == "finished"


def test_idle_and_ended_in_the_caller() -> None:
    run = tl.Run()
    here = threading.get_ident()
    assert run.ask(threading.get_ident) == here
    list(run.track([1]))
    assert run.ask(threading.get_ident) == here
    with pytest.raises(ZeroDivisionError):
        run.ask(lambda: 1 / 0)


def test_at_the_next_boundary_on_the_training_thread() -> None:
    with Stepwise() as one:
        threading.Timer(0.05, one.gate.release).start()
        name = one.run.ask(lambda: threading.current_thread().name)
        assert name == "torchloupe run"
        assert one.run.step == 1


def test_while_paused() -> None:
    with Stepwise() as one:
        one.run.pause()
        one.gate.release()
        until(lambda: one.run.state == "paused")
        for number in range(20):
            assert one.run.ask(lambda number=number: number * 2) == number * 2
        assert one.run.step == 1


def test_a_step_that_is_too_long() -> None:
    with Stepwise() as one:
        ran: list[int] = []
        began = monotonic()
        with pytest.raises(TimeoutError, match="its step is still going on .step 0.. Nothing was"):
            one.run.ask(lambda: ran.append(1), timeout=0.1)
        assert 0.05 < monotonic() - began < 5
        one.gate.release(3)
        until(lambda: one.run.step >= 2)
        assert ran == []
        assert len(one.run._watch.mailbox) == 0


def test_no_timeout_at_all() -> None:
    with Stepwise() as one:
        threading.Timer(0.1, one.gate.release).start()
        assert one.run.ask(lambda: "late", timeout=None) == "late"


def test_an_answer_that_has_begun_is_waited_for() -> None:
    with Stepwise() as one:
        one.gate.release()
        assert one.run.ask(lambda: sleep(0.3) or "slow", timeout=0.1) == "slow"


def test_closed() -> None:
    run = tl.Run()
    run.close()
    for ask in (lambda: run.ask(lambda: 1), lambda: run.post(lambda: 1, "view")):
        with pytest.raises(RuntimeError, match="ask: the run is closed"):
            ask()


def test_close_fails_those_who_wait() -> None:
    with Stepwise() as one:
        errors: list[BaseException] = []

        def ask() -> None:
            try:
                one.run.ask(lambda: 1, timeout=None)
            except RuntimeError as error:
                errors.append(error)

        threads = [threading.Thread(target=ask) for _ in range(3)]
        for thread in threads:
            thread.start()
        until(lambda: len(one.run._watch.mailbox) == 3)
        one.run._watch.close()
        for thread in threads:
            thread.join(SOON)
        assert len(errors) == 3
        assert "closed before it could answer" in str(errors[0])


def test_many_threads_at_once() -> None:
    run = tl.Run().start(lambda run: [sleep(0.001) for _ in run.track(range(10**6))])
    answers: list[tuple[int, int]] = []

    def ask(number: int) -> None:
        for _ in range(20):
            answers.append((number, run.ask(lambda: number)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len(answers) == 120
    assert all(one == other for one, other in answers)
    run.close()


def test_the_newest_click_of_each_view_wins() -> None:
    with Stepwise() as one:
        served: list[tuple[str, int]] = []
        for number in range(100):
            for view in ("a", "b"):
                one.run.post(lambda v=view, n=number: served.append((v, n)), view)
        assert len(one.run._watch.mailbox) == 2
        one.gate.release()
        until(lambda: len(served) == 2)
        assert sorted(served) == [("a", 99), ("b", 99)]


def test_a_click_that_raises_harms_nobody() -> None:
    with Stepwise() as one:
        one.run.post(lambda: 1 / 0, "view")
        one.gate.release()
        assert one.run.ask(lambda: 3) == 3
        assert one.run.problems == []


def test_a_question_that_asks_again_waits_for_the_next_boundary() -> None:
    """A view that posts from within its own answer must not hold the training."""
    served: list[int] = []
    run = tl.Run()

    def again() -> None:
        served.append(run.step)
        run.post(again, "view")

    run.post(again, "view")
    list(run.track(range(3)))
    assert len(served) <= 2 * 4 + 2


def test_training_cannot_begin_during_an_answer() -> None:
    """Seen to fail when a loop began without the lock."""
    run, inside, order = tl.Run(), threading.Event(), []

    def answer() -> None:
        inside.set()
        sleep(0.1)
        order.append(run.state)

    thread = threading.Thread(target=run.ask, args=(answer,))
    thread.start()
    inside.wait()
    for _ in run.track([1]):
        order.append("step")
    thread.join()
    assert order == ["idle", "step"]


def test_training_that_begins_just_before_an_answer_gives_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Seen to fail when the asker looked whether it may only before it took the lock."""
    run, gate = tl.Run(), threading.Event()
    may = run._attendant._caller_may

    def train(run: tl.Run) -> None:
        gate.wait(0.2)
        list(run.track(range(3)))

    def late() -> bool:
        """Find the run idle; before the asker goes on, it is not."""
        monkeypatch.setattr(run._attendant, "_caller_may", may)
        run.start(train)
        return True

    monkeypatch.setattr(run._attendant, "_caller_may", late)
    assert run.ask(lambda: threading.current_thread().name) == "torchloupe run"
    run.close()


def test_the_modules_that_a_question_names_are_guarded() -> None:
    """Without any probe: seen to fail when only the probes' modules were in eval mode."""
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    run = tl.Run()

    def question() -> tuple[bool, bool]:
        model(torch.randn(4, 2))
        return model[1].training, torch.is_grad_enabled()

    for caller in (run.ask, lambda fn: [run.ask(fn) for _ in run.track([1])][0]):
        assert caller(question) == (False, False)
    assert model[1].training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_an_answer_by_the_asker_itself_is_guarded() -> None:
    """An ask that waits and then finds the run ended is answered by its own thread, guarded too."""
    model, release = nn.Dropout(0.5), threading.Event()
    run = tl.Run().start(lambda run: release.wait(SOON))
    run.probe(lambda: model(torch.ones(2)).sum(), name="look")
    modes: list[bool] = []
    thread = threading.Thread(target=lambda: run.ask(lambda: modes.append(model.training)))
    thread.start()
    sleep(0.1)
    release.set()
    thread.join(SOON)
    assert modes == [False]
    assert model.training
    run.close()


def test_lazy_modules_can_be_asked() -> None:
    model = nn.LazyLinear(3)
    run = tl.Run()
    assert run.ask(lambda: model(torch.ones(2, 4))).shape == (2, 3)
    assert isinstance(model, nn.Linear)
    assert model.training


def test_what_cannot_be_asked() -> None:
    with pytest.raises(TypeError, match="fn: expected a function, got int"):
        tl.Run().ask(5)  # type: ignore[arg-type]


def test_nobody_trains_within_an_answer() -> None:
    """Seen to fail when one could: paused, the inner loop waited for the outer one for ever."""
    with Stepwise() as steps:
        steps.run.pause()
        steps.gate.release()
        until(lambda: steps.run.state == "paused")
        with pytest.raises(RuntimeError, match="a loop inside a question"):
            steps.run.ask(lambda: list(steps.run.track([1])))
        assert steps.run.state == "paused"
    run = tl.Run()
    with pytest.raises(RuntimeError, match="a loop inside a question"):
        run.ask(lambda: list(run.epochs(1)))
    run.close()
