/**
 * What a policy is once it was read: data only, so that it can go from process to process as JSON.
 *
 * @module
 */

/** How rules decide over a check. */
export type Condition = "all" | "any" | "none";

/** The conditions that there are. */
export const CONDITIONS: readonly Condition[] = ["all", "any", "none"];

/** A rule as it was written, its variables replaced, and where: counted from 1. */
export interface WrittenRule {
  text: string;
  line: number;
  column: number;
}

/** Rules with what decides over them. */
export interface Ruling {
  /** `undefined` when it is missing or unknown. */
  condition: Condition | undefined;
  rules: readonly WrittenRule[];
}

/** What must hold for a policy to mean anything here. */
export interface Requirements extends Ruling {
  title: string;
}

/** What of ATT&CK there are references to. */
export const MITRE_KINDS = ["tactic", "technique", "subtechnique"] as const;

/** References to ATT&CK of one kind. */
export interface MitreReference {
  kind: (typeof MITRE_KINDS)[number];
  ids: readonly string[];
  names: readonly string[];
}

/** One check. What was not given is `null`, or empty. */
export interface PolicyCheck extends Ruling {
  id: string;
  name: string;
  description: string | null;
  rationale: string | null;
  remediation: string | null;
  references: readonly string[];
  /** Sections of standards by the name of the standard. */
  compliance: Readonly<Record<string, readonly string[]>>;
  mitre: readonly MitreReference[];
}

/** A policy. */
export interface Policy {
  id: string;
  name: string;
  description: string | null;
  references: readonly string[];
  requirements: Requirements | undefined;
  checks: readonly PolicyCheck[];
}

/** Something in a policy that is wrong, or should be written otherwise; its place is counted from 1. */
export interface PolicyProblem {
  severity: "error" | "warning";
  line: number;
  column: number;
  text: string;
}

/** What became of the text of a policy. */
export interface ReadPolicy {
  /** Left out when nothing of it can be used. */
  policy?: Policy;
  problems: readonly PolicyProblem[];
}
