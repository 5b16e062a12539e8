/**
 * What the demo reads of the agent's status document.
 *
 * @module
 */

/** The part of the agent's status document that is shown. */
export interface AgentNumbers {
  state: { name: string; reason: string | null };
  streams: {
    stateless: { queued_events: number; sent_events: number; acknowledged_events: number };
  };
  collectors: { events: number; details: { files?: number } }[];
}

/**
 * Whether the agent has found the files that it follows, all at its first look. The local API answers before: lines written
 * until then are old ones, which an agent does not send.
 */
export function isFollowing(numbers: AgentNumbers | undefined): boolean {
  return numbers?.collectors.some(({ details }) => (details.files ?? 0) > 0) ?? false;
}
