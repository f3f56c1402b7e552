// Renders every overlay of deploy/k8s, validates each object strictly (strict.cjs) and the whole for consistency
// (consistency.cjs), and shows with planted mistakes that it would find them. Run by `./dev lint`; needs kubectl, and
// NODE_PATH for the packages of tools/node. Arguments: none.
'use strict';
const { execFileSync } = require('child_process');
const { readFileSync, readdirSync, existsSync } = require('fs');
const path = require('path');
const { parseAllDocuments } = require('yaml');
const consistency = require('./consistency.cjs');
const strict = require('./strict.cjs');

const root = path.join(__dirname, '../..');
const overlays = 'deploy/k8s/overlays';

function* kustomizationsBelow(directory) {
  if (existsSync(path.join(root, directory, 'kustomization.yaml'))) yield directory;
  for (const entry of readdirSync(path.join(root, directory), { withFileTypes: true })) {
    if (entry.isDirectory()) yield* kustomizationsBelow(path.join(directory, entry.name));
  }
}

function render(directory) {
  // kubectl warns of `bases`, which older ones need; its errors come with the exception.
  const text = execFileSync('kubectl', ['kustomize', path.join(root, directory)], { encoding: 'utf8', stdio: 'pipe' });
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length) throw document.errors[0];
    return document.toJS();
  });
}

// "KIND/NAME", a path into that object, what is done there, and the error that must come of it.
const renamed = (from, to) => (value) => {
  value[to] = value[from];
  delete value[from];
};
const MISTAKES = [
  ['StatefulSet/primary-server', 'spec', renamed('replicas', 'replicaz'), '/spec/replicaz: unknown field'],
  [
    'Deployment/gateway',
    'spec.template.spec.containers.0',
    renamed('args', 'arguments'),
    '/spec/template/spec/containers/0/arguments: unknown field',
  ],
  [
    'Deployment/gateway',
    'spec.template.spec.containers.0.readinessProbe.grpc',
    renamed('port', 'prt'),
    '/spec/template/spec/containers/0/readinessProbe/grpc/prt: unknown field',
  ],
  [
    'NetworkPolicy/gateway-to-primary-server',
    'spec.egress.0.to.0',
    renamed('podSelector', 'podSelectr'),
    '/spec/egress/0/to/0/podSelectr: unknown field',
  ],
  [
    'Certificate/gateway',
    'spec.privateKey',
    renamed('rotationPolicy', 'rotatePolicy'),
    '/spec/privateKey/rotatePolicy: unknown field',
  ],
  ['HorizontalPodAutoscaler/gateway', 'spec', (spec) => (spec.maxReplicas = '8'), '/spec/maxReplicas: must be integer'],
  ['Service/gateway', '', (service) => (service.kind = 'Servise'), 'v1 Servise: no such kind'],
  [
    'Service/gateway',
    'spec.selector',
    (selector) => (selector['app.kubernetes.io/component'] = 'gatewy'),
    'selects 0 workloads',
  ],
  [
    'NetworkPolicy/gateway-to-primary-server',
    'spec.egress.0.ports.0',
    (port) => (port.port = 7447),
    'does not list: gateway → primary-server TCP/7447 system',
  ],
  [
    'NetworkPolicy/gateway-to-primary-server',
    'metadata',
    (metadata) => (metadata.namespace = 'south'),
    'no NetworkPolicy lets it reach primary-server.north.svc:7446',
  ],
  [
    'NetworkPolicy/primary-server-to-gateway',
    'spec.egress.0.ports.0',
    (port) => (port.port = 7443),
    'no NetworkPolicy lets it reach gateway.north.svc:7445',
  ],
  [
    'NetworkPolicy/gateway-to-south',
    'spec.egress.0.to.0.namespaceSelector.matchLabels',
    (labels) => (labels['kubernetes.io/metadata.name'] = 'north'),
    'no NetworkPolicy lets it reach gateway.south.svc:7443',
  ],
  [
    'Certificate/gateway',
    'spec.dnsNames',
    (names) => (names[0] = 'gateway.south.example'),
    'systems.yaml has the identities',
  ],
  [
    'Deployment/gateway',
    'spec.template.spec',
    (spec) => (spec.terminationGracePeriodSeconds = 15),
    'killed before it has drained',
  ],
  [
    'Deployment/gateway',
    'spec.template.spec.containers.0.ports.1',
    (port) => (port.containerPort = 7444),
    'its port outside is not that of outside_listener',
  ],
  [
    'Deployment/gateway',
    'spec.template.spec.securityContext',
    (context) => delete context.seccompProfile,
    'not seccompProfile RuntimeDefault',
  ],
  [
    'Deployment/gateway',
    'spec.template.spec.volumes.1.configMap',
    (map) => (map.name = 'roots'),
    'ConfigMap roots is neither rendered nor documented',
  ],
];

function errorsOf(objects, documented) {
  const errors = objects.flatMap((object) =>
    strict.errorsOf(object).map((error) => `${object.kind} ${object.metadata?.name}: ${error}`),
  );
  // What does not have its form cannot be judged further.
  return errors.length ? errors : consistency.errorsOf(objects, documented);
}

// The mistakes that are not found.
function overlooked(objects, documented) {
  return MISTAKES.filter(([target, where, make, expected]) => {
    const copy = structuredClone(objects);
    const object = copy.find((each) => `${each.kind}/${each.metadata.name}` === target);
    make(
      where
        .split('.')
        .filter(Boolean)
        .reduce((value, key) => value[key], object),
    );
    return !errorsOf(copy, documented).some((error) => error.includes(expected));
  }).map(([target, where, , expected]) => `a planted mistake is not found: ${target} ${where}: ${expected}`);
}

function main() {
  const documented = consistency.documentedIn(readFileSync(path.join(root, 'docs/kubernetes.md'), 'utf8'));
  const errors = [];
  const used = new Set();
  let count = 0;
  for (const directory of kustomizationsBelow(overlays)) {
    const objects = render(directory);
    count += objects.length;
    const found = errorsOf(objects, documented);
    errors.push(...found.map((error) => `${directory}: ${error}`));
    for (const edge of consistency.edgesOf(objects)) used.add(consistency.rowOf(edge));
    if (directory === `${overlays}/primary` && !found.length) errors.push(...overlooked(objects, documented));
  }
  for (const row of documented.edges) if (!used.has(row)) errors.push(`docs/kubernetes.md: no overlay allows ${row}`);
  for (const error of errors) console.error(error);
  if (!errors.length) console.log(`${count} objects, ${MISTAKES.length} planted mistakes found`);
  return errors.length ? 1 : 0;
}

process.exitCode = main();
