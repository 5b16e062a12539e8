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
  /** Variables that it finds in its environment where those who start it set no other value. */
  environment: Readonly<Record<string, string>>;
  /**
   * Arguments with which it starts in earnest and then writes a line of JSON with `"ready":true`; `folder` is for its
   * data. `undefined` for a program that cannot start without a server.
   */
  readyArgs?: (folder: string) => string[];
}

/**
 * Two middle compilers less, the last one only for what is really hot, and a small nursery: less memory, the same speed.
 * `expose-gc` lets the agent collect garbage when it becomes idle. Measured in `docs/performance.md`; the task `agent`
 * has the same.
 */
const AGENT_V8_FLAGS = [
  "--expose-gc",
  "--no-sparkplug",
  "--no-maglev",
  "--max-semi-space-size=4",
  "--invocation-count-for-turbofan=30000",
  "--invocation-count-for-osr=5000",
] as const;

/** Has Deno give memory back to the system at SIGUSR2, on Linux; see `src/agent/app/watches/idle_memory.ts`. */
const TRIMS_MEMORY = { DENO_USR2_MEMORY_TRIM: "1" };

/** All that `deno task compile` makes. */
export const EXECUTABLES: readonly Executable[] = [
  {
    name: "agent",
    entry: "src/main.ts",
    permissions: "agent",
    v8Flags: AGENT_V8_FLAGS,
    environment: TRIMS_MEMORY,
  },
  {
    name: "agent-manager",
    entry: "src/manager/main.ts",
    permissions: "manager",
    v8Flags: [],
    environment: {},
    readyArgs: (folder) => ["--management-port", "0", "--comms-port", "0", "--data-dir", folder],
  },
];
