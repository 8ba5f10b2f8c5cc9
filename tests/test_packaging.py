"""An install needs no Node.js: committed bundles are used, missing ones built, or one sentence."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = ["src", "js", "hatch_build.py", "pyproject.toml", "package.json", "package-lock.json"]
SOURCES += ["README.md", "LICENSE", "CHANGELOG.md", ".gitignore"]
REQUIRED = {"torch", "torchvision", "numpy", "anywidget>=0.11", "ipywidgets>=8.1"}
REQUIRED |= {"bqplot>=0.13"}

FAKE_NPM = """#!{python}
import pathlib, sys
root = pathlib.Path.cwd()
with open(root / "npm.log", "a") as log:
    print(*sys.argv[1:], file=log)
if sys.argv[1:] == ["run", "build"]:
    for view in (root / "js/src/views").glob("*.ts"):
        bundle = root / "src/torchloupe/static" / (view.stem + ".js")
        if not bundle.exists():
            bundle.write_text("// built")
"""


@pytest.fixture
def project(tmp_path):
    """Copy what a build reads, so that nothing here touches the checkout."""
    copy = tmp_path / "project"
    copy.mkdir()
    ignore = shutil.ignore_patterns("__pycache__", "node_modules")
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignore)
        else:
            shutil.copy(ROOT / name, copy / name)
    return copy


@pytest.fixture
def run(tmp_path):
    """Run Python modules with nothing on PATH but what the test puts there."""
    binaries = tmp_path / "binaries"
    binaries.mkdir()
    # Hatchling of this environment, for builds without isolation that download nothing.
    here = {**os.environ, "PATH": str(binaries), "PYTHONPATH": os.pathsep.join(sys.path[1:])}

    def run_module(*arguments, python=sys.executable, **variables):
        return subprocess.run(
            [python, "-m", *map(str, arguments)],
            env=here | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    run_module.binaries = binaries
    return run_module


def build(run, project, *arguments):
    return run("build", "--no-isolation", "--outdir", project / "dist", *arguments, project)


def package_files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_a_wheel_from_the_sdist_holds_everything(run, project):
    done = build(run, project)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = (project / "dist").glob("torchloupe-0.1.0-py3-none-any.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    sources = package_files(ROOT / "src")
    assert {name: held.get(name) for name in sources} == sources
    assert any(name.endswith("static/torchloupe.css") for name in sources)
    extra = {name.split("/")[0] for name in set(held) - set(sources)}
    assert extra == {"torchloupe-0.1.0.dist-info"}

    metadata = Parser().parsestr(held["torchloupe-0.1.0.dist-info/METADATA"].decode())
    requirements = metadata.get_all("Requires-Dist")
    assert {line for line in requirements if "extra ==" not in line} == REQUIRED
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert "torchloupe-0.1.0.dist-info/licenses/LICENSE" in held


def test_the_sdist_can_be_built_again_and_holds_no_leftovers(run, project):
    (project / "node_modules" / "left").mkdir(parents=True)
    (project / "node_modules" / "left" / "over.js").touch()
    done = build(run, project, "--sdist")
    assert done.returncode == 0, done.stdout + done.stderr
    (sdist,) = (project / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    sources = {f"src/{name}" for name in package_files(ROOT / "src")}
    assert sources | {"hatch_build.py", "pyproject.toml", "package-lock.json"} <= names
    assert {f"js/{name}" for name in package_files(ROOT / "js")} <= names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


@pytest.mark.parametrize("editable", [False, True], ids=["plain", "editable"])
def test_pip_installs_without_node(run, project, editable):
    made = run("venv", "--without-pip", "--symlinks", project / "venv")
    assert made.returncode == 0, made.stderr
    python = project / "venv" / "bin" / "python"
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--ignore-installed"]
    source = ["--editable", project] if editable else [project]
    done = run("pip", "--python", python, "install", *options, *source)
    assert done.returncode == 0, done.stdout + done.stderr
    (project / "venv" / "where.py").write_text(
        "from importlib import metadata, util\n"
        "print(util.find_spec('torchloupe').submodule_search_locations[0])\n"
        "print(metadata.version('torchloupe'))\n"
    )
    found = run("where", python=str(python), PYTHONPATH=str(project / "venv"))
    folder, version = found.stdout.split()
    assert version == "0.1.0"
    assert Path(folder).is_relative_to(project / ("src" if editable else "venv"))
    assert package_files(Path(folder)) == package_files(ROOT / "src" / "torchloupe")


def test_a_missing_bundle_is_built_with_npm(run, project):
    npm = run.binaries / "npm"
    npm.write_text(FAKE_NPM.format(python=sys.executable))
    npm.chmod(0o755)
    bundles = sorted((project / "src" / "torchloupe" / "static").glob("*.js"))
    bundles[0].unlink()
    done = build(run, project, "--wheel")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "npm.log").read_text().splitlines() == ["ci", "run build"]
    (wheel,) = (project / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read(f"torchloupe/static/{bundles[0].name}") == b"// built"


def test_npm_is_left_alone_when_nothing_is_missing(run, project):
    npm = run.binaries / "npm"
    npm.write_text(FAKE_NPM.format(python=sys.executable))
    npm.chmod(0o755)
    assert build(run, project, "--wheel").returncode == 0
    assert not (project / "npm.log").exists()


def test_a_missing_bundle_without_npm_is_one_clear_sentence(run, project):
    bundles = sorted((project / "src" / "torchloupe" / "static").glob("*.js"))
    bundles[0].unlink()
    done = build(run, project, "--wheel")
    assert done.returncode != 0
    said = [line for line in (done.stdout + done.stderr).splitlines() if "npm" in line]
    assert len(said) == 1
    assert f"lacks its browser bundles ({bundles[0].name}) and npm is not on PATH" in said[0]
    assert "Traceback" not in done.stdout + done.stderr


def test_an_npm_that_builds_nothing_is_noticed(run, project):
    npm = run.binaries / "npm"
    npm.write_text(f"#!{sys.executable}\n")
    npm.chmod(0o755)
    (project / "src" / "torchloupe" / "static" / "torchloupe.css").unlink()
    done = build(run, project, "--wheel")
    assert done.returncode != 0
    assert "npm run build did not make torchloupe.css." in done.stdout + done.stderr
