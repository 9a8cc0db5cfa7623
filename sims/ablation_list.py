"""What the sim ablations changes, one part at a time, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from graphgrow.errors import SettingsError
from graphgrow.settings import Clamp, Gate, PaceSettings, RunSettings

RULES = "sims.rules.ablations"
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


def _paced(label: str, words: str, **pace: float | Gate | Clamp) -> Ablation:
    """The base under another pace."""
    return Ablation(
        label, "routes", words, "routes", lambda settings: replace(settings, pace=PaceSettings(**pace))  # type: ignore[arg-type]
    )  # fmt: skip


ABLATIONS = (
    _ruled("routes_by_lot", "routes", "that marks are extrema, and not neurons by lot,"),
    _ruled("routes_ball_05", "routes", "the ball of 0.20 instead of 0.05"),
    _ruled("routes_low_to_high", "routes", "the direction of routes, against low to high,"),
    _ruled("routes_both", "routes", "one direction of routes instead of both"),
    _ruled("routes_start_zero", "routes", "the Xavier start of routes, against 0,"),
    _ruled("routes_start_small", "routes", "the Xavier start of routes, against a tenth of live weights,"),
    _ruled("routes_start_fan_in", "routes", "the Xavier start of routes, against fan-in,"),
    _ruled("top_up_xavier", "routes", "the zero start of the top-up, against Xavier,"),
    _ruled("top_up_by_lot", "routes", "the steepest top-up, against one by lot,"),
    _ruled("top_up_anywhere", "routes", "that the top-up touches extrema"),
    _ruled("economy", "routes", "growth at every ask, against an economy,"),
    Ablation("skips", "routes", "edges of one level, against skips,", "routes",
             lambda settings: replace(settings, growth=replace(settings.growth, skips=True))),
    Ablation("moments_of_target", "routes", "the fresh second moment, against that of the target,", "routes",
             lambda settings: replace(settings, growth=replace(settings.growth, fresh="target_mean"))),
    _paced("windows_triangles", "no windows, against triangles,", gate=Gate.TRIANGLES, gate_floor=0.1),
    _paced("windows_wave", "no windows, against a wave,", gate=Gate.WAVE, gate_floor=0.1),
    _paced("clamped_hard", "no clamping, against freezing at a third of training,", clamp=Clamp.HARD, clamp_age=10),
    _paced("clamped_soft", "no clamping, against slowing with age,", clamp=Clamp.SOFT, clamp_age=20),
    _paced("newborns_boosted", "no boost of newborns, against threefold updates,", boost=3.0, boost_epochs=3),
    _paced("newborns_slowed", "no damping of newborns, against a sixth of updates,", boost=1 / 6, boost_epochs=1),
    _paced("backoff", "no backoff, against 0.95 an epoch,", backoff=0.95),
    _ruled("clones_by_lot", "clones", "that extrema are cloned, and not neurons by lot,"),
    _ruled("clones_horizontal", "clones", "vertical clones, against horizontal ones,"),
    _ruled("clones_changing", "clones", "clones that leave the function as it is, against copied out-weights,"),
    _ruled("clones_exact", "clones", "the factor and noise of clones' in-weights"),
)  # fmt: skip


@dataclass(frozen=True)
class Ablations:
    """Change one part of growing at extrema at a time, and look into deep sigmoid networks."""

    tasks: str = "digits,mnist:12000"
    """Tasks, joined by commas."""
    activations: str = "relu,sigmoid"
    seeds: int = 10
    image_seeds: int = 4
    """Seeds on images, whose runs take longer."""
    epochs: int = 30
    image_epochs: int = 10
    depth_task: str = "digits"
    depth_seeds: int = 6
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
