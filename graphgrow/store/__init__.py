"""Runs on disk: atomic, checksummed, resumable, never pickle. No torch."""
