import assert from "node:assert/strict";
import fc from "fast-check";
import { resolveConfig } from "../../../src/agent/config/load.ts";
import { mutatedText, oddFormOf, oddText } from "../harness/arbitraries.ts";
import { resultOrRefusal } from "../harness/expectations.ts";
import { assertPlaces } from "../harness/places.ts";
import type { FuzzTarget } from "../harness/target.ts";

const PATH = "/etc/agent/agent.yaml";

/** Short: what is changed in a long file mostly lies in its comments. */
const SAMPLES = [
  "agent:\n  server_url: https://h:1\n  path.data: /x\nqueue: {max_bytes: 1MiB, on_full: block}\n",
  "logcollector:\n  localfiles:\n    - location: /var/log/*.log\n    - {location: '/a/[b].log'}\n",
  "a: &x [1, 2]\nlog.level: debug\nb: *x\n---\nc: 1\n",
  'log:\n  level: "de\\x62ug"\n  format: |\n    json\n',
  "agent.server_url: ${HOME}\nevents:\n  batch_interval: 5s\n? [a, {b: c}]\n: d\n",
];

const structured = oddFormOf(
  {
    agent: { server_url: "https://h:1", path: { data: "/x", run: "/y" }, retry_interval: "5s" },
    queue: { max_bytes: "1MiB", on_full: "block" },
    events: { batch_size: "1MB", compression: "gzip", max_in_flight: 4 },
    logcollector: { enabled: true, localfiles: [{ location: "/var/log/*.log" }] },
    "log.level": "debug",
  },
  "agent",
  "path.data",
  "localfiles",
  "enabled",
).map((value) => JSON.stringify(value) ?? "");

export const target: FuzzTarget = {
  about: "any text as agent.yaml is a configuration, or is refused with places that lie in it",
  weight: 3,
  open: () => ({
    property: fc.asyncProperty(
      fc.oneof({ weight: 4, arbitrary: mutatedText(...SAMPLES) }, structured, oddText),
      async (text) => {
        const read = () =>
          resolveConfig({ path: PATH, text }, {
            env: { HOME: "/h" },
            platform: "linux",
            folder: "/",
          });
        const loaded = await resultOrRefusal(read, (error) => {
          assert.equal(error.code, "config_invalid");
          assertPlaces(error.message, { path: PATH, text });
        });
        if (loaded) assert.equal(typeof loaded.config.agent.server_url, "string");
      },
    ),
  }),
};
