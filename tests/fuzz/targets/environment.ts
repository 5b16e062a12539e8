import assert from "node:assert/strict";
import fc from "fast-check";
import { resolveConfig } from "../../../src/agent/config/load.ts";
import { listOptions } from "../../../src/agent/config/options.ts";
import { oddJson, oddText } from "../harness/arbitraries.ts";
import { resultOrRefusal } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const names = [...listOptions("linux").values()].map(({ envName }) => envName);
const name = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...names) }, oddText);
const value = fc.oneof(
  oddText,
  oddJson("location").map((json) => JSON.stringify(json)),
  fc.constantFrom("1", "true", "5s", "1MiB", "/x", "block", "[]", '[{"location":"/var/log/a"}]'),
);

export const target: FuzzTarget = {
  about: "any environment is a configuration, or is refused by the name of the variable",
  weight: 3,
  open: () => ({
    property: fc.asyncProperty(fc.dictionary(name, value, { maxKeys: 5 }), async (env) => {
      const read = () => resolveConfig(undefined, { env, platform: "linux", folder: "/" });
      await resultOrRefusal(read, ({ code, message }) => {
        assert.equal(code, "config_invalid");
        for (const problem of message.split("\n").slice(1)) assert.match(problem, /environment \w/);
      });
    }),
  }),
};
