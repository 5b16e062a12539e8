import assert from "node:assert/strict";
import fc from "fast-check";
import { listOptions } from "../../../src/agent/config/options.ts";
import { setYamlOption } from "../../../src/shared/config/edit_yaml.ts";
import { givenByYaml } from "../../../src/shared/config/yaml_source.ts";
import { mutatedText, oddText } from "../harness/arbitraries.ts";
import type { FuzzTarget } from "../harness/target.ts";

const SETTING = { path: "logcollector.enabled", value: false };
const OPTIONS = listOptions("linux");
const SAMPLES = [
  "# mine\nlogcollector:\n  enabled: true # why\n  localfiles: []\nlog.level: debug\n",
  "logcollector.enabled: true\r\nlog:\r\n  level: debug\r\n",
  "logcollector: {read_interval: 1s}\n",
  "agent:\n  server_url: https://h:1\n",
  "logcollector:\n    localfiles:\n    - location: /var/log/a\n---\n",
];

function read(text: string): Map<string, unknown> {
  const origin = { source: "file", file: "agent.yaml" } as const;
  const { given } = givenByYaml(text, { origin, env: {}, options: OPTIONS });
  return new Map(given.map((one) => [one.path, one.value]));
}

export const target: FuzzTarget = {
  about: "an option that is set in any text reads as it was set, and nothing else has changed",
  weight: 3,
  open: () => ({
    property: fc.property(fc.oneof(mutatedText(...SAMPLES), oddText), (text) => {
      const edited = setYamlOption(text, SETTING, read);
      if (edited === undefined) return;
      const [before, after] = [read(text), read(edited)];
      assert.equal(after.get(SETTING.path), false);
      for (const values of [before, after]) values.delete(SETTING.path);
      assert.deepEqual(after, before);
    }),
  }),
};
