/** A manager with a data folder, files for agents in it, and an agent that downloads them. */

import { createHash } from "node:crypto";
import type { Manifest } from "../../src/shared/releases/manifest.ts";
import { openMockManager } from "../../mock_server/mock_manager.ts";
import type { MockTestOptions } from "../mock_server/harness.ts";
import { newKey, RELEASE, signedBy } from "../shared/releases/support.ts";
import { TestManager } from "./harness.ts";

export const KEY = newKey();

/** `length` bytes of which no two neighbours are the same. */
export function content(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, index) => index * 31 % 251);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** What is signed of a release with one file. */
export function releaseOf(
  name: string,
  bytes: Uint8Array,
  changes: Partial<typeof RELEASE> = {},
): typeof RELEASE {
  const targets = { "linux-x86_64": { name, size: bytes.length, sha256: sha256(bytes) } };
  return { ...RELEASE, targets, ...changes };
}

export class ReleasesScene implements AsyncDisposable {
  #token = "";

  private constructor(readonly test: TestManager, readonly folder: string) {}

  static async open(options: MockTestOptions = {}): Promise<ReleasesScene> {
    const dataFolder = await Deno.makeTempDir();
    const test = await TestManager.openBy(openMockManager, {
      tokenTtlMs: 86_400_000,
      ...options,
      dataFolder,
    });
    return new ReleasesScene(test, `${dataFolder}/releases`);
  }

  async manage(path: string, init: RequestInit = {}): Promise<Response> {
    this.#token ||= await this.test.userToken();
    const headers = { Authorization: `Bearer ${this.#token}`, ...init.headers };
    return await this.test.fetch(`http://manager${path}`, { ...init, headers });
  }

  put(name: string, body: BodyInit): Promise<Response> {
    const path = `/manager/releases/${encodeURIComponent(name)}`;
    return this.manage(path, { method: "PUT", body });
  }

  putManifest(name: string, signed: Manifest["signed"]): Promise<Response> {
    return this.put(name, signedBy([KEY], signed));
  }

  download(name: string, headers: Record<string, string> = {}, init: RequestInit = {}) {
    return this.test.get(`/api/v1/download?name=${encodeURIComponent(name)}`, {
      headers: { Authorization: `Bearer ${this.test.agentToken}`, ...headers },
      ...init,
    });
  }

  /** Names of all that lies in the folder, also what is hidden. */
  files(): string[] {
    return Array.from(Deno.readDirSync(this.folder), ({ name }) => name).sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.test[Symbol.asyncDispose]();
    await Deno.remove(`${this.folder}/..`, { recursive: true });
  }
}
