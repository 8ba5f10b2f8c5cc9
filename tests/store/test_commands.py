"""What a viewer asks for reaches the run once, whole and in order; the rest is ignored."""

from __future__ import annotations

import json
import os
import threading
import time
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.written import scribe_for
from torchloupe.store import CommandFile, History, Reader
from torchloupe.store._commands import Inbox, _signed


def test_from_a_reader_to_the_run(tmp_path: Path) -> None:
    obeyed: list[Any] = []
    scribe = scribe_for(tmp_path, History(), obey=obeyed.append)
    reader = Reader(tmp_path)
    viewer = CommandFile(tmp_path, reader.manifest["id"])
    viewer.send("pause")
    viewer.send("advance", steps=3)
    viewer.send("resume")
    viewer.send("stop")
    end = time.monotonic() + 5
    while len(obeyed) < 4 and time.monotonic() < end:
        time.sleep(0.01)
    assert obeyed == [
        {"command": "pause"},
        {"command": "advance", "steps": 3},
        {"command": "resume"},
        {"command": "stop"},
    ]
    time.sleep(0.3)
    assert len(obeyed) == 4
    assert scribe.ignored_commands == 0
    reader.close()
    scribe.close()
    assert not (tmp_path / "commands").exists()


@pytest.mark.parametrize(
    ("command", "steps"),
    [("halt", None), ("pause", 1), ("advance", None), ("advance", 0), ("advance", True), ("", 1)],
)
def test_no_such_command(command: str, steps: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="command: expected pause, resume, stop, or advance"):
        CommandFile(tmp_path, "id").send(command, steps)
    assert not list(tmp_path.iterdir())


def inbox(directory: Path) -> Inbox:
    made = Inbox(directory, "id")
    made.open()
    return made


def test_many_viewers_and_many_commands(tmp_path: Path) -> None:
    """Seen to fail when only the first files of the folder were read."""
    box = inbox(tmp_path)
    viewers = [CommandFile(tmp_path, "id") for _ in range(80)]
    for steps in range(1, 21):
        for viewer in viewers:
            viewer.send("advance", steps)
    taken: list[Any] = []
    for _ in range(10):
        taken += box.poll()
    assert len(taken) == 1_600
    assert box.ignored == 0
    assert not box.poll()


def test_what_was_there_before_is_ignored(tmp_path: Path) -> None:
    viewer = CommandFile(tmp_path, "id")
    viewer.send("stop")
    box = inbox(tmp_path)
    assert (box.poll(), box.ignored) == ([], 1)
    viewer.send("pause")
    assert box.poll() == [{"command": "pause"}]


def test_a_line_that_is_still_written(tmp_path: Path) -> None:
    box = inbox(tmp_path)
    line = _signed({"command": "pause", "run": "id", "number": 1})
    path = tmp_path / "commands" / "a.jsonl"
    for end in range(len(line)):
        path.write_bytes(line[:end])
        assert box.poll() == []
    path.write_bytes(line)
    assert box.poll() == [{"command": "pause"}]
    assert (box.poll(), box.ignored) == ([], 0)


GOOD = {"command": "pause", "run": "id", "number": 1}
BAD: dict[str, bytes] = {
    "another run": _signed({**GOOD, "run": "other", "number": 2}),
    "no number": _signed({"command": "pause", "run": "id"}),
    "a number that is none": _signed({**GOOD, "number": 1.5}),
    "unknown": _signed({**GOOD, "command": "format", "number": 2}),
    "extra": _signed({**GOOD, "path": "/", "number": 2}),
    "too many steps": _signed({**GOOD, "command": "advance", "steps": 10**18, "number": 2}),
    "nan": _signed({**GOOD, "command": "advance", "steps": float("nan")}),
    "unsigned": json.dumps({**GOOD, "number": 2}).encode() + b"\n",
    "wrong checksum": _signed({**GOOD, "number": 2}).replace(b"pause", b"stop\x20"),
    "not json": b"{]\n",
    "a list": b"[1]\n",
    "deep": b"[" * 3_000 + b"\n",
    "long": b"x" * 100_000 + b"\n",
    "bytes": bytes(range(128, 256)) + b"\n",
}


@pytest.mark.parametrize("case", BAD)
def test_lines_that_are_ignored(case: str, tmp_path: Path) -> None:
    """Between two good ones. Seen to fail without the checksum, and without the run's id."""
    box = inbox(tmp_path)
    good, stop = _signed(GOOD), _signed({**GOOD, "command": "stop", "number": 3})
    (tmp_path / "commands" / "a.jsonl").write_bytes(good + BAD[case] + good + stop)
    taken = [each for _ in range(5) for each in box.poll()]
    assert taken == [{"command": "pause"}, {"command": "stop"}]
    assert box.ignored >= 2  # the bad one, and the good one said twice


@given(st.binary(max_size=300))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    directory = tmp_path_factory.mktemp("commands")
    box = inbox(directory)
    (directory / "commands" / "a.jsonl").write_bytes(data)
    assert box.poll() == []


def test_every_flipped_byte(tmp_path: Path) -> None:
    line = _signed({"command": "advance", "steps": 3, "run": "id", "number": 1})
    for place in range(len(line) - 1):
        directory = tmp_path / str(place)
        box = inbox(directory)
        broken = line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :]
        (directory / "commands" / "a.jsonl").write_bytes(broken)
        assert box.poll() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs POSIX")
def test_what_is_no_file(tmp_path: Path) -> None:
    """Seen to fail by waiting for ever for somebody to write into the pipe."""
    box = inbox(tmp_path)
    folder = tmp_path / "commands"
    (tmp_path / "elsewhere").write_bytes(_signed(GOOD))
    (folder / "link.jsonl").symlink_to(tmp_path / "elsewhere")
    (folder / "folder.jsonl").mkdir()
    os.mkfifo(folder / "pipe.jsonl")
    (folder / "other.txt").write_bytes(_signed(GOOD))
    taken: list[Any] = []
    thread = threading.Thread(target=lambda: taken.append(box.poll()), daemon=True)
    thread.start()
    thread.join(5)
    assert taken == [[]]
    box.close()
    assert (tmp_path / "elsewhere").exists()


def test_the_checksum_is_of_what_it_says() -> None:
    signed = json.loads(_signed(GOOD))
    crc = signed.pop("crc")
    assert crc == zlib.crc32(json.dumps(signed, sort_keys=True).encode())
