"""What tests of `describe` have in common."""

from __future__ import annotations

from torch import nn

import torchloupe as tl


def nodes_of(found: tl.Architecture) -> dict[str, tl.ModuleNode]:
    return {node.path: node for _, node in found.root.walk()}


def unique_total(model: nn.Module) -> int:
    return sum(each.numel() for each in {id(each): each for each in model.parameters()}.values())
