"""Tasks, data, and the loop that trains and grows."""

from graphgrow.train.execute import execute, resume
from graphgrow.train.loop import Outcome, fit
from graphgrow.train.tasks import from_arrays, from_frame, make

__all__ = ["Outcome", "execute", "fit", "from_arrays", "from_frame", "make", "resume"]
