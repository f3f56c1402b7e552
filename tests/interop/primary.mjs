// The primary MC system's identity management server: it knows the user, and vouches for the user to others.
import { randomUUID } from 'node:crypto';

import { createLocalJWKSet, errors, jwtVerify } from './packages.mjs';
import { accessTokens, CIBA, client, IdentityServer, SCOPE, TOKEN_EXCHANGE } from './provider.mjs';

const ISSUER = 'https://id.north.example';
const RESOURCE = 'https://mc.north.example';
const JWT = 'urn:ietf:params:oauth:token-type:jwt';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
// An extension of mcmig (docs/tokens.md): a type for what an exchange can ask for.
const PRIMARY_CREDENTIAL = 'urn:mcmig:token-type:primary-credential';
const LIFETIME_SECONDS = 300;

// The account of the access token that the client exchanges; JWTs are not stored, so the signature says it all.
async function accountOf(server, params) {
  if (params.subject_token_type !== ACCESS_TOKEN) throw new errors.InvalidRequest('subject_token_type');
  try {
    const { payload } = await jwtVerify(params.subject_token ?? '', createLocalJWKSet(server.publicKeys()), {
      issuer: server.issuer,
      audience: RESOURCE,
      algorithms: ['ES256'],
      typ: 'at+jwt',
    });
    return payload;
  } catch {
    throw new errors.InvalidGrant('subject_token');
  }
}

// RFC 8693. Two things can be asked for: the security token for a partner's identity management server (TS 33.180), by
// `resource`, and the primary credential for a partner MC system, by `audience`.
function exchange(server, users, partners) {
  return async (ctx) => {
    const { params, client: caller } = ctx.oidc;
    const { sub, client_id: holder } = await accountOf(server, params);
    if (holder !== caller.clientId) throw new errors.InvalidGrant('subject_token of another client');
    let token;
    if (params.requested_token_type === PRIMARY_CREDENTIAL) {
      if (!partners.systems.includes(params.audience)) throw new errors.InvalidTarget('audience');
      token = await server.sign('mcmig-primary-credential+jwt', {
        aud: [params.audience], jti: randomUUID(), mcptt_id: users[sub].primary,
      }, LIFETIME_SECONDS);
    } else if (params.requested_token_type === JWT) {
      if (!partners.issuers.includes(params.resource)) throw new errors.InvalidTarget('resource');
      token = await server.sign('JWT', {
        aud: [caller.clientId, params.resource], jti: randomUUID(), sub,
      }, LIFETIME_SECONDS);
    } else {
      throw new errors.InvalidRequest('requested_token_type');
    }
    ctx.body = {
      access_token: token,
      issued_token_type: params.requested_token_type,
      token_type: 'N_A',
      expires_in: LIFETIME_SECONDS,
    };
  };
}

// `users`: by account, {primary, partner}, its MC service IDs. `partners`: {systems, issuers} of those with an agreement.
export function createPrimary(users, partners) {
  const common = accessTokens(() => LIFETIME_SECONDS, (account) => ({ mcptt_id: users[account].primary }));
  let current;
  return IdentityServer.create({
    name: 'north',
    issuer: ISSUER,
    configuration: {
      ...common,
      clients: [client('mcptt-client', [CIBA, TOKEN_EXCHANGE])],
      findAccount: (ctx, id) => users[id] && { accountId: id, claims: () => ({ sub: id }) },
      features: {
        ...common.features,
        ciba: {
          enabled: true,
          deliveryModes: ['poll'],
          processLoginHint: (ctx, hint) => hint,
          verifyUserCode: () => {},
          validateRequestContext: () => {},
          // Stands for the user, who says yes on another device.
          triggerAuthenticationDevice: async (ctx, request, account, caller) => {
            const grant = new current.Grant({ accountId: account.accountId, clientId: caller.clientId });
            grant.addOIDCScope('openid');
            grant.addResourceScope(RESOURCE, SCOPE);
            await grant.save();
            await current.backchannelResult(request, grant);
          },
        },
      },
    },
    register: (provider, server) => {
      current = provider;
      provider.registerGrantType(TOKEN_EXCHANGE, exchange(server, users, partners),
        ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope']);
    },
  });
}
