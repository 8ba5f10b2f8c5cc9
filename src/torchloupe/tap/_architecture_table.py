"""An architecture as text, and as a data frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._architecture import Architecture, ModuleNode

# More rows than somebody reads; `to_dataframe` and `to_dict` have them all.
_MOST_ROWS = 300
_DEEPEST = 12
_WIDEST = {"module": 64, "output": 44, "notes": 60}
_HEADS = ("module", "output", "parameters", "share", "FLOPs", "notes")
_TO_THE_RIGHT = {"parameters", "share", "FLOPs"}


def table_of(architecture: Architecture) -> str:
    """Write one row a module and the totals; columns that would be empty are left out."""
    shown, hidden = _chosen(list(architecture.root.walk()))
    rows = [_row(*each, architecture) for each in shown]
    columns = [
        [head, *(_cut(row[place], _WIDEST.get(head)) for row in rows)]
        for place, head in enumerate(_HEADS)
        if place < 3 or any(row[place] for row in rows)
    ]
    widths = [max(map(len, column)) for column in columns]
    lines = ["  ".join(_aligned(columns, widths, at)).rstrip() for at in range(len(rows) + 1)]
    rule = "─" * max(map(len, lines))
    if hidden:
        lines.append(f"… and {hidden:,} modules more; to_dataframe() and to_dict() have all.")
    return "\n".join([lines[0], rule, *lines[1:], rule, *_totals(architecture)])


def data_frame_of(architecture: Architecture) -> Any:
    """Return one row a module, parents first."""
    try:
        import pandas as pd
    except ModuleNotFoundError as error:
        message = "to_dataframe needs pandas, which is not installed: pip install pandas"
        raise ModuleNotFoundError(message, name="pandas") from error
    return pd.DataFrame(architecture.to_dict()["modules"]).convert_dtypes()


def count_of(number: float) -> str:
    """Write a large count in three digits: `"4.09 G"`."""
    for factor, unit in ((1e15, " P"), (1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= factor:
            return f"{number / factor:.3g}{unit}"
    return f"{number:.3g}"


def bytes_of(number: float) -> str:
    """Write a size in three digits: `"102 MB"`."""
    text = count_of(number)
    return f"{text}B" if text[-1].isalpha() else f"{text} B"


def _chosen(
    walked: list[tuple[int, ModuleNode]],
) -> tuple[list[tuple[int, ModuleNode, int]], int]:
    """Return the (depth, node, modules hidden below it) to show, and how many others there are."""
    counts = [0] * (_DEEPEST + 1)
    for depth, _ in walked:
        if depth <= _DEEPEST:
            counts[depth] += 1
    depths = [each for each in range(1, _DEEPEST + 1) if sum(counts[: each + 1]) <= _MOST_ROWS]
    deepest = max(depths, default=1)
    shown: list[tuple[int, ModuleNode, int]] = []
    for depth, node in walked:
        if depth <= deepest:
            shown.append((depth, node, 0))
        else:
            shown[-1] = (*shown[-1][:2], shown[-1][2] + 1)
    shown = shown[:_MOST_ROWS]
    return shown, len(walked) - len(shown)


def _row(
    depth: int, node: ModuleNode, hidden: int, architecture: Architecture
) -> tuple[str, str, str, str, str, str]:
    label = f"{'  ' * depth}{node.name} {node.type}" if node.path else node.type
    label += f"({node.settings})" if node.settings else ""
    share = node.parameters / architecture.parameters if architecture.parameters else 0.0
    return (
        label,
        node.output,
        f"{node.parameters:,}" if node.parameters else "–",
        f"{share:.1%}" if node.parameters and depth else "",
        count_of(node.flops) if node.flops else "",
        ", ".join(_notes(node, hidden)),
    )


def _notes(node: ModuleNode, hidden: int) -> list[str]:
    notes = [f"{hidden:,} modules within"] if hidden else []
    if node.failed:
        notes.append("✗ failed here")
    if node.shared_with is not None:
        notes.append(f"the same as {node.shared_with or 'the model'}")
    if node.parameters and node.trainable < node.parameters:
        notes.append(f"{node.trainable:,} trainable" if node.trainable else "frozen")
    if node.calls > 1:
        notes.append(f"called {node.calls:,} times")
    notes.extend(f"{name} is {other}" for name, other in node.tied.items())
    return [*notes, node.note] if node.note else notes


def _totals(architecture: Architecture) -> list[str]:
    it = architecture
    lines = [
        f"{it.parameters:,} parameters ({bytes_of(it.parameter_bytes)}), {it.trainable:,} trainable"
    ]
    if it.buffers:
        lines[0] += f"; {it.buffers:,} in buffers ({bytes_of(it.buffer_bytes)})"
    if it.method:
        lines.append(
            f"{count_of(it.flops)} FLOPs, activations {bytes_of(it.activation_bytes)}, "
            f"input {bytes_of(it.input_bytes)}"
        )
    return [*lines, it.failure] if it.failure else lines


def _aligned(columns: list[list[str]], widths: list[int], at: int) -> list[str]:
    return [
        column[at].rjust(width) if column[0] in _TO_THE_RIGHT else column[at].ljust(width)
        for column, width in zip(columns, widths, strict=True)
    ]


def _cut(text: str, width: int | None) -> str:
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"
