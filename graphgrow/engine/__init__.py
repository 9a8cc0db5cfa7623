"""Graphs that train: plans, kernels, networks and what carries them through growth. torch lives from here upward."""

from graphgrow.engine.kernels import Kernel
from graphgrow.engine.network import Network
from graphgrow.engine.optimizers import Fresh
from graphgrow.engine.pace import Pace
from graphgrow.engine.plan import Plan, compile
from graphgrow.engine.probe import probe
from graphgrow.engine.sequential import from_sequential
from graphgrow.engine.sites import NetworkSite, Site, sites
from graphgrow.engine.transplant import transplant

__all__ = [
    "Fresh",
    "Kernel",
    "Network",
    "NetworkSite",
    "Pace",
    "Plan",
    "Site",
    "compile",
    "from_sequential",
    "probe",
    "sites",
    "transplant",
]
