// oidc-provider and jose, from the directory that the environment names: the packages are not in the source tree.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const { resolve } = createRequire(`${process.env.MCMIG_INTEROP_PACKAGES}/package.json`);
const load = (name) => import(pathToFileURL(resolve(name)).href);

export const { default: Provider, errors } = await load('oidc-provider');
export const { createLocalJWKSet, createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT } = await load('jose');
