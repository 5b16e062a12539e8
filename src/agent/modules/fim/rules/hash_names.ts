/** Digests that can be made of a file. */
export const HASHES = ["md5", "sha1", "sha256"] as const;

/** A digest. */
export type HashName = (typeof HASHES)[number];
