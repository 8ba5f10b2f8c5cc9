"""What may not be in the sources: addresses, paths of one machine, sinks for code and HTML."""

import ast
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ["src", "js", "tests", "notebooks", "benchmarks", "docs", ".ci"]
PARTS += ["*.py", "*.toml", "*.json", "*.ts", "*.md", "Makefile", ".gitignore"]
SKIP = {"node_modules", "__pycache__", ".ipynb_checkpoints"}
TEXT = {".py", ".ts", ".js", ".mjs", ".css", ".json", ".toml", ".md", ".ipynb", ".cfg", ".yml", ""}

# Spelt in parts, so that this file does not find itself.
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js.org", "npm" + "mirror.com"]
HOSTS += ["download.py" + "torch.org", "un" + "pkg.com", "js" + "delivr.net", "conda" + ".anaconda"]
MACHINE = ["/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/wo" + "rk/", r"[A-Z]:" + r"\\\\Users"]
SINKS = ["inner" + "HTML", "outer" + "HTML", "insertAdjacent" + "HTML", r"document\.wr" + "ite"]
SINKS += [r"\bev" + r"al\(", r"new Func" + "tion", "srcd" + "oc", "createContextual" + "Fragment"]
FOREIGN = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
RUNNERS = {"eval", "exec", "compile", "__import__"}
OPEN_DOORS = {("weights_only", False), ("allow_pickle", True), ("shell", True)}


def texts(*parts):
    """Yield (name, text) of the source files under these parts of the tree."""
    for part in parts:
        for top in ROOT.glob(part):
            for path in [top] if top.is_file() else sorted(top.rglob("*")):
                inside = path.relative_to(ROOT)
                if path.is_file() and path.suffix in TEXT and not SKIP & set(inside.parts):
                    yield str(inside), path.read_text(encoding="utf-8")


def hits(pattern, *parts):
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts(*parts)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_the_search_sees_the_sources():
    names = {name for name, _ in texts(*PARTS)}
    assert {"Makefile", "pyproject.toml", "package-lock.json", ".ci/run"} <= names
    assert {"src/torchloupe/wire.py", "js/src/wire.ts", "tests/test_tree.py"} <= names


@pytest.mark.parametrize("host", HOSTS)
def test_no_registry_is_named(host):
    assert hits(re.escape(host), *PARTS) == []


@pytest.mark.parametrize("path", MACHINE)
def test_no_path_of_one_machine(path):
    assert hits(rf"(?<![\w.]){path}", *PARTS) == []


@pytest.mark.parametrize("sink", SINKS)
def test_the_browser_half_makes_no_html_from_text(sink):
    assert hits(sink, "js/src", "src/torchloupe/static") == []


def runs_foreign_code(text):
    """List what in a Python source could run code that came as data."""
    found = []
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names):
                found += [name.name for name in names if name.name.split(".")[0] in FOREIGN]
            case ast.ImportFrom(module) if (module or "").split(".")[0] in FOREIGN:
                found.append(module)
            case ast.Call(ast.Name(name)) if name in RUNNERS:
                found.append(name)
            case ast.Call(ast.Attribute(ast.Name("torch"), "load"), _, keywords):
                if "weights_only" not in {keyword.arg for keyword in keywords}:
                    found.append("torch.load")
            case ast.keyword(name, ast.Constant(value)) if (name, value) in OPEN_DOORS:
                found.append(f"{name}={value}")
    return found


def test_the_kernel_half_runs_no_code_from_data():
    for name, text in texts("src"):
        if name.endswith(".py"):
            assert runs_foreign_code(text) == [], name


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from pickle import load", "eval(x)", "torch.load(f)", "exec(x)"]
    + ["torch.load(f, weights_only=False)", "np.load(f, allow_pickle=True)", "run(x, shell=True)"],
)
def test_code_from_data_is_noticed(text):
    assert runs_foreign_code(text)


def test_calls_that_only_look_alike_pass():
    assert runs_foreign_code("model.eval()\nre.compile(x)\ntorch.load(f, weights_only=True)") == []


def test_the_bundles_ask_no_network():
    call = r"\bfetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import\("
    assert hits(call, "js/src", "src/torchloupe/static") == []
    namespaces = "(?!www\\.w3\\.org/)"
    assert hits(rf"https?://{namespaces}", "js/src", "src/torchloupe/static") == []
    assert hits(r"@import|url\((?!#)", "js/src/*.css", "src/torchloupe/static/*.css") == []


def alternatives(selectors):
    """Split at the commas that stand outside of brackets."""
    found, depth = [""], 0
    for character in selectors:
        depth += (character == "(") - (character == ")")
        if character == "," and not depth:
            found.append("")
        else:
            found[-1] += character
    return found


def test_every_style_rule_is_ours():
    (css,) = (text for name, text in texts("js/src/*.css"))
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    for selectors in re.findall(r"([^{}]+)\{", css):
        text = selectors.strip()
        if text.startswith("@") or text in {"from", "to"} or re.fullmatch(r"[\d%, ]+", text):
            continue
        for selector in alternatives(text):
            assert ".tl-" in selector, f"{selector.strip()!r} would style the whole page"


def test_the_lock_file_holds_no_addresses():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert lock["lockfileVersion"] >= 2
    packages = lock["packages"]
    assert len(packages) > 10
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_licences_of_what_is_bundled_are_free():
    """What the bundles contain is what package.json calls dependencies."""
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, package in lock.items():
        if name and not package.get("dev") and not package.get("optional"):
            assert package.get("license") in {"MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause"}, name
