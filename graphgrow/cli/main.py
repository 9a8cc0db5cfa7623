"""Parsing, errors on one line, exit codes."""

from __future__ import annotations

import contextlib
import io
import re
import sys
from collections.abc import Sequence

from graphgrow.errors import GraphgrowError

OK, USAGE, INTERRUPTED = 0, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    0 when all went well, 2 for anything the user can mend (one line on standard error says how), 130 after Ctrl-C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given in (["--version"], ["-V"]):
        from graphgrow import __version__

        print(f"graphgrow {__version__}")
        return OK
    try:
        command = _parse(given or ["--help"])
        if command is None:
            return OK
        command()
    except GraphgrowError as error:
        return _fail(str(error), USAGE)
    except KeyboardInterrupt:
        return _fail(
            "interrupted; a run that was under way goes on with: graphgrow resume FOLDER; "
            "a sweep with the same command",
            INTERRUPTED,
        )
    except BrokenPipeError:
        # The reader of our output, e.g. head, has what it wanted.
        sys.stderr.close()
        return OK
    return OK


def _parse(given: list[str]):  # type: ignore[no-untyped-def]  # a command object; its type needs tyro
    """The command object, or None when help was printed."""
    import tyro

    from graphgrow.cli.commands import Command

    told = io.StringIO()
    try:
        with contextlib.redirect_stderr(told):
            return tyro.cli(
                Command,
                args=given,
                prog="graphgrow",
                config=(tyro.conf.EnumChoicesFromValues,),
                description="A neural network as an explicit weighted graph that grows while it learns.",
            )
    except SystemExit as stop:
        if stop.code in (0, None):
            return None
        raise GraphgrowError(_one_line(told.getvalue())) from None


def _one_line(boxed: str) -> str:
    """The parser's boxed message as one line."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", boxed)
    words = re.sub(r"[╭╮╰╯│─]+", " ", plain).split()
    text = " ".join(words)
    return re.sub(r"^Parsing error\s*|^Unrecognized options\s*", "", text) or "the arguments cannot be read"


def _fail(message: str, code: int) -> int:
    print(f"graphgrow: error: {' '.join(message.split())}", file=sys.stderr)
    return code


def entry() -> None:
    """For the console script."""
    sys.exit(main())


if __name__ == "__main__":
    entry()
