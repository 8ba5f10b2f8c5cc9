"""What the name of a series tells: its group, its partner, and which of its values is the best."""

from __future__ import annotations

import re
from typing import Literal

_TRAINING = ("train", "training")
_VALIDATION = ("val", "valid", "validation", "test", "eval")
_WORD = re.compile(r"[^\W_]+")
_LOW = set("loss losses error err mse mae rmse nll bce ce perplexity ppl fid wer cer".split())
_HIGH = set(
    "accuracy acc auc auroc f1 precision recall iou miou dice map bleu rouge psnr ssim r2 score "
    "reward return top1 top5".split()
)


def group_of(name: str) -> str:
    """Return what stands before the last slash; "" without one."""
    return name.rpartition("/")[0]


def quantity_of(name: str) -> tuple[str, bool]:
    """Return what is measured, and whether on validation data.

    `train/loss` and `val/loss`, `train_loss` and `val_loss`, `loss` and `val_loss` are one
    quantity, `loss`: the words train, training, val, valid, validation, test and eval at the
    beginning or the end of a name, set apart by "/", "_", "-", "." or a space, say where.
    """
    for words, validation in ((_VALIDATION, True), (_TRAINING, False)):
        one = "|".join(words)
        for pattern in (rf"(?i)^(?:{one})[/_\-. ](.+)$", rf"(?i)^(.+)[/_\-. ](?:{one})$"):
            found = re.match(pattern, name, re.DOTALL)
            if found:
                return found[1], validation
    return name, False


def goal_of(name: str) -> Literal["low", "high"] | None:
    """Tell which value is the best: the highest of an accuracy, the lowest of a loss or an error.

    The words of the last part of the name decide, the last known one first (`accuracy_loss` is a
    loss). None where no word is known: of a learning rate no value is the best.
    """
    for word in reversed(_WORD.findall(name.rpartition("/")[2].lower())):
        if word in _LOW:
            return "low"
        if word in _HIGH:
            return "high"
    return None
