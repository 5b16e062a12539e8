/**
 * What the parts of an import work with.
 *
 * @module
 */

import type { Bucket } from "../../cluster/link/bucket.ts";
import type { prepare } from "../../cluster/prepare.ts";
import type { ClusterLink } from "../../cluster/link/cluster_link.ts";
import type { SingleManager } from "./single_manager.ts";

/** What the parts work with. */
export interface ImportParts {
  single: SingleManager;
  link: ClusterLink;
  cluster: Awaited<ReturnType<typeof prepare>>;
}

/** What became of a part. */
export interface Put {
  /** How many things were missing. */
  written: number;
  /** Events that a cluster cannot keep. */
  tooLarge: number;
}

/** Puts a value where there is none. */
export async function create<Value>(
  bucket: Bucket<Value>,
  key: string,
  { value, put }: { value: Value; put: Put },
): Promise<void> {
  const missing = { key, value: undefined, revision: 0 };
  const { changed } = await bucket.change(
    key,
    (there) => there === undefined ? value : undefined,
    missing,
  );
  if (changed) put.written++;
}
