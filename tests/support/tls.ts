/**
 * Certificates for tests: an authority of their own and what it signs.
 *
 * @module
 */

import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const DAY_MS = 86_400_000;
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

/** A certificate and its private key, both PEM. */
export interface CertifiedKey {
  cert: string;
  key: string;
}

/** A certificate authority. */
export interface TestAuthority {
  /** Its certificate, PEM. */
  cert: string;
  /**
   * Signs a certificate; `names` are host names and IP addresses. It is valid for a day from
   * `notBeforeMs`.
   */
  issue(
    names: readonly string[],
    options?: { notBeforeMs?: number; forClients?: boolean; inSubjectOnly?: boolean },
  ): Promise<CertifiedKey>;
}

/** Makes a new authority. */
export async function createTestAuthority(
  name = "Test CA",
  { notBeforeMs = Date.now() - DAY_MS }: { notBeforeMs?: number } = {},
): Promise<TestAuthority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const now = Date.now();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notBeforeMs + 2 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    cert: certificate.toString("pem"),
    issue: (names, { notBeforeMs = now - DAY_MS / 2, forClients, inSubjectOnly } = {}) => {
      const signer = { issuer: certificate.subject, signingKey: keys.privateKey };
      return issue(names, { ...signer, notBeforeMs, forClients, inSubjectOnly });
    },
  };
}

async function issue(
  names: readonly string[],
  { notBeforeMs, forClients, inSubjectOnly, issuer, signingKey }: {
    notBeforeMs: number;
    forClients?: boolean | undefined;
    inSubjectOnly?: boolean | undefined;
    issuer: string;
    signingKey: CryptoKey;
  },
): Promise<CertifiedKey> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${names[0]}`,
    issuer,
    publicKey: keys.publicKey,
    signingKey,
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notBeforeMs + DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false),
      ...(inSubjectOnly ? [] : [new x509.SubjectAlternativeNameExtension(names.map(generalName))]),
      ...(forClients ? [new x509.ExtendedKeyUsageExtension([CLIENT_AUTH])] : []),
    ],
  });
  return { cert: certificate.toString("pem"), key: await privateKeyPem(keys.privateKey) };
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}

function generalName(value: string): x509.JsonGeneralName {
  return { type: /^[\d.]+$|:/.test(value) ? "ip" : "dns", value };
}

/** Makes a certificate that signs itself and calls itself an authority, as `openssl req -x509` does; valid for a day from `notBeforeMs`. */
export async function selfSign(
  names: readonly string[],
  { notBeforeMs = Date.now() - DAY_MS / 2 }: { notBeforeMs?: number } = {},
): Promise<CertifiedKey> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${names[0]}`,
    keys,
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notBeforeMs + DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension(names.map(generalName)),
    ],
  });
  return { cert: certificate.toString("pem"), key: await privateKeyPem(keys.privateKey) };
}
