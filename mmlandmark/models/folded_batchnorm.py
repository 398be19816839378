"""Batch normalisation folded into the convolutions before it: one layer less, the same result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.fusion import fuse_conv_bn_weights
from torch.overrides import TorchFunctionMode

_CONVOLUTIONS = {torch.conv1d, torch.conv2d, torch.conv3d}
_TRANSPOSED = {torch.conv_transpose1d, torch.conv_transpose2d, torch.conv_transpose3d}
_NORMALISATIONS = {F.batch_norm, torch.batch_norm}


class _Pair(NamedTuple):
    convolution: nn.Module
    norm: nn.Module
    transposed: bool


def fold_batchnorm(network: nn.Module, run: Callable[[], Any]) -> int:
    """Fold each batch normalisation of a network into the convolution before it; return how many.

    What comes before what is seen in one run, and not guessed from names or order: the output of a
    convolution must go to the normalisation and nowhere else, both must be used once in the run,
    and the weight must be the convolution's own (not standardised or shared). All others stay.

    Args:
        network: In evaluation mode; it is changed. Weights that change are new ones, so that
            other modules which share the old ones keep them.
        run: Runs the network on any input and returns its output.
    """
    with torch.no_grad(), _Trace() as trace:
        output = run()
    trace.count(output)
    pairs = list(_pairs(network, trace))
    for pair in pairs:
        _fold(pair)
    places = [
        (parent, name, part)
        for parent in network.modules()
        for name, part in parent._modules.items()
    ]
    folded = {pair.norm for pair in pairs}
    for parent, name, part in places:
        if part in folded:
            parent._modules[name] = _rest(part)
    return len(pairs)


class _Trace(TorchFunctionMode):
    """Notes convolutions and normalisations of a run, and how often each tensor is used."""

    def __init__(self) -> None:
        super().__init__()
        #: Of each output of a convolution: the output, kept so that its id stays its own; the
        #: weight; whether it is a transposed one.
        self.convolved: dict[int, tuple[Tensor, Tensor, bool]] = {}
        self.normalised: list[tuple[int, Tensor | None]] = []
        self.uses: Counter[int] = Counter()
        self.weights: Counter[int] = Counter()

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        if next(_tensors(output), None) is None:
            return output  # asks for a size, a type, ...
        given = (args, tuple((kwargs or {}).values()))
        self.count(given)
        if func in _CONVOLUTIONS | _TRANSPOSED:
            weight = args[1] if len(args) > 1 else kwargs['weight']
            self.convolved[id(output)] = (output, weight, func in _TRANSPOSED)
            self.weights[id(weight)] += 1
        elif func in _NORMALISATIONS:
            values = list(_tensors(args))
            self.normalised.append((id(values[0]), values[1] if len(values) > 1 else None))
        return output

    def count(self, values: Any) -> None:
        """Count the uses of outputs of convolutions; ids of other tensors may come again."""
        ids = (id(value) for value in _tensors(values))
        self.uses.update(number for number in ids if number in self.convolved)


def _pairs(network: nn.Module, trace: _Trace) -> Iterator[_Pair]:
    """Yield what can be folded."""
    owners: dict[int, list[nn.Module]] = {}
    norms: dict[int, nn.Module] = {}
    for part in network.modules():
        for parameter in part._parameters.values():
            owners.setdefault(id(parameter), []).append(part)
        if isinstance(part, _BatchNorm) and not part.training and _rest(part) is not None:
            norms[id(part.running_mean)] = part
    runs = Counter(id(mean) for _, mean in trace.normalised)
    for source, mean in trace.normalised:
        norm = norms.get(id(mean))
        if norm is None or runs[id(mean)] != 1 or trace.uses[source] != 1:
            continue
        _, weight, transposed = trace.convolved.get(source, (None, None, False))
        owner = owners.get(id(weight), [])
        if len(owner) != 1 or trace.weights[id(weight)] != 1 or owner[0].weight is not weight:
            continue
        if not (transposed and owner[0].groups > 1):  # weights of groups lie otherwise there
            yield _Pair(owner[0], norm, transposed)


def _fold(pair: _Pair) -> None:
    convolution, norm, transposed = pair
    values = (norm.running_mean, norm.running_var)
    scale, shift = norm.weight, norm.bias
    # in double precision, so that folding by itself loses nothing
    mean, variance = (value.double() for value in values)
    bias = None if convolution.bias is None else convolution.bias.double()
    weight, bias = fuse_conv_bn_weights(
        convolution.weight.double(),
        bias,
        mean,
        variance,
        norm.eps,
        None if scale is None else scale.double(),
        None if shift is None else shift.double(),
        transposed,
    )
    kind = convolution.weight.dtype
    convolution.weight = nn.Parameter(weight.detach().to(kind), requires_grad=False)
    convolution.bias = nn.Parameter(bias.detach().to(kind), requires_grad=False)


def _rest(norm: nn.Module) -> nn.Module | None:
    """Return what a normalisation does beside normalising; None if that is not known."""
    if type(norm).forward is _BatchNorm.forward:
        return nn.Identity()
    if type(norm).__name__ == 'BatchNormAct2d':  # timm's, with its activation
        return nn.Sequential(norm.drop, norm.act)
    return None


def _tensors(values: Any) -> Iterator[Tensor]:
    """Yield the tensors in some values."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, dict):
        yield from _tensors(tuple(values.values()))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _tensors(value)
