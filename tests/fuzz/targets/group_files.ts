import assert from "node:assert/strict";
import fc from "fast-check";
import { checkShared, resolveConfig } from "../../../src/agent/config/load.ts";
import { mutatedText, oddFormOf } from "../harness/arbitraries.ts";
import { resultOrRefusal } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const SAMPLES = [
  "logcollector:\n  localfiles:\n    - location: /var/log/a.log\nevents.batch_interval: 5s\n",
  "logcollector: {localfiles: [/var/log/app.log, /etc/shadow], read_interval: 1s}\n",
  "agent: {server_url: https://evil:1}\ncommands: {run_script: {enabled: true}}\n",
  "remote: {allow: {localfiles: ['/**']}}\nqueue: {max_bytes: 1MiB, on_full: drop_newest}\n",
];

const structured = oddFormOf(
  {
    logcollector: { enabled: false, localfiles: [{ location: "/var/log/{a,b}/*.log" }] },
    agent: { server_url: "https://evil:1", path: { data: "/tmp" } },
    commands: { run_script: { enabled: true } },
    queue: { max_bytes: "1MiB" },
  },
  "logcollector",
  "remote.allow.localfiles",
  "agent.server_url",
).map((value) => JSON.stringify(value) ?? "");

const OPTIONS = { env: {}, platform: "linux", folder: "/" } as const;

/** What only the machine itself decides. */
const own = (config: ReturnType<typeof resolveConfig>["config"]) => [
  config.agent,
  config.remote,
  config.commands,
  config.queue.max_bytes,
  config.queue.on_full,
];

export const target: FuzzTarget = {
  about:
    "any text as a group's file is taken or refused, and never changes what the machine decides",
  weight: 1,
  open: () => ({
    property: fc.asyncProperty(fc.oneof(mutatedText(...SAMPLES), structured), async (text) => {
      const shared = [{ name: "web", text }];
      const read = () => resolveConfig(undefined, { ...OPTIONS, shared });
      const loaded = await resultOrRefusal(read, ({ code, message }) => {
        assert.equal(code, "config_invalid");
        assert.match(message, /web\.yml/);
      });
      if (loaded) {
        assert.deepEqual(own(loaded.config), own(resolveConfig(undefined, OPTIONS).config));
      }
      const defaultFile = "/nonexistent/agent.yaml";
      await resultOrRefusal(
        () => checkShared(shared, { ...OPTIONS, defaultFile }),
        ({ message }) => {
          assert.doesNotMatch(message, /\n/);
        },
      );
    }),
  }),
};
