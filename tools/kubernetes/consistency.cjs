// What schemas cannot say about the rendered objects of an overlay: that they fit each other, the configuration files
// in their ConfigMaps, and the tables of docs/kubernetes.md.
'use strict';
const { parse } = require('yaml');

const COMPONENT = 'app.kubernetes.io/component';
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

const namespaceOf = (object) => object.metadata.namespace;
const nameOf = (object) => `${object.kind} ${namespaceOf(object) ?? ''}/${object.metadata.name}`;
const ofKind = (objects, ...kinds) => objects.filter((object) => kinds.includes(object.kind));
const podOwners = (objects) => ofKind(objects, 'Deployment', 'StatefulSet');
const matches = (selector, labels) => Object.entries(selector ?? {}).every(([key, value]) => labels?.[key] === value);
const containerOf = (owner) => owner.spec.template.spec.containers[0];
const portOf = (address) => Number(address.slice(address.lastIndexOf(':') + 1));

// The pods' owners in the object's namespace that the labels select.
const selected = (objects, object, labels) =>
  podOwners(objects).filter(
    (owner) => namespaceOf(owner) === namespaceOf(object) && matches(labels, owner.spec.template.metadata.labels),
  );

function* selectorErrors(objects) {
  for (const service of ofKind(objects, 'Service')) {
    const owners = selected(objects, service, service.spec.selector);
    if (owners.length !== 1) yield `${nameOf(service)}: selects ${owners.length} workloads, not one`;
    for (const port of service.spec.ports) {
      for (const owner of owners) {
        if (
          !containerOf(owner).ports.some(
            ({ name, containerPort }) => name === port.targetPort && containerPort === port.port,
          )
        ) {
          yield `${nameOf(service)}: ${nameOf(owner)} has no port ${port.targetPort} ${port.port}`;
        }
      }
    }
  }
  for (const budget of ofKind(objects, 'PodDisruptionBudget')) {
    if (selected(objects, budget, budget.spec.selector.matchLabels).length !== 1)
      yield `${nameOf(budget)}: selects no workload`;
  }
  for (const scaler of ofKind(objects, 'HorizontalPodAutoscaler')) {
    const { kind, name } = scaler.spec.scaleTargetRef;
    const target = ofKind(objects, kind).find(
      (each) => each.metadata.name === name && namespaceOf(each) === namespaceOf(scaler),
    );
    if (target === undefined) yield `${nameOf(scaler)}: there is no ${kind} ${name}`;
    // An embedded store has one owner.
    if (target?.kind !== 'Deployment') yield `${nameOf(scaler)}: scales something else than a Deployment`;
  }
}

// Kubernetes' Pod Security Standard "restricted", and what this project adds to it.
function* securityErrors(objects) {
  for (const owner of podOwners(objects)) {
    const { spec } = owner.spec.template;
    const [pod, container] = [spec.securityContext ?? {}, spec.containers[0].securityContext ?? {}];
    const rules = {
      'one container': spec.containers.length === 1,
      'automountServiceAccountToken: false': spec.automountServiceAccountToken === false,
      'runAsNonRoot: true': pod.runAsNonRoot === true,
      'seccompProfile RuntimeDefault': pod.seccompProfile?.type === 'RuntimeDefault',
      'allowPrivilegeEscalation: false': container.allowPrivilegeEscalation === false,
      'readOnlyRootFilesystem: true': container.readOnlyRootFilesystem === true,
      'capabilities drop ALL': container.capabilities?.drop?.includes('ALL') && !container.capabilities.add,
    };
    for (const [rule, holds] of Object.entries(rules)) if (!holds) yield `${nameOf(owner)}: not ${rule}`;
  }
  for (const namespace of ofKind(objects, 'Namespace')) {
    if (namespace.metadata.labels?.['pod-security.kubernetes.io/enforce'] !== 'restricted') {
      yield `${nameOf(namespace)}: does not enforce restricted Pod Security`;
    }
  }
}

// ConfigMaps and Secrets that the pods mount: rendered, made by cert-manager, or provided as documented.
function* referenceErrors(objects, provided) {
  for (const owner of podOwners(objects)) {
    for (const { configMap, secret } of owner.spec.template.spec.volumes) {
      const kind = configMap ? 'ConfigMap' : secret ? 'Secret' : undefined;
      if (kind === undefined) continue;
      const name = configMap?.name ?? secret.secretName;
      const rendered = objects.some(
        (each) =>
          namespaceOf(each) === namespaceOf(owner) &&
          (kind === 'ConfigMap'
            ? each.kind === kind && each.metadata.name === name
            : each.kind === 'Certificate' && each.spec.secretName === name),
      );
      if (!rendered && !provided.has(`${kind} ${name}`))
        yield `${nameOf(owner)}: ${kind} ${name} is neither rendered nor documented`;
    }
  }
}

