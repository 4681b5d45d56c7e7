"""What the answers of probes and hooks mean: counted as a probe worker counts them."""

import json

import pytest

from podlaw.history.replay.probing import Probing
from podlaw.law import Law
from podlaw.model import Model

MODEL = Model(Law("1.36"))
READY, NOT_READY, KILL = (("probe_readiness", "Success", True), ("probe_readiness", "Failure", True), ("probe_liveness", None, True))


def command(*words, **more):
    return {"exec": {"command": list(words)}, **more}


def probing(**container):
    return Probing(MODEL, json.dumps({"containers": [{"name": "app", **container}]}).encode())


def answers(one, words, results, container_id="c1", now=0.0):
    """Return what each answer of a command means: event, verdict, certainty."""
    return [[(event, values.get("verdict"), sure) for event, values, sure in one.answered("app", container_id, tuple(words), ok, now)] for ok in results]


def test_a_first_success_is_ready_and_only_a_change_is_an_event_PROBE_08():
    one = probing(readinessProbe=command("ask", failureThreshold=2))
    assert answers(one, ["ask"], [True, True, False, False, False, True]) == [[READY], [], [], [NOT_READY], [], [READY]]


def test_a_failure_at_first_changes_nothing_for_readiness_begins_with_it_PROBE_04():
    assert answers(probing(readinessProbe=command("ask", failureThreshold=1)), ["ask"], [False, False]) == [[], []]


def test_failures_count_in_a_row_PROBE_08():
    one = probing(livenessProbe=command("ask", failureThreshold=2))
    assert answers(one, ["ask"], [True, False, True, False, False]) == [[], [], [], [], [KILL]]


def test_several_successes_may_be_asked_for():
    assert answers(probing(readinessProbe=command("ask", successThreshold=2)), ["ask"], [True, True]) == [[], [READY]]


def test_a_probe_that_killed_counts_anew_in_the_next_container_PROBE_09():
    one = probing(livenessProbe=command("ask", failureThreshold=2))
    assert answers(one, ["ask"], [False, False]) == [[], [KILL]]
    assert answers(one, ["ask"], [False, False], "c2") == [[], [KILL]]


def test_any_other_counter_goes_on_in_the_next_container_PROBE_08():
    one = probing(livenessProbe=command("ask", failureThreshold=2))
    assert answers(one, ["ask"], [False]) == [[]]
    assert answers(one, ["ask"], [False], "c2") == [[KILL]]


def test_what_two_probes_share_is_certain_of_neither():
    one = probing(readinessProbe=command("ask"), livenessProbe=command("ask", failureThreshold=1))
    assert answers(one, ["ask"], [True, False]) == [[("probe_readiness", "Success", False)], [("probe_liveness", None, False)]]


def test_a_probe_that_shares_its_command_with_a_preStop_hook_is_uncertain():
    one = probing(readinessProbe=command("ask"), lifecycle={"preStop": command("ask")})
    assert answers(one, ["ask"], [True]) == [[("pre_stop", None, False), ("probe_readiness", "Success", False)]]


def test_a_preStop_hook_ends_with_its_answer_unless_it_was_given_up_TERM_11():
    one = probing(readinessProbe=command("ask"), lifecycle={"preStop": command("drain")})
    assert answers(one, ["drain"], [False, True]) == [[("pre_stop", None, False)], [("pre_stop", None, False)]]


def test_the_first_answer_of_a_container_with_a_hook_is_the_hooks():
    one = probing(readinessProbe=command("ask"), lifecycle={"postStart": command("ask")})
    assert answers(one, ["ask"], [True, True]) == [[("hook", None, True)], [READY]]


def test_a_command_that_nobody_asked_for_means_nothing():
    assert answers(probing(readinessProbe=command("ask")), ["else"], [True]) == [[]]


