"""Named random streams."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrow.errors import SettingsError
from graphgrow.rng import stream

words = st.lists(st.one_of(st.integers(0, 10**12), st.text(st.characters(codec="ascii", categories=["L", "N", "P"]))))


@given(st.integers(0, 2**70), words, words)
def test_streams_are_equal_exactly_when_their_names_are(
    seed: int, first: list[str | int], second: list[str | int]
) -> None:
    draws = [stream(seed, *name).random(4).tolist() for name in (first, first, second)]
    assert draws[0] == draws[1]
    assert (draws[0] == draws[2]) == (first == second)


def test_a_number_and_its_text_are_different_words() -> None:
    assert stream(0, "a", 1).random() != stream(0, "a", "1").random()
    assert stream(0, "a", "b").random() != stream(0, "ab").random()


def test_words_cannot_be_glued_into_another_name() -> None:
    assert stream(0, "a", "b").random() != stream(0, "a\x1fstr:b").random()


def test_numpy_steps_name_the_same_stream() -> None:
    assert stream(0, "growth", np.int64(3)).random() == stream(0, "growth", 3).random()  # type: ignore[arg-type]


def test_another_seed_is_another_stream() -> None:
    assert stream(0, "a").random() != stream(1, "a").random()


def test_the_same_in_another_process() -> None:
    code = "from graphgrow.rng import stream; print(stream(5, 'growth', 7).integers(0, 2**62))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(told) == stream(5, "growth", 7).integers(0, 2**62)


def test_draws_are_uniform_over_many_streams() -> None:
    values = np.array([stream(0, "step", step).random() for step in range(2000)])
    counts = np.histogram(values, 10, (0, 1))[0]
    assert ((counts - 200) ** 2 / 200).sum() < 27.9  # chi-square, 9 degrees of freedom, p = 0.001


def test_negative_seed() -> None:
    with pytest.raises(SettingsError, match="got -1"):
        stream(-1, "a")
