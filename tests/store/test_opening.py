"""What can be opened, where, and what is said of the rest."""

from __future__ import annotations

import multiprocessing
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.written import (
    LENGTHS,
    check_true,
    copy_live,
    fill,
    scribe_for,
    true_snapshot,
    write_small,
)
from torchloupe.store import History, Reader, create_directory
from torchloupe.store._directory import safe_name
from torchloupe.store._format import COLUMNS, checksum, definition, insertion, sealed

ALL = sum(LENGTHS.values())

NAMES = {
    "vae": "vae",
    "a/b\\c": "a-b-c",
    "../../x": "x",
    "..": "run",
    "": "run",
    " . ": "run",
    "con": "con-run",
    "NUL.txt": "NUL.txt-run",
    "tab\there\x00": "tab-here",
    ".hidden": "hidden",
    "vae 2, größer": "vae 2, größer",
    "x" * 300: "x" * 100,
    "é" * 300: "é" * 50,
}


@pytest.mark.parametrize("name", NAMES)
def test_names_are_made_safe(name: str, tmp_path: Path) -> None:
    made = create_directory(tmp_path / "new" / "runs", name)
    assert made.name == NAMES[name]
    assert made.parent == (tmp_path / "new" / "runs").resolve()


@given(st.text())
def test_no_name_leads_elsewhere(name: str) -> None:
    safe = safe_name(name)
    assert safe == safe_name(safe)
    assert safe
    assert not set(safe) & set('/\\:\x00<>"|?*')
    assert safe[0] not in ". "
    assert len(safe.encode()) <= 110


def test_never_over_an_old_run(tmp_path: Path) -> None:
    made = [create_directory(tmp_path, "vae").name for _ in range(4)]
    assert made == ["vae", "vae-2", "vae-3", "vae-4"]
    (tmp_path / "file").touch()
    assert create_directory(tmp_path, "file").name == "file-2"


def _make_many(parent: Path) -> list[str]:
    return [create_directory(parent, "vae").name for _ in range(40)]


def test_two_processes_at_once(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        made = pool.map(_make_many, [tmp_path] * 4)
    assert len(set(chain.from_iterable(made))) == 160


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="path: expected a run's directory, got '.*gone'"):
        Reader(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="path: expected a directory with a run.sqlite in"):
        Reader(tmp_path)
    (tmp_path / "notes.txt").write_text("some notes\n" * 50)
    with pytest.raises(ValueError, match="path: expected a run's .*notes.txt' is no database"):
        Reader(tmp_path / "notes.txt")
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE manifest(x)")
    connection.commit()
    connection.close()
    with pytest.raises(ValueError, match="other.db' is another program's database"):
        Reader(other)


def test_a_newer_format(tmp_path: Path) -> None:
    write_small(tmp_path / "run")
    connection = sqlite3.connect(tmp_path / "run" / "run.sqlite")
    connection.execute("PRAGMA user_version=2")
    connection.commit()
    reader = Reader(tmp_path / "run")  # one damaged number is not yet a newer format
    assert check_true(reader) == ALL
    reader.close()
    connection.execute(insertion("manifest"), sealed("manifest", (1, "format", 2)))
    connection.commit()
    connection.close()
    with pytest.raises(ValueError, match=r"by a newer torchloupe \(format 2, expected at most 1\)"):
        Reader(tmp_path / "run")


def test_a_place_where_nothing_can_be_written(tmp_path: Path) -> None:
    """With a log beside it; seen to fail without the copy. The copy goes at the end."""
    scribe = write_small(tmp_path / "run", close=False)
    copy_live(tmp_path / "run", tmp_path / "copy")
    scribe.close()
    place = tmp_path / "mount"
    place.mkdir()
    binding = ["mount", "--bind", str(tmp_path / "copy"), str(place)]
    if not shutil.which("mount") or subprocess.run(binding, capture_output=True).returncode:
        pytest.skip("cannot mount")
    try:
        remount = ["mount", "-o", "remount,ro,bind", str(place)]
        if subprocess.run(remount, capture_output=True).returncode:
            pytest.skip("cannot mount read-only")
        reader = Reader(place)
        assert check_true(reader) == ALL
        assert reader.complaints == []
        assert reader.values("loss", 0, 9).complete
        folder = Path(reader._source._folder.name)
        assert folder.exists()
        reader.close()
        assert not folder.exists()
        with pytest.raises(OSError, match="Read-only"):
            create_directory(place, "vae")
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_read_only_place_is_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As from a container that sees the runs, but must not write there."""
    from torchloupe.store import _source

    connect = _source.Source._connect

    def refuse(self: Any, uri: str, path: Path) -> Any:
        if "mode=ro" in uri:
            raise sqlite3.OperationalError("unable to open database file")
        return connect(self, uri, path)

    monkeypatch.setattr(_source.Source, "_connect", refuse)
    history = History()
    scribe = scribe_for(tmp_path, history)
    fill(history, "loss", 0, 100)
    scribe.flush()
    reader = Reader(tmp_path)
    fill(history, "loss", 100, 200)
    history.put("images", true_snapshot("images", 10))
    scribe.flush()
    assert reader.follow()
    assert reader.history.series["loss"].count == 200
    assert "images" in reader.history.snapshots
    assert reader.complaints == []
    scribe.close()
    reader.follow()
    assert not reader.follow()
    reader.close()


def test_a_journal_of_a_writer_that_died(tmp_path: Path) -> None:
    """On a network disk: what was half written is taken back, in a copy."""
    write_small(tmp_path / "run")
    script = f"""
