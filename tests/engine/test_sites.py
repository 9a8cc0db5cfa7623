"""Finding the networks inside a model, and growing them where they are."""

from __future__ import annotations

import pytest
import torch
from torch import nn, optim

from graphgrow import apply
from graphgrow.engine import Fresh, Network, NetworkSite, sites
from graphgrow.errors import OptimizerError
from tests.engine.dense import example, normal, step
from tests.engine.growing import full_edit, vectors, zero_edit


class Host(nn.Module):
    """Two networks, one of them used under a second name as well."""

    def __init__(self) -> None:
        super().__init__()
        self.first = Network(example(0))
        self.inner = nn.ModuleDict({"second": Network(example(1)), "plain": nn.Linear(3, 3)})
        self.again = self.first


def test_a_network_alone_has_one_site() -> None:
    network = Network(example())
    found = sites(network)
    assert list(found) == ["network"]
    assert found["network"].network is network
    assert found["network"].name == "network"
    assert found["network"].optimizer is None


def test_every_network_inside_a_model_is_found_once() -> None:
    host = Host()
    optimizer = optim.Adam(host.parameters())
    found = sites(host, optimizer, Fresh.TARGET_MEAN)
    assert list(found) == ["first", "inner.second"]
    assert [site.network for site in found.values()] == [host.first, host.inner["second"]]
    assert all(site.optimizer is optimizer and site.fresh is Fresh.TARGET_MEAN for site in found.values())
    assert all(site.name == name for name, site in found.items())


def test_a_model_without_networks_has_no_site() -> None:
    assert sites(nn.Linear(2, 2)) == {}


def test_a_site_gives_the_graph_of_today() -> None:
    network = Network(example())
    optimizer = optim.SGD(network.parameters(), lr=0.1)
    site, before = sites(network, optimizer)["network"], network.graph()
    step(network, optimizer, 0)
    assert site.graph().same(network.graph())
    assert not site.graph().same(before)


def test_growing_one_site_leaves_the_others_alone() -> None:
    host = Host()
    optimizer = optim.Adam(host.parameters())
    found, x = sites(host, optimizer), normal(0, 5, 4)
    torch.autograd.backward(host.first(x).sum() + host.inner["second"](x).sum())
    optimizer.step()
    other, state = found["inner.second"].graph(), vectors(found["inner.second"].network, optimizer)
    new, remap = apply(found["first"].graph(), full_edit(found["first"].graph()), 1)
    found["first"].become(new, remap)
    assert found["first"].graph().same(new)
    assert host.again is host.first
    assert found["inner.second"].graph().same(other)
    assert vectors(found["inner.second"].network, optimizer) == state
    held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
    assert held == {id(parameter) for parameter in host.parameters()}


@pytest.mark.parametrize("fresh", list(Fresh))
def test_a_site_starts_newborns_as_it_was_told(fresh: Fresh) -> None:
    network = Network(example())
    optimizer = optim.Adam(network.parameters())
    step(network, optimizer, 0)
    before = vectors(network, optimizer)["exp_avg_sq"]
    site = NetworkSite("one", network, optimizer, fresh)
    new, remap = apply(site.graph(), zero_edit(site.graph()), 1)
    site.become(new, remap)
    after = vectors(network, optimizer)["exp_avg_sq"]
    newborn = [value for key, value in after.items() if key not in before]
    assert newborn
    assert any(newborn) is (fresh is Fresh.TARGET_MEAN)


def test_a_site_whose_optimizer_holds_something_else() -> None:
    network = Network(example())
    site = NetworkSite("one", network, optim.Adam(nn.Linear(2, 2).parameters()))
    new, remap = apply(site.graph(), full_edit(site.graph()), 1)
    with pytest.raises(OptimizerError, match="does not hold this network's parameters"):
        site.become(new, remap)
