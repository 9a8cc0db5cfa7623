"""The base with its marks on hidden neurons drawn by lot: do extrema matter?"""

from sims.rules.shared import ByLot, routes

RULE = routes(ByLot())