import os, sqlite3
connection = sqlite3.connect({str(tmp_path / "run" / "run.sqlite")!r}, isolation_level=None)
connection.execute("PRAGMA cache_size=1")
connection.execute("PRAGMA cache_spill=1")
connection.execute("BEGIN")
connection.execute("DELETE FROM chunk")
connection.execute("INSERT INTO lost VALUES (1, 1, 1, 1, 1)")
for _ in range(200):
    connection.execute("INSERT INTO chunk VALUES (NULL, 1, 1, 1, 1, 1, zeroblob(5000), 1)")
os.kill(os.getpid(), {int(signal.SIGKILL)})
"""
    subprocess.run([sys.executable, "-c", script], timeout=60)
    assert (tmp_path / "run" / "run.sqlite-journal").exists()
    reader = Reader(tmp_path / "run")
    assert check_true(reader) == ALL
    assert reader.complaints == []
    reader.close()


def hostile(directory: Path, changes: list[tuple[str, tuple[Any, ...]]]) -> None:
    """Write rows with right checksums into a run's file."""
    connection = sqlite3.connect(directory / "run.sqlite")
    for table, row in changes:
        connection.execute(insertion(table), (*row, checksum(table, row)))
    connection.commit()
    connection.close()


BIG = 2**63 - 1
ROWS: dict[str, list[tuple[str, tuple[Any, ...]]]] = {
    "a chunk that ends beyond numbers": [("chunk", (99, 1, BIG, 1, 0, 0, bytes(24)))],
    "a chunk before the beginning": [("chunk", (99, 1, -5, 1, 0, 0, bytes(24)))],
    "a chunk with too little": [("chunk", (99, 1, 500, BIG, 0, 0, bytes(24)))],
    "a chunk of nothing": [("chunk", (99, 1, 500, 0, 0, 0, b""))],
    "counts that are none": [("status", (1, '{"dict": []}', 1.0, bytes(7)))],
    "counts beyond numbers": [("status", (1, '{"dict": []}', 1.0, b"\xff" * 64))],
    "a status that is deep": [("status", (1, "[" * 50_000, 1.0, b""))],
    "a status that is a list": [("status", (1, "[]", 1.0, b""))],
    "details that name other arrays": [
        ("snapshot", (99, "images", "images", 1, 1, 1.0, '{"dict": [["a", {"array": 7}]]}', 0))
    ],
    "an array of objects": [
        ("snapshot", (99, "x", "points", 1, 1, 1.0, '{"dict": []}', 1)),
        ("part", (99 << 20, 99, "=p", "object", "[1]", bytes(8))),
    ],
    "an array of a huge shape": [
        ("snapshot", (99, "x", "points", 1, 1, 1.0, '{"dict": []}', 1)),
        ("part", (99 << 20, 99, "=p", "uint8", "[4611686018427387904]", b"")),
    ],
    "a snapshot of a scalar's name": [
        ("snapshot", (99, "loss", "points", 1, 1, 1.0, '{"dict": []}', 0))
    ],
    "many names": [("series", (number, f"s{number}")) for number in range(10, 9_000)]
    + [("chunk", (n, n, 0, 1, 0, 0, bytes(24))) for n in range(100, 9_000)],
}


@pytest.mark.parametrize("case", ROWS)
def test_rows_by_a_stranger(case: str, tmp_path: Path) -> None:
    """Their checksums are right, yet nothing is raised, and our own values are still there."""
    write_small(tmp_path / "run")
    hostile(tmp_path / "run", ROWS[case])
    reader = Reader(tmp_path / "run")
    assert reader.history.series["loss"].count >= 500
    assert reader.history.snapshots["points"].step == 31
    assert reader.complaints or case.startswith(("counts", "a chunk that"))
    reader.values("loss", 0, BIG)
    reader.follow()
    reader.close()


def test_no_code_of_a_file_runs(tmp_path: Path) -> None:
    """A view in the place of a table would. Definitions are compared; were they not, the
    limit on what a query may do would end it all the same."""
    write_small(tmp_path / "run")
    connection = sqlite3.connect(tmp_path / "run" / "run.sqlite")
    connection.execute("DROP TABLE chunk")
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r"
    columns = ", ".join(f"1 AS {each}" for each in COLUMNS["chunk"])
    connection.execute(f"CREATE VIEW chunk AS SELECT n AS id, {columns}, 1 AS crc FROM ({endless})")
    connection.commit()
    connection.close()
    began = time.monotonic()
    reader = Reader(tmp_path / "run")
    assert time.monotonic() - began < 10
    assert reader.complaints
    assert not reader.history.series
    reader.close()


def test_the_definition_is_what_sqlite_keeps() -> None:
    connection = sqlite3.connect(":memory:")
    for table in COLUMNS:
        connection.execute(definition(table))
    made = connection.execute("SELECT sql FROM sqlite_master").fetchall()
    assert made == [(definition(table),) for table in COLUMNS]
    connection.close()
