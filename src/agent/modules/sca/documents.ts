/**
 * The documents of checks, in both schemas. All members are always there, `null` for what is not known.
 *
 * @module
 */

import { basename } from "node:path";
import type { StateSchema } from "../states.ts";
import type { CheckOutcome } from "./evaluate/evaluate_check.ts";
import { MITRE_KINDS, type Policy, type PolicyCheck } from "./language/policy.ts";

/** What a document is made of. */
export interface CheckFacts {
  policy: Policy;
  file: string;
  check: PolicyCheck;
  outcome: CheckOutcome;
}

/** Standards that documents of schema 5.0 have a member for. */
const STANDARDS = [
  "cmmc",
  "fedramp",
  "gdpr",
  "hipaa",
  "iso_27001",
  "nis2",
  "nist_800_171",
  "nist_800_53",
  "pci_dss",
  "tsc",
] as const;

/** How ids of ATT&CK look. */
const MITRE_IDS = {
  tactic: /^TA\d+$/,
  technique: /^T\d+$/,
  subtechnique: /^T\d+\.\d+$/,
} as const;

/** Makes the document of a check. */
export function documentOf(
  { policy, file, check, outcome }: CheckFacts,
  schema: StateSchema,
): Record<string, unknown> {
  return {
    check: {
      ...(schema === "6.0"
        ? { compliance: complianceTexts(check) }
        : { compliance: complianceMembers(check), mitre: mitreMembers(check) }),
      condition: check.condition ?? null,
      description: check.description,
      id: check.id,
      name: check.name,
      rationale: check.rationale,
      reason: outcome.reason,
      references: check.references,
      remediation: check.remediation,
      result: outcome.result,
      rules: check.rules.map(({ text }) => text),
    },
    policy: {
      description: policy.description,
      file: basename(file),
      id: policy.id,
      name: policy.name,
      references: policy.references,
    },
  };
}

function complianceTexts({ compliance }: PolicyCheck): string[] {
  return Object.entries(compliance)
    .flatMap(([standard, sections]) => sections.map((section) => `${standard}:${section}`));
}

function complianceMembers({ compliance }: PolicyCheck): Record<string, string[] | null> {
  const members: Record<string, string[] | null> = {};
  for (const standard of STANDARDS) members[standard] = null;
  for (const [name, sections] of Object.entries(compliance)) {
    const standard = standardOf(name);
    if (standard !== undefined) members[standard] = [...members[standard] ?? [], ...sections];
  }
  return members;
}

/** Policies write versions behind the names of standards, and put them together in several ways. */
function standardOf(name: string): (typeof STANDARDS)[number] | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^nist_sp_/, "nist_");
  return STANDARDS.find((one) => plain === one || plain.startsWith(`${one}_`));
}

/** Where a policy says nothing of ATT&CK by itself, its compliance may hold ids. */
function mitreMembers({ compliance, mitre }: PolicyCheck) {
  const idsOfCompliance = Object.entries(compliance)
    .filter(([name]) => name.startsWith("mitre")).flatMap(([, sections]) => sections);
  const member = (kind: (typeof MITRE_KINDS)[number]) => {
    const own = mitre.filter((one) => one.kind === kind);
    const ids = [
      ...own.flatMap((one) => one.ids),
      ...idsOfCompliance.filter((id) => MITRE_IDS[kind].test(id)),
    ];
    return { id: orNull(ids), name: orNull(own.flatMap(({ names }) => names)) };
  };
  return Object.fromEntries(MITRE_KINDS.map((kind) => [kind, member(kind)]));
}

/** An empty list is nothing. */
function orNull(texts: readonly string[]): string[] | null {
  return texts.length === 0 ? null : [...new Set(texts)];
}
