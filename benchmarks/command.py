"""The command line that all benchmarks share."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks import machine, report
from graphgrow.errors import GraphgrowError, SettingsError

QUICK_ROUNDS = 2


@dataclass(frozen=True)
class Options:
    """What was asked for.

    Attributes
    ----------
    quick : tiny networks and few rounds, to see that everything runs; the figures then mean nothing.
    rounds : turns of each side.
    only : words of which one must occur in the name of a case, all cases where empty.
    edges : sizes, for the benchmark that has them.
    """

    quick: bool = False
    rounds: int = 15
    only: tuple[str, ...] = ()
    edges: tuple[int, ...] = ()

    def wants(self, case: str) -> bool:
        """Whether a case of this name was asked for."""
        return not self.only or any(word in case for word in self.only)


Cases = Callable[[Options], Iterable[report.Case]]


def run(
    benchmark: str,
    description: str,
    cases: Cases,
    arguments: Sequence[str] | None = None,
    peers: Sequence[str] = (),
    sizes: Sequence[int] = (),
) -> int:
    """Read the command line, run the cases and print what they found; the exit code.

    Parameters
    ----------
    benchmark : its module's name in this folder.
    cases : runs what was asked for.
    peers : packages that the cases compare with; the missing ones are named in the output.
    sizes : the sizes of `--edges` where it is not given; without them there is no such option.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{benchmark}", description=description)
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    parser.add_argument(
        "--quick", action="store_true", help="tiny sizes, to see that it runs; the figures mean nothing"
    )
    parser.add_argument("--rounds", type=int, default=None, help="turns of each side (default 15)")
    parser.add_argument("--threads", type=int, default=None, help="threads of torch and of numba (default: all cores)")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="cases whose names hold one of the words")
    if sizes:
        parser.add_argument("--edges", nargs="+", type=_count, default=None, help="sizes in edges, as 1e6 or 1000000")
    given = parser.parse_args(arguments)
    edges = tuple(getattr(given, "edges", None) or sizes)
    rounds = given.rounds if given.rounds is not None else QUICK_ROUNDS if given.quick else Options.rounds
    options = Options(given.quick, rounds, tuple(given.only), edges)
    try:
        machine.use_threads(given.threads or machine.cores())
        # Described first: afterwards the load would be our own.
        described = machine.describe()
        absent = [name for name in peers if machine.installed(name) is None]
        finding = report.plain(benchmark, described, absent, list(cases(options)), given.quick)
        if not finding["cases"]:
            raise SettingsError(f"no case of {benchmark} has {' or '.join(options.only)} in its name: leave --only out")
    except GraphgrowError as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 2
    sys.stdout.write(json.dumps(finding, indent=1) + "\n" if given.json else report.markdown(finding))
    return 0


def _count(text: str) -> int:
    """A whole number, also as 1e6."""
    value = float(text)
    if value < 1 or value != int(value):
        raise argparse.ArgumentTypeError(f"expected a whole number of edges, got {text}")
    return int(value)