// The configuration files of a workload, by name, parsed.
function configurationOf(objects, owner) {
  const name = owner.spec.template.spec.volumes.find((volume) => volume.name === 'config').configMap.name;
  const map = objects.find(
    (each) => each.kind === 'ConfigMap' && each.metadata.name === name && namespaceOf(each) === namespaceOf(owner),
  );
  const files = Object.entries(map?.data ?? {}).map(([file, text]) => [file.replace(/\.yaml$/, ''), parse(text)]);
  return Object.fromEntries(files);
}

// Every {address, server_name} below a value.
function* endpointsIn(value) {
  if (typeof value !== 'object' || value === null) return;
  if (typeof value.address === 'string' && value.server_name !== undefined) yield value;
  for (const below of Object.values(value)) yield* endpointsIn(below);
}

// Where the process calls other MC systems by the system table: whoever has a gateway does not.
function entriesFor(role, process, systems) {
  const isGateway = role === 'gateway' && process.inside_listener !== undefined;
  const isServer = (system, endpoint, server) =>
    system.identities.some((identity) => identity.san === endpoint.server_name && identity.role === server);
  const entries = systems.flatMap((system) => system.entry ?? []);
  // An entry that is a gateway takes both: requests about that system's users, and news of those who visit it.
  const visitorsEntries = systems.flatMap(
    (system) =>
      system.visitors_entry ??
      (system.entry && !isServer(system, system.entry, 'ROLE_PRIMARY_SERVER') ? system.entry : []),
  );
  return [
    ...(isGateway || (role === 'partner-server' && !process.gateway) ? entries : []),
    ...(isGateway || (role === 'primary-server' && !process.gateway) ? visitorsEntries : []),
  ];
}

function* endpointErrors(objects, owner, endpoint, edges) {
  const [, name, namespace, port] = endpoint.address.match(/^([a-z-]+)\.([a-z-]+)\.svc:(\d+)$/) ?? [];
  if (name === undefined) return yield `${nameOf(owner)}: ${endpoint.address} is not SERVICE.NAMESPACE.svc:PORT`;
  const from = owner.metadata.name;
  if (
    !edges.some(
      (edge) =>
        edge.side === 'egress' &&
        edge.from === from &&
        edge.fromIn === namespaceOf(owner) &&
        edge.to === name &&
        edge.toIn === namespace &&
        edge.port === Number(port),
    )
  ) {
    yield `${nameOf(owner)}: no NetworkPolicy lets it reach ${endpoint.address}`;
  }
  // The other MC system may be in another rendering.
  if (!objects.some((each) => namespaceOf(each) === namespace)) return;
  const service = ofKind(objects, 'Service').find(
    (each) => each.metadata.name === name && namespaceOf(each) === namespace,
  );
  if (!service?.spec.ports.some((each) => each.port === Number(port)))
    yield `${nameOf(owner)}: there is no Service for ${endpoint.address}`;
  const certificate = ofKind(objects, 'Certificate').find(
    (each) => each.metadata.name === name && namespaceOf(each) === namespace,
  );
  if (!certificate?.spec.dnsNames.includes(endpoint.server_name))
    yield `${nameOf(owner)}: ${endpoint.address} has no certificate for ${endpoint.server_name}`;
}

function* configurationErrors(objects, edges) {
  for (const owner of podOwners(objects)) {
    const files = configurationOf(objects, owner);
    const [process, table] = [files[owner.metadata.name], files.systems];
    if (!process || !table) {
      yield `${nameOf(owner)}: its ConfigMap does not hold ${owner.metadata.name}.yaml and systems.yaml`;
      continue;
    }
    const container = containerOf(owner);
    for (const [key, value] of Object.entries(process)) {
      const [, name] = key.match(/^(.*)_(listener|address)$/) ?? [];
      const port = container.ports.find((each) => each.name === name);
      if (name && port?.containerPort !== portOf(value.address ?? value))
        yield `${nameOf(owner)}: its port ${name} is not that of ${key}`;
    }
    if (!process.metrics_address) yield `${nameOf(owner)}: serves no metrics`;
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) {
      if (container[probe]?.grpc?.port !== portOf(process.health_address))
        yield `${nameOf(owner)}: ${probe} is not at health_address`;
    }
    const leaving = container.lifecycle.preStop.sleep.seconds + parseFloat(process.drain_grace);
    if (!(owner.spec.template.spec.terminationGracePeriodSeconds > leaving))
      yield `${nameOf(owner)}: killed before it has drained`;

    const entries = entriesFor(owner.metadata.name, process, table.systems);
    for (const endpoint of [...endpointsIn(process), ...entries]) {
      yield* endpointErrors(objects, owner, endpoint, edges);
    }
    const own = table.systems.find((system) => system.name === table.own_system);
    const names = ofKind(objects, 'Certificate')
      .filter((each) => namespaceOf(each) === namespaceOf(owner))
      .flatMap((each) => each.spec.dnsNames);
    const identities = own.identities.map((identity) => identity.san);
    if (names.sort().join() !== identities.sort().join())
      yield `${nameOf(owner)}: systems.yaml has the identities ${identities}, the Certificates ${names}`;
  }
}

