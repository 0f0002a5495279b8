"""A kernel's ports are free, and no connection that somebody else opens meanwhile takes one of them."""

import random
import socket

import pytest
from jupyter_client.connect import port_names

from resnet_live.kernels import quiet_ports as module
from resnet_live.kernels.quiet_ports import quiet_ports


def test_they_lie_below_those_that_the_system_gives_away(place):
    first = int(module.RANGE.read_text().split()[0])
    with place.kernel() as kernel:
        assert kernel.why_ordinary is None
        ports = [getattr(kernel.manager, name) for name in port_names]
        assert len(set(ports)) == 5 and min(ports) >= module.FIRST and max(ports) < first
        kernel.manager.restart_kernel(now=True)
        assert [getattr(kernel.manager, name) for name in port_names] == ports


@pytest.mark.parametrize("says", [None, "", "nonsense", "1024 60999\n"])
def test_a_system_that_does_not_say_or_gives_all_away(says, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RANGE", tmp_path / "range")
    if says is not None:
        module.RANGE.write_text(says)
    assert all(module.FIRST <= port <= module.LAST for port in quiet_ports("127.0.0.1", 5))


def test_a_port_that_somebody_has_is_passed_over(monkeypatch):
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        taken = somebody.getsockname()[1]

        class Same(random.Random):
            def sample(self, population, k):
                return [taken, *population[: k - 1]]

        monkeypatch.setattr(module.random, "SystemRandom", Same)
        found = quiet_ports("127.0.0.1", 5)
    assert taken not in found and len(found) == 5


def test_none_free_is_said(monkeypatch):
    monkeypatch.setattr(module, "_is_free", lambda ip, port: False)
    with pytest.raises(OSError, match="Only 0 of 100 ports"):
        quiet_ports("127.0.0.1", 5)


def test_a_notebook_s_seed_does_not_choose_them():
    random.seed(0)
    one = quiet_ports("127.0.0.1", 5)
    random.seed(0)
    assert quiet_ports("127.0.0.1", 5) != one
