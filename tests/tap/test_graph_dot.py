"""The graph in Graphviz's language, read back by a strict reader of that language."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from torchloupe.tap import Graph, GraphNode, graph_of

TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(->)|([{}\[\]=;,])|([A-Za-z_][A-Za-z_0-9]*|\d+))')


class Reader:
    """Reads the part of the grammar that is needed, and nothing else."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = []
        place = 0
        while text[place:].strip():
            found = TOKEN.match(text, place)
            assert found, f"not DOT: {text[place : place + 40]!r}"
            self.tokens.append(found.group().strip())
            place = found.end()
        self.nodes: dict[str, dict[str, str]] = {}
        self.clusters: dict[str, str] = {}
        self.inside: dict[str, str] = {}
        self.edges: list[tuple[str, str, str]] = []
        self.take("digraph")
        self.title = self.text(self.next())
        self.body("")
        assert not self.tokens

    def next(self) -> str:
        return self.tokens.pop(0)

    def take(self, expected: str) -> None:
        assert self.next() == expected

    @staticmethod
    def text(token: str) -> str:
        if not token.startswith('"'):
            return token
        assert not re.search(r'[^\\](\\\\)*\\[^n"\\]', token), f"an escape of Graphviz's: {token}"
        said = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], token[1:-1])
        return html.unescape(said)

    def body(self, cluster: str) -> None:
        self.take("{")
        while self.tokens[0] != "}":
            name = self.next()
            if name == "subgraph":
                inner = self.next()
                assert inner.startswith("cluster_")
                assert inner not in self.inside
                self.inside[inner] = cluster
                self.body(inner)
                continue
            if self.tokens[0] == "=":
                self.take("=")
                self.clusters[cluster] = self.text(self.next())
            elif self.tokens[0] == "->":
                self.take("->")
                self.edges.append((name, self.next(), self.attributes()["label"]))
            elif name not in ("graph", "node", "edge"):
                assert name not in self.nodes
                self.nodes[name] = self.attributes()
                self.inside[name] = cluster
            else:
                self.attributes()
            self.take(";")
        self.take("}")

    def attributes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        self.take("[")
        while True:
            name = self.next()
            self.take("=")
            found[name] = self.text(self.next())
            if self.next() == "]":
                return found


def check(graph: Graph) -> Reader:
    text = graph.to_dot()
    read = Reader(text)
    ids = {node.id: f"n{place}" for place, node in enumerate(graph.nodes)}
    assert list(read.nodes) == list(ids.values())
    assert [edge[:2] for edge in read.edges] == [
        (ids[edge.source], ids[edge.target]) for edge in graph.edges
    ]
    clusters = {group.id: f"cluster_{place}" for place, group in enumerate(graph.groups)} | {"": ""}
    for node in graph.nodes:
        assert read.inside[ids[node.id]] == clusters[node.group]
    for group in graph.groups:
        assert read.inside[clusters[group.id]] == clusters[group.parent]
        assert read.clusters[clusters[group.id]].startswith(f"{group.path}: {group.type}")
    if shutil.which("dot"):
        done = subprocess.run(["dot", "-Tsvg"], input=text.encode(), capture_output=True)
        assert done.returncode == 0, done.stderr
    return read


def test_clusters_labels_and_shapes() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution = nn.Conv2d(3, 3, 3, padding=1)

        def forward(self, x: Any) -> Any:
            return self.convolution(x) + x

    block = Block()
    model = nn.Sequential(nn.Sequential(block, nn.ReLU()), block)
    graph = graph_of(model, torch.ones(1, 3, 8, 8))
    read = check(graph)
    assert read.title == "Sequential"
    assert read.clusters["cluster_2"] == "0.0: Block, call 2 of 2"
    assert read.nodes["n1"]["label"] == (
        "Conv2d\n3 → 3, 3×3\n0.0.convolution\n1×3×8×8\ncall 1 of 2"
    )
    assert [each["shape"] for each in read.nodes.values()] == [
        "cds", "box", "ellipse", "box", "box", "ellipse", "cds",
    ]  # fmt: skip
    assert read.edges[0] == ("n0", "n1", "1×3×8×8")


def test_a_failure_is_seen() -> None:
    graph = graph_of(nn.Sequential(nn.ReLU(), nn.Linear(3, 3)), torch.ones(1, 4))
    node = check(graph).nodes["n2"]
    assert node["color"] == "red"
    assert "whose last dimension is 4; it expects 3" in node["label"]


HOSTILE = [
    '"', "\\", 'a\\"b', "\\N \\G \\l", "x]; evil [label=", "}", "&lt;&amp;", "<b>bold</b>", "a\nb",
    "/* no */ // # comment", "☃ é 中", "\\\\", "-> n0", "' OR 1",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_are_shown_as_they_are(text: str) -> None:
    inner = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    inner.add_module(text, nn.ReLU())
    model = nn.Sequential(inner, nn.ReLU())
    model.add_module(text, inner)
    graph = graph_of(model, torch.ones(1, 4))
    read = check(replace(graph, title=text, nodes=[*graph.nodes, GraphNode(text, "input", text)]))
    shown = text.replace("\n", "\N{REPLACEMENT CHARACTER}")
    assert read.title == shown
    assert list(read.nodes.values())[-1]["label"] == shown


@pytest.mark.parametrize("text", ["\x00", "\x1b[2J", "\ud800", "\u2028", "\x85"])
def test_what_no_file_should_hold_is_left_out(text: str) -> None:
    dot = Graph(text, [GraphNode(text, "input", text)]).to_dot()
    assert text not in dot
    dot.encode()
    Reader(dot)


def test_an_empty_graph() -> None:
    assert Reader(Graph("nothing").to_dot()).nodes == {}


def test_a_lone_number_is_a_scalar() -> None:
    graph = graph_of(nn.ReLU(), torch.ones(()))
    assert [label for *_, label in Reader(graph.to_dot()).edges] == ["scalar", "scalar"]


def test_a_group_that_failed_says_why() -> None:
    class Failing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.ReLU()

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.layer(x)
            raise ValueError("too late")

    graph = graph_of(nn.Sequential(Failing()), torch.ones(1))
    (label,) = (each for each in Reader(graph.to_dot()).clusters.values() if "Failing" in each)
    assert label.splitlines()[-1] == "ValueError: too late"


def test_deep_lines_are_not_mostly_spaces() -> None:
    model: nn.Module = nn.ReLU()
    for _ in range(30):
        model = nn.Sequential(model)
    lines = graph_of(model, torch.ones(1)).to_dot().splitlines()
    assert max(len(line) - len(line.lstrip()) for line in lines) == 2 * 21
