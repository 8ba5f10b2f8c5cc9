"""Trace a model's computation graph on a copy without weights."""

from __future__ import annotations

import inspect
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree

from ._architecture import ModuleNode
from ._copy import ModelCopy, NotCopied, unwrapped
from ._diagnosis import explain, is_about_meta, one_line
from ._flops import OperationCounter
from ._graph import Graph, Kind
from ._graph_fold import fold
from ._graph_record import Recorder
from ._notes import type_of
from ._rng import unchanged_randomness
from ._settings import settings_of
from ._tensors import named_arguments
from ._tree import Tree
from ._weightless import on_meta

# Modules of torch's own that are worth looking into; all others are shown whole.
_OPENED = (
    nn.Sequential,
    nn.ModuleList,
    nn.ModuleDict,
    nn.Transformer,
    nn.TransformerEncoder,
    nn.TransformerDecoder,
    nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
    nn.DataParallel,
    nn.parallel.DistributedDataParallel,
)


def graph_of(model: nn.Module, /, *inputs: Any, **kwargs: Any) -> Graph:
    """Trace what `model(*inputs, **kwargs)` computes: calls, operations, tensors between them.

    The pass runs in eval mode on a copy whose tensors have shapes but no contents (the meta
    device); the model itself, its hooks and flags and the random generators are left alone.

    A module of `torch.nn`, and one without children, is a node: what runs inside is not shown (nor
    is it for a scripted one). Any other module call is a group. A function call outside of such
    nodes is an operation, if it returns a tensor or changes one in place. A parameter, a buffer or
    a constant is a node only where an operation uses it directly; what is made of numbers alone
    (`torch.zeros`) is an operation without a source. A tensor that comes back as it was given is
    taken for new, so that the graph tells what it went through. Writing into a view writes into
    the tensor that it shows, not into other views of it.

    What cannot be traced (data-dependent code, a mistake in the model) is told in `failure`; the
    graph is there up to that place, and what failed is marked.

    Raises:
        TypeError: `model` is not a module.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"model: expected a torch.nn.Module, got {type(model).__name__}")
    model = unwrapped(model)
    # Of tensors that are made in inference mode torch does not count the changes.
    with unchanged_randomness(), torch.inference_mode(mode=False):
        try:
            copy = ModelCopy(model, on_meta)
            args, named = copy.value(_apart((inputs, kwargs)))
        except NotCopied as error:
            failure = f"No graph: the model cannot be copied ({error})."
            return Graph(type_of(model), failure=failure)
        tree = Tree(copy.model)
        depth = max(node.path.count(".") for node, _ in tree.places)
        return fold(_deeply(depth, lambda: _traced(copy.model, tree, args, named)))


def _apart(arguments: Any) -> Any:
    """Return arguments with a tensor of its own at each place, so that `model(x, x)` has two."""
    try:
        return pytree.tree_map_only(Tensor, on_meta, arguments)
    except Exception:  # what does not let itself be put together again is left as it is
        return arguments


def _traced(model: nn.Module, tree: Tree, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Graph:
    modules = {node.path: module for node, module in tree.modules()}
    recorder = Recorder(type_of(model), _names(modules.items()))
    for path, module in modules.items():
        _watch(module, path, _is_whole(module, path), recorder)
    recorder.take_inputs(_by_name(model, args, kwargs))
    counter = OperationCounter(lambda _: None)
    raised: Exception | None = None
    try:
        # Warnings are for the user's own pass.
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            with torch.device("meta"), counter, _Functions(recorder):
                result = model(*args, **kwargs)
        recorder.take_outputs(result)
    except Exception as error:  # a user's forward may raise anything
        raised = error
    graph = recorder.end(raised)
    if raised is not None:
        graph.failure = _told(graph, counter.behind(raised), modules)
    _name_calls(graph, modules, {node.path: node.parameters for node, _ in Tree(model).places})
    return graph


def _told(graph: Graph, error: Exception, modules: dict[str, nn.Module]) -> str:
    last = f" after {graph.nodes[-1].id}" if graph.nodes else ""
    where = graph.failed or f"the model's own code{last}"
    why = _why(graph, error, modules)
    if is_about_meta(error):
        why += " (it depends on the values of a tensor, and there are only shapes)"
    return f"The graph ends at {where}: {why}"


def _why(graph: Graph, error: Exception, modules: dict[str, nn.Module]) -> str:
    """Return what a layer was given and what it expects, if that is why it failed."""
    at = next((each for each in graph.nodes if each.id == graph.failed), None)
    if at is None or at.kind != "module":
        return one_line(error)
    module = modules[at.path]
    given = next((each for each in graph.edges if each.target == at.id), None)
    node = ModuleNode(at.path, type_of(module))
    if given is not None:
        node.input_shapes, node.input_dtypes = (given.shape,), (given.dtype,)
        node.input_names = (given.argument,)
    at.failed = explain(module, node, error)
    return at.failed


def _name_calls(graph: Graph, modules: dict[str, nn.Module], parameters: dict[str, int]) -> None:
    """Say what was called; only now, for a lazy module becomes another at its first call."""
    for node in graph.nodes:
        if node.kind == "module":
            module = modules[node.path]
            scripted = isinstance(module, torch.jit.ScriptModule)
            node.label, node.parameters = type_of(module), parameters[node.path]
            node.settings = "scripted" if scripted else settings_of(module)
    for group in graph.groups:
        group.type, group.parameters = type_of(modules[group.path]), parameters[group.path]
        group.settings = settings_of(modules[group.path])


class _Functions(TorchFunctionMode):
    """Hands every call of a torch function to the recorder, on tensors of the meta device."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder
        self._weightless: dict[int, tuple[Tensor, Tensor]] = {}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        name = getattr(func, "__name__", "")
        func = _MOVES.get(name, func)
        args, named = self._on_meta(name, args, kwargs or {})
        if self._recorder.hidden:
            return func(*args, **named)
        return self._recorder.operation(func, args, named)

    def _on_meta(
        self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Replace devices, and tensors that are none of the model's, by those of the meta device.

        So nothing is computed, and what the code refers to outside of the model is left alone.
        """
        if kwargs.get("device") is not None:
            kwargs = {**kwargs, "device": "meta"}
        if name == "to":
            args = tuple("meta" if _is_device(each) else each for each in args)
        with torch._C.DisableTorchFunction():
            if all(each.is_meta for _, each in named_arguments(args, kwargs)):
                return args, kwargs
            return pytree.tree_map_only(Tensor, self._without_weight, (args, kwargs))

    def _without_weight(self, tensor: Tensor) -> Tensor:
        if tensor.is_meta:
            return tensor
        found = self._weightless.get(id(tensor))
        if found is None:
            found = self._weightless[id(tensor)] = tensor, on_meta(tensor)
        return found[1]


def _stays(name: str) -> Callable[..., Any]:
    """Return what stands for a method that would take a tensor to a device."""

    def stays(tensor: Tensor, *_: Any, **__: Any) -> Tensor:
        return tensor

    stays.__name__ = name
    return stays


_MOVES = {name: _stays(name) for name in ("cpu", "cuda")}


def _is_device(value: Any) -> bool:
    return isinstance(value, (str, torch.device)) or (type(value) is int)


def _watch(module: nn.Module, path: str, whole: bool, recorder: Recorder) -> None:
    """Tell the recorder of every call of a module of the copy."""
    called = module._call_impl

    def watched(*args: Any, **kwargs: Any) -> Any:
        with torch._C.DisableTorchFunction():
            recorder.call_begins(path, type(module).__name__, whole, named_arguments(args, kwargs))
        try:
            result = called(*args, **kwargs)
        except Exception as error:
            recorder.call_fails(error)
            raise
        with torch._C.DisableTorchFunction():
            return recorder.call_ends(result)

    # The seam of `module.compile()`: around the call and torch's own hooks, and it sees a failure.
    vars(module)["_compiled_call_impl"] = watched


def _is_whole(module: nn.Module, path: str) -> bool:
    """Tell whether a module is a node, and what runs inside is not shown."""
    if isinstance(module, torch.jit.ScriptModule):
        return True
    kind = type(module)
    children = [name for name, each in module._modules.items() if each is not None]
    if "parametrizations" in children:
        kind = nn.utils.parametrize.type_before_parametrizations(module)
        children.remove("parametrizations")
    of_torch = kind.__module__.startswith(("torch.nn.", "torch.ao.nn."))
    if not children:
        return of_torch or bool(path)
    return of_torch and not isinstance(module, _OPENED)


def _names(modules: Iterable[tuple[str, nn.Module]]) -> dict[int, tuple[Kind, str]]:
    """Return kind and name of the tensors that a model holds, by their `id`."""
    names: dict[int, tuple[Kind, str]] = {}
    for path, module in modules:
        held: tuple[tuple[Kind, dict[str, Any]], ...] = (
            ("parameter", module._parameters),
            ("buffer", module._buffers),
            ("constant", vars(module)),
        )
        for kind, tensors in held if not isinstance(module, torch.jit.ScriptModule) else ():
            for name, tensor in tensors.items():
                if isinstance(tensor, Tensor):
                    names.setdefault(id(tensor), (kind, f"{path}.{name}" if path else name))
    return names


def _by_name(model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs by the names that `forward` gives them."""
    try:
        return dict(inspect.signature(model.forward).bind(*args, **kwargs).arguments)
    except (TypeError, ValueError):
        return {str(place): each for place, each in enumerate(args)} | kwargs


# A level of modules takes up to this many calls in Python; C has this many bytes for all of them.
_CALLS_A_LEVEL = 40
_DEEP = 15
_STACK = 512 * 1024 * 1024


def _deeply(depth: int, work: Callable[[], Graph]) -> Graph:
    """Run something that recurses as deep as a model does, where there is room for it."""
    if depth < _DEEP:
        return work()
    results: list[Graph] = []
    limit, stack = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(limit + depth * _CALLS_A_LEVEL)
    try:
        thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
        thread.start()
        threading.stack_size(stack)
        thread.join()
    finally:
        threading.stack_size(stack)
        sys.setrecursionlimit(limit)
    return results[0]
