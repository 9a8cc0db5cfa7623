"""networkx' own tests through our backend, for one module: `make test-networkx` runs them all."""

from __future__ import annotations

from tests.networkx_suite import Report, required, run, shortcomings


def test_one_module_of_networkx() -> None:
    report = run(["algorithms/tests/test_cluster.py"], backend=True)
    assert set(report.outcomes.values()) == {"passed"}
    assert len(report.outcomes) > 50
    for name in ("average_clustering", "clustering", "square_clustering", "transitivity", "triangles"):
        assert report.ours[name] >= 5
        assert report.fell.get(name, 0) == 0
    assert report.fell["complete_graph"] > 0


def test_what_falls_short_is_named() -> None:
    plain = Report({"a": "passed", "b": "failed", "c": "skipped", "d": "passed", "e": "passed"}, {}, {})
    ours = Report({"a": "passed", "b": "failed", "c": "skipped", "d": "expected skipped"}, {"triangles": 1}, {})
    assert shortcomings(plain, plain, []) == []
    assert shortcomings(plain, ours, ["triangles", "clustering"]) == [
        "clustering: no call ran on graphgrow",
        "d: passed on networkx alone, expected skipped on graphgrow",
        "e: passed on networkx alone, did not run on graphgrow",
    ]


def test_every_function_is_required() -> None:
    for name in ("katz_centrality", "clustering", "transitivity", "triangles", "average_shortest_path_length"):
        assert name in required()
    for name in ("global_reaching_centrality", "trophic_levels"):
        assert name in required()
