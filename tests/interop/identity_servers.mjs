// Two identity management servers, the primary's and the partner's, each an oidc-provider on a free port of 127.0.0.1:
//   node identity_servers.mjs USERS-FILE CHAIN-FILE KEY-FILE --ready-file FILE
//
// USERS-FILE: JSON, {"<account>": {"primary": "<MC service ID>", "partner": "<MC service ID>"}}. FILE is written once both
// serve: {"listeners": {"primary": "127.0.0.1:<port>", "partner": ..., "control": ...}}; "primary-tls" and "partner-tls" are
// the same with TLS, by the certificate and key of CHAIN-FILE and KEY-FILE. At the control listener
// POST /<primary or partner>/<publish, sign or retire> is one step of a rotation of that server's keys.
//
// MCMIG_INTEROP_PACKAGES names the directory with the installed packages of package.json.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import { createPartner } from './partner.mjs';
import { createPrimary } from './primary.mjs';

function listen(server) {
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${server.address().port}`));
  });
}

const [usersFile, chainFile, keyFile, , readyFile] = process.argv.slice(2);
const tls = { cert: readFileSync(chainFile), key: readFileSync(keyFile) };
const users = JSON.parse(readFileSync(usersFile, 'utf8'));
const servers = {};

servers.primary = await createPrimary(users, { systems: ['south'], issuers: ['https://id.south.example'] });
const askPrimary = (request, response) => servers.primary.handle(request, response);
const primary = await listen(createServer(askPrimary));
servers.partner = await createPartner(users, { issuer: servers.primary.issuer, jwksUri: `http://${primary}/jwks` });
const askPartner = (request, response) => servers.partner.handle(request, response);
const control = createServer(async (request, response) => {
  const [, server, step] = request.url.split('/');
  try {
    await servers[server].rotate(step);
    response.writeHead(200).end();
  } catch (error) {
    response.writeHead(400).end(String(error));
  }
});

const listeners = {
  primary,
  partner: await listen(createServer(askPartner)),
  'primary-tls': await listen(createTlsServer(tls, askPrimary)),
  'partner-tls': await listen(createTlsServer(tls, askPartner)),
  control: await listen(control),
};
writeFileSync(`${readyFile}.new`, JSON.stringify({ listeners }));
renameSync(`${readyFile}.new`, readyFile);
