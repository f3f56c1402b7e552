#!/usr/bin/env python3
"""Runs overlays/two-system under podman: migrations through both gateways, then a load during which pods go and come.

    ./dev podman        builds first; this takes the directory of the built binaries

Exit code 77 where podman cannot run here."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import yaml

import provided
import transform
from cluster import DNS_SERVER, CannotRun, Cluster, enter_own_namespaces, wait_until
from load import Load, unrecorded

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77
USERS = 300  # each may migrate 16 times within the replay window
ENOUGH = 8  # acknowledged migrations between two disturbances


def say(text):
    print(f"podman: {text}", flush=True)


class TwoSystems:
    """The deployment, and an operator's and an application's way to it."""

    def __init__(self, binaries, directory):
        self._mcmig = f"{binaries}/services/mcmig/mcmig.stripped"
        self._mint_token = f"{binaries}/tests/devtools/mint_token"
        self._directory = directory
        self.cluster = Cluster(directory)
        self.pods = []
        self.users = []

    def start(self):
        image = [ROOT / "deploy/image/build.sh", self._mcmig, "--tag", "mcmig:dev"]
        try:
            built = subprocess.run(image, check=True, capture_output=True, text=True)
        except subprocess.CalledProcessError as error:
            raise CannotRun(error.stderr.strip()) from error
        say(built.stdout.strip())
        self.cluster.start("mcmig:dev")
        overlay = ROOT / "deploy/k8s/overlays/two-system"
        rendered = subprocess.run(["kubectl", "kustomize", overlay], check=True, capture_output=True, text=True).stdout
        objects = list(yaml.safe_load_all(rendered))
        self.users = provided.add_users(objects, USERS)
        texts = provided.provide(objects, self.users, self._mint_token, self._directory)
        self.pods = transform.pods(objects, texts, self._directory, DNS_SERVER)
        # Servers first: whoever is dialled before its name exists is dialled again a second later.
        for pod in sorted(self.pods, key=lambda pod: pod.component not in ("primary-server", "partner-server")):
            for volume in pod.spec["volumes"]:
                if "hostPath" in volume:
                    os.makedirs(volume["hostPath"]["path"])
                    os.chown(volume["hostPath"]["path"], pod.spec["securityContext"]["fsGroup"], -1)
            self.cluster.play(pod)
            say(f"{pod.name} is ready")

    def check_metrics(self):
        silent = [pod.name for pod in self.pods if "mcmig_" not in self.cluster.metrics(pod)]
        if silent:
            raise RuntimeError(f"no metrics from {', '.join(silent)}")
        say(f"{len(self.pods)} pods serve /metrics")

    def command(self, *arguments, system, service, port, identity):
        """`mcmig ARGUMENTS` for a Service of an MC system, as one of that system's identities."""
        name = "client" if service == "client-agent" else service
        certificate = f"{self._directory}/{system}-{identity}"
        return [
            *(self._mcmig, *arguments, "--server", f"{service}.{system}.svc:{port}"),
            *("--server-name", f"{name}.{system}.example", "--ca", f"{self._directory}/{system}.pem"),
            *("--cert", f"{certificate}.crt", "--key", f"{certificate}.key"),
        ]

    def operate(self, *arguments, system, service):
        command = self.command(*arguments, system=system, service=service, port=7444, identity="operator")
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(arguments)}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def import_users(self):
        profiles, visitors = f"{self._directory}/profiles.jsonl", f"{self._directory}/visitors.jsonl"
        with open(profiles, "w", encoding="utf-8") as file:
            for user in self.users:
                profile = {"mc_service_id": user["primary_mc_service_id"], "mc_service": "MC_SERVICE_MCPTT"}
                profile.update(mc_service_user_profile_index=1, status="USER_PROFILE_STATUS_ENABLED")
                file.write(json.dumps({**profile, "partner_systems": [{"system": "south"}]}) + "\n")
        expected = {"primary_system": "north", "domain": "north.example", "mc_service": "MC_SERVICE_MCPTT"}
        pathlib.Path(visitors).write_text(json.dumps({**expected, "until": "2100-01-01T00:00:00Z"}) + "\n")
        say(self.operate("profiles", "import", profiles, system="north", service="primary-server").strip())
        say(self.operate("visitors", "import", visitors, system="south", service="partner-server").strip())

    def agent_command(self, name, *more):
        about = [name, "--partner", "south", "--service", "MCPTT", *more]
        return self.command(*about, system="north", service="client-agent", port=7000, identity="application")

    def ask_agent(self, name, user, *more):
        command = self.agent_command(name, "--user", user, *more)
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"mcmig {name}: exit {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def recorded(self):
        """The records of the register, by user."""
        text = self.operate("migrations", "list", "--json", system="north", service="primary-server")
        return {record["primary_mc_service_id"]: record for record in map(json.loads, text.splitlines())}


