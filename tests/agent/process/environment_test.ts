import assert from "node:assert/strict";
import { variablesForSuccessor } from "../../../src/agent/process/environment.ts";

Deno.test("a successor gets the proxies, and neither secrets, weak trust, nor what a service manager says to one process", () => {
  const kept = { PATH: "/bin", HTTPS_PROXY: "http://proxy:3128", AGENT_SUPERVISED: "systemd" };
  const left = {
    AGENT_PASSWORD: "secret",
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    NOTIFY_SOCKET: "/run/notify",
    WATCHDOG_USEC: "1",
    WATCHDOG_PID: "1",
    AGENT_TRIAL: "1",
    GONE: undefined,
  };
  assert.deepEqual(variablesForSuccessor({ ...kept, ...left }), kept);
});
