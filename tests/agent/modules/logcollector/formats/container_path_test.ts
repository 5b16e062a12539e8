import assert from "node:assert/strict";
import { containerOf } from "../../../../../src/agent/modules/logcollector/formats/container_path.ts";

const ID = "0123".repeat(16);

Deno.test("containerOf() puts together what the link and its target tell", () => {
  const link = `/var/log/containers/cart-7d4b9_shop_web-${ID}.log`;
  assert.deepEqual(containerOf(link, "/var/log/pods/shop_cart-7d4b9_uid/web/0.log"), {
    container: { name: "web", id: ID },
    orchestrator: {
      type: "kubernetes",
      namespace: "shop",
      resource: { type: "pod", name: "cart-7d4b9", id: "uid" },
    },
  });
});

Deno.test("containerOf() knows files that kubelet rotated, and nothing of other paths", () => {
  const rotated = containerOf("/var/log/pods/a_b_c/d/0.log.20261126-005701");
  assert.deepEqual(rotated.container, { name: "d" });
  assert.deepEqual(containerOf("/var/log/pods.log", "/var/lib/docker/containers/x/x-json.log"), {});
});
