/**
 * The number in front of a message, and the names of its two halves.
 *
 * @module
 */

/** Facilities by code: RFC 5424, 6.2.1. The names are those that lines of files get, too. */
const FACILITIES = (
  "kernel user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock " +
  "local0 local1 local2 local3 local4 local5 local6 local7"
).split(" ");

/** Severities by code, the gravest first. */
const SEVERITIES = "emergency alert critical error warning notice informational debug".split(" ");

/** A code and its name, as ECS has it. */
interface Named {
  code: number;
  name: string;
}

/** What the number says. */
export interface Priority {
  priority: number;
  facility: Named;
  severity: Named;
}

/** `<0>` to `<191>`, without zeros in front. */
const PRIORITY = /^<(0|[1-9]\d{0,2})>/;

/** The priority that `text` begins with, and how many characters it takes; `undefined` when it begins otherwise. */
export function readPriority(text: string): (Priority & { length: number }) | undefined {
  const [whole, digits] = PRIORITY.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const priority = Number(digits);
  const facility = priority >> 3;
  const severity = priority & 7;
  const name = FACILITIES[facility];
  if (name === undefined) return undefined;
  return {
    priority,
    facility: { code: facility, name },
    severity: { code: severity, name: SEVERITIES[severity] ?? "" },
    length: whole.length,
  };
}
