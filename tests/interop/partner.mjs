// The partner MC system's identity management server: it takes the primary's word for who the user is, and decides
// itself which MC service ID that user has here.
import { createRemoteJWKSet, errors, jwtVerify } from './packages.mjs';
import { accessTokens, client, IdentityServer, JWT_BEARER, SCOPE } from './provider.mjs';

const ISSUER = 'https://id.south.example';
const RESOURCE = 'https://mc.south.example';
const LIFETIME_SECONDS = 300;

// RFC 7523, section 2.1: an assertion by the primary's identity management server, verified by the keys that it
// publishes, is the grant.
function jwtBearer(server, users, primary) {
  // Fetched each time, so that the test knows when a rotation has come here.
  const keys = createRemoteJWKSet(new URL(primary.jwksUri), { cacheMaxAge: 0, cooldownDuration: 0 });
  return async (ctx) => {
    const { params, client: caller, provider } = ctx.oidc;
    let account;
    try {
      const { payload } = await jwtVerify(params.assertion ?? '', keys, {
        issuer: primary.issuer,
        audience: server.issuer,
        algorithms: ['ES256'],
        typ: 'JWT',
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      account = payload.sub;
    } catch {
      throw new errors.InvalidGrant('assertion');
    }
    if (!Object.hasOwn(users, account)) throw new errors.InvalidGrant('no such visitor');
    if (params.scope !== SCOPE) throw new errors.InvalidScope('only MCPTT here', params.scope);

    const { features: { resourceIndicators } } = server.configuration;
    const token = new provider.AccessToken({
      accountId: account, client: caller, gty: 'jwt_bearer', scope: params.scope,
    });
    token.resourceServer = new provider.ResourceServer(
      RESOURCE, resourceIndicators.getResourceServerInfo(ctx, RESOURCE, caller));
    ctx.body = {
      access_token: await token.save(),
      expires_in: token.expiration,
      scope: token.scope,
      token_type: token.tokenType,
    };
  };
}

// `users`: by account of the primary's identity management server, {primary, partner}, its MC service IDs.
export function createPartner(users, primary) {
  const configuration = {
    ...accessTokens(
      // For a token that the test sees expire.
      (clientId) => (clientId === 'mcptt-client-brief' ? 1 : LIFETIME_SECONDS),
      (account) => ({ mcptt_id: users[account].partner, mcmig_primary_id: users[account].primary }),
    ),
    clients: ['mcptt-client', 'mcptt-client-brief'].map((id) => client(id, [JWT_BEARER])),
    findAccount: (ctx, id) => users[id] && { accountId: id, claims: () => ({ sub: id }) },
  };
  return IdentityServer.create({
    name: 'south',
    issuer: ISSUER,
    configuration,
    register: (provider, server) => {
      provider.registerGrantType(JWT_BEARER, jwtBearer(server, users, primary), ['assertion', 'scope']);
    },
  });
}
