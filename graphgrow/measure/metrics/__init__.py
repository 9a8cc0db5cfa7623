"""One file per metric of the topology report: each exposes METRIC, and the folder is walked."""

from graphgrow.measure.metrics.contract import Effort, Metric, Subject, every

__all__ = ["Effort", "Metric", "Subject", "every"]
