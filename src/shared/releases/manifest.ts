/**
 * Manifests: what an organisation signs about what its agents may download, apart from the files themselves.
 *
 *     {"signatures":[{"keyid":"…","sig":"…"}],"signed":{"expires":"…","from":">=1.2.0","issued":"…","release":37,
 *      "targets":{"linux-x86_64":{"name":"agent-1.4.0-linux-x86_64","sha256":"…","size":97079159}},"type":"agent-release",
 *      "version":"1.4.0"}}
 *
 * A manifest stands in a file and on the wire in its canonical form (RFC 8785), and only so: there is one text for each, so that
 * whoever reads it, with whatever parser, reads what was signed. `sig` is Ed25519 (RFC 8032, base64) over the canonical form of
 * `signed`, `keyid` the name of the key. The rules are those of The Update Framework: several keys may have to sign (threshold),
 * `release` only grows (nobody brings back an old one), `expires` ends it (nobody hands out for long what has been replaced), and one document
 * names all files (nobody mixes them).
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as z from "zod";
import semver from "./semver.ts";

/** Longest manifest, in bytes. */
export const MAX_MANIFEST_BYTES = 262_144;

/** Names of what can be downloaded: a name, never a path, and nothing hidden. */
export const DOWNLOAD_NAME = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}$/;

const PLATFORM = /^[a-z0-9]{1,20}-[a-z0-9_]{1,20}$/;
const MOST_TARGETS = 32;
const MOST_KEYS = 16;
const MOST_SIGNATURES = 16;
const LONGEST_RANGE = 200;

const keyId = z.string().regex(/^[0-9a-f]{16}$/, "is not a key's name, 16 hexadecimal digits");
/** One text for each value: the bits that the last character has too many are 0. */
const base64 = z.base64().min(1).max(200).refine(
  (text) => Buffer.from(text, "base64").toString("base64") === text,
  "is not base64",
);
const time = z.iso.datetime("is not a time such as 2026-11-26T04:00:00Z");
const version = z.string().max(100).refine(
  (text) => semver.parse(text, { loose: false })?.version === text.replace(/\+.*$/, ""),
  "is not a version such as 1.4.0",
);

/** A file as its manifest names it. */
const file = {
  name: z.string().regex(DOWNLOAD_NAME, "is not a file's name"),
  /** In bytes. */
  size: z.int().positive(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "is not a SHA-256, 64 hexadecimal digits"),
};

/** What every manifest says. Times are ISO 8601 in UTC. */
const common = {
  /** Grows with each of its type (of scripts: of its name). */
  release: z.int().positive(),
  issued: time,
  expires: time,
};

const target = z.strictObject(file);

const agentRelease = z.strictObject({
  type: z.literal("agent-release"),
  version,
  ...common,
  /** Versions that may be replaced by it, as a range of semantic versions. */
  from: z.string().min(1).max(LONGEST_RANGE).refine(
    (text) => semver.validRange(text) !== null,
    "is not a range of versions such as >=1.2.0",
  ),
  /** The version of the database that it keeps, when it cannot read the one of the versions before. */
  database: z.int().nonnegative().optional(),
  /** By platform, such as `linux-x86_64`. */
  targets: z.record(z.string().regex(PLATFORM, "is not a platform such as linux-x86_64"), target)
    .refine((targets) => Object.keys(targets).length > 0, "names no file")
    .refine((targets) => Object.keys(targets).length <= MOST_TARGETS, "names too many files"),
});

const agentKeys = z.strictObject({
  type: z.literal("agent-keys"),
  ...common,
  /** How many of the keys have to sign from then on. */
  threshold: z.int().positive(),
  keys: z.array(z.strictObject({
    keyid: keyId,
    /** The public half: SPKI, DER, base64. */
    public: base64,
  })).min(1).max(MOST_KEYS),
});

const script = z.strictObject({ type: z.literal("script"), ...common, ...file });

const manifest = z.strictObject({
  signed: z.discriminatedUnion("type", [agentRelease, agentKeys, script], {
    error: "is not agent-release, agent-keys or script",
  }),
  signatures: z.array(z.strictObject({ keyid: keyId, sig: base64 }))
    .max(MOST_SIGNATURES),
});

/** A file that a manifest names. */
export type ReleaseTarget = z.output<typeof target>;

/** A version of the agent, for several platforms. */
export type AgentRelease = z.output<typeof agentRelease>;

/** The keys that count from then on in place of those that signed it. */
export type AgentKeys = z.output<typeof agentKeys>;

/** One script for the active response. */
type ScriptRelease = z.output<typeof script>;

/** What is signed, by its type. */
export interface SignedByType {
  "agent-release": AgentRelease;
  "agent-keys": AgentKeys;
  script: ScriptRelease;
}

/** What a manifest is about. */
export type ManifestType = keyof SignedByType;

/** A signature of a manifest. */
export interface ManifestSignature {
  keyid: string;
  /** Base64. */
  sig: string;
}

/** A manifest of the right form, whoever signed it. */
export interface Manifest {
  signed: AgentRelease | AgentKeys | ScriptRelease;
  signatures: ManifestSignature[];
}

/** The schema of a manifest's value. */
export const MANIFEST: z.ZodType<Manifest> = manifest;
