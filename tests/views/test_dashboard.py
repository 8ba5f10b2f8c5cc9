"""The dashboard: one a run, with a pane for each channel, as long as a cell shows it."""

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances

import torchloupe as tl
from tests.front_end import publishers, wait_for

IMAGES = np.zeros((2, 4, 4))


@pytest.fixture
def run():
    with tl.Run("shown") as made:
        yield made


def shown(dashboard):
    return [type(child).__name__ for child in dashboard._grid.children]


def live():
    return sorted(type(each).__name__ for each in _instances.values())


def test_panes_appear_as_channels_do(front_end, run):
    dashboard = tl.Dashboard(run)
    assert shown(dashboard) == ["Curves"]
    front_end.render(dashboard.controls)
    run.log_images("pictures", IMAGES)
    wait_for(lambda: shown(dashboard) == ["Curves", "ImageGrid"])
    run.log_points("places", np.eye(2))
    wait_for(lambda: shown(dashboard) == ["Curves", "LatentScatter", "ImageGrid"])
    assert set(dashboard.panes) == {"pictures", "places"}
    assert len(front_end.state(dashboard._grid)["children"]) == 3
    assert dashboard.children == (dashboard.controls, dashboard._grid)


def test_the_pane_of_a_probe_is_there_first(front_end, run):
    model = torch.nn.Identity()
    run.probe(tl.Latents(model, torch.zeros(4, 2), decode=model))
    dashboard = tl.Dashboard(run)
    assert set(dashboard.panes) == {"latents", "architecture"}
    assert dashboard.panes["latents"].points is None


def test_a_probe_that_comes_later_brings_its_pane(front_end, run):
    dashboard = tl.Dashboard(run)
    front_end.render(dashboard.controls)
    run.probe(tl.Latents(torch.nn.Identity(), torch.zeros(4, 2)))
    wait_for(lambda: "latents" in dashboard.panes)


def test_a_channel_that_changes_its_kind_changes_its_pane(front_end, run):
    dashboard = tl.Dashboard(run)
    front_end.render(dashboard.controls)
    run.log_images("thing", IMAGES)
    wait_for(lambda: shown(dashboard) == ["Curves", "ImageGrid"])
    first = dashboard.panes["thing"]
    run.log_points("thing", np.eye(2))
    wait_for(lambda: shown(dashboard) == ["Curves", "LatentScatter"])
    assert first.comm is None
    run.log_histogram("thing", [1.0, 2.0])
    run.log_images("other", IMAGES)
    wait_for(lambda: "other" in dashboard.panes)
    assert run.problems == []


def test_a_pane_that_cannot_be_made_does_not_cost_the_others(front_end, run):
    dashboard = tl.Dashboard(run)
    front_end.render(dashboard.controls)
    run.log(both=1.0)
    run.probe(tl.Latents(torch.nn.Identity(), torch.zeros(4, 2)), name="both")
    run.log_images("fine", IMAGES)
    wait_for(lambda: "fine" in dashboard.panes and run.problems)
    assert "'both' holds scalars" in run.problems[0]
    wait_for(lambda: front_end.state(dashboard.controls)["problems"])
    assert dashboard.controls.problem == ""


def test_a_lost_message_of_the_grid_is_made_good(front_end, run):
    dashboard = tl.Dashboard(run)
    front_end.render(dashboard.controls)
    lost = []
    parts = {dashboard._grid.comm.comm_id, dashboard.controls.comm.comm_id}

    def lose(comm_id, state):
        if comm_id in parts and not lost[1:]:
            lost.append(comm_id)
            return True
        return False

    front_end.loses = lose
    run.log_images("pictures", IMAGES)
    wait_for(lambda: len(front_end.state(dashboard._grid)["children"]) == 2)
    assert len(lost) == 2


def test_one_a_run(front_end, run):
    first = run._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]["model_id"]
    second = run._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert first == second
    with tl.Run("another") as other:
        assert tl.Dashboard.of(other) is not tl.Dashboard.of(run)
        assert tl.Dashboard.of(other).run is other


def test_one_made_by_hand_is_the_run_s(front_end, run):
    made = tl.Dashboard(run)
    assert tl.Dashboard.of(run) is made
    another = tl.Dashboard(run)
    another.close()
    assert tl.Dashboard.of(run) is made
    made.close()
    assert tl.Dashboard.of(run) is not made


