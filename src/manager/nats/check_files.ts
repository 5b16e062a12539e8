/**
 * Looks at the files that options name when the manager starts, so that a wrong one is said by its
 * option, and not by each attempt to connect.
 *
 * @module
 */

import { credsAuthenticator, nkeys } from "@nats-io/transport-node";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { AgentError } from "../../shared/errors.ts";
import { whyUnusable } from "./file_trouble.ts";
import type { NatsOptions } from "./options_schema.ts";
import { readSecretFile, readSecretLine } from "./secret_file.ts";

const SECTION = "manager_keepalive.nats";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** Any text does: what is made with it is not sent. */
const NONCE = "nonce";

/**
 * Checks the files for logging in and for TLS.
 *
 * @throws AgentError `config_invalid`, naming option and file
 */
export function checkConnectionFiles(options: NatsOptions): void {
  const { creds_file, password_file, token_file, nkey_seed_file, tls } = options;
  checkFile("creds_file", creds_file, checkCredentials);
  checkFile("password_file", password_file, readSecretLine);
  checkFile("token_file", token_file, readSecretLine);
  checkFile("nkey_seed_file", nkey_seed_file, checkSeed);
  checkFile("tls.ca", tls.ca, readCertificates);
  checkFile("tls.cert", tls.cert, readCertificates);
  checkFile("tls.key", tls.key, (path) => checkPrivateKey(path, tls.cert));
}

/**
 * What `read` makes of the file that an option of `manager_keepalive.nats` names.
 *
 * @throws AgentError `config_invalid`, naming the option, with what `read` throws
 */
export async function readOptionFile<T>(option: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw invalid(option, error);
  }
}

function checkFile(option: string, path: string | undefined, check: (path: string) => void): void {
  if (path === undefined) return;
  try {
    check(path);
  } catch (error) {
    throw invalid(option, error);
  }
}

function invalid(option: string, error: unknown): AgentError {
  return new AgentError("config_invalid", `${SECTION}.${option}: ${whyUnusable(error)}`, {
    hint: "put the file right, or name another one",
  });
}

function checkCredentials(path: string): void {
  const text = new TextEncoder().encode(readSecretFile(path));
  parse(path, "a credentials file", () => credsAuthenticator(text)(NONCE));
}

function checkSeed(path: string): void {
  const seed = new TextEncoder().encode(readSecretLine(path));
  parse(path, "the seed of an NKey", () => nkeys.fromSeed(seed));
}

function readCertificates(path: string): X509Certificate[] {
  const text = readText(path);
  return parse(path, "certificates (PEM)", () => {
    const certificates = text.match(CERTIFICATE) ?? [];
    if (certificates.length === 0) throw new Error("none");
    return certificates.map((pem) => new X509Certificate(pem));
  });
}

function checkPrivateKey(path: string, certificatePath: string | undefined): void {
  const pem = readSecretFile(path);
  const key = parse(path, "an unencrypted private key (PEM)", () => createPrivateKey(pem));
  const [certificate] = certificatePath === undefined ? [] : readCertificates(certificatePath);
  if (certificate === undefined || certificate.checkPrivateKey(key)) return;
  throw new Error(`Cannot use "${path}": it does not belong to the certificate in tls.cert`);
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`Cannot read "${path}": ${whyUnusable(error)}`);
  }
}

function parse<T>(path: string, wanted: string, read: () => T): T {
  try {
    return read();
  } catch {
    // What the parser says could quote a secret, and helps nobody.
    throw new Error(`Cannot use "${path}": it is not ${wanted}`);
  }
}
