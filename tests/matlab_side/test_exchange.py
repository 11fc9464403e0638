"""Our .mat and .m of networks executed by Octave, with stand-ins for the toolbox's constructors.

The stand-ins check the names and sizes of what they are given and keep it; what they kept comes back as a .mat file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import bridge

EXCHANGE = """
failed = testing.run_files('{matlab}/tests/standins') + testing.run_files('{matlab}/licensed/tests');
assert(failed == 0);
files = [dir('{data}/scripts/*.m'); dir('{data}/networks/*.mat')];
for k = 1:numel(files)
    [~, name, ending] = fileparts(files(k).name);
    if strcmp(ending, '.m')
        net = testing.built_by(['{data}/scripts/' name '.m']);
    else
        net = build_network(['{data}/networks/' name '.mat']);
    end
    standin.save_network(net, ['{results}/' name ending '.mat']);
end
"""
FOLDERS = (".", "tests", "licensed", "tests/standins")
OUTPUTS = ("regressionLayer", "classificationLayer")


@pytest.fixture(scope="module")
def results(octave: Callable[..., str], data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stand-ins kept of every script and .mat file."""
    made = tmp_path_factory.mktemp("exchanged")
    matlab = Path(__file__).resolve().parents[2] / "matlab"
    octave(EXCHANGE.format(matlab=matlab, data=data, results=made), *FOLDERS)
    return made


def test_every_script_builds_an_equal_network(results: Path, data: Path, making: ModuleType) -> None:
    networks = making.networks()
    for name in networks.keys() - {"states"}:  # a script can set one state only
        found = bridge.load(results / f"{name}.m.mat")
        assert not networks[name].difference(found), f"{name}: {networks[name].difference(found)}"
    assert len(list(results.glob("*.m.mat"))) == len(networks) - 1


def test_every_mat_file_builds_an_equal_network_in_single(results: Path, making: ModuleType) -> None:
    for name, network in making.networks().items():
        kept = [layer for layer in network if layer.Type not in OUTPUTS]
        names = {layer.Name for layer in kept}
        joined = [(a, b) for a, b in network.connections if b in names or b.rpartition("/")[0] in names]
        wanted = making.in_single(bridge.Network(kept, joined))
        found = bridge.load(results / f"{name}.mat.mat")
        assert not wanted.difference(found), f"{name}: {wanted.difference(found)}"


def test_every_kind_of_layer_is_tried(making: ModuleType) -> None:
    from bridge.network import LAYERS

    tried = {layer.Type for network in making.networks().values() for layer in network}
    assert tried == set(LAYERS)
