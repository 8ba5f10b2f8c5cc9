"""What somebody who watches a run from another process asks of it.

Each viewer appends lines of JSON to a file of its own in the run's directory. Every line has a
number that rises, the run's id and a checksum, so that the run takes each once, whole and in order.
"""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from .. import outside

Command = dict[str, Any]

_SUFFIX = ".jsonl"
_MOST_STEPS = 10**9
_MOST_KNOWN = 1_024
_MOST_FILES = 32
_MOST_BYTES = 65_536
_LONGEST_LINE = 4_096
_NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class CommandFile:
    """A viewer's own file of commands.

    Args:
        directory: the run's.
        run: the run's id, from its manifest.
    """

    def __init__(self, directory: Path, run: str) -> None:
        self.path = directory / "commands" / f"{secrets.token_hex(8)}{_SUFFIX}"
        self._run = run
        self._number = 0

    def send(self, command: str, steps: int | None = None) -> None:
        """Ask the run to `pause`, `resume`, `advance` by some steps, or `stop`.

        Raises:
            ValueError: there is no such command.
            OSError: it cannot be written.
        """
        content = {"command": command} if steps is None else {"command": command, "steps": steps}
        if not _is_command(content):
            raise ValueError(
                f"command: expected pause, resume, stop, or advance with steps >= 1, got {content}"
            )
        self._number += 1
        line = _signed({**content, "run": self._run, "number": self._number})
        outside.passing("file")
        self.path.parent.mkdir(exist_ok=True)
        outside.passing("file")
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _NO_LINKS, 0o666)
        try:
            os.write(descriptor, line)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@dataclass(slots=True)
class _Place:
    """How far a file was read, and the number of the last command in it."""

    offset: int = 0
    number: int = 0


class Inbox:
    """The run's end: takes new commands out of every viewer's file.

    What is in the folder at the beginning is left alone; it was meant for somebody else.
    """

    def __init__(self, directory: Path, run: str) -> None:
        self._folder = directory / "commands"
        self._run = run
        self._places: dict[str, _Place] = {}
        self.ignored = 0

    def open(self) -> None:
        """Make the folder, and pass over what is in it.

        Raises:
            OSError: that is not possible; commands may still be read later.
        """
        outside.passing("file")
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, size in self._sizes().items():
            self._places[name] = _Place(size)
            self.ignored += 1

    def poll(self) -> list[Command]:
        """Return the commands that came since the last time, in order within each file.

        Raises:
            OSError: the folder cannot be read.
        """
        new: list[Command] = []
        read = 0
        for name, size in sorted(self._sizes().items()):
            place = self._places.get(name)
            if place is None:
                if len(self._places) >= _MOST_KNOWN:
                    continue
                place = self._places[name] = _Place()
            if size > place.offset and read < _MOST_FILES:
                read += 1
                new += self._commands(place, self._read(name, place))
        return new

    def close(self) -> None:
        """Remove the folder and the files that were read, where that is possible."""
        try:
            for name in self._places:
                outside.passing("file")
                (self._folder / name).unlink(missing_ok=True)
            outside.passing("file")
            self._folder.rmdir()
        except OSError:
            pass

    def _sizes(self) -> dict[str, int]:
        outside.passing("file")
        try:
            with os.scandir(self._folder) as entries:
                found = [each for each, _ in zip(entries, range(4 * _MOST_KNOWN), strict=False)]
        except FileNotFoundError:
            return {}
        return {
            each.name: each.stat(follow_symlinks=False).st_size
            for each in found
            if each.name.endswith(_SUFFIX) and each.is_file(follow_symlinks=False)
        }

    def _read(self, name: str, place: _Place) -> list[bytes]:
        outside.passing("file")
        descriptor = os.open(self._folder / name, os.O_RDONLY | _NO_LINKS)
        with open(descriptor, "rb") as file:  # noqa: PTH123  a descriptor is no path
            file.seek(place.offset)
            data = file.read(_MOST_BYTES)
        lines = data.split(b"\n")
        rest = lines.pop()  # a line that is still being written, or nothing
        if len(rest) > _LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        place.offset += len(data) - len(rest)
        return [line for line in lines if line]

    def _commands(self, place: _Place, lines: list[bytes]) -> list[Command]:
        found: list[Command] = []
        for line in lines:
            content = _checked(line, self._run)
            if content is None or content["number"] <= place.number:
                self.ignored += 1
                continue
            place.number = content["number"]
            found.append({key: content[key] for key in ("command", "steps") if key in content})
        return found


def _signed(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, sort_keys=True)
    return (
        json.dumps({**content, "crc": zlib.crc32(text.encode())}, sort_keys=True).encode() + b"\n"
    )


def _checked(line: bytes, run: str) -> Command | None:
    """Return what a line says, if it is whole and meant for this run."""
    if len(line) > _LONGEST_LINE:
        return None
    try:
        parsed: Any = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict):
        return None
    content = cast("dict[str, Any]", parsed)
    unsigned = {key: each for key, each in content.items() if key != "crc"}
    envelope = {key: unsigned.pop(key, None) for key in ("run", "number")}
    meant = envelope["run"] == run and type(envelope["number"]) is int and _is_command(unsigned)
    # What was checked is plain by now, so that it can be written out and compared.
    return content if meant and _signed({**unsigned, **envelope}) == line + b"\n" else None


def _is_command(content: Mapping[str, Any]) -> bool:
    match dict(content):
        case {"command": "pause" | "resume" | "stop", **rest}:
            return not rest
        case {"command": "advance", "steps": int(steps), **rest}:
            return type(steps) is int and 1 <= steps <= _MOST_STEPS and not rest
        case _:
            return False
