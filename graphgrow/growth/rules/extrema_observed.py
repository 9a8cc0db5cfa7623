"""As extrema_topped_up, but every event is tried first and rolled back when gradients and loss get worse."""

from dataclasses import replace

from graphgrow.growth.rules import extrema_topped_up
from graphgrow.growth.trials import Trial

RULE = replace(extrema_topped_up.RULE, trial=Trial())
