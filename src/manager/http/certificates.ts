/**
 * A certificate authority of the manager's own and a server certificate from it.
 *
 *     ca.pem, ca.key            made at the first start; agents are given ca.pem
 *     server.pem, server.key    made anew by the same authority when it is about to run out, or
 *                               when a name is missing
 *
 * Keys are ECDSA P-256 and readable by their owner only (0600).
 *
 * @module
 */

import "reflect-metadata";
import { isIP } from "node:net";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { readIfThere, writePrivate } from "../private_file.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 24 * 3_600_000;
const CA_LIFE_MS = 3_650 * DAY_MS;
const SERVER_LIFE_MS = 365 * DAY_MS;
const RENEW_BEFORE_MS = 30 * DAY_MS;
/** So that a client whose clock is behind accepts a new certificate. */
const BACKDATE_MS = DAY_MS;

/** What a TLS server needs, and where its clients find the authority. */
interface ServerCertificate {
  /** PEM: the server's certificate. */
  cert: string;
  /** PEM: its key. */
  key: string;
  caCertPath: string;
}

/** What {@linkcode ensureCertificates} takes. */
interface CertificateOptions {
  folder: string;
  /** DNS names and IP addresses the server is reached by. */
  names: readonly string[];
  /** Milliseconds since 1970. */
  nowMs: number;
}

interface Authority {
  cert: x509.X509Certificate;
  privateKey: CryptoKey;
}

/** Reads the certificates of `folder`, and makes what is missing or about to run out. */
export async function ensureCertificates(options: CertificateOptions): Promise<ServerCertificate> {
  const caCertPath = join(options.folder, "ca.pem");
  const authority = await readAuthority(options.folder) ?? await makeAuthority(options);
  const kept = await readServer(options, authority);
  return { ...(kept ?? await makeServer(options, authority)), caCertPath };
}

async function readAuthority(folder: string): Promise<Authority | undefined> {
  const cert = await readIfThere(join(folder, "ca.pem"));
  const key = await readIfThere(join(folder, "ca.key"));
  if (cert === undefined || key === undefined) return undefined;
  const pkcs8 = x509.PemConverter.decodeFirst(key);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, false, ["sign"]);
  return { cert: new x509.X509Certificate(cert), privateKey };
}

async function makeAuthority({ folder, nowMs }: CertificateOptions): Promise<Authority> {
  const keys = await newKeys();
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign;
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=Manager CA",
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + CA_LIFE_MS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(usage, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writePrivate(join(folder, "ca.key"), await privatePem(keys.privateKey));
  await writePrivate(join(folder, "ca.pem"), `${cert.toString("pem")}\n`);
  return { cert, privateKey: keys.privateKey };
}

async function readServer({ folder, names, nowMs }: CertificateOptions, authority: Authority) {
  const cert = await readIfThere(join(folder, "server.pem"));
  const key = await readIfThere(join(folder, "server.key"));
  if (cert === undefined || key === undefined) return undefined;
  const parsed = new x509.X509Certificate(cert);
  const fresh = parsed.notAfter.getTime() - nowMs > RENEW_BEFORE_MS;
  const ours = await parsed.verify({ publicKey: authority.cert, signatureOnly: true });
  return fresh && ours && coversNames(parsed, names) ? { cert, key } : undefined;
}

function coversNames(cert: x509.X509Certificate, names: readonly string[]): boolean {
  const covered = cert.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  return subjectNames(names).every(({ type, value }) =>
    covered.some((name) => name.type === type && name.value === value)
  );
}

async function makeServer({ folder, names, nowMs }: CertificateOptions, authority: Authority) {
  const keys = await newKeys();
  const generated = await x509.X509CertificateGenerator.create({
    subject: "CN=Manager",
    issuer: authority.cert.subject,
    publicKey: keys.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(nowMs - BACKDATE_MS),
    notAfter: new Date(nowMs + SERVER_LIFE_MS),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(subjectNames(names)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.cert.publicKey),
    ],
  });
  const cert = `${generated.toString("pem")}\n`;
  const key = await privatePem(keys.privateKey);
  await writePrivate(join(folder, "server.key"), key);
  await writePrivate(join(folder, "server.pem"), cert);
  return { cert, key };
}

function subjectNames(names: readonly string[]): { type: "ip" | "dns"; value: string }[] {
  return names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }));
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privatePem(key: CryptoKey): Promise<string> {
  return `${
    x509.PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")
  }\n`;
}
