"""One file per named rule; each exposes RULE."""
