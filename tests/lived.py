"""Lives of the law as recordings: a pod lives step by step, hidden steps included, and what others could see of it is written down.

A life has no faithful kubelet: any step of the law may happen at any time at which nothing is overdue.

`python tests/lived.py [SEEDS [STEPS [FIRST]]]` replays so many lives and prints what the law does not explain of itself.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from lived_pods import MIRROR, manifest, wide
from podlaw.history.replay import Replayed, acts, recorded, replayed, settled, silences
from podlaw.history.replay.probing import Probing
from podlaw.law import Law
from podlaw.model import Model
from podlaw.pod import Life, begin, created
from podlaw.publish import document
from podlaw.snapshot import Snapshot, snapshot
from seeds import asked

BURST: Final = 0.5  # seconds; writes of others come apart
BEGUN: Final = 1_800_000_000.0  # seconds, Unix time
LINES: Final = {
    "create_sandbox": "sandbox", "fail_sandbox": "sandbox_failed", "sandbox_die": "sandbox_died", "stop_sandbox": "sandbox_stopped", "create": "create",
    "start": "start", "fail_start": "start_failed", "fail_create": "create_failed", "exit": "exit", "kill": "exit", "stop": "stop", "lose": "lost",
    "remove": "remove", "reset": "remove", "purge": "remove", "remove_older": "remove", "pull": "pull", "hook": "exec", "pre_stop": "exec",
}  # fmt: skip
# how often an event is tried, beside 10 for what the kubelet does; 0 are those of a cluster and of time, and resizes, which leave no line
WEIGHTS: Final = {
    "evict": 0, "wait": 0, "appear": 0, "cull": 0, "collect_pod": 0, "succeed": 0, "stop_kubelet": 0, "start_kubelet": 0,
    "collect_back_off": 0, "fail_scheduling": 2, "nominate": 1, "remove_gates": 5, "set_conditions": 1,
    "set_deadline": 0.2, "disrupt": 0.2, "call_off": 1, "mark_not_ready": 0.2, "delete": 0.3, "change_image": 0.4, "set_finalizers": 0.3,
    "add_ephemeral": 0.5, "remove_manifest": 0.2, "change_manifest": 0.2, "exit": 3, "lose": 0.2, "sandbox_die": 0.2, "fail_sandbox": 1,
    "fail_start": 1, "fail_create": 1, "fail_prepare": 0, "reject": 0.05, "probe_startup": 5, "probe_readiness": 5, "probe_liveness": 1, "hook": 10,
    "drop": 10, "resize": 0, "decide_resize": 0, "actuate": 0, "fail_resize": 0,
}  # fmt: skip
WIDE: Final = {"evict": 0.2, "fail_prepare": 1}  # the same for lives that go through what is rare and leaves no line
STOPPED: Final = ("exit", "lose", "sandbox_die", "delete", "change_image")  # what happens while a kubelet is restarted,
SILENT: Final = (*STOPPED, "mark_not_ready", "disrupt", "set_conditions", "set_finalizers", "collect_pod", "drop")  # and while it is down for longer
WAITS: Final = (0.0, 0.0, 0.0, 0.01, 0.1, 0.5, 1.0, 3.0, 12.0, 45.0)  # seconds


class Recorded:
    """One life under way, and its recording."""

    def __init__(self, model: Model, manifest: dict[str, Any], seed: int, delay: float = 0.0) -> None:
        self.model, self.manifest, self.delay = model, manifest, delay
        self.chance = random.Random(seed)
        self.life: Life = begin(created(snapshot(manifest)), BEGUN + self.chance.random())
        self.probing = Probing(model, snapshot(manifest).spec)
        self.watch: list[dict[str, Any]] = []
        self.arrivals: list[dict[str, Any]] = []
        self.runtime: list[dict[str, Any]] = []
        self.history: list[str] = []
        self.static = manifest["metadata"].get("annotations", {}).get(MIRROR)
        self.restarts = seed % 5 == 0
        self.picked = self.asked = BEGUN
        self.unwritten: float | None = None  # since when a phase is cached that is not published
        self.wide, self.burst = wide(seed), 0.0 if wide(seed) else BURST
        weights = WEIGHTS | (WIDE if self.wide else {})
        self.weights = {name: weights.get(name, 10) for name, e in model.events.items() if e.spec.spec.of == "pod" and weights.get(name, 10)}
        self._publish("ADDED", "")

    def live(self, steps: int) -> None:
        """Let some steps happen; it ends early once the object is gone."""
        for _ in range(steps):
            if self.life.deletion != "gone" or self.static:
                self.restart() if self.restarts and self.chance.random() < 0.02 else self.step()
        for process in self.life.processes:     # a pod of the model has from the beginning what its recording must show at last
            values = {"container": process.spec.name}
            if (after := self.model.apply(self.life, "add_ephemeral", values)) is not None:
                self.note("add_ephemeral", values, after)

    def restart(self) -> None:
        """Let the kubelet be restarted, and the environment act while it is down."""
        self.note("stop_kubelet", {}, self.model.apply(self.life, "stop_kubelet", {}) or self.life)
        long = self.wide and self.chance.random() < 0.5
        self.life = replace(self.life, now=self.life.now + (41.0 if long else 2.2))
        weights, self.weights = self.weights, {name: self.weights.get(name, 1) for name in (SILENT if long else STOPPED)}
        for _ in range(self.chance.randint(0, 6 if long else 2)):
            self.step()
        self.weights = weights
        self.life = replace(self.life, now=self.life.now + 0.5)
        self.note("start_kubelet", {}, self.model.apply(self.life, "start_kubelet", {}) or self.life)
        self.probing.note("start_kubelet", "", self.life.now)

    def step(self) -> None:
        """Let time pass and one event happen, if any can."""
        self.pass_time(0.0 if self.chance.random() < 0.5 else self.chance.choice(WAITS) * self.chance.random())
        rest = self.life.now < self.asked + self.burst
        names = [name for name in self.weights if not (rest and self.model.events[name].spec.spec.by in ("client", "controller"))]
        while names:
            name = self.chance.choices(names, [self.weights[n] for n in names])[0]
            names.remove(name)
            options = list(self.options(name))
            self.chance.shuffle(options)
            for values in options:
                after = self.model.apply(self.life, name, values)
                if after is not None and after != self.life and not self._overdue(after, 0.001):
                    self.note(name, values, after)
                    return

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, or less if something becomes overdue in it."""
        while seconds > 0.001 and self._overdue(self.life, 0.001 + seconds):
            seconds /= 2
        self.life = replace(self.life, now=self.life.now + 0.0002 + seconds)

    def _overdue(self, life: Life, seconds: float) -> bool:
        """Return whether something that a kubelet has to do would be overdue; a write takes three seconds at most (PUB-01)."""
        since = life if self.unwritten is None or life.cached.phase == life.api.phase else replace(life, computed=self.unwritten)
        overdue: bool = self.model.law.functions["overdue"](since, life.now + seconds)
        return overdue or (life.writing and life.deletion != "gone" and life.now + seconds - self.picked > 3.0)

    def options(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield parameters with which an event is tried."""
        life, chance, wanted = self.life, self.chance, self.model.events[name].spec.parameters
        given: dict[str, Any] = {
            "node": "node-a", "nominated": "", "reason": "Unschedulable", "status": chance.choice(["True", "False"]),
            "gates": tuple(g.name for g in life.api.scheduling_gates) if name == "remove_gates" else tuple(g.type for g in life.api.readiness_gates),
            "seconds": chance.choice([5, 20, 60]), "grace": chance.choice([0, 1, 5, 30]), "image": f"img:{chance.randint(1, 9)}",
            "finalizers": chance.choice([(), ("example.com/hold",)]), "code": chance.choice([0, 1, 42, 137]), "success": chance.random() < 0.7,
            "verdict": chance.choice(["Success", "Failure"]), "ip": f"10.0.0.{life.sandboxes + 1}", "id": f"containerd://{chance.getrandbits(256):064x}",
            "orphan": False, "disruption": life.api.phase != "Pending",
        }  # fmt: skip
        given["reason"] = {
            "exit": "OOMKilled" if given["code"] == 137 and chance.random() < 0.3 else "Completed" if given["code"] == 0 else "Error",
            "disrupt": chance.choice(["EvictionByEvictionAPI", "DeletionByTaintManager", "PreemptionByScheduler"]),
            "fail_create": "CreateContainerError", "reject": "NodePorts", "evict": "Evicted" if given["grace"] == 1 else "Preempting",
            "fail_prepare": ["InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"][given["grace"] % 3],
        }.get(name, "Unschedulable")  # fmt: skip
        for process in life.processes if "container" in wanted else [None]:
            values = {"container": process.spec.name} if process is not None else {}
            if name == "pull" and process is not None:
                given["success"] = process.image != "missing" and given["success"]
            if name == "stop" and process is not None:
                spent = 0 if process.stop_since is None else life.now - process.stop_since
                given["timeout"] = max(2, chance.randint(0, 1) + int(process.stop_grace - spent))
            yield {**{p: given[p] for p in wanted if p != "container"}, **values}

    def note(self, name: str, values: dict[str, Any], after: Life) -> None:
        """Take a step, and write down what of it can be seen."""
        before, self.life = self.life, after
        self.picked = after.now if name == "pick" else self.picked
        self.asked = after.now if self.model.events[name].spec.spec.by in ("client", "controller") else self.asked
        dated = self.unwritten is not None and before.cached.phase != before.api.phase
        self.unwritten = None if after.cached.phase == after.api.phase else self.unwritten if dated else after.computed
        self.history.append(f"{before.now - BEGUN:9.4f} {name} {({k: str(v)[-12:] for k, v in values.items()})}")
        process = next((p for p in before.processes if p.spec.name == values.get("container")), None)
        now = next((p for p in after.processes if p.spec.name == values.get("container")), None)
        if name.startswith("probe_"):
            assert process is not None
            self._answers(name.removeprefix("probe_"), process.spec.name, process.run.id, values.get("verdict", "Failure") == "Success")
        elif name in LINES:
            made = f"containerd://{self.chance.getrandbits(256):064x}"
            ids = {"create": now and now.run.id, "fail_create": made, "remove_older": process and process.older.id}
            gone = [process.older.id] if name in ("remove", "reset", "purge") and process is not None and process.older.state != "none" else []
            for ident in [*gone, ids.get(name, process and process.run.id)]:
                self._line(LINES[name], name, values, str(ident or ""))
        if after.deletion == "gone" and before.deletion != "gone":
            self._publish("DELETED", name)
        elif after.api != before.api:
            self._publish("MODIFIED", name)

    def _answers(self, probe: str, container: str, ident: str, success: bool) -> None:
        """Write answers of a probe's command until they mean the result that was reached; a probe without a command leaves none."""
        worker = next(w for w in self.probing.workers[container] if w.probe == probe)
        if worker.spec.exec is None:
            return
        for _ in range(worker.spec.failures + 1):
            self._line("exec", "", {"container": container, "command": worker.spec.exec.command, "success": success}, ident)
            if self.probing.answered(container, ident, worker.spec.exec.command, success, self.life.now):
                return

    def _line(self, kind: str, name: str, values: dict[str, Any], ident: str) -> None:
        line: dict[str, Any] = {"ev": kind, "pod": self.life.api.name, "uid": self.static or self.manifest["metadata"]["uid"], "t": round(self.life.now, 4)}
        if "container" in values and kind != "pull":
            line |= {"c": values["container"], "id": ident.rpartition("://")[2][:12]}
        if name in ("hook", "pre_stop"):
            declared = next(c for c in _containers(self.manifest["spec"]) if c["name"] == values["container"])
            command = declared["lifecycle"]["postStart" if name == "hook" else "preStop"].get("exec", {}).get("command")
            if not command:
                return
            self.probing.hooked |= {ident} if name == "hook" else set()
            line |= {"cmd": command, "ok": values.get("success", True)}
        elif kind == "exec":
            line |= {"cmd": list(values["command"]), "ok": values["success"]}
        elif kind == "pull":
            line |= {"image": next(p.image for p in self.life.processes if p.spec.name == values["container"]), "ok": values["success"]}
        line |= {name: values[name] for name in ("code", "reason", "ip", "timeout") if name in values and kind != "create_failed"}
        line |= {"code": 137, "reason": "Error"} if name == "kill" else {}
        if kind == "sandbox":
            line["ip"] = self.life.ip
        self.runtime.append(line)

    def _publish(self, kind: str, event: str) -> None:
        own = event in ("publish", "finish", "delete_mirror", "create_mirror")
        self.watch.append({"type": kind, "object": published(self.manifest, self.life.api)})
        writers = [{"manager": "kubelet", "subresource": "status"}] if own else []
        at = max(self.life.now + self.delay * self.chance.random(), self.arrivals[-1]["t"] if self.arrivals else 0.0)
        self.arrivals.append({"t": round(at, 4), "writers": writers})


def published(manifest: dict[str, Any], pod: Snapshot) -> dict[str, Any]:
    """Return the object of a pod that lives: the manifest with all that has changed since."""
    shown, spec = document(pod), json.loads(json.dumps(manifest["spec"]))
    known = {c.name: c for c in pod.all}
    for c in _containers(spec):
        c["image"] = known[c["name"]].image
        if "resources" in c:
            c["resources"] = {"requests": {"cpu": known[c["name"]].cpu}}
    named = {c.name for c in pod.ephemeral if c.declared}
    spec["ephemeralContainers"] = [c for c in spec.get("ephemeralContainers", []) if c["name"] in named]
    spec |= {"nodeName": pod.node, "activeDeadlineSeconds": pod.deadline, "schedulingGates": [{"name": g.name} for g in pod.scheduling_gates if g.held]}
    meta = {**shown["metadata"], "annotations": manifest["metadata"].get("annotations", {}), "finalizers": list(pod.finalizers)}
    return {"kind": "Pod", "metadata": meta, "spec": {k: v for k, v in spec.items() if v not in (None, "", [])}, "status": shown["status"]}


def _containers(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [*spec.get("initContainers", []), *spec["containers"], *spec.get("ephemeralContainers", [])]


def written(directory: Path, *lives: Recorded) -> Path:
    """Write the recording of some lives on one node, as a directory of three files."""
    directory.mkdir(parents=True, exist_ok=True)
    shown = sorted((pair for life in lives for pair in zip(life.watch, life.arrivals, strict=True)), key=lambda pair: pair[1]["t"])
    runtime = sorted((line for life in lives for line in life.runtime), key=lambda line: line["t"])
    for name, lines in (("watch", [event for event, _ in shown]), ("arrivals", [arrival for _, arrival in shown]), ("runtime", runtime)):
        with gzip.open(directory / f"{name}.jsonl.gz", "wt", encoding="utf-8", compresslevel=1) as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return directory


def explained(model: Model, directory: Path) -> list[Replayed]:
    """Replay a directory as `podlaw replay` does, by a model at hand."""
    return list(settled(recorded(directory), list(silences(acts(directory))), lambda key, observed: replayed(model, *key, observed)).values())


def main(arguments: list[str]) -> int:
    """Live and replay; return the exit status."""
    count, steps, first = asked(arguments, 100, 120)
    model, wrong = Model(Law("1.36")), 0
    for seed in range(first, first + count):
        life = Recorded(model, manifest(seed), seed, 0.05)
        life.live(steps)
        with tempfile.TemporaryDirectory() as directory:
            for one in explained(model, written(Path(directory), life)):
                missed = one.disagreements[0] if one.disagreements else one.open
                wrong += bool(missed)
                print(f"seed {seed}, {len(life.history)} events, at most {one.widest} states: {missed or 'explained'}", flush=True)
    print(f"{count - wrong} of {count} lives are explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
