"""networkx' own tests, run as they are and through our backend: `python -m tests.networkx_suite`.

Prints, for each function we speed up, how many calls ran here and how many fell back to networkx. Fails where a
function has no call of ours, or where a test ends otherwise than in the plain run: an expected failure counts too.

As a pytest plugin (`-p tests.networkx_suite`) it counts, and writes what it counted to the file that REPORT names.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPORT = "GRAPHGROW_NETWORKX_REPORT"
BACKEND = "graphgrow"
ROOT = Path(__file__).resolve().parents[1]
# Where networkx tests what we speed up, in tests and in the examples of docstrings, and what is built on it.
MODULES = (
    "algorithms/cluster.py",
    "algorithms/efficiency_measures.py",
    "algorithms/hierarchy.py",
    "algorithms/centrality/katz.py",
    "algorithms/centrality/reaching.py",
    "algorithms/centrality/trophic.py",
    "algorithms/shortest_paths/generic.py",
    "algorithms/shortest_paths/unweighted.py",
    "algorithms/tests/test_cluster.py",
    "algorithms/tests/test_distance_measures.py",
    "algorithms/tests/test_efficiency.py",
    "algorithms/tests/test_hierarchy.py",
    "algorithms/tests/test_smallworld.py",
    "algorithms/centrality/tests/test_katz_centrality.py",
    "algorithms/centrality/tests/test_reaching.py",
    "algorithms/centrality/tests/test_trophic.py",
    "algorithms/shortest_paths/tests/test_generic.py",
    "algorithms/shortest_paths/tests/test_unweighted.py",
)


@dataclass(frozen=True)
class Report:
    """One run.

    Attributes
    ----------
    outcomes : how each test ended, by its id.
    ours, fell : calls by function that ran here, and that fell back to networkx.
    """

    outcomes: Mapping[str, str]
    ours: Mapping[str, int]
    fell: Mapping[str, int]


_outcomes: dict[str, str] = {}
_asked: Counter[str] = Counter()
_ours: Counter[str] = Counter()


def pytest_configure(config: Any) -> None:
    """Count what the backend is asked and what it answers, where there is one."""
    if os.environ.get("NETWORKX_TEST_BACKEND") != BACKEND:
        return
    from networkx.utils import backends

    from graphgrow.backend import interface

    whole = backends._dispatchable._convert_and_call_for_tests

    def asked(self: Any, *given: Any, **named: Any) -> Any:
        _asked[self.name] += 1
        return whole(self, *given, **named)

    backends._dispatchable._convert_and_call_for_tests = asked
    for name in required():
        setattr(interface, name, _counted(name, getattr(interface, name)))


def _counted(name: str, function: Any) -> Any:
    def call(*given: Any, **named: Any) -> Any:
        try:
            made = function(*given, **named)
        except NotImplementedError:
            raise
        except Exception:
            _ours[name] += 1
            raise
        _ours[name] += 1
        return made

    return call


def pytest_runtest_logreport(report: Any) -> None:
    """Keep how a test ended; a failed set-up or a skip ends it before its call."""
    if report.when == "call" or report.outcome != "passed":
        _outcomes[report.nodeid] = f"{'expected ' if hasattr(report, 'wasxfail') else ''}{report.outcome}"


def pytest_sessionfinish() -> None:
    """Write the report."""
    if place := os.environ.get(REPORT):
        fell = {name: count - _ours[name] for name, count in _asked.items() if count > _ours[name]}
        text = json.dumps({"outcomes": _outcomes, "ours": _ours, "fell": fell})
        Path(place).write_text(text, encoding="utf-8")


def required() -> list[str]:
    """The functions that networkx is told we speed up."""
    from graphgrow.backend.info import FUNCTIONS

    return sorted(FUNCTIONS)


def run(modules: Iterable[str], backend: bool) -> Report:
    """networkx' tests in a process of their own, apart from this repository's settings for pytest."""
    import networkx

    home = Path(networkx.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        settings, place = Path(folder) / "pytest.ini", Path(folder) / "report.json"
        settings.write_text("[pytest]\n", encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NETWORKX_")}
        environment |= {REPORT: str(place), "PYTHONPATH": os.pathsep.join([str(ROOT), *_python_path()])}
        if backend:
            environment |= {"NETWORKX_TEST_BACKEND": BACKEND, "NETWORKX_FALLBACK_TO_NX": "True"}
        command = [sys.executable, "-m", "pytest", "-q", "-c", str(settings), "--rootdir", str(home), "--tb=short"]
        command += [
            "-p",
            "tests.networkx_suite",
            "-p",
            "no:cacheprovider",
            "--doctest-modules",
            *(str(home / name) for name in modules),
        ]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if not place.is_file() or done.returncode not in (0, 1):
            raise SystemExit(f"networkx' tests did not run:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        if done.returncode:
            print(done.stdout[-8000:])
        return Report(**json.loads(place.read_text(encoding="utf-8")))


def _python_path() -> list[str]:
    return [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]


def shortcomings(plain: Report, ours: Report, wanted: Iterable[str]) -> list[str]:
    """What keeps the run from being good, a line each."""
    made = [f"{name}: no call ran on {BACKEND}" for name in wanted if not ours.ours.get(name)]
    for test, outcome in plain.outcomes.items():
        now = ours.outcomes.get(test, "did not run")
        if now != outcome and outcome != "failed":
            made.append(f"{test}: {outcome} on networkx alone, {now} on {BACKEND}")
    return made


def main() -> int:
    """Run both, print the table, and say what falls short."""
    plain, ours = run(MODULES, backend=False), run(MODULES, backend=True)
    print(f"{'function':<40}{'ours':>8}{'fell back':>12}")
    for name in required():
        print(f"{name:<40}{ours.ours.get(name, 0):>8}{ours.fell.get(name, 0):>12}")
    others = {name: count for name, count in ours.fell.items() if name not in required()}
    print(f"{f'{len(others)} functions that stay with networkx':<40}{0:>8}{sum(others.values()):>12}")
    for report, who in ((plain, "networkx alone"), (ours, BACKEND)):
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(Counter(report.outcomes.values()).items()))
        print(f"{who}: {told}")
    short = shortcomings(plain, ours, required())
    print("\n".join(short) or "nothing falls short")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
