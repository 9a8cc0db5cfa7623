"""One script per question: hypothesis, prediction, what would refute it, controls, and a verdict that is computed."""
