/**
 * The subjects that messages are published on.
 *
 * A subject is a list of tokens with dots between them, in which `*` and `>` are wildcards. So that
 * nothing in an agent's id can reach beyond its own token, every character but `A-Z a-z 0-9 _ -` is
 * written as the bytes of its UTF-8 form, each as `%` and two hexadecimal digits. Different ids stay
 * different.
 *
 * @module
 */

/** What a message is about. */
export type MessageKind = "keepalive" | "status_change" | "alert";

const UNSAFE = /[^A-Za-z0-9_-]/gu;

/** `text` as one token of a subject. */
export function subjectToken(text: string): string {
  // An empty token is not allowed, and a lone "%" stands for nothing else.
  return text.toWellFormed().replace(UNSAFE, percentEncoded) || "%";
}

/** The subject of messages of `kind` about an agent. */
export function subjectOf(prefix: string, kind: MessageKind, agentId: string): string {
  switch (kind) {
    case "keepalive":
      return `${prefix}.manager.keepalive.${subjectToken(agentId)}`;
    case "status_change":
      return `${prefix}.agent.${subjectToken(agentId)}.status_change`;
    case "alert":
      return `${prefix}.alerts.agent_disconnected`;
  }
}

/** The subjects of messages of every kind, about any agent. */
export function subjectPatterns(prefix: string): string[] {
  return [
    `${prefix}.manager.keepalive.*`,
    `${prefix}.agent.*.status_change`,
    `${prefix}.alerts.agent_disconnected`,
  ];
}

/** True when every subject that matches `narrow` matches `wide` too. */
export function covers(wide: string, narrow: string): boolean {
  const [wideTokens, narrowTokens] = [wide.split("."), narrow.split(".")];
  const end = wideTokens.indexOf(">");
  if (end === -1 ? wideTokens.length !== narrowTokens.length : end >= narrowTokens.length) {
    return false;
  }
  const fixed = end === -1 ? wideTokens : wideTokens.slice(0, end);
  return fixed.every((token, index) =>
    narrowTokens[index] !== ">" && (token === "*" || token === narrowTokens[index])
  );
}

/** What a consumer of all these messages subscribes to. */
export function allSubjects(prefix: string): string {
  return `${prefix}.>`;
}

function percentEncoded(character: string): string {
  const bytes = [...new TextEncoder().encode(character)];
  return bytes.map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}
