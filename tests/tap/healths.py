"""What tests of `Health` have in common."""

import torch

import torchloupe as tl


def never():
    return False


def table(answer):
    """Return {path: {measure: value}}."""
    paths = answer.details["paths"]
    return {
        path: {key: float(array[row]) for key, array in answer.arrays.items()}
        for row, path in enumerate(paths)
    }


def look(model, *inputs, **options):
    probe = tl.Health(model, *inputs, **options)
    with torch.no_grad():
        return table(probe.evaluate(never))
