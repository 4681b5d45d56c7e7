"""Kubelets and API servers of different versions: the statuses that one caches and the other refuses."""

from functools import cache

from skew import Refused, found


@cache
def every() -> list[Refused]:
    return found()


def test_components_of_one_version_disagree_only_about_pods_that_always_restart():
    """API-24: the kubelet passes every status of such a pod, the API server asks each container's own policy."""
    alike = [f"API server {minor}, kubelet {minor}" for minor in ("1.28", "1.31", "1.34", "1.35", "1.36")]
    assert {"Always"} == {one.policy for one in every() if one.pair in alike}


def test_an_older_kubelet_restarts_a_container_that_a_newer_api_server_takes_for_ended():
    """A kubelet without ContainerRestartRules knows the pod's policy only (RESTART-01), and its status is refused for ever."""
    frozen = [one for one in every() if one.pair == "API server 1.35, kubelet 1.34" and one.policy == "OnFailure"]
    assert {("app with policy Never and no rules", 1), ("init with policy Never and no rules", 1)} == {(one.container, one.code) for one in frozen}


def test_before_container_policies_no_status_is_refused():
    assert [] == [one for one in every() if one.pair.startswith(("API server 1.28,", "API server 1.33,"))]
