/**
 * Which file systems are mounted where, from `/proc/self/mountinfo`.
 *
 * @module
 */

/** A mount. */
export interface Mount {
  id: bigint;
  /** `major:minor` of its file system. */
  device: string;
  /** The folder of the file system that is mounted, and where: as the kernel shows them, `\040` for a space. */
  root: string;
  point: string;
  /** Such as `ext4`. */
  type: string;
}

/** What holds no files, but windows into the kernel. */
const KERNEL_TYPES: ReadonlySet<string> = new Set([
  "autofs",
  "binfmt_misc",
  "bpf",
  "cgroup",
  "cgroup2",
  "configfs",
  "debugfs",
  "devpts",
  "efivarfs",
  "fusectl",
  "hugetlbfs",
  "mqueue",
  "nsfs",
  "proc",
  "pstore",
  "rpc_pipefs",
  "securityfs",
  "selinuxfs",
  "sysfs",
  "tracefs",
]);
/** What lies on other machines, where reading everything costs others. */
const NETWORK_TYPES: ReadonlySet<string> = new Set([
  "9p",
  "afs",
  "ceph",
  "cifs",
  "coda",
  "gfs2",
  "glusterfs",
  "lustre",
  "ncpfs",
  "nfs",
  "nfs4",
  "ocfs2",
  "smb3",
  "smbfs",
]);
const NETWORK_FUSE = /^fuse\.(sshfs|s3fs|glusterfs|ceph|rclone|gcsfuse|davfs|curlftpfs)/;

/** Mounts as they were when it was made. */
export class Mounts {
  readonly all: readonly Mount[];
  readonly #byId: ReadonlyMap<bigint, Mount>;

  /** @param text of `mountinfo`; empty where there is none: then no file system is left out */
  constructor(text: string) {
    this.all = parseMounts(text);
    this.#byId = new Map(this.all.map((mount) => [mount.id, mount]));
  }

  /** Why the files of a mount are not looked at, in a word; `undefined` when they are. */
  whyNot(id: bigint, { network }: { network: boolean }): string | undefined {
    const mount = this.#byId.get(id);
    if (mount === undefined) return undefined;
    const { type, point } = mount;
    if (KERNEL_TYPES.has(type)) return type;
    // What runs puts its sockets and numbers there; they are new at each boot.
    if (type === "tmpfs" && /^(\/var)?\/run(\/|$)/.test(point)) return "tmpfs";
    if (network) return undefined;
    return NETWORK_TYPES.has(type) || NETWORK_FUSE.test(type) ? type : undefined;
  }
}

/** Fields of a line: id, parent, device, root, point, options, optional ones, `-`, type, source, options. */
function parseMounts(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [id = "", , device = "", root = "", point = "", ...rest] = line.split(" ");
    const type = rest[rest.indexOf("-") + 1];
    if (!/^\d+$/.test(id) || type === undefined) return [];
    return [{ id: BigInt(id), device, root: unescaped(root), point: unescaped(point), type }];
  });
}

/** The kernel writes space, tab, newline and backslash as three octal digits; ours are `\xHH` but for the space. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => {
    const code = Number.parseInt(digits, 8);
    return code === 0x20 ? " " : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}
