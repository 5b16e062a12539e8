/**
 * A policy of many checks, made up: about as long, and as mixed, as those that people use.
 *
 * @module
 */

const FILES = ["/etc/passwd", "/etc/group", "/etc/login.defs", "/etc/fstab", "/etc/services"];
const WORDS = "Whoever can write to it has the machine do what only its owner should be able to. ";

/** Rules of four kinds, each another text; of commands there are half as many as rules with one. */
function ruleOf(number: number): string {
  const file = FILES[number % FILES.length] ?? "/etc/passwd";
  switch (number % 4) {
    case 0:
      return `c:echo value ${number % 400} -> r:^value\\s+\\d+`;
    case 1:
      return `f:${file} -> r:^\\s*[^#:]+:[^:]*:${number}\\b && !r:nologin`;
    case 2:
      return `not f:${file} -> n:^\\w+\\s+(\\d+) compare > ${100_000 + number}`;
    default:
      return `f:/proc/sys/kernel/randomize_va_space -> n:^(\\d+) compare >= ${number % 3}`;
  }
}

function checkText(id: number): string {
  const rules = [2 * id, 2 * id + 1].map((number) => `      - '${ruleOf(number)}'\n`).join("");
  return `  - id: ${10_000 + id}
    name: "Check ${id} of something that matters"
    description: "${WORDS.repeat(3)}"
    rationale: "${WORDS.repeat(4)}"
    remediation: "${WORDS.repeat(3)}"
    compliance:
      - cis: ["${id}.1"]
      - pci_dss: ["2.2.${id}"]
      - nist_800_53: ["CM-${id}", "AC-${id}"]
    references:
      - https://example.com/${id}
    condition: any
    rules:
${rules}`;
}

/** The text of a policy of `checks` checks with two rules each. */
export function benchPolicy(checks: number): string {
  const all = Array.from({ length: checks }, (_, id) => checkText(id)).join("\n");
  return `policy: { id: bench, name: Made up }\nchecks:\n${all}`;
}
