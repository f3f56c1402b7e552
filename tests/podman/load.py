"""Migrations by `mcmig migrate`, as an application would run them, and what was acknowledged."""

import itertools
import json
import re
import subprocess
import threading
import time

SUCCESS, UNKNOWN = 0, 3


class Load:
    """Migrates users, in turn, in `threads` threads until stopped. A call whose outcome is unknown is repeated as the same
    request, until it is answered or `patience` seconds are over."""

    def __init__(self, command, users, threads=4, patience=60):
        self._command, self._patience = command, patience
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.acknowledged = {}  # epochs by user
        self.repeated = []  # what was said of the calls whose outcome was unknown
        self.failures = []
        shares = [users[number::threads] for number in range(threads)]
        self._threads = [threading.Thread(target=self._run, args=(share,)) for share in shares]
        for thread in self._threads:
            thread.start()

    def stop(self):
        """Ends the load once every call begun is answered."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def acknowledgements(self):
        with self._lock:
            return sum(map(len, self.acknowledged.values()))

    def _run(self, users):
        for user in itertools.cycle(users):
            if self._stop.is_set() or self.failures:
                return
            self._migrate(user)

    def _migrate(self, user):
        deadline = time.monotonic() + self._patience
        identity = []
        while True:
            done = subprocess.run([*self._command, "--user", user, *identity], capture_output=True, text=True)
            if done.returncode == SUCCESS:
                epoch = json.loads(done.stdout)["authorization"]["epoch"]
                with self._lock:
                    self.acknowledged.setdefault(user, []).append((epoch["incarnation"], int(epoch["counter"])))
                return
            named = re.search(r"(--request-id \S+ --issued-at \S+)", done.stderr)
            if done.returncode != UNKNOWN or named is None or time.monotonic() > deadline:
                with self._lock:
                    self.failures.append(f"{user}: exit {done.returncode}: {done.stdout}{done.stderr}")
                return
            with self._lock:
                self.repeated.append(f"{user}: {done.stderr.strip()}")
            identity = named.group(1).split()


def unrecorded(acknowledged, records):
    """What was acknowledged and is not in the register: epochs by user against records by user, a line each."""
    errors = []
    for user, epochs in acknowledged.items():
        record = records.get(user)
        if record is None or record["state"] != "MIGRATION_STATE_MIGRATED" or record.get("partner_system") != "south":
            errors.append(f"{user}: acknowledged {epochs[-1]}, not recorded as migrated")
        elif epochs != sorted(set(epochs)):
            errors.append(f"{user}: the epochs of acknowledged migrations do not rise: {epochs}")
        elif int(record["epoch"]["counter"]) < epochs[-1][1]:
            errors.append(f"{user}: acknowledged {epochs[-1]}, recorded {record['epoch']}")
    return errors
