/**
 * What the built-in sets of redaction look for.
 *
 * Each pattern has hints, in lower case: a text with none of them has nothing that the pattern
 * matches, and a search for a few characters costs a hundredth of a match.
 *
 * @module
 */

/** A kind of secret. */
export interface SecretPattern {
  pattern: string;
  /** What stands in its place; groups keep what tells what it was. */
  replacement: string;
  hints: readonly string[];
}

const GONE = "[redacted]";
/** A name, then `=`, `:` or `=>`, with quotes (also escaped ones) around either. */
const ASSIGNED = String.raw`\\?["']?\s{0,3}(?:=>|[=:]|%3[ad])\s{0,3}`;
/** Quotes may be escaped themselves, as in JSON within JSON, and a line that was cut has no second one. */
const QUOTED = String.raw`\\"[^"\\]*(?:\\"|\z)|"(?:[^"\\]|\\.)*(?:\\?"|\z)|'[^']*(?:'|\z)`;
const BARE = String.raw`[^\s"'&,;)}\]\\]+`;
/** What was replaced already stays. */
const DONE = String.raw`\[redacted\]`;

function assigned(
  names: string,
  hints: readonly string[],
  bare: string = BARE,
): readonly SecretPattern[] {
  const name = String.raw`(?i)((?:^|[^a-z0-9])(?:[a-z0-9_.-]{0,40}[_.-])?(?:${names})`;
  return [
    { pattern: `${name}${ASSIGNED})(?:${QUOTED})`, replacement: `$1"${GONE}"`, hints },
    { pattern: `${name}${ASSIGNED})(?:${DONE}|${bare})`, replacement: `$1${GONE}`, hints },
  ];
}

/** What a name ends with whose value nobody may read. */
const SAID_SECRET = "password|passwd|passphrase|secret|token";

/** Options of programs, as shells and lists of arguments have them, also in JSON. */
const ON_COMMAND_LINES: readonly SecretPattern[] = [
  {
    pattern: String
      .raw`(?i)(--[a-z0-9-]{0,30}(?:${SAID_SECRET}|api-key)(?:\s{1,3}|\\?["'],\s{0,3}\\?["']))(?:${DONE}|[^\s"'\\,;)\]}-][^\s"'\\,;)\]}]*)`,
    replacement: `$1${GONE}`,
    hints: ["--"],
  },
  {
    pattern: String
      .raw`(\bcurl\b[^|;&\n]{0,300}?\s(?:-u|--user)[ =]?["']?[^\s:"']{1,64}:)[^\s"']+`,
    replacement: `$1${GONE}`,
    hints: ["curl"],
  },
  {
    pattern: String.raw`(\bsshpass\s{1,3}-p\s{0,3})(?:${DONE}|"[^"]*"|'[^']*'|[^\s"']+)`,
    replacement: `$1${GONE}`,
    hints: ["sshpass"],
  },
  {
    pattern: String.raw`(\bmysql[a-z]{0,10}\b[^|;&\n]{0,300}?\s-p)(?:${DONE}|[^\s"'-][^\s"']*)`,
    replacement: `$1${GONE}`,
    hints: ["mysql"],
  },
];

/** Statements that set a password: MySQL and Oracle, PostgreSQL. */
const IN_SQL: readonly SecretPattern[] = [
  {
    pattern: String
      .raw`(?i)\b(identified\s{1,3}(?:with\s{1,3}[^\s]{1,60}\s{1,3})?(?:by|as)\s{1,3}(?:password\s{1,3})?)(?:'[^']*'|"[^"]*")`,
    replacement: `$1'${GONE}'`,
    hints: ["identified"],
  },
  {
    pattern: String.raw`(?i)\b((?:user|role)\b[^;\n]{0,300}?\bpassword\s{1,3})'[^']*'`,
    replacement: `$1'${GONE}'`,
    hints: ["password"],
  },
];

/** Private keys and keys of services. */
export const KEYS: readonly SecretPattern[] = [
  {
    pattern: String
      .raw`(?s)(-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----).*?(-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\z)`,
    replacement: `$1${GONE}$2`,
    hints: ["private key"],
  },
  {
    pattern: String.raw`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b`,
    replacement: GONE,
    hints: ["akia", "asia"],
  },
  { pattern: String.raw`\bAIza[0-9A-Za-z_-]{35}`, replacement: GONE, hints: ["aiza"] },
  {
    pattern: String.raw`\b(?:sk|rk|pk)_(?:live|test)_[0-9A-Za-z]{10,}`,
    replacement: GONE,
    hints: ["_live_", "_test_"],
  },
  { pattern: String.raw`\bsk-[0-9A-Za-z_-]{20,}`, replacement: GONE, hints: ["sk-"] },
  {
    pattern: String.raw`\bAGE-SECRET-KEY-1[0-9A-Z]{40,}`,
    replacement: GONE,
    hints: ["age-secret"],
  },
  ...assigned(
    "api[_-]?key|apikey|access[_-]?key|secret[_-]?key(?:[_-]?base)?|secret[_-]?access[_-]?key|private[_-]?key|" +
      "account[_-]?key|encryption[_-]?key|signing[_-]?key",
    ["key"],
  ),
];

