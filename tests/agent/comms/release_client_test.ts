/** Releases from a manager in this process, which is made to misbehave. */

import assert from "node:assert/strict";
import { CommsClient } from "../../../src/agent/comms/comms_client.ts";
import { ReleaseClient } from "../../../src/agent/comms/release_client.ts";
import { ServerConnection } from "../../../src/agent/comms/connection/server_connection.ts";
import { download } from "../../../src/agent/upgrade/download.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { platformName } from "../../../src/shared/releases/platform.ts";
import { content, releaseOf, ReleasesScene, sha256 } from "../../manager/releases_scene.ts";
import { TempFolder } from "../../support/queues.ts";

const BYTES = content(1_000_000);
const SIGNAL = new AbortController().signal;

/** A client of the agent's, and how many bytes came to it. */
function clientOf({ test }: ReleasesScene): { client: ReleaseClient; received: () => number } {
  let received = 0;
  const counted = async (url: string, init: RequestInit) => {
    const answer = await test.fetch(url, init);
    if (answer.body === null) return answer;
    const body = answer.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(piece, controller) {
          received += piece.length;
          controller.enqueue(piece);
        },
      }),
    );
    return new Response(body, answer);
  };
  const connection = new ServerConnection({
    serverUrl: "http://manager",
    fetch: counted,
    userAgent: "test",
  });
  const token = () => Promise.resolve(test.agentToken);
  const client = new CommsClient({
    connection,
    tokens: { get: token, renew: token },
    requestTimeoutMs: 10_000,
    pollTimeoutMs: 10_000,
  });
  return {
    client: new ReleaseClient({
      client,
      version: "1.3.2",
      requestTimeoutMs: 10_000,
      clock: systemClock,
    }),
    received: () => received,
  };
}

function fetchAgent(client: ReleaseClient, path: string): Promise<void> {
  const target = { name: "agent", size: BYTES.length, sha256: sha256(BYTES) };
  return download(target, path, {
    source: client,
    bytesPerSecond: () => 1e9,
    retryWaits: { next: () => 0, reset: () => {} },
    onProgress: () => {},
    clock: systemClock,
    signal: SIGNAL,
  });
}

Deno.test("a download that is cut ten times goes on each time, with hardly a byte twice", async () => {
  using folder = new TempFolder();
  await using scene = await ReleasesScene.open({
    faults: ["download:cut-body:at=70000:times=10"],
  });
  await scene.put("agent", BYTES);
  const { client, received } = clientOf(scene);
  await fetchAgent(client, folder.file("agent"));
  assert.deepEqual(Deno.readFileSync(folder.file("agent")), new Uint8Array(BYTES));
  assert.ok(received() <= BYTES.length * 1.05, `${received()} bytes came`);
});

Deno.test("a download works with a server that knows no ranges, is busy, or is slow to answer", async () => {
  for (
    const faults of [
      ["download:no-range", "download:cut-body:at=500000:times=1"],
      ["download:503:times=2:retry-after=0"],
      ["download:429:times=2:retry-after=0"],
      ["download:reset:times=2"],
    ]
  ) {
    using folder = new TempFolder();
    await using scene = await ReleasesScene.open({ faults });
    await scene.put("agent", BYTES);
    await fetchAgent(clientOf(scene).client, folder.file("agent"));
    assert.deepEqual(Deno.readFileSync(folder.file("agent")), new Uint8Array(BYTES), faults[0]);
  }
});

Deno.test("a download whose bytes were changed on the way, or that is not there, is refused", async () => {
  using folder = new TempFolder();
  await using scene = await ReleasesScene.open({ faults: ["download:wrong-bytes"] });
  const { client } = clientOf(scene);
  await assert.rejects(fetchAgent(client, folder.file("agent")), { reason: "download_failed" });
  await scene.put("agent", BYTES);
  await assert.rejects(fetchAgent(client, folder.file("agent")), { reason: "wrong_hash" });
});

Deno.test("manifest() gets the newest release for this agent, the one that is wanted, or none", async () => {
  await using scene = await ReleasesScene.open();
  const { client } = clientOf(scene);
  assert.deepEqual(await client.manifest(undefined, SIGNAL), { kind: "none" });
  const versions = ["1.4.0", "1.5.0"];
  for (const [index, version] of versions.entries()) {
    await scene.put(`agent-${version}`, BYTES);
    const signed = releaseOf(`agent-${version}`, BYTES, { version, release: index + 1 });
    const targets = { [platformName()]: Object.values(signed.targets)[0] };
    await scene.putManifest(`agent-${version}.json`, { ...signed, targets } as typeof signed);
  }
  const versionOf = async (wanted?: string) => {
    const outcome = await client.manifest(wanted, SIGNAL);
    return outcome.kind === "manifest" ? JSON.parse(outcome.text).signed.version : outcome.kind;
  };
  assert.equal(await versionOf(), "1.5.0");
  assert.equal(await versionOf("1.4.0"), "1.4.0");
  assert.equal(await versionOf("7.0.0"), "none");
});
