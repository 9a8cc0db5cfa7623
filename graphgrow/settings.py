"""All settings of a run, as frozen dataclasses: typed, checked, and stored whole with the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from enum import Enum
from math import inf
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from graphgrow.arrays import Json
from graphgrow.errors import SettingsError


class Distribution(Enum):
    """How start edges are spread over level pairs: by their size, or by the Erdos-Renyi kernel (Mocanu 2018)."""

    UNIFORM = "uniform"
    KERNEL = "kernel"


class Schedule(Enum):
    """What the learning rate does over all epochs; COSINE and LINEAR end at `final_share` of the first rate."""

    CONSTANT = "constant"
    COSINE = "cosine"
    LINEAR = "linear"


ACTIVATIONS = ("identity", "relu", "leaky_relu", "gelu", "sigmoid", "tanh")
OPTIMIZERS = (
    "SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "Adagrad", "Adadelta", "RMSprop", "Rprop", "ASGD", "Adafactor"
)  # fmt: skip


def _require(holds: bool, name: str, expected: str, got: object) -> None:
    """One clear error for a setting out of range."""
    if not holds:
        raise SettingsError(f"{name}: expected {expected}, got {got!r}")


def _share(value: float, name: str) -> None:
    _require(0 <= value <= 1, name, "a share from 0 to 1", value)


@dataclass(frozen=True)
class TaskSettings:
    """What is learned."""

    name: str = "digits"
    """xor, parity:BITS, spirals, digits, mnist, fashion_mnist, cifar10 or npz:FILE; mnist:100 takes 100 samples."""
    validation: float = 1 / 12
    """Share of the training samples kept for validation."""
    data_seed: int = 0
    """Seed of the splits; the same data for every seed of the network."""

    def __post_init__(self) -> None:
        _share(self.validation, "task.validation")
        _require(self.validation < 1, "task.validation", "less than 1", self.validation)
        _require(self.data_seed >= 0, "task.data_seed", "0 or more", self.data_seed)


@dataclass(frozen=True)
class StartSettings:
    """The network before growth."""

    hidden: tuple[int, ...] = (64, 32)
    """Sizes of the hidden levels."""
    density: float = 0.05
    """Start edges as a share of the dense layered network, head included."""
    edges: int | None = None
    """Start edges by number, instead of the density."""
    distribution: Distribution = Distribution.KERNEL
    """How the edges are spread over the level pairs."""
    activation: str = "relu"
    """Of hidden neurons: identity, relu, leaky_relu, gelu, sigmoid or tanh."""
    dtype: str = "float32"
    """float32 or float64."""
    dense_head: bool = False
    """Join the outputs to all of the last hidden level; the other edges are spread over the rest."""

    def __post_init__(self) -> None:
        _require(bool(self.hidden) and min(self.hidden) >= 1, "start.hidden", "sizes of 1 or more", self.hidden)
        _require(0 < self.density <= 1, "start.density", "more than 0 and at most 1", self.density)
        _require(self.edges is None or self.edges >= 1, "start.edges", "1 or more", self.edges)
        _require(self.activation in ACTIVATIONS, "start.activation", " or ".join(ACTIVATIONS), self.activation)
        _require(self.dtype in ("float32", "float64"), "start.dtype", "float32 or float64", self.dtype)


@dataclass(frozen=True)
class GrowthSettings:
    """How the network grows."""

    rule: str = "extrema_topped_up"
    """A name that `graphgrow rules` lists."""
    budget: int | None = None
    """Edges of a network at the end, head included, met exactly; default: twice the start edges; 0: no budget."""
    neurons: int | None = None
    """Most neurons at the end, inputs and outputs included."""
    skips: bool = False
    """Let single edges skip levels; clones bring skips in any case."""
    until: float = 0.75
    """Share of training during which the rule is asked."""
    ask_every: int | None = None
    """Steps between asks; default: one epoch."""
    probe_samples: int = 1024
    """Training samples of a probe, drawn once per run."""
    fresh: str = "zero"
    """Start of the second moment of new edges: zero, or target_mean."""
    rules_path: str | None = None
    """A folder with more rules, one per file, or a file that holds several by name."""

    def __post_init__(self) -> None:
        _require(self.budget is None or self.budget >= 0, "growth.budget", "1 or more, or 0 for none", self.budget)
        _require(self.neurons is None or self.neurons >= 1, "growth.neurons", "1 or more", self.neurons)
        _share(self.until, "growth.until")
        _require(self.ask_every is None or self.ask_every >= 1, "growth.ask_every", "1 or more", self.ask_every)
        _require(self.probe_samples >= 1, "growth.probe_samples", "1 or more", self.probe_samples)
        _require(self.fresh in ("zero", "target_mean"), "growth.fresh", "zero or target_mean", self.fresh)


@dataclass(frozen=True)
class OptimizerSettings:
    """What changes the weights."""

    name: str = "AdamW"
    """Any elementwise optimizer of torch.optim."""
    learning_rate: float = 2e-3
    weight_decay: float = 0.0
    momentum: float = 0.0
    """SGD and RMSprop only."""
    schedule: Schedule = Schedule.LINEAR
    final_share: float = 0.05
    """Last learning rate as a share of the first."""

    def __post_init__(self) -> None:
        _require(self.name in OPTIMIZERS, "optimizer.name", "one of " + ", ".join(OPTIMIZERS), self.name)
        _require(0 < self.learning_rate < inf, "optimizer.learning_rate", "more than 0", self.learning_rate)
        _require(0 <= self.weight_decay < inf, "optimizer.weight_decay", "0 or more", self.weight_decay)
        _require(0 <= self.momentum < 1, "optimizer.momentum", "0 or more and less than 1", self.momentum)
        takes_momentum = self.name in ("SGD", "RMSprop")
        _require(takes_momentum or not self.momentum, "optimizer.momentum", f"0 with {self.name}", self.momentum)
        _share(self.final_share, "optimizer.final_share")


@dataclass(frozen=True)
class Fit:
    """How long and in what portions training goes."""

    epochs: int = 20
    batch: int = 128
    checkpoint_every: int = 1000
    """Steps between checkpoints; one is also written at the end. 0 for none in between."""
    patience: int | None = None
    """Stop after this many epochs without a better validation loss, once the growth window is over."""
    record_extrema: bool = True
    """Probe after each epoch and record how many neurons are extreme, by level."""

    def __post_init__(self) -> None:
        _require(self.epochs >= 1, "fit.epochs", "1 or more", self.epochs)
        _require(self.batch >= 1, "fit.batch", "1 or more", self.batch)
        _require(self.checkpoint_every >= 0, "fit.checkpoint_every", "0 or more", self.checkpoint_every)
        _require(self.patience is None or self.patience >= 1, "fit.patience", "1 or more", self.patience)


@dataclass(frozen=True)
class EngineSettings:
    """From where on the CPU computes in another way; `graphgrow calibrate` measures it, and a run keeps it."""

    dense_above: float | None = None
    """Share of its possible edges from which a level is computed as a dense one; none: never."""
    dense_from: int = 1 << 16
    """Fewest possible edges of a level that is computed as a dense one."""
    share_product: int | None = None
    """Edges times batch from which one product is shared out to threads; none: as built in. Changes no bit."""
    share_step: int | None = None
    """The same for a whole training step."""

    def __post_init__(self) -> None:
        above = self.dense_above
        _require(above is None or 0 < above <= 1, "engine.dense_above", "more than 0 and at most 1, or none", above)
        _require(self.dense_from >= 1, "engine.dense_from", "1 or more", self.dense_from)
        for name in ("share_product", "share_step"):
            work = getattr(self, name)
            _require(work is None or work >= 0, f"engine.{name}", "0 or more, or none", work)


@dataclass(frozen=True)
class RunSettings:
    """Everything that decides the bits of a run."""

    task: TaskSettings = field(default_factory=TaskSettings)
    start: StartSettings = field(default_factory=StartSettings)
    growth: GrowthSettings = field(default_factory=GrowthSettings)
    optimizer: OptimizerSettings = field(default_factory=OptimizerSettings)
    fit: Fit = field(default_factory=Fit)
    engine: EngineSettings = field(default_factory=EngineSettings)
    seed: int = 0
    """Of the network: start, order of samples, growth."""
    label: str | None = None
    """Name in tables; default: the rule."""

    def __post_init__(self) -> None:
        _require(self.seed >= 0, "seed", "0 or more", self.seed)


def to_json(settings: Any) -> dict[str, Json]:
    """Settings as plain data; enums by value, tuples as lists."""
    made = _plain(asdict(settings))
    if not isinstance(made, dict):
        raise SettingsError(f"expected a settings dataclass, got {type(settings).__name__}")
    return made


def _plain(value: Any) -> Json:
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    plain: Json = value
    return plain


def from_json(kind: type[Any], tree: Mapping[str, Any], at: str = "settings") -> Any:
    """The inverse of `to_json`.

    Raises
    ------
    SettingsError
        A key is unknown or a value has the wrong type; the message names the dotted place.
    """
    if not isinstance(tree, Mapping):
        raise SettingsError(f"{at}: expected an object, got {tree!r}")
    known = {item.name for item in fields(kind)}
    for name in tree:
        if name not in known:
            raise SettingsError(f"{at}.{name}: unknown setting; expected one of {', '.join(sorted(known))}")
    hints = get_type_hints(kind)
    return kind(**{name: _typed(hints[name], value, f"{at}.{name}") for name, value in tree.items()})


def _typed(kind: Any, value: Any, at: str) -> Any:
    """A plain value as the annotated type."""
    if get_origin(kind) in (UnionType, Union):
        if value is None:
            return None
        (kind,) = [item for item in get_args(kind) if item is not type(None)]
    if is_dataclass(kind) and isinstance(kind, type):
        return from_json(kind, value, at)
    if isinstance(kind, type) and issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError:
            raise SettingsError(f"{at}: expected {' or '.join(str(i.value) for i in kind)}, got {value!r}") from None
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise SettingsError(f"{at}: expected a list, got {value!r}")
        return tuple(_typed(get_args(kind)[0], item, at) for item in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SettingsError(f"{at}: expected {kind.__name__}, got {value!r}")
    return value
