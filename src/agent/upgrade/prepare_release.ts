/**
 * Getting a release ready to be tried: manifest, room, download, a first look at whether it runs.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import { download } from "./download.ts";
import type { Installation } from "./installation.ts";
import { learnKeys, type LearntKeys } from "./learn_keys.ts";
import { requireRunnable } from "./preflight.ts";
import { UpgradeRefusal } from "./refusal.ts";
import { type CheckedRelease, checkRelease, requireAllowed } from "./release_check.ts";
import { requireSpace } from "./space.ts";
import type { UpgradeSteps } from "./upgrade_steps.ts";
import type { UpgraderDeps } from "./upgrader_deps.ts";
import type { UpgradeWish } from "./upgrade_wish.ts";

/** A version that lies ready. */
export interface ReadyVersion {
  version: string;
  /** `null` for a version that was here before. */
  release: number | null;
}

/** What a preparation works with. */
export interface PreparationContext {
  steps: UpgradeSteps;
  signal: AbortSignal;
}

/** How long a version may take to say its name, in milliseconds. */
const PREFLIGHT_LIMIT_MS = 30_000;

/**
 * Gets a release ready; `undefined` when there is nothing to do, or nothing is to be done.
 *
 * @throws {UpgradeRefusal}
 * @throws the signal's reason
 */
export async function prepareRelease(
  deps: UpgraderDeps,
  wish: UpgradeWish,
  { steps, signal }: PreparationContext,
): Promise<ReadyVersion | undefined> {
  const { version, record, options, clock, clockOffsetMs } = deps;
  requireAllowed(options(), wish, clock.now());
  const installation = await requireInstalled(deps);
  await steps.begin("manifest");
  const text = wish.manifest ?? await wish.source.manifest(wish.version, signal);
  if (text === undefined) {
    throw new UpgradeRefusal("nothing_there", "there is no release for this agent");
  }
  const nowMs = clock.now() + clockOffsetMs();
  const trust = await trustNow(deps, { wish, nowMs, signal });
  const checked = checkRelease(text, { wish, trust, options: options(), record, version, nowMs });
  const { signed, target } = checked;
  steps.to = signed.version;
  steps.release = signed.release;
  if (signed.version === version) return undefined;
  requireSameDatabase(checked, deps.database);
  await steps.begin("space");
  requireSpace(installation, target);
  if (wish.dryRun) return undefined;
  noteAttempt(deps, { to: signed.version, release: signed.release, wish });
  await fetchTarget(deps, checked, { installation, wish, steps, signal });
  await requireStart(deps, signed.version, { installation, steps, signal });
  return { version: signed.version, release: signed.release };
}

/** Whose signatures count now. */
async function trustNow(
  { keys, options, retryWaits, clock }: UpgraderDeps,
  { wish, ...asked }: { wish: UpgradeWish; nowMs: number; signal: AbortSignal },
): Promise<LearntKeys> {
  const { trusted_keys, threshold } = options();
  if (trusted_keys === undefined) {
    throw new UpgradeRefusal("no_keys", "no key may sign releases: upgrade.trusted_keys");
  }
  return await learnKeys({
    ...asked,
    store: keys,
    files: { trusted_keys, threshold },
    source: wish.source,
    keeps: wish.dryRun !== true,
    retryWaits: retryWaits(),
    clock,
  });
}

/**
 * The installation of this agent, which has the right to try a version.
 *
 * @throws {UpgradeRefusal} `not_installed`, `restart_needed`
 */
export async function requireInstalled(
  { installation, mayRun }: Pick<UpgraderDeps, "installation" | "mayRun">,
): Promise<Installation> {
  if (installation === undefined) {
    throw new UpgradeRefusal("not_installed", "upgrade: not installed", {
      hint: "agent service install puts this agent where it can be replaced",
    });
  }
  if (await mayRun()) return installation;
  throw new UpgradeRefusal(
    "restart_needed",
    "upgrades were off when the agent started, which then gave back the right to start programs",
    { hint: "restart the agent" },
  );
}

/** From here on a crash leaves something to be ended. */
export function noteAttempt(
  { record, version: from, clock }: Pick<UpgraderDeps, "record" | "version" | "clock">,
  { to, release, wish, state = "prepare" }: {
    to: string;
    release: number | null;
    wish: Pick<UpgradeWish, "documentId">;
    state?: "prepare" | "trial";
  },
): void {
  const since = new Date(clock.now()).toISOString();
  record.begin({ state, from, to, release, since, document_id: wish.documentId ?? null });
}

/** Has a version say its name and look at the configuration. */
export async function requireStart(
  { preflight, options, clock }: UpgraderDeps,
  version: string,
  { installation, steps, signal }: PreparationContext & { installation: Installation },
): Promise<void> {
  await steps.begin("preflight");
  const limitMs = Math.min(PREFLIGHT_LIMIT_MS, options().trial);
  const how = { ...preflight, limitMs, clock, signal };
  await requireRunnable(installation.programOf(version), version, how);
}

async function fetchTarget(
  { clock, options, retryWaits, random = Math.random }: UpgraderDeps,
  { signed, target }: CheckedRelease,
  { installation, wish, steps, signal }: PreparationContext & {
    installation: Installation;
    wish: UpgradeWish;
  },
): Promise<void> {
  requireWritable(installation);
  if (wish.by === "server" && options().spread > 0) {
    await steps.begin("wait");
    await clock.sleep(random() * options().spread, signal);
  }
  await steps.begin("download");
  const partial = installation.partialOf(target.sha256);
  installation.removePartials(target.sha256);
  await download(target, partial, {
    source: wish.source,
    bytesPerSecond: () => options().rate,
    retryWaits: retryWaits(),
    onProgress: (bytes) => steps.percent = Math.floor(100 * bytes / target.size),
    clock,
    signal,
  });
  await steps.begin("install");
  steps.isNew = !installation.versions().includes(signed.version);
  installation.adopt(partial, signed.version);
}

function requireWritable(installation: Installation): void {
  try {
    installation.requireWritable();
  } catch (error) {
    const hint = error instanceof AgentError ? error.hint : undefined;
    throw new UpgradeRefusal(
      "not_writable",
      `cannot put versions below "${installation.root}": ${messageOf(error)}`,
      { cause: error, hint: hint ?? "the folder must belong to the user that the agent runs as" },
    );
  }
}

/** The version of now could not read what the other one has written, should that fail. */
function requireSameDatabase({ signed }: CheckedRelease, own: number): void {
  const { database = own, version } = signed;
  if (database === own) return;
  const said = `${version} keeps another database (${database}, not ${own}), and could not be left`;
  throw new UpgradeRefusal("other_database", said, {
    hint: "stop the agent and install it by a package",
  });
}
