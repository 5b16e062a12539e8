/**
 * `identity.pending.json`: the identity with which the server was last asked to register the agent, kept until its answer is there.
 *
 * When the answer is lost, the server may have registered the agent. Whoever then asks again with the same id and key gets the agent
 * that is there already; with others the name would be burnt and the key gone.
 *
 * @module
 */

import { join } from "node:path";
import * as z from "zod";
import { AgentError, messageOf } from "../../shared/errors.ts";
import { readOwnFile } from "../../shared/files/private_file.ts";
import { writeFileAtomically } from "./atomic_write.ts";

const PENDING = z.object({
  schema: z.literal(1),
  id: z.uuid(),
  /** Secret. */
  key: z.string().min(1),
  name: z.string().min(1),
  management_url: z.string(),
});

/** Who the agent may be already, for all that is known. */
type PendingIdentity = Omit<z.infer<typeof PENDING>, "schema">;

/** The file in a data folder. Whoever writes holds the lock of the folder. */
export class PendingIdentityFile {
  readonly #path: string;

  constructor(folder: string) {
    this.#path = join(folder, "identity.pending.json");
  }

  /** What was asked for and not answered at this server under this name; nothing when it can't be read. */
  find({ name, management_url }: Pick<PendingIdentity, "name" | "management_url">) {
    const pending = this.#read();
    const isThis = pending?.name === name && pending.management_url === management_url;
    return isThis ? pending : undefined;
  }

  /** The key in it, which is secret whether it comes into use or not. */
  key(): string | undefined {
    return this.#read()?.key;
  }

  /**
   * Replaces what was asked for before.
   *
   * @throws {AgentError} `folder_unusable`; then the server must not be asked
   */
  save(pending: PendingIdentity): void {
    try {
      const { id, key, name, management_url } = pending;
      const content = { schema: 1, id, key, name, management_url };
      writeFileAtomically(this.#path, `${JSON.stringify(content, null, 2)}\n`);
    } catch (error) {
      if (error instanceof AgentError) throw error;
      throw new AgentError("folder_unusable", `Cannot write "${this.#path}": ${messageOf(error)}`, {
        cause: error,
        hint: "make room on the disk, and the folder writable for this user",
      });
    }
  }

  #read() {
    try {
      return PENDING.parse(JSON.parse(readOwnFile(this.#path)));
    } catch {
      return undefined;
    }
  }

  /** The server has answered. A file that stays does no harm: it is used only for the same name at the same server. */
  remove(): void {
    try {
      Deno.removeSync(this.#path);
    } catch {
      // There is none, or it cannot be removed.
    }
  }
}