def test_it_closes_with_its_run(front_end):
    before = set(_instances)
    run = tl.Run("shown")
    run.log_images("pictures", IMAGES)
    dashboard = tl.Dashboard.of(run)
    front_end.render(dashboard.controls)
    run.close()
    assert not dashboard.is_open
    assert set(_instances) == before
    assert not publishers()


def test_panes_that_are_made_in_the_dark_are_sent_to_a_deaf_front_end(front_end, run, monkeypatch):
    monkeypatch.setattr("torchloupe.channel.PUBLISHER.deaf", lambda: True)
    dashboard = tl.Dashboard(run)
    dashboard._repr_mimebundle_()
    run.log_images("pictures", IMAGES)
    pane = wait_for(lambda: dashboard.panes.get("pictures"))
    wait_for(lambda: front_end.sent_to(dashboard.controls))
    run.log_images("pictures", IMAGES + 1)
    wait_for(lambda: front_end.array(pane, "images").max() == 1)


# -- cells --------------------------------------------------------------------------------------

RUN = "run = tl.Run('shown')\nrun.log_images('pictures', np.zeros((2, 4, 4)))\n"
SHOW = "from IPython.display import publish_display_data as show\nshow(run._repr_mimebundle_())"


def test_a_cell_run_five_times_leaves_the_views_of_one(front_end, shell, capsys):
    counts = []
    for _ in range(5):
        shell.run_cell(RUN + SHOW, cell_id="a").raise_error()
        counts.append(live())
    assert counts[0]
    assert all(count == counts[0] for count in counts)
    shell.user_ns["run"].close()


@pytest.mark.parametrize(
    "source",
    [
        "view = tl.ImageGrid(np.zeros((2, 4, 4)))",
        "view = tl.LatentScatter(np.zeros((3, 2)), decode=torch.nn.Linear(2, 4))",
        "view = tl.Curves([1.0, 2.0])",
        "view = tl.ArchitectureTree(torch.nn.ReLU())",
    ],
)
def test_so_does_one_that_shows_data(front_end, shell, source):
    counts = []
    for _ in range(3):
        shell.run_cell(source, cell_id="a").raise_error()
        counts.append(live())
    assert counts[0]
    assert counts == [counts[0]] * 3
    shell.user_ns["view"].close()


def test_it_stays_until_no_cell_shows_it(front_end, shell, capsys):
    shell.run_cell(RUN, cell_id="made").raise_error()
    run = shell.user_ns["run"]
    for cell in ("a", "b", "a"):
        shell.run_cell(SHOW, cell_id=cell).raise_error()
    dashboard = tl.Dashboard.of(run)
    shell.run_cell("pass", cell_id="b").raise_error()
    assert dashboard.is_open
    shell.run_cell(SHOW, cell_id="b").raise_error()
    shell.run_cell("pass", cell_id="a").raise_error()
    assert dashboard.is_open
    shell.run_cell("pass", cell_id="b").raise_error()
    assert not dashboard.is_open
    run.close()


def test_another_cell_closes_nothing(front_end, shell, capsys):
    shell.run_cell(RUN + SHOW, cell_id="a").raise_error()
    dashboard = tl.Dashboard.of(shell.user_ns["run"])
    shell.run_cell("x = 1", cell_id="b").raise_error()
    assert dashboard.is_open
    shell.user_ns["run"].close()


def test_without_cells_a_run_of_the_same_name_replaces_it(front_end, shell, capsys):
    before = set(_instances)
    for _ in range(3):
        shell.run_cell(RUN + SHOW).raise_error()
    assert sum(type(each).__name__ == "Dashboard" for each in _instances.values()) == 1
    shell.user_ns["run"].close()
    assert set(_instances) == before


def test_nothing_is_kept_for_views_that_were_closed(front_end, shell):
    source = "for _ in range(20): tl.ImageGrid(np.zeros((1, 2, 2))).close()"
    shell.run_cell(source, cell_id="a").raise_error()
    from torchloupe.run import NOTEBOOK

    assert NOTEBOOK._at_rerun == {}
