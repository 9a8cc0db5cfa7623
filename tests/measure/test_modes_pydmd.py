"""Dynamic modes against PyDMD, which keeps the same definition (Tu 2014)."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphgrow.measure.criticality import modes

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pydmd = pytest.importorskip("pydmd")


@settings(max_examples=25)
@given(st.integers(0, 2**31), st.integers(6, 40), st.integers(8, 30), st.integers(0, 5))
def test_eigenvalues_and_modes_are_pydmds(seed: int, neurons: int, snapshots: int, rank: int) -> None:
    film = np.cumsum(np.random.default_rng(seed).normal(size=(neurons, snapshots)), axis=1)
    # PyDMD's rank of 0 is the optimal threshold, our None.
    theirs = pydmd.DMD(svd_rank=rank, exact=True).fit(film)
    ours = modes(film, rank or None)
    order = np.lexsort((-theirs.eigs.imag, -theirs.eigs.real, -np.round(np.abs(theirs.eigs), 12)))
    np.testing.assert_allclose(ours.eigenvalue, theirs.eigs[order], atol=1e-9)
    length = np.linalg.norm(theirs.modes, axis=0)
    # A mode is one up to a factor of size 1.
    alike = np.abs((ours.mode.conj() * (theirs.modes / length)[:, order]).sum(axis=0))
    np.testing.assert_allclose(alike, 1, atol=1e-7)
