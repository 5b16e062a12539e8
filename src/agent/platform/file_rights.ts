/**
 * Rights of a file beyond its mode, out of its extended attributes: what a program may do whoever starts it, and who else may use it.
 *
 * Formats: `vfs_cap_data` of linux/capability.h, `posix_acl_xattr` of linux/posix_acl_xattr.h; both little-endian.
 *
 * @module
 */

/** The attributes that are read, by what reads them. */
export const RIGHTS: Readonly<Record<string, (value: Uint8Array) => string>> = {
  "security.capability": capabilityText,
  "system.posix_acl_access": aclText,
};

/** By their numbers. */
const CAPABILITIES = (
  "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable " +
  "net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio " +
  "sys_chroot sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time " +
  "sys_tty_config mknod lease audit_write audit_control setfcap mac_override mac_admin syslog " +
  "wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore"
).split(" ");
/** Most that are told of an access list; one that is longer ends with how many more there are. */
const MAX_ENTRIES = 32;
const EFFECTIVE = 1;
const [TAG_USER, TAG_OWNING_GROUP, TAG_GROUP, TAG_MASK] = [0x02, 0x04, 0x08, 0x10];

/** As `getcap` writes it, such as `capability:cap_net_admin,cap_net_raw+ep`. */
export function capabilityText(value: Uint8Array): string {
  const view = viewOf(value);
  if (value.length < 12) return "capability:damaged";
  const isEffective = (view.getUint32(0, true) & EFFECTIVE) !== 0;
  const words = Math.min(2, Math.floor((value.length - 4) / 8));
  const byFlags = new Map<string, string[]>();
  for (let number = 0; number < words * 32; number++) {
    const at = 4 + Math.floor(number / 32) * 8;
    const has = (offset: number) =>
      ((view.getUint32(at + offset, true) >>> (number % 32)) & 1) === 1;
    const [permitted, inheritable] = [has(0), has(4)];
    if (!permitted && !inheritable) continue;
    const flags = `${isEffective ? "e" : ""}${inheritable ? "i" : ""}${permitted ? "p" : ""}`;
    const name = `cap_${CAPABILITIES[number] ?? number}`;
    byFlags.set(flags, [...byFlags.get(flags) ?? [], name]);
  }
  return `capability:${[...byFlags].map(([flags, names]) => `${names.join()}+${flags}`).join(" ")}`;
}

/** The entries that the mode does not show, such as `acl:user:1000:rw-,mask:rw-`; users and groups by their numbers. */
export function aclText(value: Uint8Array): string {
  const view = viewOf(value);
  const entries: string[] = [];
  for (let at = 4; at + 8 <= value.length; at += 8) {
    const entry = entryText(view.getUint16(at, true), {
      rights: view.getUint16(at + 2, true),
      id: view.getUint32(at + 4, true),
    });
    if (entry !== undefined) entries.push(entry);
  }
  const more = entries.length - MAX_ENTRIES;
  const told = [...entries.slice(0, MAX_ENTRIES), ...more > 0 ? [`and ${more} more`] : []];
  return `acl:${told.join()}`;
}

function entryText(tag: number, { rights, id }: { rights: number; id: number }) {
  const text = ["r", "w", "x"].map((one, index) => rights & (4 >> index) ? one : "-").join("");
  switch (tag) {
    case TAG_USER:
      return `user:${id}:${text}`;
    case TAG_GROUP:
      return `group:${id}:${text}`;
    case TAG_OWNING_GROUP:
      return `group::${text}`;
    case TAG_MASK:
      return `mask:${text}`;
    default:
      return undefined;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
