"""Graphs that train: plans, kernels, networks and what carries them through growth. torch lives from here upward."""

from graphgrow.engine.batch import Objective
from graphgrow.engine.capture import CapturedStep
from graphgrow.engine.company import keep_members, transplant_members
from graphgrow.engine.kernels import Kernel
from graphgrow.engine.kernels.kernel import Loss
from graphgrow.engine.members import MemberOptimizer
from graphgrow.engine.methods import Adam, Descent
from graphgrow.engine.network import Network
from graphgrow.engine.optimizers import Fresh
from graphgrow.engine.pace import Pace
from graphgrow.engine.plan import Plan, compile
from graphgrow.engine.population import Population
from graphgrow.engine.probe import probe
from graphgrow.engine.sequential import from_sequential
from graphgrow.engine.sites import NetworkSite, Site, sites
from graphgrow.engine.transplant import transplant

__all__ = [
    "Adam",
    "CapturedStep",
    "Descent",
    "Fresh",
    "Kernel",
    "Loss",
    "MemberOptimizer",
    "Network",
    "NetworkSite",
    "Objective",
    "Pace",
    "Plan",
    "Population",
    "Site",
    "compile",
    "from_sequential",
    "keep_members",
    "probe",
    "sites",
    "transplant",
    "transplant_members",
]
