"""The published comparisons: their edges, and verdicts that follow from the numbers."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis.statistics import Verdict
from graphgrow.errors import SettingsError
from sims import published
from sims.parts.common import guarded
from sims.published import Published, judge, plan, reach


def frame(rule: str, share: float, tests: list[float], validation: float = 0.9) -> pd.DataFrame:
    rows = [{"share": share, "rule": rule, "test": test, "validation": validation} for test in tests]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(("setting", "edges"), [("lenet", [3652, 6304, 14260, 27520]), ("mlp", [61465 + 15680])])
def test_edges_are_those_that_were_published(setting: str, edges: list[int]) -> None:
    cases = plan(Published(setting=setting, seeds=1, rules="set"))
    assert list(dict.fromkeys(case.settings.growth.budget for case in cases)) == edges
    assert {case.settings.start.edges for case in cases} == set(edges)


def test_verdicts_follow_from_the_numbers() -> None:
    close = judge(frame("set", 0.05, [0.9800, 0.9801, 0.9802]), "lenet")
    far = judge(frame("set", 0.05, [0.9700, 0.9701, 0.9702]), "lenet")
    unclear = judge(frame("set", 0.05, [0.9700, 0.9801, 0.9902]), "lenet")
    assert [claim.verdict for claim in (*close, *far, *unclear)] == [
        Verdict.SUPPORTED,
        Verdict.REFUTED,
        Verdict.UNDECIDED,
    ]
    assert all(claim.evidence.endswith("95 % t interval, 3 seeds") for claim in close + far)
    assert judge(frame("random", 0.05, [0.98]), "lenet") == []


def test_the_best_rule_is_chosen_on_validation_and_judged_on_test() -> None:
    better = frame("set", 0.01, [0.9700, 0.9701, 0.9702], validation=0.95)
    lucky = frame("rigl", 0.01, [0.9900, 0.9901, 0.9902], validation=0.94)
    (claim,) = reach(pd.concat([better, lucky]), "lenet")
    assert "the best rule at 1%, set, reaches 97.5" in claim.text
    assert claim.verdict is Verdict.REFUTED


def test_bad_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match="setting: expected lenet or mlp, got 'cnn'"):
        plan(Published(setting="cnn"))
    with pytest.raises(SettingsError, match="seeds: expected 1 or more"):
        plan(Published(seeds=0))
    with pytest.raises(SettingsError, match="shares: expected numbers"):
        plan(Published(shares="five"))


def test_smoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # Digits in the place of MNIST, whose files not every machine has; the protocol's edges fit in all the same.
    small = published.Setting(
        (32, 16), 64 * 32 + 32 * 16, 160, 100, published.SETTINGS["lenet"].optimizer, published.LENET
    )
    monkeypatch.setitem(published.SETTINGS, "lenet", small)
    monkeypatch.setattr(published, "_smoke", lambda config: _digits(config, tmp_path))
    monkeypatch.setattr(sys, "argv", ["published", "--smoke"])
    assert guarded(published.main, Published, "") == 0
    told, report = capsys.readouterr().out, (tmp_path / "report.md").read_text()
    assert "97.74" in report
    assert "undecided" in told
    assert "UNDECIDED" in report
    assert list(tmp_path.glob("*.png"))


def _digits(config: Published, out: Path) -> Published:
    return Published(task="digits:200", epochs=2, seeds=1, shares="0.02", rules="set", workers=1, out=out)
