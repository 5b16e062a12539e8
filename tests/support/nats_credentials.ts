/**
 * An operator of NATS with one account and one user, as `nsc` makes them: what a server is told of
 * them, and the user's credentials file.
 *
 * @module
 */

import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** What {@linkcode makeCredentials} makes. */
export interface NatsCredentials {
  /** Configuration of a server that lets the user in. */
  config: string;
  /** Text of the credentials file. */
  creds: string;
}

/** Makes everything anew. */
export function makeCredentials(): NatsCredentials {
  const [operator, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const unlimited = {
    conn: -1,
    leaf: -1,
    imports: -1,
    exports: -1,
    subs: -1,
    data: -1,
    payload: -1,
  };
  const operatorJwt = signedJwt(operator, operator, { type: "operator" });
  const accountJwt = signedJwt(account, operator, { type: "account", limits: unlimited });
  const userJwt = signedJwt(user, account, { type: "user", subs: -1, data: -1, payload: -1 });
  const seed = new TextDecoder().decode(user.getSeed());
  return {
    config: `operator: ${operatorJwt}\nresolver: MEMORY\n` +
      `resolver_preload: { ${account.getPublicKey()}: ${accountJwt} }`,
    creds: `-----BEGIN NATS USER JWT-----\n${userJwt}\n------END NATS USER JWT------\n\n` +
      `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`,
  };
}

function signedJwt(subject: KeyPair, issuer: KeyPair, nats: object): string {
  const claims = {
    jti: subject.getPublicKey(),
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    name: "test",
    nats: { ...nats, version: 2 },
  };
  const signed = [{ typ: "JWT", alg: "ed25519-nkey" }, claims]
    .map((part) => base64url(new TextEncoder().encode(JSON.stringify(part))))
    .join(".");
  return `${signed}.${base64url(issuer.sign(new TextEncoder().encode(signed)))}`;
}

function base64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
