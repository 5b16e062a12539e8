/**
 * A transport that takes certificates and key anew when their files have changed.
 *
 * Whoever renews certificates tells nobody, and connections that are kept alive hide for long that
 * the old ones are no longer good. So the files are looked at after each request that got no
 * answer, every few minutes, and at a reload. What has changed is put in force by opening another
 * transport beside the one before: requests under way there end in peace.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Clock } from "../../../shared/clock.ts";
import { messageOf } from "../../../shared/errors.ts";
import { readRegularFile } from "../../../shared/files/regular_file.ts";
import { describeFetchError } from "./fetch_error.ts";
import type { FetchLike } from "./server_connection.ts";
import { systemTrustFiles } from "../tls/system_trust.ts";
import {
  readTlsFiles,
  type TlsFiles,
  type TlsMaterial,
  type TlsOption,
  trustedAuthorities,
} from "../tls/tls_files.ts";
import { openTransport, type Transport, type TransportOptions } from "./transport.ts";

/** How often the files are looked at when nothing asks for it, in milliseconds. */
const LOOK_INTERVAL_MS = 300_000;

/** Connections to a server, with what stands in the certificate files now. */
export class RenewingTransport implements Transport {
  readonly #options: TransportOptions & { clock: Clock };
  readonly #log = getLogger(["agent", "comms"]);
  #current: Transport;
  /** The one before: it still serves what it was serving. */
  #previous: Transport | undefined;
  #material: TlsMaterial;
  #contents: string;
  /** What the files held when they could not be used: it is said once. */
  #refusedContents: string | undefined;
  #lookedAt: number;

  /** @throws {AgentError} `config_invalid` for a file that can't be used */
  constructor(options: TransportOptions & { clock: Clock }) {
    this.#options = options;
    this.#contents = contentsOf(options);
    this.#material = readTlsFiles(options);
    this.#current = openTransport(this.#material, options);
    this.#lookedAt = options.clock.monotonic();
  }

  /** The files that are looked at. */
  get files(): string[] {
    const { clientCert, clientKey } = this.#options;
    return [...trustFiles(this.#options), clientCert, clientKey].filter((path) =>
      path !== undefined
    );
  }

  /** Like that of any transport; a handshake that failed is tried again when a file has changed. */
  readonly fetch: FetchLike = async (url, init) => {
    const used = this.#current;
    try {
      return await used.fetch(url, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      this.#look();
      // Another request may have looked meanwhile.
      const isRenewed = this.#current !== used;
      // What was sent already may have done its work, and is not for this place to repeat.
      if (!isRenewed || !describeFetchError(error, url).beforeSending) throw error;
      return await this.#current.fetch(url, init);
    }
  };

  /**
   * Looks at the files; gives the options whose file has changed and is in force now.
   *
   * @throws {TlsFileError} for a file that can't be used; the old ones stay in force then
   */
  renew(): TlsOption[] {
    this.#lookedAt = this.#options.clock.monotonic();
    const contents = contentsOf(this.#options);
    // The text is compared, not its time: tools write the same certificate anew.
    if (contents === this.#contents) return [];
    const material = readTlsFiles(this.#options);
    const changed = changedOptions(this.#material, material);
    this.#contents = contents;
    if (changed.length > 0) this.#replace(material, changed);
    return changed;
  }

  /** Looks at the files if that was last done minutes ago; what is wrong goes to the log. */
  lookNowAndThen(): void {
    if (this.#options.clock.monotonic() - this.#lookedAt >= LOOK_INTERVAL_MS) this.#look();
  }

  close(): void {
    this.#previous?.close();
    this.#current.close();
  }

  #look(): void {
    this.#lookedAt = this.#options.clock.monotonic();
    const contents = contentsOf(this.#options);
    // Said once: a file that is half written is looked at again when it has changed.
    if (contents === this.#refusedContents) return;
    this.#refusedContents = undefined;
    try {
      this.renew();
    } catch (error) {
      this.#refusedContents = contents;
      this.#log.warn("Certificate files have changed, and the old ones stay in force: {reason}", {
        reason: messageOf(error),
      });
    }
  }

  #replace(material: TlsMaterial, changed: readonly TlsOption[]): void {
    // What is less safe than it could be has been said.
    const next = openTransport(material, { ...this.#options, warn: () => {} });
    this.#previous?.close();
    // Kept open for one more change: requests may be under way over it.
    this.#previous = this.#current;
    this.#current = next;
    this.#material = material;
    this.#log.info("Changed certificate files are in force: {options}", {
      options: changed.join(", "),
      files: this.files,
    });
  }
}

/** What stands in the files, whether it can be used or not. */
function contentsOf(files: TlsFiles): string {
  const paths = [...trustFiles(files), files.clientCert, files.clientKey];
  return JSON.stringify(paths.map((path) => path && [path, contentOf(path)]));
}

function trustFiles({ caCert, systemTrust }: TlsFiles): string[] {
  return caCert === undefined ? systemTrustFiles(systemTrust) ?? [] : [caCert];
}

function contentOf(path: string): string | null {
  try {
    return readRegularFile(path);
  } catch {
    // Whoever uses the files says why.
    return null;
  }
}

function changedOptions(before: TlsMaterial, after: TlsMaterial): TlsOption[] {
  const changed: TlsOption[] = [];
  // Without the option, the system's authorities are its value.
  const isSameTrust = trustedAuthorities(before)?.join() === trustedAuthorities(after)?.join();
  if (!isSameTrust) changed.push("ca_cert");
  if (before.cert !== after.cert) changed.push("client_cert");
  if (before.key !== after.key) changed.push("client_key");
  return changed;
}
