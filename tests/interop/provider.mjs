// What both identity management servers have in common: keys that rotate, and how access tokens look.
import { exportJWK, generateKeyPair, Provider, SignJWT } from './packages.mjs';

export const SCOPE = '3gpp:mc:ptt_service';
export const CIBA = 'urn:openid:params:grant-type:ciba';
export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
export const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

async function newKey(kid) {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { jwk: { ...(await exportJWK(privateKey)), kid, use: 'sig', alg: 'ES256' }, privateKey };
}

// One oidc-provider with its keys. It signs with the first of them; the published set has all.
//
// oidc-provider takes keys at its start only. A change of keys is a new Provider in the place of the old, as an operator
// who restarts it with another configuration has it; what it stored (requests, grants) stays.
export class IdentityServer {
  #name;
  #issuer;
  #configuration;
  #register;
  #keys;
  #made = 1;

  // `register(provider, server)` adds the grant types that oidc-provider does not have.
  static async create({ name, issuer, configuration, register }) {
    const server = new IdentityServer();
    server.#name = name;
    server.#issuer = issuer;
    server.#configuration = configuration;
    server.#register = register;
    server.#keys = [await newKey(`${name}-1`)];
    server.#restart();
    return server;
  }

  #restart() {
    const provider = new Provider(this.#issuer, {
      ...this.#configuration,
      jwks: { keys: this.#keys.map((key) => key.jwk) },
    });
    provider.on('server_error', (ctx, error) => console.error(this.#name, error));
    this.#register(provider, this);
    this.handle = provider.callback();
  }

  get issuer() {
    return this.#issuer;
  }

  get configuration() {
    return this.#configuration;
  }

  // The three steps of a rotation: a new key is published, then signs, then the old one goes.
  async rotate(step) {
    if (step === 'publish') {
      this.#made += 1;
      this.#keys.push(await newKey(`${this.#name}-${this.#made}`));
    } else if (step === 'sign') {
      this.#keys.reverse();
    } else if (step === 'retire') {
      this.#keys.length = 1;
    } else {
      throw new Error(`no such step: ${step}`);
    }
    this.#restart();
  }

  // The public keys by `kid`, for tokens that come back to who issued them.
  publicKeys() {
    return { keys: this.#keys.map(({ jwk: { d, ...publicJwk } }) => publicJwk) };
  }

  // A JWT that is not an access token, which oidc-provider has no model for; by the same key as its access tokens.
  sign(typ, claims, lifetimeSeconds) {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...claims, iss: this.#issuer, iat: now, exp: now + lifetimeSeconds })
      .setProtectedHeader({ typ, alg: 'ES256', kid: this.#keys[0].jwk.kid })
      .sign(this.#keys[0].privateKey);
  }
}

// Access tokens are JWTs (RFC 9068) by ES256, whose audience is the requested resource (RFC 8707), with the claims of
// `claimsOf(accountId)` added.
export function accessTokens(lifetimeOf, claimsOf) {
  return {
    scopes: ['openid'],
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (ctx, resource, client) => ({
          scope: SCOPE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetimeOf(client.clientId),
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    extraTokenClaims: (ctx, token) => claimsOf(token.accountId),
  };
}

// A confidential client of a user's device. Real ones have no secret in common; they register keys.
export function client(id, grantTypes) {
  return {
    client_id: id,
    client_secret: 'secret-of-the-test',
    grant_types: grantTypes,
    response_types: [],
    redirect_uris: [],
    id_token_signed_response_alg: 'ES256',
    ...(grantTypes.includes(CIBA) && { backchannel_token_delivery_mode: 'poll' }),
  };
}
