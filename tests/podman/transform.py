"""Makes what `kubectl kustomize` renders runnable by `podman kube play` of podman 4.3 (Debian 12).

Podman knows pods, ConfigMaps and emptyDir, of what the overlays hold. So:

1. A Deployment becomes as many pods as its autoscaler begins with, a StatefulSet one (4.3 refuses StatefulSets, and
   gives the replicas of a Deployment one address).
2. A pod's name carries its namespace, since podman has none, and its file brings the ConfigMaps that it mounts, named
   after it: a ConfigMap becomes a volume that everybody who mounts that name shares.
3. Secrets become ConfigMaps: Secret volumes crash 4.3. The keys are made for this run.
4. A volumeClaimTemplate becomes a directory of the host.
5. `ports` go: 4.3 would take each containerPort on the host, once for all pods.
6. dnsConfig names the server and the search domains that a cluster would set.

What podman does not know of a pod it ignores: probes, preStop, topology spread. NetworkPolicies, Services, budgets,
autoscalers and Certificates are left out; two_systems.py plays those parts of them that the run needs.
"""

import copy
from dataclasses import dataclass


@dataclass
class Pod:
    """One pod, as `podman kube play` takes it, and what the cluster would know about it."""

    name: str
    namespace: str
    component: str
    documents: list
    ports: dict  # by name

    @property
    def container(self):
        """Podman's name of the pod's container."""
        return f"{self.name}-{self.component}"

    @property
    def grace(self):
        return self.spec["terminationGracePeriodSeconds"]

    @property
    def pre_stop_sleep(self):
        return self.spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]

    @property
    def health_port(self):
        return self.spec["containers"][0]["readinessProbe"]["grpc"]["port"]

    @property
    def spec(self):
        return self.documents[-1]["spec"]


def _of_kind(objects, namespace, *kinds):
    return [each for each in objects if each["kind"] in kinds and each["metadata"]["namespace"] == namespace]


def _replicas(objects, workload):
    for scaler in _of_kind(objects, workload["metadata"]["namespace"], "HorizontalPodAutoscaler"):
        if scaler["spec"]["scaleTargetRef"]["name"] == workload["metadata"]["name"]:
            return scaler["spec"]["minReplicas"]
    return workload["spec"].get("replicas", 1)


def _mounted(volume):
    """The name of the ConfigMap or Secret of a volume."""
    return volume["secret"]["secretName"] if "secret" in volume else volume["configMap"]["name"]


def pods(objects, provided, store_directory, dns_server):
    """The pods of all Deployments and StatefulSets.

    `objects` is what was rendered. `provided` has the texts, by file, of what is not rendered: by (namespace, name of
    the ConfigMap or Secret). The stores are in `store_directory`.
    """
    found = []
    for workload in [each for each in objects if each["kind"] in ("Deployment", "StatefulSet")]:
        namespace, component = workload["metadata"]["namespace"], workload["metadata"]["name"]
        maps = {each["metadata"]["name"]: each["data"] for each in _of_kind(objects, namespace, "ConfigMap")}
        maps.update({name: texts for (where, name), texts in provided.items() if where == namespace})
        for ordinal in range(_replicas(objects, workload)):
            name = f"{namespace}-{component}-{ordinal}"
            spec = copy.deepcopy(workload["spec"]["template"]["spec"])
            spec.pop("topologySpreadConstraints", None)
            ports = {port["name"]: port["containerPort"] for port in spec["containers"][0].pop("ports")}
            documents, volumes = [], []
            for volume in spec["volumes"]:
                own_name = f"{name}-{volume['name']}"
                volumes.append({"name": volume["name"], "configMap": {"name": own_name}})
                documents.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": own_name}})
                documents[-1]["data"] = maps[_mounted(volume)]
            for claim in workload["spec"].get("volumeClaimTemplates", []):
                path = f"{store_directory}/{name}-{claim['metadata']['name']}"
                volumes.append({"name": claim["metadata"]["name"], "hostPath": {"path": path, "type": "Directory"}})
            spec["volumes"] = volumes
            spec["dnsPolicy"] = "None"
            spec["dnsConfig"] = {
                "nameservers": [dns_server],
                "searches": [f"{namespace}.svc.cluster.local", "svc.cluster.local", "cluster.local"],
                "options": [{"name": "ndots", "value": "5"}],
            }
            metadata = {"name": name, "labels": workload["spec"]["template"]["metadata"]["labels"]}
            documents.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
            found.append(Pod(name, namespace, component, documents, ports))
    return found