/** Tokens, passwords and what else proves who somebody is. */
export const TOKENS: readonly SecretPattern[] = [
  {
    pattern: String
      .raw`(?i)\b(authorization\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?digest\s{1,3})[^\r\n]+`,
    replacement: `$1${GONE}`,
    hints: ["authorization"],
  },
  {
    pattern: String.raw`(?i)\b(bearer|basic|digest|token)([ ]+)[a-z0-9._~+/=-]{8,}`,
    replacement: `$1$2${GONE}`,
    hints: ["bearer ", "basic ", "digest ", "token "],
  },
  {
    pattern: String.raw`\beyJ[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]*`,
    replacement: GONE,
    hints: ["eyj"],
  },
  {
    pattern: String.raw`\b(?:gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,})`,
    replacement: GONE,
    hints: ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
  },
  { pattern: String.raw`\bglpat-[0-9A-Za-z_-]{16,}`, replacement: GONE, hints: ["glpat-"] },
  { pattern: String.raw`\bxox[abeoprs]-[0-9A-Za-z-]{10,}`, replacement: GONE, hints: ["xox"] },
  { pattern: String.raw`\bnpm_[0-9A-Za-z]{30,}`, replacement: GONE, hints: ["npm_"] },
  { pattern: String.raw`\bhvs\.[0-9A-Za-z_-]{20,}`, replacement: GONE, hints: ["hvs."] },
  {
    pattern: String.raw`([a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s:/?#@"']{0,128}:)[^\s/?#@"']+@`,
    replacement: `$1${GONE}@`,
    hints: ["://"],
  },
  { pattern: String.raw`\bhf_[0-9A-Za-z]{30,}`, replacement: GONE, hints: ["hf_"] },
  { pattern: String.raw`\bdo[op]_v1_[0-9a-f]{40,}`, replacement: GONE, hints: ["_v1_"] },
  { pattern: String.raw`\bpypi-[0-9A-Za-z_-]{50,}`, replacement: GONE, hints: ["pypi-"] },
  {
    pattern: String.raw`\bSG\.[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{32,}`,
    replacement: GONE,
    hints: ["sg."],
  },
  {
    pattern: String.raw`(hooks\.slack\.com/(?:services|workflows)/)[0-9A-Za-z_/-]{20,}`,
    replacement: `$1${GONE}`,
    hints: ["hooks.slack"],
  },
  // Of shared access signatures: whoever has the URL has what it is for.
  {
    pattern: String.raw`(?i)([?&](?:sig|x-amz-signature|x-goog-signature)=)[0-9a-z%+/=_-]{16,}`,
    replacement: `$1${GONE}`,
    hints: ["sig=", "signature="],
  },
  ...IN_SQL,
  ...ON_COMMAND_LINES,
  {
    pattern: String
      .raw`(?i)(<[a-z0-9_.:-]{0,40}(?:${SAID_SECRET}|pwd)(?:\s[^<>]{0,200})?>)[^<]+(</)`,
    replacement: `$1${GONE}$2`,
    hints: ["</"],
  },
  {
    pattern: String
      .raw`(?i)\b((?:set-)?cookie\\?["']?\s{0,3}[:=]\s{0,3}\\?["']?)[^"'\\\s=]{1,100}=[^"'\\\r\n]+`,
    replacement: `$1${GONE}`,
    hints: ["cookie"],
  },
  ...assigned(
    // Java and others write dbPassword, PostgreSQL's tools PGPASSWORD.
    `[a-z0-9]{0,30}(?:${SAID_SECRET})|pass|` +
      "authorization|credentials?|session[_-]?id|sessionid",
    ["pass", "secret", "token", "authorization", "credential", "session"],
  ),
  // Shells and sudo have a folder in it.
  ...assigned("pwd", ["pwd"], String.raw`[^\s"'&,;)}\]\\/][^\s"'&,;)}\]\\]*`),
];
