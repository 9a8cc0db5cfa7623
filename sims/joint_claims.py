"""Claims that hold only where several differences hold together, corrected for how many were asked at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.report import Claim
from analysis.statistics import Mean, Verdict, holm_verdicts

JOINT_RULE = (
    "Every claim has several parts, each a mean over seeds with its 95 % t interval. A part is supported where the "
    "interval lies above 0, refuted where it lies at or below 0, undecided otherwise, and after Holm's correction for "
    "all parts of all claims of one hypothesis on one network. A claim is supported where all its parts are, refuted "
    "where one is, undecided otherwise; a part that has no number on this network leaves it undecided."
)


@dataclass(frozen=True)
class Joint:
    """A claim with its parts: words -> a mean that must lie above 0, None where there is none."""

    text: str
    parts: Mapping[str, Mean | None]


def family_claims(family: Sequence[Joint], decimals: int = 2) -> list[Claim]:
    """One claim each, all of them one family for the correction."""
    means = [mean for joint in family for mean in joint.parts.values() if mean is not None]
    decided = iter(holm_verdicts(means))
    made = []
    for joint in family:
        found = [Verdict.UNDECIDED if mean is None else next(decided) for mean in joint.parts.values()]
        told = [
            _told(words, mean, part, decimals) for (words, mean), part in zip(joint.parts.items(), found, strict=True)
        ]
        made.append(Claim(joint.text, together(found), "; ".join(told)))
    return made


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
