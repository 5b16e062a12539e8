/**
 * What the files of the system say of accounts: passwd(5), shadow(5), group(5), sudoers(5).
 *
 * @module
 */

/** One line of passwd. */
interface Account {
  name: string;
  uid: number;
  gid: number;
  shell: string;
}

/** What shadow has of an account. */
export interface ShadowEntry {
  /** `!` in front: its password does not count. */
  password: string;
  /** Days since 1970 from which on nobody can log in; `undefined` for never. */
  expireDays: number | undefined;
}

/** One line of group. */
interface Group {
  name: string;
  gid: number;
  members: string[];
}

/** The files' texts. */
export interface AccountFiles {
  passwd: string;
  shadow: string;
  group: string;
  /** Of sudoers and all that lies beside it. */
  sudoers: string;
}

/** Whose members may do everything by sudo where nobody changed it. */
const SUDO_GROUPS = ["sudo", "wheel", "admin"];
const NO_LOGIN = /(?:^|\/)(?:nologin|false)$/;

/** The account of that name. */
export function accountIn(passwd: string, name: string): Account | undefined {
  return accounts(passwd).find((account) => account.name === name);
}

/** What shadow has of it. */
export function shadowIn(shadow: string, name: string): ShadowEntry | undefined {
  const fields = linesOf(shadow).find(([first]) => first === name);
  if (fields === undefined) return undefined;
  const [, password = "", , , , , , expire = ""] = fields;
  return { password, expireDays: /^\d+$/.test(expire) ? Number(expire) : undefined };
}

/**
 * Whether an account is the last that can log in with a password and may do everything by sudo. Root does not count. In doubt it is:
 * whoever is named anywhere may be the one, and only who surely may do everything is another.
 */
export function isLastSudoUser(name: string, files: AccountFiles, todayDays: number): boolean {
  if (!sudoUsersIn(files, ANY_RULE).has(name)) return false;
  const others = [...sudoUsersIn(files, WHOLE_RULE)].filter((other) => other !== name);
  return !others.some((other) => canLogIn(other, files, todayDays));
}

/** User or group, hosts, and what they may do. */
const ANY_RULE = /^(%?)([A-Za-z_][\w.-]*)\s+\S+.*=/gm;
const WHOLE_RULE =
  /^(%?)([A-Za-z_][\w.-]*)\s+ALL\s*=\s*(?:\([^)]*\)\s*)?(?:NOPASSWD:\s*)?ALL\s*$/gm;
const ALIAS = /^User_Alias\s+\w+\s*=\s*(.*)$/gm;

function sudoUsersIn({ passwd, group, sudoers }: AccountFiles, rule: RegExp): Set<string> {
  const inAliases = rule === WHOLE_RULE ? [] : [...sudoers.matchAll(ALIAS)]
    .flatMap(([, list = ""]) => list.split(",").map((word) => word.trim()));
  const inRules = [...sudoers.matchAll(rule)].map(([, mark = "", name = ""]) => mark + name);
  const words = new Set([...inRules, ...inAliases, ...SUDO_GROUPS.map((name) => `%${name}`)]);
  const groups = groupsIn(group).filter(({ name }) => words.has(`%${name}`));
  const gids = new Set(groups.map(({ gid }) => gid));
  const members = new Set(groups.flatMap(({ members }) => members));
  const found = accounts(passwd).filter(({ name, gid, uid }) =>
    uid !== 0 && (words.has(name) || members.has(name) || gids.has(gid))
  );
  return new Set(found.map(({ name }) => name));
}

function canLogIn(name: string, { passwd, shadow }: AccountFiles, todayDays: number): boolean {
  const account = accountIn(passwd, name);
  const entry = shadowIn(shadow, name);
  if (account === undefined || entry === undefined || NO_LOGIN.test(account.shell)) return false;
  const { password, expireDays = Infinity } = entry;
  return !/^[!*]/.test(password) && expireDays > todayDays;
}

function accounts(passwd: string): Account[] {
  return linesOf(passwd).map(([name = "", , uid, gid, , , shell = ""]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    shell,
  }));
}

function groupsIn(group: string): Group[] {
  return linesOf(group).map(([name = "", , gid, members = ""]) => ({
    name,
    gid: Number(gid),
    members: members.split(",").filter((member) => member !== ""),
  }));
}

function linesOf(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => line.split(":"));
}
