"""What is written is what is read: values, snapshots, marks, the manifest, in one small file."""

from __future__ import annotations

import gc
import os
import sqlite3
import threading
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hn

from tests.store.written import (
    LENGTHS,
    check_series,
    check_snapshot,
    check_true,
    copy_live,
    fill,
    scribe_for,
    true_snapshot,
    write_small,
)
from torchloupe.store import Excerpts, History, Reader, Snapshot, make_manifest
from torchloupe.store._details import decode_details, encode_details
from torchloupe.store._ledger import Entry

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
STEPS = st.integers(-(2**63), 2**63 - 1)
ARRAYS = hn.arrays(
    st.one_of(
        st.just(np.dtype(bool)),
        hn.integer_dtypes(endianness="="),
        hn.unsigned_integer_dtypes(endianness="="),
        hn.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
    ),
    hn.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)
PLAIN = st.none() | st.booleans() | st.text() | NUMBERS | STEPS
DETAILS = st.dictionaries(
    st.text(),
    st.recursive(
        PLAIN | ARRAYS,
        lambda each: (
            st.lists(each)
            | st.tuples(each, each)
            | st.dictionaries(st.text() | st.integers(-9, 9), each)
        ),
        max_leaves=8,
    ),
)


def same(one: Any, other: Any) -> bool:
    """Equal in type and content, NaN included."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(
            one, other, equal_nan=one.dtype.kind == "f"
        )
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, (list, tuple)):
        pairs = zip(one, other, strict=True)
        return type(one) is type(other) and all(same(*pair) for pair in pairs)
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


@given(
    logged=st.lists(st.tuples(st.sampled_from(["a", "b\x00", "\ud800"]), STEPS, NUMBERS)),
    snapshots=st.lists(st.tuples(st.sampled_from("xy"), ARRAYS, DETAILS), max_size=4),
    flushes=st.sets(st.integers(0, 20), max_size=3),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, logged: Any, snapshots: Any, flushes: set[int]
) -> None:
    directory, history = tmp_path_factory.mktemp("run"), History()
    scribe = scribe_for(directory, history)
    for index, (name, step, value) in enumerate(logged):
        history.series_for(name).append(step, value, float(index))
        if index in flushes:
            scribe.flush()
    for channel, array, details in snapshots:
        history.put(channel, Snapshot("points", 1, 2, {"p": array}, details, time=0.5))
    scribe.close()
    reader = Reader(directory)
    assert reader.complaints == []
    for name, series in history.series.items():
        stored = name.encode("utf-8", "backslashreplace").decode()
        kept, found = series.since(0), reader.history.series[stored].since(0)
        assert np.array_equal(kept.steps, found.steps)
        assert kept.values.tobytes() == found.values.tobytes()
        assert np.array_equal(kept.times, found.times)
    for channel, snapshot in history.snapshots.items():
        found = reader.history.snapshots[channel]
        assert same(dict(snapshot.arrays), dict(found.arrays))
        assert same(dict(snapshot.details), dict(found.details))
        assert (found.kind, found.step, found.epoch, found.time) == ("points", 1, 2, 0.5)
    reader.close()


class Described:
    def to_dict(self) -> dict[str, Any]:
        return {"root": [1, (2, np.float32(0.5))], "draw": print}


def test_details_of_any_kind() -> None:
    loop: list[Any] = []
    loop.append(loop)
    odd = {"call": print, "set": {1}, "huge": 2**70, "object": Described(), "text": ["\ud800"]}
    text, arrays = encode_details({**odd, "loop": loop, "complex": np.ones(2, complex)})
    found = decode_details(text, arrays)
    assert found["set"] == "(not kept: set)"
    assert found["huge"] == "(not kept: an integer beyond 64 bits)"
    assert found["object"] == {"root": [1, (2, 0.5)]}
    assert found["text"] == ["\ud800"]
    assert found["complex"] == "(not kept: an array of complex128)"
    assert "call" not in found
    for bad in ["[]", "{}", '{"dict": [[1]]}', '{"x": 1}', '{"array": 5}', "[" * 10**5, "no"]:
        with pytest.raises(ValueError, match="details|stands for|values to unpack|Expecting"):
            decode_details(bad, [])


def test_a_snapshot_without_a_form_is_said_once(tmp_path: Path) -> None:
    history, reports = History(), list[str]()
    scribe = scribe_for(tmp_path, history, report=reports.append)
    for _ in range(3):
        history.put("odd", Snapshot("points", 0, 0, {"p": np.array(["text"])}))
        fill(history, "loss", history.series_for("loss").count, 10)
        scribe.flush()
    scribe.close()
    assert len(reports) == 1
    assert reports[0].startswith("a snapshot of 'odd' is not kept on disk: arrays of <U4")


def rows(directory: Path, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"file:{directory}/run.sqlite?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_small_chunks_become_one(tmp_path: Path) -> None:
    """Seen to fail without consolidation: 60 rows for what fits into four."""
    history = History()
    scribe = scribe_for(tmp_path, history)
    for start in range(0, 10_000, 250):
        fill(history, "loss", start, start + 250)
        scribe.flush()
    counts = [count for (count,) in rows(tmp_path, "SELECT count FROM chunk ORDER BY first")]
    assert sum(counts) == 10_000
    assert len(counts) < 12
    assert all(count >= 4_096 for count in counts[:2])
    scribe.close()
    reader = Reader(tmp_path)
    kept = reader.history.series["loss"].since(0)
    check_series("loss", kept.steps, kept.values, kept.times)
    reader.close()


def test_following_while_it_is_written(tmp_path: Path) -> None:
    """Seen to fail when a chunk that took the place of others was taken in as it was: doubled."""
    history = History()
    scribe = scribe_for(tmp_path, history)
    reader, done = Reader(tmp_path), threading.Event()

    def log() -> None:
        for start in range(0, 20_000, 40):
            fill(history, "loss", start, start + 40)
            if start % 4_000 == 0:
                fill(history, f"late {start}", 0, 3)
                history.put("images", true_snapshot("images", start))
                history.end_epoch(start // 4_000, start, 1.0)
            time.sleep(0.002)
        done.set()

    thread = threading.Thread(target=log)
    thread.start()
    changes = 0
    while not done.is_set():
        changes += reader.follow()
        if "loss" in reader.history.series:
            kept = reader.history.series["loss"].since(0)
            check_series("loss", kept.steps, kept.values, kept.times)
        assert reader.complaints == []
        time.sleep(0.005)
    thread.join()
    scribe.flush()
    assert reader.follow()
    assert not reader.complaints
    assert reader.history.series["loss"].count == 20_000
    assert len(reader.history.series) == 6
    assert reader.history.epochs[0].tolist() == [0, 1, 2, 3, 4]
    check_snapshot(reader.history.snapshots["images"], true_snapshot("images", 16_000))
    assert changes > 5
    heartbeat = reader.heartbeat
    time.sleep(1.1)
    assert reader.follow()
    assert reader.heartbeat > heartbeat
    scribe.close({"state": "finished"})
    reader.follow()
    assert reader.status["state"] == "finished"
    assert not reader.follow()
    reader.close()


def test_values_of_a_range_of_steps(tmp_path: Path) -> None:
    """Also beside the writer, in its own process, and where memory knows only sums."""
    history = History()
    scribe = scribe_for(tmp_path, history)
    fill(history, "loss", 0, 60_000)
    scribe.flush()
    excerpts = Excerpts(tmp_path / "run.sqlite")
    fill(history, "loss", 60_000, 160_000)
    assert history.series["loss"].raw_from > 200
    found = excerpts.values("loss", 700, 1_399)
    assert found.positions.tolist() == list(range(700, 1_400))
    check_series("loss", found.steps, found.values, found.times)
    assert found.complete
    some = excerpts.values("loss", 700, 150_000, most=1_000)
    assert (len(some.steps), some.complete, some.steps[-1]) == (1_000, False, 1_699)
    assert len(excerpts.values("loss", 10**7, 10**8).steps) == 0
    assert len(excerpts.values("nothing", 0, 10).steps) == 0
    excerpts.close()
    scribe.close()


def test_the_manifest_says_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "s3cr3t-value")
    directory = tmp_path / "run"
    write_small(directory)
    data = (directory / "run.sqlite").read_bytes()
    here = {os.environ["A_TOKEN"], str(Path.cwd()), str(tmp_path), os.uname().nodename}
    assert not [each for each in here if each.encode() in data]
    reader = Reader(directory)
    expected = {"format", "id", "name", "created", "torchloupe", "torch", "python"}
    assert reader.manifest.keys() == expected
    reader.close()
    one, other = (make_manifest("x", created=0.0, torch="2") for _ in "ab")
    assert one["id"] != other["id"]


def test_nothing_is_left(tmp_path: Path) -> None:
    """Seen to fail when the scribe kept its callbacks, and with the reader's connection open."""

    class Owner:
        def status(self) -> dict[str, Any]:
            return {}

        def obey(self, command: Any) -> None: ...

    gc.collect()
    before = set(threading.enumerate())
    owner, history = Owner(), History()
    scribe = scribe_for(tmp_path, history, status=owner.status, obey=owner.obey)
    fill(history, "loss", 0, 100)
    scribe.flush()
    reader = Reader(tmp_path)
    reader.values("loss", 0, 10)
    reader.close()
    scribe.close()
    assert set(threading.enumerate()) <= before
    opened = [each.path for each in psutil.Process().open_files()]
    assert not [each for each in opened if str(tmp_path) in each]
    assert [each.name for each in tmp_path.iterdir()] == ["run.sqlite"]
    alive = [weakref.ref(each) for each in (owner, history, scribe._archive)]
    kept = weakref.ref(owner)
    del owner
    gc.collect()
    assert kept() is None
    scribe.close()
    with pytest.raises(RuntimeError, match="any longer"):
        scribe.flush()
    del scribe, history, reader
    gc.collect()
    assert [each() for each in alive] == [None] * 3


