"""One model trained by several processes."""

from graphgrow.train.parallel.data import DataParallel
from graphgrow.train.parallel.protocol import Alone, Parallel, Share, Sums, resolved

__all__ = ["Alone", "DataParallel", "Parallel", "Share", "Sums", "resolved"]
