"""What the sim ablations changes, one part at a time, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from graphgrow.errors import SettingsError
from graphgrow.settings import Clamp, Gate, PaceSettings, RunSettings

RULES = "sims.parts.ablation_rules"
BASES = ("routes", "clones")
CONTROLS = ("static", "static_at_budget", "random", "gradient")


def same(settings: RunSettings) -> RunSettings:
    """No setting is changed: the rule is."""
    return settings


@dataclass(frozen=True)
class Ablation:
    """One change of a base: a rule of `RULES`, or the base's own under other settings."""

    label: str
    base: str
    words: str
    rule: str
    change: Callable[[RunSettings], RunSettings] = same


def _ruled(label: str, base: str, words: str) -> Ablation:
    """A rule of that name."""
    return Ablation(label, base, words, label)


def _changed(label: str, words: str, change: Callable[[RunSettings], RunSettings]) -> Ablation:
    """The rule `routes` under other settings."""
    return Ablation(label, "routes", words, "routes", change)


def skipping(settings: RunSettings) -> RunSettings:
    """Single edges may skip levels."""
    return replace(settings, growth=replace(settings.growth, skips=True))


def inheriting(settings: RunSettings) -> RunSettings:
    """New edges begin with the mean second moment of the target's other in-edges."""
    return replace(settings, growth=replace(settings.growth, fresh="target_mean"))


def gated(gate: Gate) -> Callable[[RunSettings], RunSettings]:
    """Levels learn in windows that move through them."""
    return lambda settings: replace(settings, pace=PaceSettings(gate=gate))


def clamped(clamp: Clamp, share: float) -> Callable[[RunSettings], RunSettings]:
    """What is older than that share of training does not move any more."""

    def change(settings: RunSettings) -> RunSettings:
        age = max(1, round(share * settings.fit.epochs))
        return replace(settings, pace=PaceSettings(clamp=clamp, clamp_age=age))

    return change


def boosted(factor: float, epochs: int) -> Callable[[RunSettings], RunSettings]:
    """Updates of what grew within the last epochs are multiplied by a factor."""
    return lambda settings: replace(settings, pace=PaceSettings(boost=factor, boost_epochs=epochs))


def slowing(settings: RunSettings) -> RunSettings:
    """The founding document's backoff."""
    return replace(settings, pace=PaceSettings(backoff=0.95))


# Protection of newborns from pruning is not here, since no base prunes. Under Adam their first updates
# are about six times too large, which slowing them down makes up for.
ABLATIONS = (
    _ruled("routes_by_lot", "routes", "marking extrema instead of neurons by lot"),
    _ruled("routes_ball_05", "routes", "a ball of 0.20 instead of 0.05"),
    _ruled("routes_low_to_high", "routes", "routes from high to low instead of low to high"),
    _ruled("routes_both", "routes", "routes in one direction instead of both"),
    _ruled("routes_start_zero", "routes", "a Xavier start of routes instead of 0"),
    _ruled("routes_start_small", "routes", "a Xavier start of routes instead of a tenth of the live weights"),
    _ruled("routes_start_fan_in", "routes", "a Xavier start of routes instead of one by fan-in"),
    _ruled("top_up_xavier", "routes", "a zero start of the top-up instead of Xavier"),
    _ruled("top_up_by_lot", "routes", "a top-up by the steepest edges instead of by lot"),
    _ruled("top_up_anywhere", "routes", "a top-up at extrema instead of anywhere"),
    _ruled("routes_by_economy", "routes", "growth at every ask instead of by an economy"),
    _changed("skips", "edges between neighbouring levels instead of skips too", skipping),
    _changed("moments_of_target", "a fresh second moment instead of the target's mean", inheriting),
    _changed("windows_triangles", "no windows instead of triangles", gated(Gate.TRIANGLES)),
    _changed("windows_wave", "no windows instead of a wave", gated(Gate.WAVE)),
    _changed("clamped_hard", "no clamping instead of freezing at a third of training", clamped(Clamp.HARD, 1 / 3)),
    _changed("clamped_soft", "no clamping instead of slowing until two thirds of training", clamped(Clamp.SOFT, 2 / 3)),
    _changed("newborns_boosted", "newborns as all others instead of threefold updates", boosted(3.0, 5)),
    _changed("newborns_slowed", "newborns as all others instead of a sixth of the updates", boosted(1 / 6, 1)),
    _changed("backoff", "no backoff instead of 0.95 an epoch", slowing),
    _ruled("clones_by_lot", "clones", "cloning extrema instead of neurons by lot"),
    _ruled("clones_horizontal", "clones", "vertical clones instead of horizontal ones"),
    _ruled("clones_changing", "clones", "clones that keep the function instead of copied out-weights"),
    _ruled("clones_exact", "clones", "scaled and noisy in-weights of clones instead of exact ones"),
)


@dataclass(frozen=True)
class Ablations:
    """Change one part of growing at extrema at a time, and look into deep sigmoid networks."""

    tasks: str = "digits,mnist:12000"
    """Tasks, joined by commas."""
    activations: str = "relu,sigmoid"
    seeds: int = 8
    image_seeds: int = 3
    """Seeds on images, whose runs take longer."""
    epochs: int = 30
    image_epochs: int = 10
    depth_task: str = "digits"
    depth_seeds: int = 5
    depth_epochs: int = 60
    """Of the deep sigmoid networks."""
    workers: int = 2
    """Runs at a time."""
    out: Path = Path("results/ablations")
    """Folder of the report, the figures and the runs."""
    smoke: bool = False
    """A version for tests: one small task, one seed, two epochs."""
    full: bool = False
    """The complete study: all of MNIST, more seeds and epochs."""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if type(value) is int and value < 1:
                raise SettingsError(f"{item.name}: expected 1 or more, got {value}")
