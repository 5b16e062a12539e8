/**
 * The authorities that the operating system trusts.
 *
 * Deno comes with authorities of its own, Mozilla's, and knows nothing of those that a company has installed. So the agent takes
 * nobody's word but the system's: from the file where distributions keep it, which is read again when it changes, or, on macOS and
 * Windows, from the system's own store. That Deno's own are not trusted beside them is seen to in `process/environment.ts`.
 *
 * @module
 */

import * as tls from "node:tls";
import { X509Certificate } from "node:crypto";
import { readRegularFile } from "../../../shared/files/regular_file.ts";

/** Where distributions keep all authorities in one file; the first that is there counts. */
const BUNDLES = [
  // Debian, Ubuntu, Arch, Gentoo, Alpine
  "/etc/ssl/certs/ca-certificates.crt",
  // Fedora, Red Hat and their family
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  // SUSE
  "/etc/ssl/ca-bundle.pem",
  "/var/lib/ca-certificates/ca-bundle.pem",
  // OpenELEC, Alpine, the BSDs
  "/etc/pki/tls/cacert.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
] as const;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What the system is asked about. */
export interface SystemTrustOptions {
  platform?: typeof Deno.build.os;
  /** The files that may be there, the likeliest first. @default those of the distributions */
  bundles?: readonly string[];
}

/** The files with the system's authorities: one or none; `undefined` where the system has a store of another kind. */
export function systemTrustFiles(
  { platform = Deno.build.os, bundles = BUNDLES }: SystemTrustOptions = {},
): string[] | undefined {
  if (platform === "darwin" || platform === "windows") return undefined;
  const bundle = bundles.find(isReadable);
  return bundle === undefined ? [] : [bundle];
}

/**
 * The system's authorities, each as PEM text; `undefined` when only the platform itself can use them.
 *
 * What is damaged is left out: it is the system's, and there is more.
 */
export function readSystemTrust(options: SystemTrustOptions = {}): string[] | undefined {
  const files = systemTrustFiles(options);
  if (files !== undefined) {
    return usable([...new Set(files.flatMap((path) => textOf(path).match(CERTIFICATE) ?? []))]);
  }
  // Not every version of the platform has it.
  const { getCACertificates } = tls as { getCACertificates?: (kind: "system") => string[] };
  return getCACertificates?.("system");
}

function isReadable(path: string): boolean {
  return textOf(path) !== "";
}

function textOf(path: string): string {
  try {
    return readRegularFile(path);
  } catch {
    return "";
  }
}

/** One that is damaged spoils all; to try them together costs 1 ms, to look at each 40. */
function usable(authorities: string[]): string[] {
  try {
    Deno.createHttpClient({ caCerts: authorities }).close();
    return authorities;
  } catch {
    return authorities.filter(isCertificate);
  }
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
