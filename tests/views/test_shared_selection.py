"""The views of a run share what is selected."""

import numpy as np
import pytest

import torchloupe as tl
from tests.front_end import wait_for


@pytest.fixture
def run():
    with tl.Run("shared") as run:
        run.log_points("z", np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]))
        run.log_images("x", np.zeros((4, 3, 3)))
        yield run


def test_what_is_enclosed_lights_up_everywhere(front_end, run):
    """Seen to fail when a scatter keeps its selection to itself."""
    scatter, grid, other = tl.LatentScatter(run), tl.ImageGrid(run), tl.LatentScatter(run)
    for view in (scatter, grid, other):
        front_end.render(view)
    lasso = [0.5, -1.0, 2.5, -1.0, 2.5, 1.0, 0.5, 1.0]
    front_end.event(scatter, "select", shape="lasso", places=lasso, mode="replace", hidden=[])
    wait_for(lambda: front_end.state(grid)["selected"] == [1, 2])
    assert run.selection.tolist() == scatter.selection.tolist() == [1, 2]
    wait_for(lambda: front_end.state(other)["selected_count"] == 2)
    assert other.selection.tolist() == [1, 2]
    front_end.event(other, "select", shape="none", places=[], mode="replace", hidden=[])
    wait_for(lambda: front_end.state(scatter)["selected_count"] == 0)
    wait_for(lambda: front_end.state(grid)["selected"] == [])


def test_python_selects_for_all_views_and_callbacks_hear_of_it(front_end, run):
    """Seen to fail when a scatter does not follow the run."""
    scatter, heard = tl.LatentScatter(run), []
    scatter.on_select(lambda indices: heard.append(indices.tolist()))
    front_end.render(scatter)
    run.selection = [3, 0, 77]  # of another view's samples, perhaps
    wait_for(lambda: heard == [[0, 3, 77]])
    assert front_end.array(scatter, "selected").tolist() == [0b1001]
    scatter.selection = [1]
    assert run.selection.tolist() == [1]
    wait_for(lambda: front_end.array(scatter, "selected").tolist() == [0b0010])
    assert heard == [[0, 3, 77], [1]]


def test_a_view_made_later_shows_it(front_end, run):
    run.selection = [2]
    scatter = tl.LatentScatter(run)
    assert scatter.selection.tolist() == [2]
    assert front_end.array(scatter, "selected").tolist() == [0b0100]


def test_a_callback_that_fails_is_told_once(front_end, run):
    scatter = tl.LatentScatter(run)

    def fail(_):
        raise ZeroDivisionError

    scatter.on_select(fail)
    front_end.render(scatter)
    run.selection = [1]
    wait_for(lambda: run.problems == ["on_select: ZeroDivisionError:"])
    wait_for(lambda: front_end.state(scatter)["selected_count"] == 1)
    assert scatter.problem == ""


def test_a_scatter_without_a_run_keeps_its_own(front_end):
    one, other = tl.LatentScatter(np.zeros((3, 2))), tl.LatentScatter(np.zeros((3, 2)))
    one.selection = [1]
    assert other.selection.tolist() == []
