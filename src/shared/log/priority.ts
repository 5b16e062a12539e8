import type { LogLevel } from "@logtape/logtape";

/** Severities of syslog (RFC 5424, section 6.2.1). */
const PRIORITIES: Readonly<Record<LogLevel, number>> = {
  trace: 7,
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
  fatal: 2,
};

/** What systemd's journal takes a line's priority from, and does not keep (sd-daemon(3)): `<3>` for an error. */
export function priorityPrefix(level: LogLevel): string {
  return `<${PRIORITIES[level]}>`;
}
