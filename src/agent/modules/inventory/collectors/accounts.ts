/**
 * Users and groups, for schema 5.0.
 *
 * @module
 */

import {
  type Account,
  type AccountGroup,
  parseGroups,
  parsePasswd,
  parseShadow,
  type PasswordFacts,
} from "../formats/account_files.ts";
import { type LastLogin, lastLoginPlace, parseLastLogin } from "../formats/lastlog.ts";
import {
  type CollectContext,
  type Findings,
  type InventoryCollector,
  type InventoryItem,
  keyOf,
  orNull,
} from "../item.ts";
import { macUsers } from "./foreign_machine.ts";
import type { Machine } from "../machine.ts";

/** Directories of companies have hundreds of thousands; those who are not on this machine are the directory's to list. */
const MAX_REMOTE = 10_000;
/** Sources of the name service that are files of this machine. */
const LOCAL_SOURCES: readonly string[] = ["files", "compat", "systemd", "db", "altfiles"];
/** Numbers from here on are of people, not of the system; see login.defs(5). */
const FIRST_PERSON = 1_000;
const NOBODY = 65_534;
const NO_LOGIN = /(nologin|false)$/;
const SIGNED_LIMIT = 2 ** 31;

/** All that is known of a user. */
interface UserFacts {
  account: Account;
  isRemote: boolean;
  groups: string[];
  password: PasswordFacts | undefined;
  login: LastLogin | undefined;
}

/** Reads `/etc/passwd`, and what other sources of the name service have. */
export const usersCollector: InventoryCollector = {
  name: "users",
  schemas: ["5.0"],
  subject: {
    category: "iam",
    create: ["user-added", "creation"],
    update: ["user-updated", "change"],
    delete: ["user-removed", "deletion"],
    member: "user",
    describe: (document) => `User ${(document.user as { name: string }).name}`,
  },
  async collect(context) {
    const users = context.machine.platform === "darwin"
      ? await entriesOfMac(context)
      : await entriesOf(context, { database: "passwd", parse: parsePasswd });
    const groups = await entriesOf(context, { database: "group", parse: parseGroups });
    const passwords = parseShadow(context.machine.readText("/etc/shadow") ?? "");
    const items = users.entries.map(({ entry, isRemote }) =>
      userItem({
        account: entry,
        isRemote,
        groups: groupsOf(entry, groups.entries.map((one) => one.entry)),
        password: passwords.get(entry.name),
        login: loginOf(context.machine, entry.uid),
      })
    );
    return { items, problems: [...users.problems, ...groups.problems] };
  },
};

/** Reads `/etc/group`, and what other sources of the name service have. */
export const groupsCollector: InventoryCollector = {
  name: "groups",
  schemas: ["5.0"],
  subject: {
    category: "iam",
    create: ["group-added", "creation"],
    update: ["group-updated", "change"],
    delete: ["group-removed", "deletion"],
    member: "group",
    describe: (document) => `Group ${(document.group as { name: string }).name}`,
  },
  async collect(context): Promise<Findings> {
    const { entries, problems } = await entriesOf(context, {
      database: "group",
      parse: parseGroups,
    });
    return { items: entries.map(({ entry }) => groupItem(entry)), problems };
  },
};

interface Entries<Entry> {
  entries: { entry: Entry; isRemote: boolean }[];
  problems: string[];
}

/** The file, and behind it what only the name service knows. */
async function entriesOf<Entry extends { name: string }>(
  { machine, signal }: CollectContext,
  { database, parse }: { database: "passwd" | "group"; parse: (text: string) => Entry[] },
): Promise<Entries<Entry>> {
  const file = `/etc/${database}`;
  const text = machine.readDatabase(file) ?? "";
  // No machine with Linux is without it: it is being replaced, or the folder is none of a machine.
  if (machine.platform === "linux" && text.trim() === "") {
    throw new Error(`"${machine.real(file)}" is empty or gone`);
  }
  const local = new Map(parse(text).map((entry) => [entry.name, { entry, isRemote: false }]));
  if (!hasRemote(machine, database)) return { entries: [...local.values()], problems: [] };
  try {
    const all = parse(await machine.run("getent", [database], signal) ?? "");
    const remote = all.filter(({ name }) => !local.has(name)).slice(0, MAX_REMOTE);
    const entries = [...local.values(), ...remote.map((entry) => ({ entry, isRemote: true }))];
    return { entries, problems: [] };
  } catch (error) {
    signal.throwIfAborted();
    return { entries: [...local.values()], problems: [`getent ${database}: ${error}`] };
  }
}

