import assert from "node:assert/strict";
import { assertRefused, KEY, TestManager } from "../harness.ts";

Deno.test("DELETE /api/v1/agent removes the agent whose token is shown, and nobody else", async () => {
  await using test = await TestManager.open();
  const { agentId } = test;
  const remove = (token: string) =>
    test.fetch("http://manager:27000/api/v1/agent", {
      method: "DELETE",
      headers: { Authorization: `Bearer ${token}` },
    });
  assert.equal((await remove("nonsense")).status, 401);
  const { token } = await (await test.logIn(agentId, KEY)).json();
  assert.equal((await remove(token)).status, 200);
  assert.equal((await remove(token)).status, 401);
  await assertRefused(await test.logIn(agentId, KEY), 403, "Agent does not exist");
});
