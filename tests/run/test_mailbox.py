"""Questions are answered, failed or given up, one of these and once."""

from __future__ import annotations

import pytest

from torchloupe.run._mailbox import Mailbox


def test_a_question_is_served_once() -> None:
    box, ran = Mailbox(), []
    request = box.post(lambda: ran.append(1))
    assert box.serve(lambda function: function()) == 1
    request.serve(lambda function: function())
    assert (ran, request.wait(0), request.give_up()) == ([1], True, False)


def test_given_up_in_time_it_never_runs() -> None:
    box, ran = Mailbox(), []
    request = box.post(lambda: ran.append(1))
    assert request.give_up()
    box.serve(lambda function: function())
    assert ran == []


def test_an_interrupt_ends_it() -> None:
    box = Mailbox()

    def interrupted() -> None:
        raise KeyboardInterrupt

    request = box.post(interrupted)
    with pytest.raises(KeyboardInterrupt):
        box.serve(lambda function: function())
    assert request.wait(0)
    assert "interrupted" in str(request.error)


def test_withdrawn() -> None:
    box = Mailbox()
    requests = [box.post(lambda: 1) for _ in range(3)]
    box.withdraw(requests[1])
    box.withdraw(requests[1])
    assert len(box) == 2
