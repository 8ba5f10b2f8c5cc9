"""Copy the structure of a model, each tensor replaced: by one without contents, or by a clone."""

from __future__ import annotations

import copy
import io
import logging
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import chain
from types import FunctionType, MethodType, ModuleType
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from ._copy_functions import FunctionCopies
from ._copy_inside import FIXED, HOOKS, inside

# What cannot be copied and holds nothing of a model's.
_SHARED = (ModuleType, io.IOBase, logging.Logger, type(threading.Lock()), type(threading.RLock()))
_COPYING = ("__deepcopy__", "__getstate__", "__setstate__", "__reduce__", "__reduce_ex__")
_CONTAINERS = {dict, OrderedDict, set, list}
# Enough for what models hold; a bound on what a tangle of objects can cost.
_MOST_VALUES = 5_000_000


class NotCopied(Exception):
    """A model holds what cannot be copied; the text says where."""


def unwrapped(module: nn.Module) -> nn.Module:
    """Return the module that `torch.compile` wrapped, or else the module itself."""
    while type(module).__module__.startswith("torch._dynamo") and "_orig_mod" in module._modules:
        module = cast(nn.Module, module._modules["_orig_mod"])
    return module


class ModelCopy:
    """A copy of a model's structure, in eval mode, that shares no tensor and nothing mutable.

    Left out are the hooks that users registered: they may write into the users' own lists, and
    copying one may copy all that it refers to. Torch's own stay, for without them a `weight_norm`
    has no weight. Nothing here depends on how deep the modules are nested.

    Args:
        model: what to copy. It is read and left alone.
        convert: returns what is to stand for a tensor or parameter.

    Raises:
        NotCopied: something in it does not let itself be copied.
    """

    def __init__(self, model: nn.Module, convert: Callable[[Tensor], Tensor]) -> None:
        self._convert = convert
        self._copies: dict[int, Any] = {}
        self._seen: set[int] = set()
        self._modules: list[nn.Module] = []
        self._wrappers: list[nn.Module] = []
        self._own_way: dict[type, bool] = {}
        self._functions = FunctionCopies(self._copies)
        self._attributed: list[tuple[Tensor, Tensor]] = []
        try:
            self._find([model])
        except Exception as error:  # a user's object may refuse even to be looked at
            raise error if isinstance(error, NotCopied) else NotCopied(_told(error)) from error
        for module in self._modules:
            self._begin(module)
        for wrapper in self._wrappers:
            if self.has(unwrapped(wrapper)):
                self._copies[id(wrapper)] = self.of(wrapper)
        for module in reversed(self._modules):  # children first
            made = self._made(module)
            if type(made) is type(module) and not isinstance(made, torch.jit.ScriptModule):
                if not vars(made):
                    self._fill(module, made)
                self._take_hooks(module, made)
        self._functions.finish()
        self._give_attributes()
        #: the copy of the model
        self.model = self.of(model)

    def of(self, module: nn.Module) -> nn.Module:
        """Return a module's copy."""
        return self._copies[id(unwrapped(module))]

    def has(self, module: nn.Module) -> bool:
        """Tell whether a module was copied; what is within scripted ones is not."""
        return id(module) in self._copies

    def value(self, value: Any) -> Any:
        """Copy an argument: its tensors are converted, its modules are the copies."""
        if isinstance(value, Tensor):
            return self._tensor(value)
        self._find([value])
        return self._deep(value, "an argument")

    def _find(self, waiting: list[Any]) -> None:
        """Follow values to the modules and tensors in them, so that copying meets no other."""
        while waiting:
            value = waiting.pop()
            if type(value) in FIXED or id(value) in self._seen or id(value) in self._copies:
                continue
            if isinstance(value, Tensor):
                self._tensor(value)
                waiting.extend(vars(value).values())
            elif isinstance(value, _SHARED):
                self._copies[id(value)] = value
            elif isinstance(value, torch.Generator):
                self._copies[id(value)] = value.clone_state()
            elif isinstance(value, nn.Module) and unwrapped(value) is not value:
                self._wrappers.append(value)
                waiting.append(unwrapped(value))
            else:
                self._seen.add(id(value))
                self._note(value)
                waiting.extend(inside(value))
            if len(self._seen) > _MOST_VALUES:
                raise NotCopied(f"it holds more than {_MOST_VALUES:,} values")

    def _note(self, value: Any) -> None:
        if isinstance(value, nn.Module):
            self._modules.append(value)
        elif isinstance(value, FunctionType):
            self._functions.begin(value)
        elif isinstance(value, PackedSequence):  # their lengths are read, as sizes are
            self._copies[id(value.batch_sizes)] = value.batch_sizes.clone()

    def _tensor(self, tensor: Tensor) -> Tensor:
        found = self._copies.get(id(tensor))
        if found is None:
            try:
                found = self._copies[id(tensor)] = self._convert(tensor)
            except Exception as error:  # kinds of tensors differ in what they can do
                what = "a nested tensor" if tensor.is_nested else f"a {type(tensor).__name__}"
                raise NotCopied(f"{what}: {_told(error)}") from error
            if vars(tensor):
                self._attributed.append((tensor, found))
        return found

    def _give_attributes(self) -> None:
        """Give tensors what users keep in attributes of them, as far as it can be copied."""
        for tensor, made in self._attributed:
            for name, value in vars(tensor).items():
                with suppress(Exception):  # few are needed for a forward pass
                    setattr(made, name, self._deep(value, name))
        self._attributed.clear()

    def _begin(self, module: nn.Module) -> None:
        """Make the empty copy of a module and of its hooks, for others to refer to."""
        if isinstance(module, torch.jit.ScriptModule):
            return
        for name in HOOKS:
            hooks = vars(module).get(name)
            if hooks:
                self._copies[id(hooks)] = type(hooks)()
        kind = type(module)
        if kind not in self._own_way:
            self._own_way[kind] = _copies_itself(kind)
        if not self._own_way[kind]:
            self._copies[id(module)] = object.__new__(kind)

    def _made(self, module: nn.Module) -> nn.Module:
        """Return a module's copy, made in the module's own way if it has one."""
        module = unwrapped(module)
        if not self.has(module):
            made = self._deep(module, type(module).__name__)
            if isinstance(made, torch.jit.ScriptModule):
                self._convert_script(made)
            elif self._is_no_copy(made):
                made = object.__new__(type(module))
            else:
                made.training = False
            self._copies[id(module)] = made
        return self._copies[id(module)]

    def _is_no_copy(self, made: nn.Module) -> bool:
        """Tell whether a module's own way of being copied gave back some of the model itself."""
        own = {id(module) for module in self._modules}
        return any(id(each) in own for each in nn.Module.modules(made))

    def _convert_script(self, made: Any) -> None:
        for each in made.modules():
            each.training = False
            tensors = (each.named_parameters(recurse=False), each.named_buffers(recurse=False))
            for name, tensor in chain(*tensors):
                each._c.setattr(name, self._convert(tensor))

    def _fill(self, module: nn.Module, made: nn.Module) -> None:
        state: dict[str, Any] = {}
        for name, value in vars(module).items():
            if type(value) in (FunctionType, MethodType):
                state[name] = self._functions.referred(value)
            elif type(value) in FIXED:
                state[name] = value
            elif name in ("_parameters", "_buffers"):
                state[name] = type(value)(self._tensors(value))
            elif name == "_modules":
                state[name] = type(value)(self._children(value))
            elif type(value) in _CONTAINERS and not value:
                state[name] = type(value)()
            elif name in HOOKS:
                state[name] = self._copies[id(value)]
            else:
                state[name] = self._attribute(module, name, value)
        state["training"] = False
        state["_compiled_call_impl"] = None
        if isinstance(module, nn.TransformerEncoder):
            # It would pack a padded batch, by what is in the mask, for the same result.
            state["use_nested_tensor"] = False
        made.__dict__ = state
        if isinstance(module, _HANDING_ON):
            _hand_on(made)

    def _take_hooks(self, module: nn.Module, made: nn.Module) -> None:
        for name in ("_forward_pre_hooks", "_forward_hooks"):
            for key, hook in vars(module)[name].items():
                if _is_torchs(hook, module):
                    vars(made)[name][key] = self._deep(hook, f"{type(module).__name__}.{name}")

    def _tensors(self, held: Mapping[str, Tensor | None]) -> Iterator[tuple[str, Tensor | None]]:
        return ((k, None if each is None else self._tensor(each)) for k, each in held.items())

    def _children(self, held: Mapping[str, nn.Module | None]) -> Iterator[tuple[str, Any]]:
        return ((k, None if each is None else self._made(each)) for k, each in held.items())

    def _attribute(self, module: nn.Module, name: str, value: Any) -> Any:
        if isinstance(value, Tensor):
            return self._tensor(value)
        if type(value) is tuple and FIXED.issuperset(map(type, value)):
            return value
        if isinstance(value, weakref.ref):
            target = self._copies.get(id(value()))
            return value if target is None else weakref.ref(target)
        if isinstance(module, _HANDING_ON):
            return value if name.startswith("_") and not name.startswith("_modules") else None
        return self._deep(value, f"{type(module).__name__}.{name}")

    def _deep(self, value: Any, where: str) -> Any:
        try:
            return copy.deepcopy(value, self._copies)
        except Exception as error:  # a user's __deepcopy__ may raise anything
            raise NotCopied(f"{where}: {_told(error)}") from error


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


# They send what they are given to other devices and processes, and return what comes back.
_HANDING_ON = (nn.DataParallel, nn.parallel.DistributedDataParallel)


def _hand_on(made: Any) -> None:
    made.forward = lambda *inputs, **kwargs: made.module(*inputs, **kwargs)


def _copies_itself(kind: type) -> bool:
    """Tell whether a class has its own way of being copied that is not torch's for layers."""
    if issubclass(kind, torch.jit.ScriptModule):
        return True
    for each in kind.__mro__:
        if each in (nn.Module, object):
            continue
        if not each.__module__.startswith("torch.nn.") and any(
            name in vars(each) for name in _COPYING
        ):
            return True
    return not issubclass(kind, nn.Module)


def _is_torchs(hook: Any, module: nn.Module) -> bool:
    if isinstance(hook, MethodType):
        return hook.__self__ is module and hook.__func__.__module__.startswith("torch.")
    return type(hook).__module__.startswith("torch.")