def migrate_end_and_take_back(systems):
    """A user migrates and ends that; migrates again and is taken back by an operator, of which south has to be told."""
    user = "sip:alice@north.example"

    def served():
        return json.loads(systems.ask_agent("status", user, "--json"))

    say(f"mcmig migrate --user {user}: {systems.ask_agent('migrate', user).splitlines()[0]}")
    epoch = served()["epoch"]
    ended = systems.ask_agent("end", user, "--epoch", f"{epoch['incarnation']}.{epoch['counter']}")
    say(f"mcmig end --user {user}: {ended.strip()}")
    systems.ask_agent("migrate", user)
    revoke = ["migrations", "revoke", "--id", user, "--service", "MCPTT"]
    revoked = systems.operate(*revoke, system="north", service="primary-server")
    say(f"mcmig migrations revoke --id {user}: {revoked.splitlines()[0]}")
    wait_until("the cancel at south", lambda: not served().get("served"))
    say("south serves the user no more")


def under_load(systems, title, disturb, may_repeat=True):
    """Runs `disturb` in the middle of a load. Every acknowledged success must be in the register afterwards; unless calls
    `may_repeat`, none may have been answered UNAVAILABLE."""
    users = [user["primary_mc_service_id"] for user in systems.users]
    load = Load(systems.agent_command("migrate", "--json"), users)
    try:

        def more_acknowledged():
            before = load.acknowledgements()
            wait_until("the load", lambda: load.failures or load.acknowledgements() >= before + ENOUGH, timeout=120)

        more_acknowledged()
        started = time.monotonic()
        disturb(more_acknowledged)
        took = time.monotonic() - started
        more_acknowledged()
    finally:
        load.stop()
    if load.failures:
        raise RuntimeError(f"{title}: {load.failures[0]}")
    lost = unrecorded(load.acknowledged, systems.recorded())
    if lost:
        raise RuntimeError(f"{title}: {lost[0]}")
    if load.repeated and not may_repeat:
        raise RuntimeError(f"{title}: {len(load.repeated)} calls were lost and had to be repeated: {load.repeated[0]}")
    say(f"{title}: {load.acknowledgements()} acknowledged, all recorded; {len(load.repeated)} repeated; {took:.0f} s")


def replace_one_by_one(systems, pods):
    """Each pod ends as the kubelet ends it, and a new one comes in its place, at another address."""

    def disturb(more_acknowledged):
        for pod in pods:
            systems.cluster.terminate(pod)
            systems.cluster.play(pod)
            more_acknowledged()

    return disturb


def crash_each(systems, pods):
    def disturb(more_acknowledged):
        for pod in pods:
            systems.cluster.crash(pod)
            more_acknowledged()

    return disturb


def run(binaries):
    with tempfile.TemporaryDirectory(prefix="mcmig-podman.") as directory:
        os.chmod(directory, 0o711)  # the stores are below it
        systems = TwoSystems(binaries, directory)
        try:
            systems.start()
            systems.import_users()
            migrate_end_and_take_back(systems)
            systems.check_metrics()
            stateless = [pod for pod in systems.pods if pod.component in ("gateway", "client-agent")]
            owners = [pod for pod in systems.pods if pod not in stateless]
            replaced = replace_one_by_one(systems, stateless)
            under_load(systems, "stateless pods replaced", replaced, may_repeat=False)
            under_load(systems, "stateless pods killed", crash_each(systems, stateless))
            under_load(systems, "owners of a store restarted", replace_one_by_one(systems, owners))
        except (RuntimeError, TimeoutError):
            for pod in systems.pods:
                say(f"{pod.name} said last:\n{systems.cluster.log(pod)}")
            raise
        finally:
            systems.cluster.stop()
    say("passed")


def main():
    try:
        if os.geteuid() != 0:
            raise CannotRun("it takes root, for a network and pods of its own")
        enter_own_namespaces([sys.executable, *sys.argv])
        run(sys.argv[1])
    except CannotRun as error:
        say(f"skipped: podman cannot run here: {error}")
        return SKIPPED
    except (RuntimeError, TimeoutError) as error:
        say(f"FAILED: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
