/** The patterns of rules mean what they mean to PCRE2, as far as `grep -P` can be asked. */

import assert from "node:assert/strict";
import { compilePattern } from "../../../../../src/agent/modules/sca/language/pcre.ts";
import { randomFrom } from "../../../../support/random.ts";
import { TempFolder } from "../../../../support/queues.ts";

const PATTERNS = [
  String.raw`^\s*PermitRootLogin\s+no\b`,
  String.raw`^\s*(?:PermitRootLogin|MaxAuthTries)\s+(no|[0-4])\s*$`,
  String.raw`^[^#]*\bnodev\b`,
  String.raw`[[:space:]]+[[:digit:]]{1,3}$`,
  String.raw`^[[:alpha:]_][[:alnum:]_]*=`,
  String.raw`[^[:alnum:][:space:]]{2}`,
  String.raw`^[]a-c[]+$`,
  String.raw`^[^]]+\]`,
  String.raw`[\w.-]+@[\w-]+\.\w+`,
  String.raw`[\d\-x]+$`,
  String.raw`[a\-z]$`,
  String.raw`^\S+\s+\S+\s+(?!nfs)\w+`,
  String.raw`(?<=:)0(?=:)`,
  String.raw`(?<!\d)22(?!\d)`,
  String.raw`(?i)UMASK\s+0?[0-7][2367]7`,
  String.raw`(?P<word>\w+)\s+\k<word>`,
  String.raw`(?<first>.)\g{1}`,
  String.raw`(\w)\1`,
  String.raw`^\Q[a.b]\E$`,
  String.raw`\x41\x{42}`,
  String.raw`\101\102`,
  String.raw`\Aroot:\h*x`,
  String.raw`\hno\z`,
  String.raw`^.{5}$`,
  String.raw`a{2,}b`,
  String.raw`a{,2}b`,
  String.raw`x{y}`,
  String.raw`^{`,
  String.raw`a|^$|b$`,
  String.raw`^(?:a+?|b)*?c`,
  String.raw`[[:upper:]][[:lower:]]`,
  String.raw`[\s\S]\W\D`,
  String.raw`[^\W_]_`,
  String.raw`\<tag\>`,
  String.raw`-----BEGIN`,
  String.raw`\$6\$[./0-9A-Za-z]+`,
  String.raw`^(?#comment)root`,
  String.raw`[\[\]]`,
  String.raw`\t|\.conf\b`,
  String.raw`/(?:usr/)?s?bin/\w+`,
  String.raw`é|ü$`,
  String.raw`^\p{L}+$`,
  String.raw`^\pL+$`,
  String.raw`^\p{^L}+$`,
  String.raw`(?P<word>\w)(?P=word)`,
  String.raw`(\w)(\d)\g{-2}`,
  String.raw`(?s)^r..t`,
  String.raw`=\s*[2-9]\d*\s*(?:#.*)?$`,
  String.raw`\Bb\B`,
  String.raw`[+--]`,
  String.raw`(a)(b)\2c?`,
];

/** What PCRE2 refuses. */
const REFUSED = [
  String.raw`^*`,
  String.raw`a**`,
  String.raw`a{2}{3}`,
  String.raw`+a`,
  String.raw`(a`,
  String.raw`a)`,
  String.raw`[a`,
  String.raw`\p`,
  String.raw`\i`,
  String.raw`a\y`,
  String.raw`[\y]`,
  String.raw`[z-a]`,
  String.raw`a{3,2}`,
  String.raw`(a)\3`,
  String.raw`[[:letters:]]`,
  String.raw`a(?i){2}`,
  String.raw`[\w-.]`,
  String.raw`[a-\d]`,
  String.raw`[[:alpha:]-z]`,
  String.raw`^[:alpha:]+$`,
  String.raw`[[.a.]]`,
  String.raw`(a)\g{-2}`,
  String.raw`a\ `.trim(),
];

