import assert from "node:assert/strict";
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { runClusterCommand } from "../../../src/manager/cluster_cli/main.ts";
import { outageOf } from "../../../src/manager/cluster_cli/outage.ts";
import { CLUSTER_PROGRAM, clusterTest } from "../../support/nats_cluster.ts";
import { NatsServer } from "../../support/nats_server.ts";
import { TempFolder } from "../../support/queues.ts";

const apiError = (code: number, err_code: number, description: string) =>
  new JetStreamApiError({ code, err_code, description });

Deno.test("outageOf() tells servers that cannot do anything from one that refuses a request", () => {
  const noLeader = outageOf(apiError(503, 10_008, "JetStream system temporarily unavailable"));
  assert.match(noLeader?.message ?? "", /^The cluster takes nothing now: JetStream system temp/);
  assert.match(noLeader?.hint ?? "", /more than half of the NATS servers/);
  assert.match(outageOf(new errors.TimeoutError())?.message ?? "", /takes nothing now: timeout/);
  assert.equal(outageOf(apiError(404, 10_059, "stream not found")), undefined);
  assert.equal(outageOf(new Error("a fault of the program")), undefined);
});

clusterTest("cluster commands say what to do when the servers do nothing", async () => {
  await using server = await NatsServer.start("", CLUSTER_PROGRAM);
  using folder = new TempFolder();
  const secret = folder.file("secret");
  await Deno.writeTextFile(secret, "s".repeat(44), { mode: 0o600 });
  const given = ["--cluster", server.url, "--cluster-secret", secret];
  await assert.rejects(runClusterCommand(["backup", "--to", folder.file("b"), ...given]), {
    message: /^The cluster takes nothing now: /,
    hint: /have JetStream/,
  });
  assert.equal(await runClusterCommand(["doctor", ...given]), 1);
});
