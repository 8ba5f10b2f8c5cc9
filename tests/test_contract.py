"""The two halves agree: the same names on each side of the wire, and bundles that are fresh."""

import importlib
import inspect
import itertools
import re
import shutil
import subprocess
from pathlib import Path

import anywidget
import pytest
import traitlets

ROOT = Path(__file__).parents[1]
STATIC = ROOT / "src" / "torchloupe" / "static"
MODEL = ROOT / "js" / "src" / "model.ts"
SOURCES = sorted((ROOT / "js" / "src" / "views").glob("*.ts"))
STYLES = sorted((ROOT / "js" / "src" / "views").glob("*.css"))
NODE_MODULES = ROOT / "node_modules"
LARGEST = 60 * 1024

INTERFACE = r"interface {name}\b[^{{]*\{{(.*?)\n\}}"
KINDS = {
    "number": (traitlets.Int, traitlets.Float),
    "string": (traitlets.Unicode, traitlets.Enum, anywidget.WidgetTrait),
    "boolean": (traitlets.Bool,),
}


def fields(text, name):
    """Read the fields of a TypeScript interface as {name: type}, or {} if there is none."""
    found = re.search(INTERFACE.format(name=name), text, re.DOTALL)
    if not found:
        return {}
    body = re.sub(r"/\*.*?\*/|//[^\n]*", "", found[1], flags=re.DOTALL)
    return dict(re.findall(r"^ {2}(\w+): ([^;]*);", body, re.MULTILINE))


def traits_in_typescript(source):
    own = fields(source.read_text(), "Traits")
    return fields(MODEL.read_text(), "ViewTraits") | own if own else {}


def python_class(name):
    """Find the widget of a view: the one class in its module that is drawn by its bundle."""
    module = importlib.import_module(f"torchloupe.views._{name}")
    bundle = (STATIC / f"{name}.js").read_text()
    drawn = [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, anywidget.AnyWidget)
        and cls.__module__ == module.__name__
        and bundle == getattr(cls, "_esm", None)
    ]
    assert len(drawn) == 1, f"{module.__name__} has {len(drawn)} classes drawn by {name}.js"
    return drawn[0]


def traits_in_python(name):
    standard = set(anywidget.AnyWidget.class_traits(sync=True))
    synced = python_class(name).class_traits(sync=True)
    return {
        trait: kind
        for trait, kind in synced.items()
        if trait not in standard and not trait.startswith("_")
    }


VIEWS = [source.stem for source in SOURCES if traits_in_typescript(source)]
source_of = {source.stem: source for source in SOURCES}


def test_there_are_views_to_compare():
    assert {"controls", "curves", "image_grid", "latent_scatter", "architecture_tree"} <= set(VIEWS)


def test_the_reading_of_typescript():
    text = "interface Traits extends X {\n  /** y: no; */\n  a: string;\n  b: [number] | null;\n}"
    assert fields(text, "Traits") == {"a": "string", "b": "[number] | null"}
    assert fields(text, "Other") == {}


@pytest.mark.parametrize("view", VIEWS)
def test_both_halves_name_the_same_traits(view):
    assert set(traits_in_python(view)) == set(traits_in_typescript(source_of[view]))


@pytest.mark.parametrize("view", VIEWS)
def test_both_halves_mean_the_same_types(view):
    python = traits_in_python(view)
    for name, type_text in traits_in_typescript(source_of[view]).items():
        plain = type_text.removesuffix(" | null")
        if plain in KINDS:
            assert isinstance(python[name], KINDS[plain]), f"{name}: {type_text}"
            # a widget reference always allows none
            nullable = python[name].allow_none and name != "uplink"
            assert nullable == (plain != type_text), f"{name}: {type_text}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_every_view_has_a_small_bundle(source):
    bundle = STATIC / f"{source.stem}.js"
    assert bundle.is_file()
    assert 0 < bundle.stat().st_size <= LARGEST


def test_the_worker_that_lays_graphs_out_is_small():
    assert 0 < (STATIC / "graph_layout.js").stat().st_size <= LARGEST


def test_no_bundle_is_left_over():
    built = {f"{source.stem}.js" for source in SOURCES} | {each.name for each in STYLES}
    expected = built | {"graph_layout.js", "torchloupe.css"}
    assert {path.name for path in STATIC.iterdir()} == expected


@pytest.mark.parametrize("sheet", STYLES, ids=lambda sheet: sheet.stem)
def test_a_view_with_rules_of_its_own_carries_them_after_the_common_ones(sheet):
    common = (STATIC / "torchloupe.css").read_text()
    assert python_class(sheet.stem)._css == common + (STATIC / sheet.name).read_text()


def subjects(sheet):
    """Return the classes that a view's rules are about, of rules that are not under its name."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.DOTALL)
    selectors = ",".join(re.findall(r"([^{};]+)\{", text)).split(",")
    own = "tl-" + sheet.stem.replace("_", "-")
    free = [each.split() for each in selectors if each.strip() and own not in each]
    return {name for each in free for name in re.findall(r"\.(tl-[\w-]+)", each[-1])}


@pytest.mark.parametrize(
    ("one", "other"), list(itertools.combinations(STYLES, 2)), ids=lambda sheet: sheet.stem
)
def test_no_two_views_have_rules_for_one_class(one, other):
    """Rules hold for the whole page; seen to fail when a tree's bars were called as the shares'."""
    assert subjects(one) & subjects(other) <= {"tl-view"}


def build_in(folder):
    """Build the bundles in a copy of the browser half, as `npm run build` would."""
    shutil.copytree(ROOT / "js", folder / "js")
    shutil.copy(ROOT / "package.json", folder)
    shutil.copy(ROOT / "tsconfig.json", folder)
    (folder / "node_modules").symlink_to(NODE_MODULES)
    subprocess.run(["npm", "run", "--silent", "build"], cwd=folder, check=True)
    return folder / "src" / "torchloupe" / "static"


@pytest.mark.skipif(
    not (shutil.which("npm") and (ROOT / "node_modules").is_dir()),
    reason="needs npm and make setup",
)
def test_a_fresh_build_is_what_is_committed(tmp_path):
    fresh = {path.name: path.read_bytes() for path in build_in(tmp_path).iterdir()}
    committed = {path.name: path.read_bytes() for path in STATIC.iterdir()}
    assert set(fresh) == set(committed)
    stale = [name for name, text in fresh.items() if committed[name] != text]
    assert not stale, f"{', '.join(stale)}: run make bundles"
