"""A kubelet that stops containers otherwise than the law says breaks the property that names it, in the smallest scope that shows it."""

import pytest

from podlaw.explore import explore
from scopes import changed_law

HOOK = "p.spec.pre_stop and"
APP, NEXT = 'then: true, says: "an app container runs"', 'then: true, says: "the next sidecar runs'
STOP, SHORTER = "derivations/stop.yaml", "under way, rule: TERM-03}"
SIGNALLED = "\"container.stop == 'signalled'\""
FAULTS = {  # what a kubelet does: the property that is broken, the scope, and the change of the law
    "not to wait for app containers": ("Sidecars last", "stop-sidecars", STOP, APP, APP.replace("true", "false")),
    "not to wait for the next sidecar": ("Sidecars last", "stop-sidecars", STOP, NEXT, NEXT.replace("true", "false")),
    "to let hooks of sidecars wait": ("Hooks at once", "stop-sidecars", STOP, HOOK, f"p.spec.section == 'app' and {HOOK}"),
    "to shorten a stop under way": ("Grace under way", "stop-deaf", "events.yaml", SHORTER, f"{SHORTER}\n    each: {{stop_grace: granted}}"),
    "to leave a second": ("Signal to SIGKILL is at least 2 s", "stop-deaf", "constants.yaml", "least_stop: {value: 2", "least_stop: {value: 1"),
    "to kill without a signal": ("Signal to SIGKILL is at least 2 s", "stop-deaf", "events.yaml", SIGNALLED, "\"container.stop != 'none'\""),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_law_is_found_by_the_property_that_it_breaks(fault, tmp_path):
    name, scope, *change = FAULTS[fault]
    assert name in {b.property for b in explore(scope, changed_law(tmp_path, *change)).violations}


def test_a_hook_that_never_ends_keeps_no_pod_for_ever_TERM_11(tmp_path):
    """Were it not given up, a pod that is deleted would be stuck."""
    law = changed_law(tmp_path, "events.yaml", "container.stop != 'hook' or spent", "container.stop != 'hook'")
    assert ["dead end", "eventually"] == [b.property for b in explore("stop-deaf", law).violations]
