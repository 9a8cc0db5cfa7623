"""Rules of the sim ablations: each differs from a base in one part."""
