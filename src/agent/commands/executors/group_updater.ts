/**
 * Brings the agent's groups and their files up to date with the server, all or nothing: every file
 * is there and everything is checked before anything is stored.
 *
 * Updates run one after the other, whichever command they are for: each begins with what the one
 * before it has left. A refresh, which nobody ordered, gives way to them.
 *
 * @module
 */

import { aborted, AnySignal } from "../../../shared/any_signal.ts";
import { AgentError, messageOf } from "../../../shared/errors.ts";
import type { GroupFile, StoredGroups } from "../../../shared/protocol/groups.ts";
import { type FileTrust, GroupDownload, type GroupDownloadDeps } from "./group_download.ts";
import { groupNames } from "./group_names.ts";

/** What a {@linkcode GroupUpdater} is built with. */
interface GroupUpdaterDeps extends GroupDownloadDeps {
  /** Where the groups are kept. */
  store: {
    read(): StoredGroups;
    /** Replaces groups and files together, also when the machine fails in between. */
    store(groups: StoredGroups): void;
    /** Notes that the server has these files now. */
    confirm(): void;
    /** Files with which the agent was killed too often: they are stored, and not in force. */
    failed(): StoredGroups | undefined;
  };
  /** Says of each file of an update whether it may be used. */
  checkFiles(): FileTrust;
  /** Throws when files are not valid, each by itself or together with the local configuration. */
  check(files: readonly GroupFile[]): Promise<void>;
  /** Puts what is stored in force and names the options that need a restart. */
  applyConfiguration(): Promise<{ needs_restart: string[] }>;
  /** Told when an order has brought everything up to date. @default nobody is */
  ordered?(): void;
}

/** What an update did. */
export interface GroupUpdate {
  groups: readonly string[];
  /** False when everything was in force already. */
  changed: boolean;
  needs_restart: readonly string[];
}

const GAVE_WAY = "an order of the server came in between";

const FAILED_BEFORE =
  "The agent was killed twice with the group files that the server has: those before them stay in " +
  "force until there are others, or the server orders fetch-config";

/** Updates groups, one update at a time. */
export class GroupUpdater {
  readonly #deps: GroupUpdaterDeps;
  readonly #download: GroupDownload;
  #last: Promise<unknown> = Promise.resolve();
  #refresh: AbortController | undefined;
  /** True while what is stored is not known to be in force. */
  #isStale = false;

  constructor(deps: GroupUpdaterDeps) {
    this.#deps = deps;
    this.#download = new GroupDownload(deps);
  }

  /**
   * Makes `groups` the groups of the agent, with their files as the server has them now.
   *
   * @param groups the complete list; `undefined` keeps the groups that the agent has
   * @throws {AgentError} naming the file that is missing or not valid; nothing has changed then
   * @throws the signal's reason when aborted before everything is stored; nothing has changed then
   */
  update(groups: readonly string[] | undefined, signal: AbortSignal): Promise<GroupUpdate> {
    this.#refresh?.abort(GAVE_WAY);
    return this.#inTurn(signal, async () => {
      const update = await this.#update({ groups, insists: true }, signal);
      this.#deps.ordered?.();
      return update;
    });
  }

  /**
   * Gets the files of the groups that the agent has, with one try each. A group without a file stays without one; a file that was
   * there and is no more is a failure, for a server that lost its files must not take the configuration from every agent.
   *
   * @returns `undefined` when an order came in between
   * @throws {AgentError} as {@linkcode update} does, `server_unreachable` for a passing fault
   * @throws the signal's reason
   */
  async refresh(signal: AbortSignal): Promise<GroupUpdate | undefined> {
    this.#refresh = new AbortController();
    using either = new AnySignal(signal, this.#refresh.signal);
    try {
      return await this.#inTurn(
        either.signal,
        () => this.#update({ groups: undefined, insists: false }, either.signal),
      );
    } catch (error) {
      if (error === GAVE_WAY) return undefined;
      throw error;
    }
  }

  #inTurn(signal: AbortSignal, run: () => Promise<GroupUpdate>): Promise<GroupUpdate> {
    const before = this.#last;
    const update = Promise.race([before, aborted(signal)]).then(run);
    this.#last = Promise.allSettled([before, update]);
    return update;
  }

  async #update(
    { groups: wanted, insists }: { groups: readonly string[] | undefined; insists: boolean },
    signal: AbortSignal,
  ): Promise<GroupUpdate> {
    const { store, check } = this.#deps;
    signal.throwIfAborted();
    const before = store.read();
    const groups = wanted ?? validNames(before.groups);
    const trust = this.#deps.checkFiles();
    const stored = before.files;
    const files = await this.#download.fetch({ groups, stored, trust, insists, signal });
    const after = { groups, files };
    if (!this.#isStale && isSame(before, after)) {
      store.confirm();
      return { groups, changed: false, needs_restart: [] };
    }
    const failed = insists ? undefined : store.failed();
    if (failed !== undefined && isSame(failed, after)) {
      throw new AgentError("failed", FAILED_BEFORE);
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
  ) => [groups, files.map(({ name, text, signature }) => [name, text, signature])];
  return JSON.stringify(content(before)) === JSON.stringify(content(after));
}
