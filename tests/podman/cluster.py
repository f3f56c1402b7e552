"""A little of a cluster: pods run by podman, headless Services answered by dnsmasq, probes by curl. Everything lives in
namespaces of the kernel and a directory of its own, which end with the run."""

import ipaddress
import json
import os
import pathlib
import signal
import subprocess
import time

import yaml

NETWORK = ipaddress.ip_network("10.90.0.0/24")
DNS_SERVER = "10.90.255.53"

# A container inside a container or a small machine has no systemd, and may set no limit above its own.
CONTAINERS_CONF = """
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[network]
network_backend = "netavark"
network_config_dir = "{directory}/networks"
"""
STORAGE_CONF = """
[storage]
driver = "vfs"
graphroot = "{directory}/storage"
runroot = "/run/containers/storage"
"""
# grpc.health.v1.HealthCheckRequest without a service, and a HealthCheckResponse of SERVING, as gRPC frames.
HEALTH_REQUEST = bytes(5)
SERVING = bytes([0, 0, 0, 0, 2, 8, 1])


class CannotRun(Exception):
    """Podman cannot run here; says why."""


def wait_until(what, condition, timeout=60):
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {timeout} s")
        time.sleep(0.05)


def enter_own_namespaces(argv):
    """Runs this program anew in namespaces of its own: what it starts ends with it, and touches no network of the host."""
    if os.environ.get("MCMIG_OWN_NAMESPACES") == "yes":
        # Podman's state of this run is apart from any other's.
        for place in ("/run", "/dev/shm"):
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    tried = subprocess.run([*unshare, "true"], stderr=subprocess.PIPE, text=True)
    if tried.returncode != 0:
        raise CannotRun(tried.stderr.strip())
    os.execvpe("unshare", [*unshare, *argv], {**os.environ, "MCMIG_OWN_NAMESPACES": "yes"})


