/**
 * Whether a group's file is the server's owner's: signed with a trusted key, and no older than one that came before.
 *
 * @module
 */

import { fileSignature, signedFileBytes } from "../../../shared/signing/signed_orders.ts";
import type { OrderRules } from "./order_check.ts";
import type { SignedVersions } from "./signed_versions.ts";
import { isSignedBy } from "../../../shared/signing/trusted_keys.ts";
import { readKeyFiles } from "../../platform/trusted_key_files.ts";

/** A file as it came. */
interface ReceivedFile {
  /** Such as `web.yml`. */
  name: string;
  content: Uint8Array;
  /** The header of its answer, if it had one. */
  signature: string | undefined;
}

/** Checks the files of one update; they count as come once {@linkcode accept} was called. */
export class FileCheck {
  readonly #rules: Pick<OrderRules, "requireSignature" | "trustedKeys">;
  readonly #versions: SignedVersions;
  readonly #found = new Map<string, number>();

  constructor(
    rules: Pick<OrderRules, "requireSignature" | "trustedKeys">,
    versions: SignedVersions,
  ) {
    this.#rules = rules;
    this.#versions = versions;
  }

  /** Why a file must not be used; `undefined` when it may. */
  refusal({ name, content, signature: header }: ReceivedFile): string | undefined {
    const { requireSignature, trustedKeys } = this.#rules;
    if (!requireSignature) return undefined;
    if (header === undefined) return "it is not signed";
    const { data: signature } = fileSignature.safeParse(jsonIn(header));
    if (signature === undefined) return "its signature is wrong";
    const keys = trustedKeys === undefined ? [] : readKeyFiles(trustedKeys);
    const key = keys.find(({ id }) => id === signature.key_id);
    if (key === undefined) return `it is signed with key ${signature.key_id}, which is not trusted`;
    if (!isSignedBy(key, signedFileBytes({ name, content }, signature), signature.value)) {
      return "its signature is wrong";
    }
    const newest = this.#versions.read().files[name] ?? 0;
    if (signature.version < newest) {
      return `it is replayed: its version is ${signature.version}, and ${newest} came before it`;
    }
    this.#found.set(name, signature.version);
    return undefined;
  }

  /** Remembers the versions of the files that were checked. */
  accept(): void {
    if (this.#found.size > 0) this.#versions.noteFiles(this.#found);
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
