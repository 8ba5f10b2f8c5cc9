"""Weights on disk: the old file or the new one, never half of one, and never code."""

import io
import os
import zipfile

import pytest
import torch
from torch import nn

import torchloupe as tl
from torchloupe.recipes import load, save


def model(seed=0, width=4):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, width), nn.BatchNorm1d(width))


def same(one, other):
    values = other.state_dict()
    return all(torch.equal(value, values[name]) for name, value in one.state_dict().items())


def test_what_was_saved_is_loaded(tmp_path):
    saved, loaded = model(0), model(1)
    assert save(saved, tmp_path / "weights.pt") == tmp_path / "weights.pt"
    assert not same(saved, loaded)
    load(loaded, str(tmp_path / "weights.pt"))
    assert same(saved, loaded)
    assert [path.name for path in tmp_path.iterdir()] == ["weights.pt"]


def test_the_file_is_one_that_torch_reads(tmp_path):
    save(model(), tmp_path / "weights.pt")
    state = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert all(torch.equal(value, state[name]) for name, value in model().state_dict().items())


def test_others_may_read_it_as_any_new_file(tmp_path):
    save(model(), tmp_path / "weights.pt")
    (tmp_path / "plain").touch()
    assert (tmp_path / "weights.pt").stat().st_mode == (tmp_path / "plain").stat().st_mode


def half(*arguments, **_):
    """Write half of a file and fail."""
    arguments[1].write(b"half")
    raise OSError("no space left on device")


@pytest.mark.parametrize("where", ["torch.save", "os.fsync", "pathlib.Path.replace"])
@pytest.mark.parametrize("error", [OSError("disk"), KeyboardInterrupt()])
def test_a_crash_leaves_the_old_file(tmp_path, monkeypatch, where, error):
    save(model(0), tmp_path / "weights.pt")

    def fail(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(where, half if where == "torch.save" else fail)
        with pytest.raises((OSError, KeyboardInterrupt)):
            save(model(1), tmp_path / "weights.pt")
    loaded = model(2)
    load(loaded, tmp_path / "weights.pt")
    assert same(loaded, model(0))
    assert [path.name for path in tmp_path.iterdir()] == ["weights.pt"]


def test_the_file_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    order = []
    whole, rename = os.fsync, type(tmp_path).replace
    monkeypatch.setattr("os.fsync", lambda file: (order.append("disk"), whole(file)))
    monkeypatch.setattr(
        "pathlib.Path.replace", lambda path, to: (order.append("name"), rename(path, to))
    )
    save(model(), tmp_path / "weights.pt")
    assert order == ["disk", "name"]


class Evil:
    """What would make a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_no_code_is_run(tmp_path):
    torch.save({"0.weight": Evil(tmp_path / "was here")}, tmp_path / "evil.pt")
    before = model()
    loaded = model()
    with pytest.raises(ValueError, match="path: .*evil.pt holds no weights"):
        load(loaded, tmp_path / "evil.pt")
    assert not (tmp_path / "was here").exists()
    assert same(loaded, before)


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("archive/data", b"nothing")
    return file.getvalue()


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x02.", b"PK\x03\x04", archive()])
def test_what_holds_no_weights_is_refused(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(ValueError, match="path: .*file holds"):
        load(model(), tmp_path / "file")


@pytest.mark.parametrize("value", [torch.zeros(3), [1, 2], 7])
def test_what_is_no_mapping_is_refused(tmp_path, value):
    torch.save(value, tmp_path / "file")
    with pytest.raises(ValueError, match="expected weights by name"):
        load(model(), tmp_path / "file")


@pytest.mark.parametrize("other", [model(0, width=5), nn.Linear(3, 4), nn.Sequential()])
def test_another_model_s_weights_change_nothing(tmp_path, other):
    save(other, tmp_path / "weights.pt")
    loaded = model(0)
    with pytest.raises(ValueError, match="another model's weights"):
        load(loaded, tmp_path / "weights.pt")
    assert same(loaded, model(0))


def test_paths_that_cannot_be(tmp_path):
    with pytest.raises(FileNotFoundError, match="path: expected a file of weights"):
        load(model(), tmp_path / "nothing")
    with pytest.raises(FileNotFoundError, match="path: expected an existing directory"):
        save(model(), tmp_path / "nothing" / "weights.pt")
    with pytest.raises(IsADirectoryError, match="path: expected a file"):
        save(model(), tmp_path)


def test_the_recipe_saves_and_goes_on(tmp_path):
    images, _ = tl.data.digits()
    path = tmp_path / "weights.pt"
    with tl.recipes.autoencoder(images[:64], epochs=1, device="cpu", save_to=path) as first:
        first.wait(60)
        with tl.recipes.autoencoder(
            images[:64], epochs=0, device="cpu", load_from=path, name="again"
        ) as second:
            second.wait(60)
            assert same(first.model, second.model)
