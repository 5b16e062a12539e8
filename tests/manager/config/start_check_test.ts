import assert from "node:assert/strict";
import { checkStart } from "../../../src/manager/config/start_check.ts";
import { resolveManagerConfig } from "../../../src/manager/config/load.ts";

const check = (text: string) =>
  checkStart(resolveManagerConfig({ path: "manager.yaml", text }, { env: {} }));

Deno.test("checkStart() wants a data folder of a manager of a cluster, and of no other", () => {
  const cluster = "cluster: { servers: [nats://127.0.0.1:4222], secret_file: s }\n";
  check("manager: { http: true }\n");
  check(`${cluster}manager: { data_dir: d }\n`);
  assert.throws(() => check(cluster), {
    message: /cluster\.servers must come together with manager\.data_dir/,
    code: "config_invalid",
  });
});