class Cluster:
    """The pods that run, their addresses, and the Services that name them."""

    def __init__(self, directory):
        self._directory = pathlib.Path(directory)
        for name, text in (("containers.conf", CONTAINERS_CONF), ("storage.conf", STORAGE_CONF)):
            (self._directory / name).write_text(text.format(directory=directory))
        os.environ["CONTAINERS_CONF"] = f"{directory}/containers.conf"
        os.environ["CONTAINERS_STORAGE_CONF"] = f"{directory}/storage.conf"
        self._addresses = {}  # of running pods
        self._endpoints = {}  # addresses in DNS, by pod
        self._next = iter(list(NETWORK.hosts())[1:])
        self._dns = None

    def podman(self, *arguments, timeout=120):
        done = subprocess.run(["podman", *arguments], capture_output=True, text=True, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(f"podman {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def start(self, image):
        """Makes the network, and shows that podman can run the image in it; else CannotRun."""
        try:
            self.podman("network", "create", "--disable-dns", "--subnet", str(NETWORK), "mcmig")
            self.podman("run", "--rm", "--network", f"mcmig:ip={next(self._next)}", image, "--version")
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            raise CannotRun(str(error)) from error
        # The bridge that podman would make takes the lowest of its pods' Ethernet addresses: whenever that pod goes, the way
        # of all others to the DNS would be lost for as long as they remember the old one.
        bridge = json.loads(self.podman("network", "inspect", "mcmig"))[0]["network_interface"]
        gateway = f"{next(NETWORK.hosts())}/{NETWORK.prefixlen}"
        for command in (
            ["link", "add", bridge, "address", "02:00:00:00:00:01", "type", "bridge"],
            ["link", "set", bridge, "up"],
            ["address", "add", gateway, "dev", bridge],
            ["address", "add", f"{DNS_SERVER}/32", "dev", "lo"],
        ):
            subprocess.run(["ip", *command], check=True)
        hosts, resolv = self._directory / "hosts", self._directory / "resolv.conf"
        hosts.write_text("")
        self._dns = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file", "--user=root", "--no-resolv"]
            + ["--no-hosts", f"--addn-hosts={hosts}", "--local=/cluster.local/", "--local-ttl=1", "--bind-interfaces"]
            + [f"--listen-address={DNS_SERVER}", f"--log-facility={self._directory}/dns.log"]
        )
        # Commands are run as if in a pod.
        resolv.write_text(f"nameserver {DNS_SERVER}\nsearch svc.cluster.local cluster.local\noptions ndots:5\n")
        subprocess.run(["mount", "--bind", str(resolv), os.path.realpath("/etc/resolv.conf")], check=True)

    def stop(self):
        """Ends all pods. The namespaces end what is left."""
        for name in list(self._addresses):
            self.podman("pod", "rm", "--force", "--time", "0", name)
        if self._dns:
            self._dns.terminate()
            self._dns.wait()

    def play(self, pod):
        """Starts a pod at a new address and waits until it is ready; then its Services name it."""
        path = self._directory / f"{pod.name}.yaml"
        path.write_text(yaml.safe_dump_all(pod.documents))
        address = str(next(self._next))
        self.podman("kube", "play", "--log-driver", "k8s-file", "--network", f"mcmig:ip={address}", str(path))
        self._addresses[pod.name] = address
        self.await_ready(pod)

    def await_ready(self, pod):
        """The readiness probe."""
        try:
            wait_until(f"{pod.name} ready", lambda: self._serving(pod))
        except TimeoutError as error:
            raise RuntimeError(f"{error}\n{self.log(pod)}") from error
        self._publish(pod, True)

    def terminate(self, pod):
        """Ends a pod as the kubelet does: withdrawn from its Services, preStop, SIGTERM, SIGKILL after the grace period."""
        self._publish(pod, False)
        time.sleep(pod.pre_stop_sleep)
        # The container alone: `podman pod stop` ends what holds the pod's network at the same time, and often before it.
        self.podman("stop", "--time", str(pod.grace - pod.pre_stop_sleep), pod.container)
        state = json.loads(self.podman("container", "inspect", pod.container))[0]["State"]
        log = self.log(pod)
        self.podman("pod", "rm", "--force", pod.name)
        del self._addresses[pod.name]
        if state["ExitCode"] != 0:
            raise RuntimeError(f"{pod.name} ended with {state['ExitCode']}, not by itself\n{log}")

    def crash(self, pod):
        """Kills the process without notice; podman starts it again in the same pod, as the kubelet would."""
        before = self._process(pod)
        os.kill(before, signal.SIGKILL)
        wait_until(f"{pod.name} restarted", lambda: self._process(pod) not in (0, before))
        self.await_ready(pod)

    def metrics(self, pod):
        """What Prometheus would be answered."""
        url = f"http://{self._addresses[pod.name]}:{pod.ports['metrics']}/metrics"
        return subprocess.run(["curl", "--silent", "--fail", url], capture_output=True, text=True).stdout

    def log(self, pod):
        done = subprocess.run(["podman", "logs", "--tail", "20", pod.container], capture_output=True, text=True)
        return done.stdout + done.stderr

    def _process(self, pod):
        """The pod's process ID, in the PID namespace of this run; 0 while it has none."""
        return json.loads(self.podman("container", "inspect", pod.container))[0]["State"]["Pid"]

    def _serving(self, pod):
        url = f"http://{self._addresses[pod.name]}:{pod.health_port}/grpc.health.v1.Health/Check"
        headers = ["--header", "content-type: application/grpc", "--header", "te: trailers"]
        command = ["curl", "--silent", "--max-time", "1", "--http2-prior-knowledge", *headers, "--data-binary", "@-", url]
        return subprocess.run(command, input=HEALTH_REQUEST, stdout=subprocess.PIPE).stdout == SERVING

    def _publish(self, pod, ready):
        service = f"{pod.component}.{pod.namespace}.svc.cluster.local"
        if ready:
            self._endpoints[pod.name] = f"{self._addresses[pod.name]} {service}\n"
        else:
            del self._endpoints[pod.name]
        # Whole or not at all: dnsmasq may still be reading for the change before this one.
        unfinished = self._directory / "hosts.unfinished"
        unfinished.write_text("".join(self._endpoints.values()))
        unfinished.rename(self._directory / "hosts")
        self._dns.send_signal(signal.SIGHUP)
