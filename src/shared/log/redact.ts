/**
 * The last line of defence for secrets: no module logs them, and if one does by mistake, or a server or a library repeats one, what
 * looks like a token or a password is still not written.
 *
 * The text may be JSON: nothing that is taken away has a quote or a backslash in it.
 *
 * @module
 */

const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const BEARER = /\bbearer\s+[\w.~+/=-]+/gi;
/** Base64 of user and password; a word such as in "basic authentication" has neither digits nor capitals within. */
const BASIC = /\b[Bb]asic\s+(?=[A-Za-z]*(?:[0-9+/=]|[a-z][A-Z]))[A-Za-z0-9+/]{6,}={0,2}/g;
const ENROLLMENT_TOKEN = /\benr_[0-9a-f]{16}_[\w-]{43}/g;
/** As AWS, GitHub, GitLab and Slack make them: each has its own beginning. */
const VENDOR_TOKEN =
  /\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,})/g;
/** User and password as curl takes them; two numbers are ids, as docker has them. */
const USER_OPTION =
  /((?:^|\s)(?:-u|--user|--proxy-user)[= ]?[^\s:/"'\\]{1,64}:)(?!\d+(?:\s|$))[^\s"'\\]+/g;
const NAMES = "password|passwd|passphrase|pwd|secret|token|api[-_]?key|access[-_]?key";
/** As in a query, an environment, or the options of a command. */
const ASSIGNED = new RegExp(`((?:${NAMES})=|--(?:${NAMES})\\s+)[^\\s&"',;\\\\]+`, "gi");

/** `text` with everything that looks like a token or a password replaced by `[redacted]`. */
export function redact(text: string): string {
  return text.replace(BEARER, "[redacted]").replace(JWT, "[redacted]")
    .replace(BASIC, "[redacted]").replace(ENROLLMENT_TOKEN, "[redacted]")
    .replace(VENDOR_TOKEN, "[redacted]").replace(USER_OPTION, "$1[redacted]")
    .replace(ASSIGNED, "$1[redacted]");
}