async function entriesOfMac(context: CollectContext): Promise<Entries<Account>> {
  const accounts = await macUsers(context);
  return { entries: accounts.map((entry) => ({ entry, isRemote: false })), problems: [] };
}

function hasRemote(machine: Machine, database: string): boolean {
  if (!machine.isOwn) return false;
  const line = new RegExp(`^${database}:(.*)$`, "m").exec(
    machine.readText("/etc/nsswitch.conf") ?? "",
  )?.[1] ?? "";
  // Conditions in brackets name no source.
  const sources = line.replace(/\[[^\]]*\]|#.*/g, " ").trim().split(/\s+/);
  return sources.some((source) => source !== "" && !LOCAL_SOURCES.includes(source));
}

function groupsOf({ name, gid }: Account, groups: readonly AccountGroup[]): string[] {
  return groups.filter((group) => group.gid === gid || group.members.includes(name))
    .map((group) => group.name).sort();
}

/** The file is as long as the greatest number of a user, and mostly holes: only one record is read. */
function loginOf(machine: Machine, uid: number): LastLogin | undefined {
  const record = machine.readPart("/var/log/lastlog", lastLoginPlace(uid));
  return record && parseLastLogin(record);
}

function userItem({ account, isRemote, groups, password, login }: UserFacts): InventoryItem {
  const { name, uid, gid } = account;
  const isPerson = uid >= FIRST_PERSON && uid !== NOBODY;
  return {
    key: keyOf(name),
    idParts: [name],
    document: {
      host: { ip: login?.host === undefined ? null : [login.host] },
      login: { status: null, tty: orNull(login?.tty), type: null },
      process: { pid: null },
      user: {
        auth_failures: { count: null, timestamp: null },
        created: null,
        full_name: account.fullName || null,
        group: { id: gid, id_signed: signed(gid) },
        groups,
        home: account.home || null,
        id: String(uid),
        is_hidden: !isPerson && NO_LOGIN.test(account.shell),
        is_remote: isRemote,
        last_login: orNull(login?.at),
        name,
        password: passwordOf(password),
        roles: groups.some((group) => ["sudo", "wheel", "admin"].includes(group)) || uid === 0
          ? ["admin"]
          : null,
        shell: account.shell || null,
        type: isPerson ? "user" : "system",
        uid_signed: signed(uid),
        uuid: null,
      },
    },
  };
}

function passwordOf(facts: PasswordFacts | undefined) {
  return {
    expiration_date: orNull(facts?.expires),
    hash_algorithm: orNull(facts?.algorithm),
    inactive_days: orNull(facts?.inactiveDays),
    last_change: orNull(facts?.lastChange),
    last_set_time: null,
    max_days_between_changes: orNull(facts?.maxDays),
    min_days_between_changes: orNull(facts?.minDays),
    status: orNull(facts?.status),
    warning_days_before_expiration: orNull(facts?.warningDays),
  };
}

function groupItem({ name, gid, members }: AccountGroup): InventoryItem {
  return {
    key: keyOf(name),
    idParts: [name],
    document: {
      group: {
        description: null,
        id: gid,
        id_signed: signed(gid),
        is_hidden: false,
        name,
        users: members.length === 0 ? null : members,
        uuid: null,
      },
    },
  };
}

/** As a signed number of 32 bits. */
function signed(id: number): number {
  return id >= SIGNED_LIMIT ? id - 2 * SIGNED_LIMIT : id;
}
