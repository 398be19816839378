"""What a training on many devices should give, from what one device and its links do.

Gradients are averaged by rings: each device sends and receives ``2 (n - 1) / n`` times their bytes
in ``2 (n - 1)`` messages (Patarasuk and Yuan, 2009). Over several nodes the devices of a node first
add up among themselves, then each takes its share of the gradients around the nodes.
"""

from __future__ import annotations

from dataclasses import dataclass

from mmlandmark.errors import LandmarkError


@dataclass(frozen=True)
class Step:
    """A training step of one device, as measured.

    Attributes:
        seconds: The whole step, without communication.
        backward: Share of it that is the backward pass, during which gradients are sent.
        batch: Samples of one device.
        parameters: Numbers whose gradients are averaged.
        bytes_each: Of one gradient: 4 for float32, 2 for bfloat16.
        bucket: Bytes that are sent together; those of the last bucket cannot be sent during the
            backward pass. 25 MiB is the default of PyTorch's DistributedDataParallel.
    """

    seconds: float
    backward: float
    batch: int
    parameters: float
    bytes_each: float = 4
    bucket: float = 25 * 2**20

    def __post_init__(self) -> None:
        """Raise a LandmarkError where a number cannot be."""
        _check_positive(self)
        if self.backward >= 1:
            raise LandmarkError(f'backward is {self.backward}; expected a share below 1')

    @property
    def bytes(self) -> float:
        """Of all gradients."""
        return self.parameters * self.bytes_each


@dataclass(frozen=True)
class Links:
    """How devices are connected; bytes a second in one direction, and seconds a message.

    Attributes:
        device: Bytes a second between two devices of a node.
        network: Bytes a second that a node sends to another, all its devices together.
        device_latency: Seconds of a message within a node.
        network_latency: Seconds of a message between nodes.
        per_node: Devices of a node.
    """

    device: float
    network: float
    device_latency: float = 1e-5
    network_latency: float = 3e-5
    per_node: int = 8

    def __post_init__(self) -> None:
        """Raise a LandmarkError where a number cannot be."""
        _check_positive(self)


@dataclass(frozen=True)
class Scaled:
    """A training on several devices.

    Attributes:
        devices: How many.
        reduction: Seconds of averaging all gradients.
        waiting: Seconds of it that the backward pass does not hide.
        seconds: Of a step.
        samples: A second, on all devices.
        efficiency: Samples a second by those of so many devices that never wait.
    """

    devices: int
    reduction: float
    waiting: float
    seconds: float
    samples: float
    efficiency: float


def ring_seconds(size: float, devices: int, rate: float, latency: float) -> float:
    """Return how long averaging takes by a ring.

    Args:
        size: Bytes.
        devices: In the ring.
        rate: Bytes a second from one to the next.
        latency: Seconds of a message.
    """
    return 2 * (devices - 1) / devices * size / rate + 2 * (devices - 1) * latency


def reduction_seconds(size: float, devices: int, links: Links) -> float:
    """Return how long averaging takes within nodes and around them.

    Args:
        size: Bytes.
        devices: At most those of a node, or whole nodes.
        links: Between them.

    Raises:
        LandmarkError: A node would be used in part.
    """
    if devices < 1 or (devices > links.per_node and devices % links.per_node):
        raise LandmarkError(
            f'{devices} devices on nodes of {links.per_node}; expected 1 to {links.per_node}, or '
            'whole nodes'
        )
    within = min(devices, links.per_node)
    nodes = devices // within
    inside = ring_seconds(size, within, links.device, links.device_latency)
    # each device's share goes around at its share of the node's rate
    return inside + ring_seconds(size, nodes, links.network, links.network_latency)


def scale(step: Step, devices: int, links: Links) -> Scaled:
    """Return what a step on several devices takes, the batch of each as on one.

    Averaging starts once the first bucket is full and goes on during the backward pass; the last
    bucket is full only at its end. Stragglers, loaders and links used by others are not in it.

    Raises:
        LandmarkError: A node would be used in part.
    """
    reduction = reduction_seconds(step.bytes, devices, links)
    bucket = min(step.bucket, step.bytes) / step.bytes
    hidden = step.seconds * step.backward * (1 - bucket)
    waiting = max(reduction - hidden, reduction * bucket)
    seconds = step.seconds + waiting
    return Scaled(
        devices,
        reduction,
        waiting,
        seconds,
        devices * step.batch / seconds,
        step.seconds / seconds,
    )


def _check_positive(values: Step | Links) -> None:
    for name, value in vars(values).items():
        if not value > 0:
            raise LandmarkError(f'{name} is {value}; expected a number above 0')