/** What patterns are put together of at random. */
const PARTS = [
  ...["(", "(?:", "(?=", "(?!", "(?<!", ")", ")", "[ab]", "[^a-c]", "[]x]", "[^]]", "[\\w-]"],
  ...["[[:alpha:]]", "[[:^digit:]x]", "[\\D\\s]", "{2}", "{1,2}", "{,2}", "}", "*", "+", "?", "|"],
  ...["^", "$", ".", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\1", "\\x41", "\\b", "\\B", "\\h"],
  ...["\\N", "\\101", "\\A", "\\z", "a", "b", "B", "1", "_", " ", "-", "#", "]", "\\]", ":", "="],
];

const LINES = [
  "PermitRootLogin no",
  "  permitrootlogin\tno   ",
  "#PermitRootLogin no",
  "MaxAuthTries 4",
  "MaxAuthTries 44",
  "/dev/sda1 /home ext4 rw,nodev,nosuid 0 2",
  "server:/x /mnt nfs rw 0 0",
  "# /dev/sda1 nodev",
  "root:x:0:0:root:/root:/bin/bash",
  "root: x",
  "user:$6$abc./DEF0123:19000:0:99999:7:::",
  "UMASK 027",
  "umask 0077",
  "net.ipv4.ip_forward = 0",
  "kernel.randomize_va_space = 2   # all",
  "someone@example.org",
  "the the cat",
  "aab",
  "ab",
  "aaab",
  "c",
  "abac",
  "abc",
  "[a.b]",
  "]a[b",
  "AB",
  "x{y}",
  "{json",
  "aa",
  "Ab",
  "a_",
  "<tag>",
  "-----BEGIN PRIVATE KEY-----",
  "Port 22",
  "Port 2222",
  "abb",
  "abbb",
  "file.conf\tx",
  "/usr/sbin/sshd -D",
  "é",
  "12345",
  "a-z",
  "a+b",
  " 1.2!!",
];

Deno.test(`patterns match the lines that grep -P matches, and are refused when it refuses them${whyNot()}`, async () => {
  if (whyNot() !== "") return;
  using folder = new TempFolder();
  const file = folder.file("lines");
  Deno.writeTextFileSync(file, `${LINES.join("\n")}\n`);
  for (const pattern of PATTERNS) {
    const { code, lines } = await grep(pattern, file);
    assert.notEqual(code, 2, `grep -P refuses ${pattern}`);
    const compiled = compilePattern(pattern);
    assert.deepEqual(LINES.filter((line) => compiled.test(line)), lines, pattern);
  }
  for (const pattern of REFUSED) {
    assert.equal((await grep(pattern, file)).code, 2, `grep -P takes ${pattern}`);
    assert.throws(() => compilePattern(pattern), { name: "PatternError" }, pattern);
  }
});

Deno.test(`patterns put together at random match what grep -P matches${whyNot()}`, async () => {
  if (whyNot() !== "") return;
  using folder = new TempFolder();
  const file = folder.file("lines");
  Deno.writeTextFileSync(file, `${LINES.join("\n")}\n`);
  // Which letters are words beyond ASCII is another matter in each locale.
  const plain = (line: string) => !line.includes("é");
  const random = randomFrom(7);
  const part = () => PARTS[Math.floor(random() * PARTS.length)] ?? "";
  for (let count = 0; count < 60; count++) {
    const pattern = Array.from({ length: 1 + Math.floor(random() * 5) }, part).join("");
    const { code, lines } = await grep(pattern, file);
    if (code === 2) assert.throws(() => compilePattern(pattern), pattern);
    else {
      const compiled = compilePattern(pattern);
      const matched = LINES.filter((line) => plain(line) && compiled.test(line));
      assert.deepEqual(matched, lines.filter(plain), pattern);
    }
  }
});

/** Empty when grep can be asked: then nothing found is 1. */
function whyNot(): string {
  try {
    const { code } = new Deno.Command("grep", { args: ["-qP", "^$", "/dev/null"] }).outputSync();
    return code === 1 ? "" : " (not asked: this grep has no -P)";
  } catch {
    return " (not asked: there is no grep)";
  }
}

async function grep(pattern: string, file: string): Promise<{ code: number; lines: string[] }> {
  const { code, stdout } = await new Deno.Command("grep", {
    args: ["-iP", "--", pattern, file],
    env: { LC_ALL: "C.UTF-8" },
    stderr: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  return { code, lines: lines.slice(0, -1) };
}
