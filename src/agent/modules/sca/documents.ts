/**
 * The documents of checks, in both schemas. All members are always there, `null` for what is not known.
 *
 * @module
 */

import { basename } from "node:path";
import type { StateSchema } from "../states.ts";
import type { CheckOutcome } from "./evaluate/evaluate_check.ts";
import type { Policy, PolicyCheck } from "./language/policy.ts";

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

/** What of ATT&CK an id is about. */
const MITRE = {
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

function mitreMembers({ compliance, mitre }: PolicyCheck) {
  const ids = [
    ...Object.values(mitre),
    ...Object.entries(compliance).filter(([name]) => name.startsWith("mitre"))
      .map(([, sections]) => sections),
  ].flat();
  const member = (form: RegExp) => {
    const own = [...new Set(ids.filter((id) => form.test(id)))];
    return { id: own.length === 0 ? null : own, name: null };
  };
  return {
    tactic: member(MITRE.tactic),
    technique: member(MITRE.technique),
    subtechnique: member(MITRE.subtechnique),
  };
}
