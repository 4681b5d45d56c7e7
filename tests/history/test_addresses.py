"""What a replay makes of recordings from nodes that have an address."""

import gzip
import json
import shutil

import pytest

import addresses
from podlaw.history.check import check
from podlaw.history.replay import replay
from podlaw.law import Law


@pytest.mark.parametrize("family", ["sandbox", "scheduling", "static"])
def test_a_recording_from_nodes_with_addresses_agrees(family, tmp_path):
    """A pod in the network of its host shows the host's address first and last; a rejected one and a new mirror show none."""
    shutil.copytree(addresses.TRACES / family, tmp_path, dirs_exist_ok=True)
    with gzip.open(tmp_path / "watch.jsonl.gz", "wt", compresslevel=1) as file:
        file.writelines(json.dumps(event) + "\n" for event in addresses.watched(family))
    assert [] == [(one.name, one.disagreements or one.open) for one in replay(tmp_path) if one.disagreements or one.open]


def test_a_pod_in_the_network_of_its_host_with_another_address_is_unlawful():
    events = addresses.watched("sandbox")
    for event in events:
        if event["object"]["metadata"]["name"] == "hostnet" and "podIP" in event["object"]["status"]:
            event["object"]["status"] |= {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}
    assert {"NET-11"} == {found.rule for pod in check(events, Law("1.36")).pods for found in pod.findings if found.strength != "soft"}
