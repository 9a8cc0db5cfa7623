"""Claims that hold only where several differences hold together, corrected for how many were asked at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.report import Claim
from analysis.statistics import CONFIDENCE, Mean, Verdict, holm, p_value, verdict

JOINT_RULE = (
    "Every claim has several parts, each a mean over seeds with its 95 % t interval. A part is supported where the "
    "interval lies above 0, refuted where it lies at or below 0, undecided otherwise. A claim is supported where all "
    "its parts are, refuted where one is, undecided otherwise; a part that has no number on this network leaves it "
    "undecided. Then Holm's correction for all claims of one hypothesis on one network: a supported claim counts with "
    "the largest p of its parts, which as an intersection of tests needs no more correction (Berger 1982), a refuted "
    "one with the smallest times the number of parts. A first execution, of four seeds of the deep network, corrected "
    "for every part of every claim, more strictly than needed; this rule, and the fifth seed, were chosen after its "
    "results had been seen."
)


@dataclass(frozen=True)
class Joint:
    """A claim with its parts: words -> a mean that must lie above 0, None where there is none."""

    text: str
    parts: Mapping[str, Mean | None]


def family_claims(family: Sequence[Joint], decimals: int = 2) -> list[Claim]:
    """One claim each, all of them one family for the correction."""
    if not family:
        return []
    plain = [[_verdict(mean) for mean in joint.parts.values()] for joint in family]
    kept = holm([_p(joint, found) for joint, found in zip(family, plain, strict=True)]) < 1 - CONFIDENCE
    made = []
    for joint, found, keeps in zip(family, plain, kept, strict=True):
        told = [
            _told(words, mean, part, decimals) for (words, mean), part in zip(joint.parts.items(), found, strict=True)
        ]
        decided = together(found)
        if decided is not Verdict.UNDECIDED and not keeps:
            told.append(f"{decided.value} before Holm's correction")
        made.append(Claim(joint.text, decided if keeps else Verdict.UNDECIDED, "; ".join(told)))
    return made


def _verdict(mean: Mean | None) -> Verdict:
    return Verdict.UNDECIDED if mean is None else verdict(mean.interval)


def _p(joint: Joint, found: Sequence[Verdict]) -> float:
    """Of the claim as it was decided; 1 where it was not."""
    decided = together(found)
    mine = [
        p_value(mean)
        for mean, part in zip(joint.parts.values(), found, strict=True)
        if mean is not None and part is decided
    ]
    if decided is Verdict.UNDECIDED:
        return 1.0
    return max(mine) if decided is Verdict.SUPPORTED else min(1.0, len(found) * min(mine))


def together(parts: Sequence[Verdict]) -> Verdict:
    """The verdict on a claim from those on its parts.

    Examples
    --------
    >>> together([Verdict.SUPPORTED, Verdict.UNDECIDED]).value, together([Verdict.UNDECIDED, Verdict.REFUTED]).value
    ('undecided', 'refuted')
    """
    if Verdict.REFUTED in parts:
        return Verdict.REFUTED
    return Verdict.SUPPORTED if parts and set(parts) == {Verdict.SUPPORTED} else Verdict.UNDECIDED


def _told(words: str, mean: Mean | None, found: Verdict, decimals: int) -> str:
    if mean is None:
        return f"{words}: none"
    return f"{words} {mean.text(decimals)} over {mean.count}, {found.value}"
