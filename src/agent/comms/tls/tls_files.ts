/**
 * Certificates and keys from PEM files, checked before anything connects, so that a wrong file is
 * said by its name and not as a failed handshake.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from "node:crypto";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { readRegularFile } from "../../../shared/files/regular_file.ts";
import { oneLine } from "../../../shared/text.ts";
import { readSystemTrust, type SystemTrustOptions } from "./system_trust.ts";

/** Paths as configured. */
export interface TlsFiles {
  /** PEM file with the certificates of the authorities to trust. */
  caCert?: string | undefined;
  /** PEM file with the agent's own certificate; needs {@linkcode clientKey}. */
  clientCert?: string | undefined;
  /** PEM file with the private key of {@linkcode clientCert}. */
  clientKey?: string | undefined;
  /** Where the system's authorities are. @default where this system has them */
  systemTrust?: SystemTrustOptions;
}

/** What stands in the files, as PEM texts. */
export interface TlsMaterial {
  /** The authorities of `ca_cert`, which alone are trusted then. */
  ca?: string[];
  /** Those of the system, where no `ca_cert` is given; missing where only the platform can use them. */
  system?: string[];
  cert?: string;
  key?: string;
}

/** The option of the configuration that names a file, without the section `agent`. */
export type TlsOption = "ca_cert" | "client_cert" | "client_key";

/** A file that cannot be used, and the option that names it. */
export class TlsFileError extends AgentError {
  readonly option: TlsOption;

  constructor(option: TlsOption, message: string, options: { cause?: unknown; hint: string }) {
    super("config_invalid", message, options);
    this.option = option;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads and checks the files.
 *
 * @throws {TlsFileError} `config_invalid`, naming option and file, when one can't be read or isn't
 *   what it should be
 */
export function readTlsFiles(
  { caCert, clientCert, clientKey, systemTrust }: TlsFiles,
): TlsMaterial {
  const material: TlsMaterial = {};
  const system = caCert === undefined ? readSystemTrust(systemTrust) : undefined;
  if (caCert !== undefined) material.ca = readCertificates("ca_cert", caCert);
  else if (system !== undefined) material.system = system;
  if (clientCert === undefined && clientKey === undefined) return material;
  if (clientCert === undefined || clientKey === undefined) throw halfOfPair(clientCert);
  material.cert = readCertificates("client_cert", clientCert).join("\n");
  material.key = readPem("client_key", clientKey);
  checkPair(material.cert, material.key, clientKey);
  return material;
}

function readCertificates(option: TlsOption, path: string): string[] {
  const found = readPem(option, path).match(CERTIFICATE);
  if (found === null) {
    throw new TlsFileError(option, `Cannot use ${option} "${path}": no certificate in it`, {
      hint: "give a PEM file; it has lines that read -----BEGIN CERTIFICATE-----",
    });
  }
  // Each by itself: a damaged one among good ones is to be named too.
  for (const pem of found) parse(option, path, () => new X509Certificate(pem));
  return found;
}

function readPem(option: TlsOption, path: string): string {
  try {
    return readRegularFile(path);
  } catch (error) {
    throw new TlsFileError(option, `Cannot read ${option} "${path}": ${messageOf(error)}`, {
      cause: error,
      hint: error instanceof Deno.errors.PermissionDenied
        ? "the user that the agent runs as has to be able to read it and to enter the folders above it"
        : `check the path given as ${option}`,
    });
  }
}

/**
 * A key that is not the certificate's would only show at the first handshake (and ends some Deno
 * versions).
 */
function checkPair(cert: string, key: string, path: string): void {
  const privateKey = parse("client_key", path, () => createPrivateKey(key));
  if (new X509Certificate(cert).checkPrivateKey(privateKey)) return;
  throw new TlsFileError(
    "client_key",
    `Cannot use client_key "${path}": it does not belong to the certificate in client_cert`,
    { hint: "give the key that the certificate was made with" },
  );
}

function parse<T>(option: TlsOption, path: string, read: () => T): T {
  try {
    return read();
  } catch {
    // The cause is left out: it could quote the file, and the file may hold a key.
    throw new TlsFileError(option, `Cannot use ${option} "${path}": it is damaged`, {
      hint: option === "client_key"
        ? "give an unencrypted PEM file"
        : "give a PEM file with whole certificates",
    });
  }
}

function halfOfPair(clientCert: string | undefined): TlsFileError {
  const [given, missing] = clientCert === undefined
    ? ["client_key", "client_cert"] as const
    : ["client_cert", "client_key"] as const;
  return new TlsFileError(given, `Cannot use ${given} without ${missing}`, {
    hint: `give ${missing} too, or neither`,
  });
}

/** The authorities that are trusted; `undefined` when those are the platform's. */
export function trustedAuthorities({ ca, system }: TlsMaterial): string[] | undefined {
  return ca ?? system;
}

/** What is to be said of authorities whose time is over at `nowMs` (wall clock): TLS itself goes on believing what they signed. */
export function expiredAuthorities({ ca = [] }: TlsMaterial, nowMs: number): string[] {
  return ca.map((pem) => new X509Certificate(pem))
    .filter(({ validTo }) => Date.parse(validTo) < nowMs)
    .map(({ subject, validTo }) =>
      `ca_cert has an authority that has expired, ${
        oneLine(subject)
      } (${validTo}): it is trusted ` +
      "still; have it replaced"
    );
}

/** Why no server takes the agent's own certificate at `nowMs` (wall clock); `undefined` when there is none, or nothing is seen. */
export function clientCertificateProblem({ cert }: TlsMaterial, nowMs: number): string | undefined {
  if (cert === undefined) return undefined;
  const { validFrom, validTo } = new X509Certificate(cert);
  if (Date.parse(validTo) < nowMs) return `its certificate (client_cert) has expired (${validTo})`;
  if (Date.parse(validFrom) <= nowMs) return undefined;
  return `its certificate (client_cert) is not valid yet (before ${validFrom})`;
}

/** A request that failed with a certificate of the agent's own that no server takes; its message says why. */
export class ClientCertificateError extends Error {
  override readonly name = "ClientCertificateError";
}
