"""All settings of a run, as frozen dataclasses: typed, checked, and stored whole with the run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from math import inf

from graphgrow.errors import SettingsError
from graphgrow.typed import from_json as from_json
from graphgrow.typed import to_json as to_json


class Distribution(Enum):
    """How start edges are spread over level pairs: by their size, or by the Erdos-Renyi kernel (Mocanu 2018)."""

    UNIFORM = "uniform"
    KERNEL = "kernel"


class Schedule(Enum):
    """What the learning rate does over all epochs; COSINE and LINEAR end at `final_share` of the first rate."""

    CONSTANT = "constant"
    COSINE = "cosine"
    LINEAR = "linear"


class Gate(Enum):
    """What gates learning by depth: nothing, a pair of triangles that move through the levels, or a wave."""

    NONE = "none"
    TRIANGLES = "triangles"
    WAVE = "wave"


class Clamp(Enum):
    """How what has grown old is held: not at all, frozen from an age on, or learning the slower the older it is."""

    NONE = "none"
    HARD = "hard"
    SOFT = "soft"


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
    growth: float = 0.0
    """Share of the training samples kept for judging trial growths; rules that make none need none."""

    def __post_init__(self) -> None:
        for name in ("validation", "growth"):
            _share(getattr(self, name), f"task.{name}")
            _require(getattr(self, name) < 1, f"task.{name}", "less than 1", getattr(self, name))
        both = self.validation + self.growth
        _require(both < 1, "task.validation and task.growth", "less than 1 together", both)
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
    """A folder with more rules, one per file, or a file that holds several by name; or a module that is either, as
    my_package.my_rules."""

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
    """Probe after each epoch and record extrema, their severity, dead neurons, gradient ratios and effective ranks."""
    learning: str = "backpropagation"
    """Where gradients come from: backpropagation, or forward_forward."""
    time_limit: float | None = None
    """Seconds after which training stops at the end of an epoch; the epoch it stops at depends on the machine."""

    def __post_init__(self) -> None:
        _require(self.epochs >= 1, "fit.epochs", "1 or more", self.epochs)
        _require(self.batch >= 1, "fit.batch", "1 or more", self.batch)
        _require(self.checkpoint_every >= 0, "fit.checkpoint_every", "0 or more", self.checkpoint_every)
        _require(self.patience is None or self.patience >= 1, "fit.patience", "1 or more", self.patience)
        limit = self.time_limit
        _require(limit is None or 0 < limit < inf, "fit.time_limit", "more than 0, or none", limit)


@dataclass(frozen=True)
class PaceSettings:
    """How fast single parameters learn, as factors of every update; off by default."""

    boost: float = 1.0
    """Factor of what growth added within the last `boost_epochs`."""
    boost_epochs: int = 5
    gate: Gate = Gate.NONE
    gate_width: float | None = None
    """Levels: half the base of a triangle, default 3; the length of a wave, default 10."""
    gate_speed: float = 0.1
    """Levels an epoch."""
    gate_floor: float = 0.0
    """Factor that no level goes below."""
    backoff: float = 1.0
    """Factor of all updates for each epoch of training that is done; the founding document has 0.95."""
    clamp: Clamp = Clamp.NONE
    clamp_age: int = 20
    """Epochs from which on nothing moves."""

    def __post_init__(self) -> None:
        _require(0 < self.boost < inf, "pace.boost", "more than 0", self.boost)
        _require(0 < self.backoff <= 1, "pace.backoff", "more than 0 and at most 1", self.backoff)
        width = self.gate_width
        _require(width is None or 0 < width < inf, "pace.gate_width", "more than 0, or none", width)
        _require(0 <= self.gate_speed < inf, "pace.gate_speed", "0 or more", self.gate_speed)
        _share(self.gate_floor, "pace.gate_floor")
        for name in ("boost_epochs", "clamp_age"):
            _require(getattr(self, name) >= 1, f"pace.{name}", "1 or more", getattr(self, name))


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
    pace: PaceSettings = field(default_factory=PaceSettings)

    def __post_init__(self) -> None:
        _require(self.seed >= 0, "seed", "0 or more", self.seed)
