/**
 * `identity.json`: who this agent is. Apart from the database, so that a damaged queue never costs
 * the identity.
 *
 *     { "schema": 1, "id", "name", "key", "groups", "group_files"?, "machine"?, "registered_at",
 *       "management_url", "token"? }
 *
 * The file is replaced as a whole, readable by its owner only. Members that this version does not
 * know are kept. Whoever writes holds the lock of the data folder.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { AgentError, messageOf } from "../../shared/errors.ts";
import type { SavedToken } from "../../shared/protocol/agent_identity.ts";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { writeFileAtomically } from "./atomic_write.ts";

const TOKEN: z.ZodType<SavedToken> = z.object({
  value: z.string().min(1),
  expires_at: z.iso.datetime().nullable(),
  life_ms: z.number(),
  server_offset_ms: z.number(),
});

const IDENTITY = z.looseObject({
  schema: z.literal(1),
  /** UUID v7, or v4 at a server that takes no other. */
  id: z.uuid(),
  name: z.string().min(1),
  /** Secret. */
  key: z.string().min(1),
  groups: z.array(z.string()),
  /** The folder with the files of these groups; see `group_files.ts`. */
  group_files: z.uuid().optional(),
  /** The machine that it was made on, see `machine_mark.ts`; left out where machines have no id. */
  machine: z.string().optional(),
  registered_at: z.iso.datetime(),
  management_url: z.string(),
  // A cache: one that can't be read costs a log-in, and shall not cost the identity.
  token: TOKEN.optional().catch(undefined),
});

/** Who this agent is. */
export type Identity = z.infer<typeof IDENTITY>;

/** The identity of the agent whose data folder is `folder`. */
export class IdentityFile {
  readonly path: string;

  constructor(folder: string) {
    this.path = join(folder, "identity.json");
  }

  /** Whether there is a file, readable or not. */
  exists(): boolean {
    try {
      Deno.lstatSync(this.path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw this.#unreadable(error);
    }
  }

  /**
   * Makes sure that there is one, whatever is in it.
   *
   * @throws {AgentError} `not_registered`
   */
  requireRegistered(): void {
    if (!this.exists()) throw this.#missing();
  }

  /**
   * Reads the identity. `warn` is told when others can read the file.
   *
   * @throws {AgentError} `not_registered` when there is none, `folder_unusable` when it can't be
   *   read, `failed` when it is damaged
   */
  load(warn: (text: string) => void = () => {}): Identity {
    const identity = this.#parse(this.#read());
    this.warnIfExposed(warn);
    return identity;
  }

  /** `warn` is told when others can read the file; a file that is not there is none of them. */
  warnIfExposed(warn: (text: string) => void): void {
    const mode = this.#mode();
    if (mode === null || (mode & 0o077) === 0) return;
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    warn(`"${this.path}" holds the agent's key and has mode ${octal}: set it to 0600`);
  }

  /**
   * Replaces the whole identity.
   *
   * @throws {AgentError} `folder_unusable`; the old file is then still there
   */
  save(identity: Identity): void {
    try {
      writeFileAtomically(this.path, `${JSON.stringify(identity, null, 2)}\n`);
    } catch (error) {
      if (error instanceof AgentError) throw error;
      throw new AgentError("folder_unusable", `Cannot write "${this.path}": ${messageOf(error)}`, {
        cause: error,
        hint: "make room on the disk, and the folder writable for this user",
      });
    }
  }

  /**
   * Changes some members and leaves the others as they are in the file.
   *
   * @throws {AgentError} as {@linkcode load} and {@linkcode save} do
   */
  update(changes: Partial<Pick<Identity, "groups" | "group_files" | "token" | "machine">>): void {
    this.save({ ...this.load(), ...changes });
  }

  /** `null` where there are no modes, or none that this user can see. */
  #mode(): number | null {
    try {
      return Deno.statSync(this.path).mode;
    } catch {
      return null;
    }
  }

  #read(): string {
    try {
      return readOwnFile(this.path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw this.#unreadable(error);
      throw this.#missing();
    }
  }

  #missing(): AgentError {
    return new AgentError("not_registered", `Agent is not registered: no "${this.path}"`, {
      hint: "agent register --url https://HOST:55000 --user NAME",
    });
  }

  #parse(text: string): Identity {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      // The parser's own message quotes the text, and the text holds the key.
      throw this.#damaged("it is not JSON");
    }
    const result = IDENTITY.safeParse(json);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw this.#damaged(`${issue?.path.join(".") || "text"}: ${issue?.message}`);
  }

  #damaged(why: string): AgentError {
    return new AgentError("failed", `Identity "${this.path}" is damaged: ${why}`, {
      hint: "put a backup of the file back, or register again with agent register --force",
    });
  }

  #unreadable(error: unknown): AgentError {
    if (error instanceof AgentError) return error;
    return new AgentError("folder_unusable", `Cannot read "${this.path}": ${messageOf(error)}`, {
      cause: error,
      hint: "run the agent as the user who registered it",
    });
  }
}
