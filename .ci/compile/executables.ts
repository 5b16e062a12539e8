/**
 * The executables that a release has, and what each is allowed.
 *
 * @module
 */

/** One program that is made into a file of its own. */
export interface Executable {
  /** Name of the file; on Windows `.exe` follows. */
  name: string;
  /** Its main module, seen from the project's folder. */
  entry: string;
  /** The permission set of `deno.json` that it gets, and no more. */
  permissions: string;
  /** Flags of the JavaScript engine. */
  v8Flags: readonly string[];
}

/**
 * Two middle compilers less and a small nursery: less memory, the same speed. `expose-gc` lets the agent collect garbage
 * when it becomes idle. Measured in `docs/performance.md`; the task `agent` has the same.
 */
const AGENT_V8_FLAGS = [
  "--expose-gc",
  "--no-sparkplug",
  "--no-maglev",
  "--max-semi-space-size=4",
] as const;

/** All that `deno task compile` makes. */
export const EXECUTABLES: readonly Executable[] = [
  { name: "agent", entry: "src/main.ts", permissions: "agent", v8Flags: AGENT_V8_FLAGS },
  { name: "agent-manager", entry: "src/manager/main.ts", permissions: "manager", v8Flags: [] },
];
