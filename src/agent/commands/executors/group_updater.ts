/**
 * Brings the agent's groups and their files up to date with the server, all or nothing: every file
 * is there and everything is checked before anything is stored.
 *
 * Updates run one after the other, whichever command they are for: each begins with what the one
 * before it has left.
 *
 * @module
 */

import { aborted } from "../../../shared/any_signal.ts";
import type { Clock } from "../../../shared/clock.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import { groupNames } from "./group_names.ts";
import type { FileOutcome } from "../../../shared/protocol/exchange.ts";
import type { GroupFile, StoredGroups } from "../../../shared/protocol/groups.ts";

/** What a {@linkcode GroupUpdater} is built with. */
interface GroupUpdaterDeps {
  /** Gets a file of the server. Rejects only when the signal is aborted. */
  getFile(name: string, signal: AbortSignal): Promise<FileOutcome>;
  /** Where the groups are kept. */
  store: {
    read(): StoredGroups;
    /** Replaces groups and files together, also when the machine fails in between. */
    store(groups: StoredGroups): void;
  };
  /** Says of each file of an update whether it may be used; told at the end that all are taken. */
  checkFiles(): {
    refusal(
      file: { name: string; content: Uint8Array; signature: string | undefined },
    ): string | undefined;
    accept(): void;
  };
  /** Throws when files are not valid, each by itself or together with the local configuration. */
  check(files: readonly GroupFile[]): Promise<void>;
  /** Puts what is stored in force and names the options that need a restart. */
  applyConfiguration(): Promise<{ needs_restart: string[] }>;
  /** Waits between the tries of one file. */
  createRetryWaits(): { next(afterMs?: number): number };
  clock: Clock;
}

/** What an update did. */
export interface GroupUpdate {
  groups: readonly string[];
  /** False when everything was in force already. */
  changed: boolean;
  needs_restart: readonly string[];
}

const MAX_FILE_BYTES = 1_048_576;
const MAX_TOTAL_BYTES = 8 * MAX_FILE_BYTES;

/** Updates groups, one update at a time. */
export class GroupUpdater {
  readonly #deps: GroupUpdaterDeps;
  #last: Promise<unknown> = Promise.resolve();
  /** True while what is stored is not known to be in force. */
  #isStale = false;

  constructor(deps: GroupUpdaterDeps) {
    this.#deps = deps;
  }

  /**
   * Makes `groups` the groups of the agent, with their files as the server has them now.
   *
   * @param groups the complete list; `undefined` keeps the groups that the agent has
   * @throws {AgentError} naming the file that is missing or not valid; nothing has changed then
   * @throws the signal's reason when aborted before everything is stored; nothing has changed then
   */
  update(groups: readonly string[] | undefined, signal: AbortSignal): Promise<GroupUpdate> {
    const before = this.#last;
    const update = Promise.race([before, aborted(signal)]).then(() => this.#update(groups, signal));
    this.#last = Promise.allSettled([before, update]);
    return update;
  }

  async #update(wanted: readonly string[] | undefined, signal: AbortSignal): Promise<GroupUpdate> {
    const { store, check } = this.#deps;
    signal.throwIfAborted();
    const before = store.read();
    const groups = wanted ?? validNames(before.groups);
    const trust = this.#deps.checkFiles();
    const files = await this.#getFiles(groups, trust, signal);
    const after = { groups, files };
    if (!this.#isStale && isSame(before, after)) {
      return { groups, changed: false, needs_restart: [] };
    }
    await check(files);
    signal.throwIfAborted();
    trust.accept();
    store.store(after);
    return { groups, changed: true, needs_restart: await this.#apply() };
  }

  async #apply(): Promise<readonly string[]> {
    this.#isStale = true;
    try {
      const { needs_restart } = await this.#deps.applyConfiguration();
      this.#isStale = false;
      return needs_restart;
    } catch (error) {
      throw new AgentError(
        "failed",
        `The groups are stored, but cannot be put in force before a restart: ${messageOf(error)}`,
        { cause: error, hint: "restart the agent" },
      );
    }
  }

  async #getFiles(
    groups: readonly string[],
    trust: ReturnType<GroupUpdaterDeps["checkFiles"]>,
    signal: AbortSignal,
  ): Promise<GroupFile[]> {
    const files: GroupFile[] = [];
    let totalBytes = 0;
    for (const name of groups) {
      const { bytes, signature } = await this.#getFile(`${name}.yml`, signal);
      const refusal = trust.refusal({ name: `${name}.yml`, content: bytes, signature });
      if (refusal !== undefined) throw unusable(`${name}.yml`, refusal);
      totalBytes += bytes.length;
      if (totalBytes > MAX_TOTAL_BYTES) {
        throw unusable(`${name}.yml`, "the files are together larger than 8 MiB");
      }
      files.push({ name, text: decode(`${name}.yml`, bytes) });
    }
    return files;
  }

  async #getFile(
    name: string,
    signal: AbortSignal,
  ): Promise<Extract<FileOutcome, { kind: "file" }>> {
    const { getFile, clock } = this.#deps;
    const waits = this.#deps.createRetryWaits();
    for (;;) {
      const answer = await getFile(name, signal);
      switch (answer.kind) {
        case "file":
          if (answer.bytes.length <= MAX_FILE_BYTES) return answer;
          throw unusable(name, "it is larger than 1 MiB");
        case "not_found":
          throw unusable(name, "the server has no such file");
        case "give_up":
          throw unusable(name, answer.reason);
        case "retry":
          await clock.sleep(waits.next(answer.afterMs), signal);
      }
    }
  }
}

/** StoredGroups from the registration were never looked at. */
function validNames(groups: readonly string[]): readonly string[] {
  const result = groupNames.safeParse(groups);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = groups[Number(issue?.path[0])];
  const subject = name === undefined ? "The groups" : `Group ${JSON.stringify(name)}`;
  throw new AgentError("failed", `${subject} ${issue?.message}`);
}

function isSame(before: StoredGroups, after: StoredGroups): boolean {
  const content = (
    { groups, files }: StoredGroups,
  ) => [groups, files.map(({ name, text }) => [name, text])];
  return JSON.stringify(content(before)) === JSON.stringify(content(after));
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unusable(name, "it is not UTF-8 text");
  }
}

function unusable(name: string, why: string): AgentError {
  return new AgentError("failed", `Cannot use "${name}": ${why}`);
}