def test_a_closed_run_with_a_reader_beside_it(tmp_path: Path) -> None:
    write_small(tmp_path / "a", close=False).close()
    scribe = write_small(tmp_path / "b", close=False)
    reader = Reader(tmp_path / "b")
    with reader._source.reading():
        scribe.close({"state": "finished"})
    reader.follow()
    assert sum(each.count for each in reader.history.series.values()) == sum(LENGTHS.values())
    assert reader.status == {"state": "finished"}
    assert reader.complaints == []
    reader.close()


def test_without_a_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchloupe.store import _archive

    monkeypatch.setattr(_archive, "is_shared", lambda path: True)
    scribe = write_small(tmp_path / "run", close=False)
    assert not (tmp_path / "run" / "run.sqlite-wal").exists()
    reader = Reader(tmp_path / "run")
    assert check_true(reader) == sum(LENGTHS.values())
    assert reader.complaints == []
    reader.close()
    scribe.close()


def test_the_ledger_is_read_back(tmp_path: Path) -> None:
    """After a fault the connection is new, and only the file knows what was committed."""
    history = History()
    scribe = scribe_for(tmp_path, history)
    fill(history, "loss", 0, 5_000)
    scribe.flush()
    fill(history, "loss", 5_000, 5_100)
    history.put("images", true_snapshot("images", 1))
    scribe.flush()
    known = scribe._archive.ledger
    with scribe.lock:
        scribe._archive.drop()
        scribe._archive.open()
    found = scribe._archive.ledger
    assert found.entries == known.entries
    assert found.shelves == known.shelves
    assert (found.chunks, found.losses) == (known.chunks, known.losses)
    assert isinstance(found.entries["loss"], Entry)
    scribe.close()
    copy_live(tmp_path, tmp_path / "copy")