@pytest.mark.parametrize(
    ("container", "events"),
    [
        ({"readinessProbe": {"httpGet": {"port": 80}}}, ["probe_readiness", "probe_readiness"]),
        ({"startupProbe": {"tcpSocket": {"port": 80}}}, ["probe_startup", "probe_startup"]),
        ({"livenessProbe": {"grpc": {"port": 80}}}, ["probe_liveness"]),
        ({"lifecycle": {"postStart": {"sleep": {"seconds": 3}}}}, ["hook", "hook"]),
        ({"lifecycle": {"preStop": {"sleep": {"seconds": 3}}}}, ["pre_stop"]),
        ({"livenessProbe": command("ask")}, []),
    ],
)
def test_what_runs_no_command_may_answer_anything(container, events):
    assert [event for event, _ in probing(**container).free] == events


def silent(one, now, deleting=False):
    return [(event, values.get("verdict", values.get("success"))) for event, values in one.silent(now, deleting)]


def test_a_probe_that_gets_no_answer_in_time_fails_without_a_record_PROBE_08():
    one = probing(readinessProbe=command("ask", periodSeconds=2, failureThreshold=2))
    one.note("start", "app", 0.0)
    assert answers(one, ["ask"], [True], now=0.5) == [[READY]]
    assert [silent(one, now) for now in (2.0, 4.0, 5.5)] == [[], [], [("probe_readiness", "Failure")]]


def test_what_follows_missing_answers_is_uncertain_until_a_success():
    one = probing(readinessProbe=command("ask", periodSeconds=2, failureThreshold=3))
    assert answers(one, ["ask"], [True], now=0.5) == [[READY]]
    assert answers(one, ["ask"], [False], now=6.5) == [[("probe_readiness", "Failure", False)]]
    assert answers(one, ["ask"], [True], now=8.5) == [[("probe_readiness", "Success", False)]]
    assert answers(one, ["ask"], [True, False, False, False], now=9.0) == [[], [], [], [NOT_READY]]


def test_a_late_success_may_or_may_not_follow_one_that_failed_without_a_record():
    """PROBE-08: two successes in a row are asked for, and an answer may be missing between these two."""
    one = probing(readinessProbe=command("ask", successThreshold=2, periodSeconds=1))
    assert answers(one, ["ask"], [True]) == [[]]
    assert answers(one, ["ask"], [True], now=2.5) == [[("probe_readiness", "Success", False)]]


def test_no_answer_is_missing_while_the_container_is_down():
    one = probing(livenessProbe=command("ask", failureThreshold=1))
    one.note("start", "app", 0.0)
    one.note("exit", "app", 0.5)
    assert [] == silent(one, 100.0)


def test_a_hook_whose_container_ends_or_whose_pod_is_deleted_fails_without_a_record():
    one = probing(lifecycle={"postStart": command("wait")})
    one.note("start", "app", 0.0)
    assert [silent(one, 1.0), silent(one, 1.0, deleting=True)] == [[], [("hook", False)]]
    one.note("exit", "app", 2.0)
    assert [("hook", False)] == silent(one, 2.5)
    one.note("start", "app", 3.0)
    assert [] == silent(one, 3.5)


def test_the_initial_delay_counts_from_the_second_of_the_start():
    """PROBE-06: a worker reads the start in the status; here it asks 2.1 s after it, and the answer does not come for one."""
    one = probing(livenessProbe=command("ask", initialDelaySeconds=3, periodSeconds=2, failureThreshold=1))
    one.note("start", "app", 10.9)
    assert [silent(one, now) for now in (13.9, 14.0)] == [[], [("probe_liveness", None)]]


def test_failures_without_a_record_count_on_in_the_next_container():
    """PROBE-08: the row is the worker's; it begins anew only once the probe has failed for good."""
    one = probing(livenessProbe=command("ask", periodSeconds=2, failureThreshold=2))
    one.note("start", "app", 0.0)
    one.note("exit", "app", 1.5)
    one.note("start", "app", 2.0)
    assert [silent(one, now) for now in (2.5, 3.0)] == [[], [("probe_liveness", None)]]
    one.note("stop_kubelet", "", 3.0)
    one.note("start_kubelet", "", 4.0)
    assert [] == silent(one, 5.0)
