// Strict validation of Kubernetes objects by the schemas that the npm packages kubernetes-models and
// @kubernetes-models/cert-manager hold.
//
// Those schemas come compiled: functions that check every field they know and let any other pass. So each object is
// handed to them in a Proxy that notes which fields were read. A schema reads every field that it defines, and every
// key of a map; what it has not read is a field that it does not know, at whatever depth.
'use strict';

function schemaOf(apiVersion, kind) {
  const base = String(apiVersion).endsWith('cert-manager.io/v1')
    ? '@kubernetes-models/cert-manager'
    : 'kubernetes-models';
  try {
    return require(`${base}/${apiVersion}`)[kind];
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND' || error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return undefined;
    throw error;
  }
}

const isContainer = (value) => typeof value === 'object' && value !== null;

// A view of `value` that adds the path of whatever is read through it to `read`.
function watched(value, path, read) {
  if (!isContainer(value)) return value;
  return new Proxy(value, {
    get(target, key, receiver) {
      if (typeof key === 'symbol' || !Object.hasOwn(target, key)) return Reflect.get(target, key, receiver);
      const below = `${path}/${key}`;
      read.add(below);
      return watched(target[key], below, read);
    },
  });
}

// The topmost fields of `value` that were never read.
function* unread(value, path, read) {
  for (const [key, below] of Object.entries(value)) {
    const name = `${path}/${key}`;
    if (!read.has(name)) yield name;
    else if (isContainer(below)) yield* unread(below, name, read);
  }
}

// Everything that is wrong with one object, a line each.
function errorsOf(object) {
  if (!isContainer(object)) return ['is not an object'];
  const schema = schemaOf(object.apiVersion, object.kind);
  if (schema === undefined) return [`${object.apiVersion} ${object.kind}: no such kind`];
  const errors = [];
  const read = new Set();
  try {
    schema.prototype.validate.call(watched(object, '', read));
  } catch (error) {
    if (!Array.isArray(error.errors)) throw error;
    errors.push(...error.errors.map((each) => `${each.instancePath || '/'}: ${each.message}`));
  }
  for (const path of unread(object, '', read)) errors.push(`${path}: unknown field`);
  return errors;
}

module.exports = { errorsOf };
