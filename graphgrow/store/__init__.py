"""Runs on disk: atomic, checksummed, resumable, never pickle. No torch."""

from graphgrow.store.run import Run, fingerprint
from graphgrow.store.state import State

__all__ = ["Run", "State", "fingerprint"]
