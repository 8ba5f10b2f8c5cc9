"""A damaged file: never an exception, never a wrong number, and what is missing is said.

Seen to fail with the checksum taken out of `intact` (a flipped byte of a value was believed), with
the head not renewed (a flipped byte there left nothing to read), and with only one of the marks of
`check_kind` believed (a file of ours was called another program's).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.written import LENGTHS, check_true, copy_live, scribe_for, write_small
from torchloupe.store import History, Reader
from torchloupe.store._source import Source

TORTURE = bool(os.environ.get("TORCHLOUPE_TORTURE"))
ALL = sum(LENGTHS.values())


@pytest.fixture(scope="module", params=["closed", "with a log"])
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("damage")
    scribe = write_small(place / "run", close=request.param == "closed")
    copy_live(place / "run", place / "whole")
    scribe.close()
    assert (place / "whole" / "run.sqlite-wal").exists() == (request.param != "closed")
    return place / "whole"


def damaged(data: bytes, stride: int) -> Iterator[bytes]:
    """Yield it with a byte flipped or dropped at every so many places.

    At all of these, or where that is each, at every seventh, a byte is inverted and all cut off.
    """
    head = {place for place in range(100) if stride < 1_000}
    for place in sorted(head | set(range(0, len(data), stride))):
        yield data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1 :]
        yield data[:place] + data[place + 1 :]
        if stride > 1 or place % 7 == 0:
            yield data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
            yield data[:place]


@pytest.mark.torture
@pytest.mark.parametrize("part", ["run.sqlite", "run.sqlite-wal"])
def test_damage(whole: Path, part: str, tmp_path: Path) -> None:
    if not (whole / part).exists():
        pytest.skip("a closed run is one file")
    data = (whole / part).read_bytes()
    directory = tmp_path / "run"
    stride = 1 if TORTURE else 331 if part == "run.sqlite" else 1_013
    complained = 0
    for broken in damaged(data, stride):
        shutil.copytree(whole, directory)
        (directory / part).write_bytes(broken)
        reader = Reader(directory)
        try:
            count = check_true(reader)
            # What follows a damaged place of a log never was, as far as SQLite can tell.
            assert count == ALL or reader.complaints or part.endswith("wal")
            complained += bool(reader.complaints)
            reader.follow()
            check_true(reader)
        finally:
            reader.close()
        shutil.rmtree(directory)
    assert complained or part.endswith("wal")


def test_nothing_is_wrong_with_a_whole_one(whole: Path) -> None:
    reader = Reader(whole)
    assert check_true(reader) == ALL
    assert reader.complaints == []
    assert len(reader.history.epochs[0]) == 4
    assert reader.history.snapshots.keys() == {"images", "points"}
    reader.close()


def test_a_damaged_head_hides_nothing(whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "run")
    with (tmp_path / "run" / "run.sqlite").open("r+b") as file:
        file.write(b"\xff" * 60)
    reader = Reader(tmp_path / "run")
    assert check_true(reader) == ALL
    assert any("its head is damaged" in each for each in reader.complaints)
    folder = Path(reader._source._folder.name)
    assert folder.exists()
    reader.close()
    assert not folder.exists()


def test_numbers_of_what_is_missing(whole: Path, tmp_path: Path) -> None:
    import sqlite3

    shutil.copytree(whole, tmp_path / "run")
    connection = sqlite3.connect(tmp_path / "run" / "run.sqlite")
    connection.execute("DELETE FROM chunk WHERE series = 1 AND first = 125")
    connection.execute("UPDATE chunk SET data = zeroblob(240) WHERE series = 2 AND first = 10")
    connection.commit()
    connection.close()
    reader = Reader(tmp_path / "run")
    assert check_true(reader) == ALL - 125 - 10
    assert "125 values of 'loss' cannot be read" in reader.complaints
    assert "10 values of 'val/loss' cannot be read" in reader.complaints
    assert "table 'chunk': 1 damaged entry left out" in reader.complaints
    excerpt = reader.values("val/loss", 0, 1_000)
    assert (len(excerpt.steps), excerpt.complete) == (30, False)
    reader.close()


@pytest.mark.parametrize("copied", [True, False])
def test_one_opened_while_its_file_was_made_is_followed(
    copied: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is called damaged later. Seen to fail without either half: what was read in
    place, where no copy can be made, was not looked at again, and the problem was never forgotten.
    """
    write_small(tmp_path / "whole")
    directory = tmp_path / "run"
    directory.mkdir()
    if copied:
        (directory / "run.sqlite").write_bytes(b"")
        (directory / "run.sqlite-journal").write_bytes(bytes(512))
    else:
        scribe_for(directory, History()).close()

    def fail(_: Source) -> None:
        raise OSError(28, "no space left")

    with monkeypatch.context() as patch:
        if not copied:
            patch.setattr(Source, "_connect_copy", fail)
            patch.setattr("torchloupe.store._source.is_like_ours", lambda path: False)
        reader = Reader(directory)
    assert reader.history.series.keys() == set()
    (directory / "run.sqlite-journal").unlink(missing_ok=True)
    shutil.copy(tmp_path / "whole" / "run.sqlite", directory)
    reader.follow()
    assert check_true(reader) == ALL
    assert reader.complaints == []
    reader.close()
