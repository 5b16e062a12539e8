import assert from "node:assert/strict";
import { apiOver } from "../../support/local_api.ts";
import { openQueue, TempFolder } from "../../support/queues.ts";

Deno.test("POST /v1/responses/revert wants keys or all, and says what became of each", async () => {
  using folder = new TempFolder();
  using queue = openQueue(folder);
  const post = (body: string) => ({ method: "POST", body });
  const api = apiOver(queue);
  const answer = await api.request("/v1/responses/revert", post('{"keys":["block-ip:1f"]}'));
  assert.deepEqual(await answer.json(), {
    responses: [{ key: "block-ip:1f", reverted: true, message: "reverted" }],
  });
  assert.equal((await api.request("/v1/responses/revert", post('{"all":true}'))).status, 200);
  const wrong = [
    "",
    "{}",
    '{"keys":[]}',
    '{"keys":[1]}',
    '{"all":false}',
    '{"all":true,"keys":["a"]}',
  ];
  for (const body of wrong) {
    const response = await api.request("/v1/responses/revert", post(body));
    const error = await response.json();
    assert.deepEqual([response.status, error.code], [400, "usage"], body);
    assert.match(error.message, /^Cannot tell which responses: /);
    assert.match(error.hint, /^send /);
  }
});
