"""How many dimensions activations use, how alike two levels are, and how much a linear probe reads out of them.

Rows are float (neurons, samples) throughout, as in `Signals`. What depends on the number of samples is an `Estimate`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrow.arrays import Array
from graphgrow.errors import GraphError
from graphgrow.graph.wiring import Role, Wiring
from graphgrow.measure.pools import one_thread
from graphgrow.measure.signals import Signals

# Penalties of the probe as shares of the mean eigenvalue; chosen by leaving each sample out once.
PENALTIES = tuple(10.0**power for power in range(-4, 4))
SHARPNESS = (0.0, *(2.0 ** (half / 2) for half in range(-4, 17)))
COMPONENTS = 32


@dataclass(frozen=True)
class Estimate:
    """A number that more samples would change, and how many it comes from."""

    value: float
    samples: int


def spectrum(rows: Array) -> Array:
    """float64 (min(neurons, samples),) singular values of the centred rows, descending; 0 for those that are rounding.

    Raises
    ------
    GraphError
        There is no neuron or no sample.
    """
    gram = _smaller_gram(_centred(rows))
    with one_thread():
        found = np.linalg.eigvalsh(gram)[::-1]
    floor = max(rows.shape) * np.finfo(np.float64).eps * max(float(found[0]), 0.0)
    return np.sqrt(np.where(found > floor, found, 0.0))


def effective_rank(rows: Array) -> float:
    """exp(entropy of the normalised singular values) of the centred rows; 0 where nothing varies (Roy 2007).

    Examples
    --------
    >>> round(effective_rank(np.array([[1.0, 1, -1, -1], [1, -1, 1, -1], [0, 0, 0, 0]])), 12)
    2.0
    """
    size = spectrum(rows)
    share = size[size > 0] / max(size.sum(), np.finfo(float).tiny)
    return float(np.exp(-(share * np.log(share)).sum())) if share.size else 0.0


def participation_ratio(rows: Array) -> float:
    """(sum of variances)^2 / sum of their squares over principal components; 0 where nothing varies (Gao 2017)."""
    gram = _smaller_gram(_centred(rows))
    squares = float(np.einsum("ij,ij->", gram, gram))
    return float(np.trace(gram)) ** 2 / squares if squares > 0 else 0.0


def stable_rank(rows: Array) -> float:
    """Squared Frobenius norm over squared largest singular value of the centred rows; 0 where nothing varies."""
    size = spectrum(rows)
    return float((size**2).sum() / size[0] ** 2) if size[0] > 0 else 0.0


def linear_cka(first: Array, second: Array) -> Estimate:
    """Linear CKA of two row sets over the same samples by the unbiased estimator, between -1 and 1.

    0 is expected of independent rows, whatever their number, and 1 of rows that a rotation and a scale turn into each
    other; 0 where one side never varies.

    Raises
    ------
    GraphError
        Fewer than 4 samples, or not as many on both sides.

    Source: Kornblith 2019; the unbiased estimator is that of Song 2012, as the inner product of U-centred matrices
    (Szekely 2014).
    """
    samples = first.shape[-1]
    if second.shape[-1] != samples or samples < 4:
        raise GraphError(
            f"linear CKA: expected the same 4 samples or more twice, got {samples} and {second.shape[-1]}: probe more"
        )
    one, other = (_u_centred(_gram(_centred(rows))) for rows in (first, second))
    scale = np.sqrt(np.einsum("ij,ij->", one, one)) * np.sqrt(np.einsum("ij,ij->", other, other))
    value = float(np.einsum("ij,ij->", one, other) / scale) if scale > 0 else 0.0
    return Estimate(value, samples)


def _u_centred(gram: Array) -> Array:
    """The matrix with zero diagonal whose rows and columns sum to 0 off it."""
    n = gram.shape[0]
    np.fill_diagonal(gram, 0.0)
    sums = gram.sum(axis=0)
    made: Array = gram - sums[:, None] / (n - 2) - sums[None, :] / (n - 2) + sums.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(made, 0.0)
    # Rows that never vary leave rounding, which is no likeness.
    return made if np.abs(made).max() > 1e-12 * max(np.abs(gram).max(), 1e-300) else np.zeros_like(made)


def probed(rows: Array, target: Array) -> Array:
    """float64 (targets, samples): what ridge regression on all other samples predicts for each sample.

    The penalty is the one of `PENALTIES` with the least error, itself by leaving samples out.

    Parameters
    ----------
    target : float (targets, samples).
    """
    centred = _centred(rows)
    samples = centred.shape[1]
    if target.ndim != 2 or target.shape[1] != samples or samples < 2:
        raise GraphError(f"probe: expected targets (targets, {samples}) of 2 samples or more, got {target.shape}")
    wanted = np.asarray(target, np.float64)
    mean = wanted.mean(axis=1, keepdims=True)
    size, vectors = _principal(centred)
    scale = max(float(size.sum()) / samples, np.finfo(float).tiny)
    with one_thread():
        inner = (wanted - mean) @ vectors
        best, least = wanted, np.inf
        for penalty in PENALTIES:
            kept = size / (size + penalty * scale)
            leverage = 1 / samples + (vectors**2) @ kept
            left_out = wanted - (wanted - mean - (inner * kept) @ vectors.T) / (1 - leverage)
            error = float(((wanted - left_out) ** 2).sum())
            if error < least:
                best, least = left_out, error
    return best


def class_information(rows: Array, label: Array) -> Estimate:
    """Bits about the class that a linear probe reads out of the rows: a lower bound on mutual information, estimated.

    Entropy of the classes less the cross entropy of the probe's predictions for samples that it was not fitted to,
    sharpened by one number. Never below 0.

    Parameters
    ----------
    label : int (samples,).

    Source: the bound is that of Barber 2003; linear probes as in Alain 2016.
    """
    classes, index = np.unique(np.asarray(label), return_inverse=True)
    hot = (index[None, :] == np.arange(classes.size)[:, None]).astype(np.float64)
    share = hot.mean(axis=1)[:, None]
    scores = probed(rows, hot) - share
    # With no sharpness at all the predictions are the shares, and their cross entropy is the entropy.
    doubts = [_cross_entropy(sharp * scores + np.log(share), index) for sharp in SHARPNESS]
    return Estimate(doubts[0] - min(doubts), index.size)


def _cross_entropy(logits: Array, index: Array) -> float:
    """Mean bits of the labels under softmax(logits), float (classes, samples)."""
    shifted = logits - logits.max(axis=0)
    picked = np.log(np.exp(shifted).sum(axis=0)) - shifted[index, np.arange(index.size)]
    return float(picked.mean() / np.log(2))


def linear_information(rows: Array, target: Array, components: int = COMPONENTS) -> Estimate:
    """Bits about real targets that a linear probe reads out of the rows, were all Gaussian; an estimate, never below 0.

    -1/2 log2(1 - R^2) of predictions for samples left out, summed over the targets' leading principal components. No
    component counts for more than log2(samples), what so many samples can tell apart.

    Parameters
    ----------
    target : float (targets, samples).
    """
    centred = _centred(target)
    samples = centred.shape[1]
    size, vectors = _principal(centred)
    leading = size[:components] > 1e-10 * size.max(initial=0.0)
    if not leading.any():
        return Estimate(0.0, samples)
    # Scores of principal components are the eigenvectors over samples, each of variance 1.
    wanted = vectors[:, :components][:, leading].T * np.sqrt(samples)
    error = ((wanted - probed(rows, wanted)) ** 2).mean(axis=1)
    # A sample left out is predicted by the mean of the others, which lies further off than the mean of all.
    share = np.clip(error * ((samples - 1) / samples) ** 2, 1 / samples**2, 1.0)
    return Estimate(float(-0.5 * np.log2(share).sum()), samples)


def information(rows: Array, answer: Array) -> Estimate:
    """Bits that a linear probe reads out of the rows about what `answers` gives: classes, or real targets."""
    return class_information(rows, answer) if answer.ndim == 1 else linear_information(rows, answer)


def answers(wiring: Wiring, signals: Signals) -> Array:
    """What the probe's samples should have given, read off their losses and the gradients at the outputs.

    Under softmax cross entropy the gradient is probability less 1 at the true class and probability elsewhere; under
    squared error it is twice the error over the number of outputs. Which of the two it was shows in the losses.

    Returns
    -------
    int64 (samples,), the class as position among the outputs; or float64 (outputs, samples).

    Raises
    ------
    GraphError
        The losses are of another kind, as inside a host, where outputs are no answers: measure what needs no answers.
    """
    rows = wiring.rows(Role.OUTPUT)
    output, delta = signals.activation[rows].astype(np.float64), signals.delta[rows].astype(np.float64)
    loss = signals.loss.astype(np.float64)
    if rows.size > 1 and np.allclose(delta.sum(axis=0), 0, atol=1e-4):
        # A sample that is certain and right has no gradient left to show its class.
        label: Array = np.where(loss < 0.1, output.argmax(axis=0), delta.argmin(axis=0))
        if np.allclose(1 + delta[label, np.arange(label.size)], np.exp(-loss), atol=1e-3):
            return label
    if rows.size and np.allclose(rows.size / 4 * (delta**2).sum(axis=0), loss, rtol=1e-3, atol=1e-6):
        real: Array = output - rows.size / 2 * delta
        return real
    raise GraphError(
        "the losses of the probe are neither cross entropy nor squared error of the network's own outputs: "
        "use measures that need no answers"
    )


def _centred(rows: Array) -> Array:
    """float64 (neurons, samples), mean 0 over samples; neurons that never vary are exactly 0."""
    if rows.ndim != 2 or not rows.size:
        raise GraphError(f"expected rows (neurons, samples) with at least one of each, got shape {rows.shape}")
    wide = rows.astype(np.float64)
    made: Array = wide - wide.mean(axis=1, keepdims=True)
    made[wide.max(axis=1) == wide.min(axis=1)] = 0.0
    return made


def _gram(centred: Array) -> Array:
    """(samples, samples) inner products over neurons."""
    # The last bits of a product depend on how many threads BLAS shares it out to, and a decision may hang on them.
    with one_thread():
        made: Array = centred.T @ centred
    return made


def _smaller_gram(centred: Array) -> Array:
    """Inner products over neurons or over samples, whichever are more; both have the same eigenvalues but for zeros."""
    return _gram(centred.T if centred.shape[0] < centred.shape[1] else centred)


def _principal(centred: Array) -> tuple[Array, Array]:
    """Eigenvalues float64 (k,) of the samples' Gram matrix, descending, and its vectors (samples, k); those above 0."""
    wide = centred.shape[0] >= centred.shape[1]
    gram = _smaller_gram(centred)
    with one_thread():
        size, vectors = np.linalg.eigh(gram)
        kept = np.flatnonzero(size > max(centred.shape) * np.finfo(np.float64).eps * max(float(size[-1]), 0.0))[::-1]
        size, vectors = size[kept], vectors[:, kept]
        return size, vectors if wide else centred.T @ vectors / np.sqrt(size)
