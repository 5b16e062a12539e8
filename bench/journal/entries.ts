/**
 * Entries with the fields that journald gives to those of a service.
 *
 * @module
 */

import type { Field } from "../../tests/agent/modules/journald/support/export_text.ts";
import type { JournalFiles } from "../../tests/agent/modules/journald/support/journal_files.ts";

const AT_ONCE = 10_000;
const encoder = new TextEncoder();

/** Writes so many entries. */
export async function realisticEntries(files: JournalFiles, count: number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const some = Math.min(AT_ONCE, count - from);
    await files.write(Array.from({ length: some }, (_, index) => entry(from + index)));
  }
}

function entry(number: number): Field[] {
  const fields = {
    __REALTIME_TIMESTAMP: String(1_764_000_000_000_000 + number * 1_000),
    __MONOTONIC_TIMESTAMP: String(5_000_000 + number * 1_000),
    _BOOT_ID: "5b3c0a1f2d4e4f60a1b2c3d4e5f60718",
    PRIORITY: "6",
    SYSLOG_FACILITY: "3",
    SYSLOG_IDENTIFIER: "web",
    _TRANSPORT: "stdout",
    _PID: String(800 + number % 7),
    _UID: "33",
    _GID: "33",
    _COMM: "web",
    _EXE: "/usr/sbin/web",
    _CMDLINE: "/usr/sbin/web --config /etc/web/web.conf --workers 4",
    _CAP_EFFECTIVE: "0",
    _SELINUX_CONTEXT: "unconfined",
    _SYSTEMD_CGROUP: "/system.slice/web.service",
    _SYSTEMD_UNIT: "web.service",
    _SYSTEMD_SLICE: "system.slice",
    _SYSTEMD_INVOCATION_ID: "0123456789abcdef0123456789abcdef",
    _STREAM_ID: "fedcba9876543210fedcba9876543210",
    _MACHINE_ID: "00112233445566778899aabbccddeeff",
    _HOSTNAME: "server-17",
    MESSAGE: `10.1.${number % 250}.7 - - "GET /shop/item/${number}?from=start HTTP/1.1" 200 ${
      number * 17 % 90_000
    } "https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64)"`,
  };
  return Object.entries(fields).map(([name, value]): Field => [name, encoder.encode(value)]);
}
