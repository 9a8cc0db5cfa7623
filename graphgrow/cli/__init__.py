"""The command line: graphgrow run | resume | rules | show | export | figures | sweep | calibrate."""

from graphgrow.cli.main import main

__all__ = ["main"]
