"""The command line: graphgrow run | resume | rules | show | export."""

from graphgrow.cli.main import main

__all__ = ["main"]
