"""A run that is kept in a directory, as a person uses it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import torchloupe as tl


def until(condition: Any, seconds: float = 10.0) -> Any:
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"not so within {seconds:g} s"
        time.sleep(0.02)
    return value


def names_of_threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if "torchloupe" in thread.name}


class TestWriting:
    def test_a_name_of_its_own_each_time(self, tmp_path: Path) -> None:
        with (
            tl.Run("vae", dir=tmp_path / "runs") as first,
            tl.Run("vae", str(first.path.parent)) as b,
        ):
            assert first.path == tmp_path / "runs" / "vae"
            assert b.path == tmp_path / "runs" / "vae-2"
        assert tl.Run("vae").path is None

    @pytest.mark.parametrize("bad", [3, "", b"runs", ["runs"]])
    def test_a_bad_place_is_refused(self, bad: Any) -> None:
        with pytest.raises(TypeError, match="dir: expected a directory's path"):
            tl.Run("x", dir=bad)

    def test_a_place_that_cannot_be_made_is_refused_at_once(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match="file"):
            tl.Run("x", dir=tmp_path / "file" / "runs")
        assert not names_of_threads()

    def test_everything_comes_back(self, tmp_path: Path) -> None:
        model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2), nn.Linear(2, 64))
        images, labels = torch.rand(12, 1, 8, 8), [None, *"abcdefghijk"]
        with tl.Run("all", dir=tmp_path) as run:
            run.probe(tl.Reconstructions(model, images[:4], labels=labels[:4]))
            run.probe(tl.Latents(model[:2], images, labels=labels, decode=model[2]))
            for step in run.track(range(7), epochs=3):
                run.log({"a/b": step, "é <script>": float("nan")})
            run.log_histogram("h", torch.randn(100))
            run.report("test", "a problem")
            kept = {name: run.channels[name] for name in run.channels}
            history = run.history("a/b")
            ended = run.epochs_ended
        opened = tl.open(run.path)
        assert (opened.name, opened.state, opened.step, opened.epoch) == ("all", "finished", 21, 3)
        assert opened.problems == ["test: a problem"]
        for one, other in zip(opened.history("a/b"), history, strict=True):
            np.testing.assert_array_equal(one, other)
        assert np.isnan(opened.history("é <script>")[1]).all()
        for one, other in zip(opened.epochs_ended, ended, strict=True):
            np.testing.assert_array_equal(one, other)
        assert (
            opened.channels.keys()
            == kept.keys()
            == {"architecture", "reconstructions", "latents", "h"}
        )
        for name, snapshot in kept.items():
            again = opened.channels[name]
            assert (again.kind, again.step, again.epoch) == (
                snapshot.kind,
                snapshot.step,
                snapshot.epoch,
            )
            for key, array in snapshot.arrays.items():
                np.testing.assert_array_equal(again.arrays[key], array)
        assert "decode" not in opened.channels["latents"].details
        assert str(
            tl.Architecture.from_dict(opened.channels["architecture"].details["architecture"])
        ) == str(kept["architecture"].details["architecture"])
        opened.close()

    def test_flush_means_on_disk(self, tmp_path: Path) -> None:
        run = tl.Run("x", dir=tmp_path)
        for _ in run.track(range(100)):
            run.log(loss=1.0)
        run.flush()
        opened = tl.open(run.path)
        assert len(opened.history("loss")[0]) == 100
        opened.close()
        run.close()

    def test_all_of_a_long_history_is_there_raw(self, tmp_path: Path) -> None:
        """Memory holds a part of it; not a single warning comes."""
        with tl.Run("long", dir=tmp_path) as run:
            for step in run.track(range(80_000)):
                run.log(x=step * 0.5)
                if step == 50_000:
                    run.flush()  # what is safe elsewhere need not be held
            assert run.scalars["x"].raw_from > 0
            run.flush()
            steps, values = run.history("x")
            assert steps.tolist() == list(range(80_000))
            assert values.tolist() == [step * 0.5 for step in range(80_000)]
            # A small old window comes value by value, too.
            assert run.window("x", 1_000, 1_400)["count"].max() == 1
            assert tl.Run().log(x=1) is None
        opened = tl.open(run.path)
        np.testing.assert_array_equal(opened.history("x")[1], values)
        opened.close()

    def test_nothing_is_left_of_a_run_that_was_closed(self, tmp_path: Path) -> None:
        run = tl.Run("x", dir=tmp_path)
        list(run.track(range(3)))
        run.close()
        run.close()
        assert [path.name for path in run.path.iterdir()] == ["run.sqlite"]
        assert not names_of_threads()
        reference = weakref.ref(run)
        del run
        gc.collect()
        assert reference() is None

    def test_a_run_that_was_dropped_is_written_to_its_end(self, tmp_path: Path) -> None:
        run = tl.Run("x", dir=tmp_path)
        for _ in run.track(range(50)):
            run.log(loss=2.0)
        path = run.path
        del run
        gc.collect()
        until(lambda: not names_of_threads())
        opened = tl.open(path)
        assert len(opened.history("loss")[0]) == 50
        opened.close()


class TestFollowing:
    def test_a_live_run_is_less_than_a_second_behind(self, tmp_path: Path) -> None:
        run = tl.Run("x", dir=tmp_path)

        def train(run: tl.Run) -> None:
            for step in run.track(range(100_000)):
                run.log(loss=step)
                time.sleep(0.005)

        run.start(train)
        opened = tl.open(run.path)
        until(lambda: opened.step > 20)
        for _ in range(10):
            time.sleep(0.1)
            before = run.step
            until(lambda before=before: opened.step >= before, 1.0)
            until(lambda before=before: opened.scalars["loss"].count >= before, 1.0)
        run.close()
        until(lambda: opened.state == "stopped" and not names_of_threads())
        assert len(opened.history("loss")[0]) == run.scalars["loss"].count

    def test_it_is_steered_from_there(self, tmp_path: Path) -> None:
        run = tl.Run("x", dir=tmp_path)

        def train(run: tl.Run) -> None:
            for _ in run.track(range(100_000)):
                time.sleep(0.002)

        run.start(train)
        opened = tl.open(run.path)
        until(lambda: opened.state == "running")
        opened.pause()
        assert opened.pending == "pause"
        until(lambda: run.state == "paused" and opened.state == "paused")
        assert opened.pending is None
        step = run.step
        opened.advance(3)
        until(lambda: run.step == step + 3 and run.state == "paused")
        opened.resume()
        until(lambda: run.step > step + 5)
        until(lambda: opened.state == "running")
        opened.stop()
        until(lambda: run.state == "stopped" and opened.state == "stopped")
        with pytest.raises(RuntimeError, match="stop: .* is stopped"):
            opened.stop()
        opened.close()
        run.close()

    @pytest.mark.parametrize("steps", [0, -1])
    def test_steps_are_checked(self, tmp_path: Path, steps: int) -> None:
        with tl.Run("x", dir=tmp_path) as run:
            opened = tl.open(run.path)
            with pytest.raises(ValueError, match="steps: expected at least 1"):
                opened.advance(steps)
            opened.close()

    @pytest.mark.parametrize(
        ("verb", "act"),
        [
            ("log", lambda run: run.log(x=1)),
            ("log_images", lambda run: run.log_images("x", torch.rand(1, 2, 2))),
            ("track", lambda run: run.track([1])),
            ("epochs", lambda run: run.epochs(1)),
            ("tick", lambda run: run.tick()),
            ("start", lambda run: run.start(print)),
            ("probe", lambda run: run.probe(lambda: 1)),
            ("ask", lambda run: run.ask(lambda: 1)),
        ],
    )
    def test_only_its_own_process_trains_it(self, tmp_path: Path, verb: str, act: Any) -> None:
        with tl.Run("x", dir=tmp_path) as run:
            opened = tl.open(run.path)
            with pytest.raises(RuntimeError, match=f"{verb}: .* only the process that trains it"):
                act(opened)
            opened.close()

    def test_a_script_without_jupyter_is_watched_and_its_death_noticed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        silence = 2.0
        monkeypatch.setattr("torchloupe.run._opened._SILENCE_SECONDS", silence)
        script = f"""
            import time, torchloupe as tl
            run = tl.Run("script", dir={str(tmp_path)!r})
            for step in run.track(range(1_000_000)):
                run.log(loss=step)
                time.sleep(0.01)
        """
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)])
        try:
            file = tmp_path / "script" / "run.sqlite"
            until(file.exists, 60)
            opened = tl.open(tmp_path / "script")
            until(lambda: opened.step > 30, 30)
            opened.pause()
            until(lambda: opened.state == "paused")
            time.sleep(silence + 0.5)  # a pause is no death
            assert opened.status.stale == ""
            opened.resume()
            until(lambda: opened.state == "running")
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        until(lambda: opened.status.stale.startswith("stale since "))
        assert opened.state == "running"  # what was last known
        assert opened.status.rate is None
        with pytest.raises(RuntimeError, match="pause: .* stale since"):
            opened.pause()
        count = opened.scalars["loss"].count
        assert opened.history("loss")[1].tolist() == list(range(count))
        opened.close()
        again = tl.open(tmp_path / "script")
        assert again.scalars["loss"].count == count
        again.close()

    def test_closing_it_leaves_the_run_alone(self, tmp_path: Path) -> None:
        run = tl.Run("x", dir=tmp_path)
        opened = tl.open(run.path)
        reference = weakref.ref(opened)
        opened.close()
        del opened
        gc.collect()
        assert reference() is None
        assert run.state == "idle"
        list(run.track(range(2)))
        run.close()
        assert not names_of_threads()

    def test_one_that_is_dropped_is_not_followed_any_more(self, tmp_path: Path) -> None:
        with tl.Run("x", dir=tmp_path) as run:
            opened = tl.open(run.path)
            assert "torchloupe follower" in names_of_threads()
            del opened
            gc.collect()
            until(lambda: "torchloupe follower" not in names_of_threads())


class TestOpening:
    @pytest.mark.parametrize("bad", [3, None, b"x"])
    def test_what_is_no_path(self, bad: Any) -> None:
        with pytest.raises(TypeError, match="path: expected a run's directory"):
            tl.open(bad)

    def test_what_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="path: expected a run's directory"):
            tl.open(tmp_path / "nothing")
        with pytest.raises(FileNotFoundError, match=r"run\.sqlite"):
            tl.open(tmp_path)

    def test_what_is_something_else(self, tmp_path: Path) -> None:
        (tmp_path / "run.sqlite").write_text("hello")
        with pytest.raises(ValueError, match="path: .* no database"):
            tl.open(tmp_path)

    def test_a_damaged_run_says_so(self, tmp_path: Path) -> None:
        with tl.Run("x", dir=tmp_path) as run:
            for step in run.track(range(20_000)):
                run.log(loss=step)
        file = run.path / "run.sqlite"
        data = bytearray(file.read_bytes())
        at = data.find(np.arange(5_000, 5_010).astype("<i8").tobytes())
        assert at > 0
        data[at] ^= 1
        file.write_bytes(data)
        opened = tl.open(run.path)
        assert any("cannot be read" in problem for problem in opened.problems)
        steps, values = opened.history("loss")
        assert 0 < len(steps) < 20_000
        assert (steps == values).all()
        opened.close()


class TestBirth:
    def test_one_opened_before_its_file_is_complete_can_be_steered(self, tmp_path: Path) -> None:
        """The file is there for a moment before it says whose it is."""
        run = tl.Run("x", dir=tmp_path)
        whole = tl.open(run.path)
        manifest, whole._reader.manifest = whole._reader.manifest, {}  # type: ignore[attr-defined]
        run.start(lambda run: [time.sleep(0.01) for _ in run.track(range(10_000))])
        until(lambda: whole.state == "running")
        until(lambda: whole._reader.manifest == manifest)  # type: ignore[attr-defined]
        whole.stop()
        until(lambda: run.state == "stopped")
        whole.close()
        run.close()
