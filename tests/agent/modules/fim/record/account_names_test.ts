import assert from "node:assert/strict";
import { AccountNames } from "../../../../../src/agent/modules/fim/record/account_names.ts";

Deno.test("AccountNames: names by number, the first of two, none for what is unknown or broken", () => {
  const names = new AccountNames({
    passwd: "root:x:0:0:root:/root:/bin/sh\ntoor:x:0:0::/:\n# note\nana:x:1000:1000:::\nbad:x:-1\n",
    group: "wheel:x:10:ana\n\n:x:11:\n",
  });
  assert.deepEqual([names.user(0), names.user(1000), names.user(5)], ["root", "ana", null]);
  assert.deepEqual([names.group(10), names.group(11)], ["wheel", null]);
});
