import assert from "node:assert/strict";
import fc from "fast-check";
import { managerOptions, resolveManagerConfig } from "../../../src/manager/config/load.ts";
import { mutatedText, oddText } from "../harness/arbitraries.ts";
import { resultOrRefusal } from "../harness/expectations.ts";
import { assertPlaces } from "../harness/places.ts";
import type { FuzzTarget } from "../harness/target.ts";

const PATH = "/etc/agent/manager.yaml";
const SAMPLES = [
  "manager_keepalive:\n  interval: 60s\n  timeout: 180s\n  max_missed: 3\n  enabled: true\n",
  "manager_keepalive: {interval: 1s, timeout: 2s}\nmanager.port: 1\nnats: {url: 'nats://h:4222'}\n",
];
const names = [...managerOptions().values()].map(({ envName }) => envName);

export const target: FuzzTarget = {
  about: "any text as manager.yaml, and any MANAGER_ variable, is taken or refused by its place",
  weight: 4,
  open: () => ({
    property: fc.asyncProperty(
      fc.oneof({ weight: 4, arbitrary: mutatedText(...SAMPLES) }, oddText),
      fc.dictionary(fc.constantFrom(...names), oddText, { maxKeys: 2 }),
      async (text, env) => {
        await resultOrRefusal(
          () => resolveManagerConfig({ path: PATH, text }, { env }),
          (error) => {
            assert.equal(error.code, "config_invalid");
            assertPlaces(error.message, { path: PATH, text });
          },
        );
      },
    ),
  }),
};
