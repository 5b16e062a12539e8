/** Two managers of one cluster, and an agent that goes from one to the other. */

import { TempFolder } from "../../support/queues.ts";
import { TestClient, TestManager, type TestOptions } from "../harness.ts";
import { clusterOptions } from "../stores/contract.ts";

/** Opens them, each with a data folder of its own. */
export async function twoManagers(server: { url: string }, changes: TestOptions = {}) {
  const options = clusterOptions([server.url]);
  const folders = [new TempFolder(), new TempFolder()];
  const open = (node: string, index: number) =>
    TestManager.open({
      agent: false,
      cluster: { ...options, node },
      dataFolder: folders[index]?.path as string,
      ...changes,
    });
  const [one, other] = [await open("one", 0), await open("other", 1)];
  const running = new Set([one, other]);
  return {
    one,
    other,
    options,
    /** Ends one of them. */
    stop: async (test: TestManager) => {
      running.delete(test);
      await test.manager.close();
    },
    [Symbol.asyncDispose]: async () => {
      for (const { manager } of running) await manager.close();
      for (const folder of folders) folder[Symbol.dispose]();
    },
  };
}

/** What `test` knows of its agent, at another manager. */
export function moved(test: TestClient, to: TestManager): TestClient {
  const client = new TestClient(to.fetch);
  client.agentId = test.agentId;
  client.agentToken = test.agentToken;
  return client;
}

/** A request to the management API of a manager, by its first user. */
export async function manage(
  test: TestClient,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = { Authorization: `Bearer ${await test.userToken()}`, ...init.headers };
  return await test.fetch(`http://manager${path}`, { ...init, headers });
}

/** Resolves once `holds` does: what one manager does is followed by the other. */
export async function followed(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!await holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