// What the NetworkPolicies allow: {side, from, fromIn, to, toIn, port, protocol}, names of components in namespaces.
function edgesOf(objects) {
  const edges = [];
  const component = (selector) =>
    selector?.matchLabels?.[COMPONENT] ??
    selector?.matchLabels?.['k8s-app'] ??
    selector?.matchLabels?.['app.kubernetes.io/name'] ??
    'every pod';
  for (const policy of ofKind(objects, 'NetworkPolicy')) {
    const here = { name: component(policy.spec.podSelector).replace(/^mcmig$/, 'every pod'), in: namespaceOf(policy) };
    for (const [side, rules, others] of [
      ['ingress', policy.spec.ingress, 'from'],
      ['egress', policy.spec.egress, 'to'],
    ]) {
      for (const rule of rules ?? []) {
        // A rule without peers or ports allows all of them.
        for (const peer of rule[others] ?? [{}]) {
          for (const { protocol, port } of rule.ports ?? [{}]) {
            const there = {
              name: component(peer.podSelector),
              in: peer.namespaceSelector ? peer.namespaceSelector.matchLabels?.[NAMESPACE_NAME] : here.in,
            };
            const [from, to] = side === 'ingress' ? [there, here] : [here, there];
            edges.push({
              side,
              from: from.name,
              fromIn: from.in,
              to: to.name,
              toIn: to.in,
              port,
              protocol,
              policy: nameOf(policy),
            });
          }
        }
      }
    }
  }
  return edges;
}

const PLATFORM = ['kube-system', 'monitoring'];
const rowOf = (edge) => {
  const where =
    edge.fromIn === edge.toIn
      ? 'system'
      : PLATFORM.includes(edge.fromIn) || PLATFORM.includes(edge.toIn)
        ? 'platform'
        : 'border';
  return `${edge.from} → ${edge.to} ${edge.protocol}/${edge.port} ${where}`;
};

function* edgeErrors(objects, edges, documented) {
  const rendered = new Set(ofKind(objects, 'Namespace').map((each) => each.metadata.name));
  for (const edge of edges) {
    if (!documented.has(rowOf(edge)))
      yield `${edge.policy}: allows what docs/kubernetes.md does not list: ${rowOf(edge)}`;
    if (!rendered.has(edge.fromIn) || !rendered.has(edge.toIn)) continue;
    const same = (other) =>
      other.side !== edge.side &&
      ['from', 'fromIn', 'to', 'toIn', 'port', 'protocol'].every((key) => other[key] === edge[key]);
    if (!edges.some(same)) yield `${edge.policy}: the other end of ${rowOf(edge)} does not allow it`;
  }
  for (const name of rendered) {
    const denies = ({ metadata, spec }) =>
      metadata.namespace === name &&
      Object.keys(spec.podSelector).length === 0 &&
      spec.policyTypes.length === 2 &&
      !spec.ingress &&
      !spec.egress;
    if (!ofKind(objects, 'NetworkPolicy').some(denies)) yield `Namespace ${name}: nothing denies by default`;
  }
}

// The tables of docs/kubernetes.md: edges as rowOf() writes them, and "KIND NAME" of what operators provide.
function documentedIn(markdown) {
  const rows = markdown
    .split('\n')
    .filter((line) => /^ *\| /.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  const edges = rows
    .filter((cells) => /^(TCP|UDP)\/\d+$/.test(cells[2]))
    .map(([from, to, port, where]) => `${from} → ${to} ${port} ${where}`);
  const provided = rows
    .filter((cells) => ['ConfigMap', 'Secret'].includes(cells[0]))
    .map(([kind, name]) => `${kind} ${name}`);
  return { edges: new Set(edges), provided: new Set(provided) };
}

// Everything in which the rendered objects do not fit, a line each.
function errorsOf(objects, documented) {
  const edges = edgesOf(objects);
  return [
    ...selectorErrors(objects),
    ...securityErrors(objects),
    ...referenceErrors(objects, documented.provided),
    ...configurationErrors(objects, edges),
    ...edgeErrors(objects, edges, documented.edges),
  ];
}

module.exports = { documentedIn, edgesOf, errorsOf, rowOf };
