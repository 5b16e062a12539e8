import assert from "node:assert/strict";
import type { Consumer, JsMsg } from "@nats-io/jetstream";
import { portion } from "../../../../src/manager/cluster/link/portion.ts";

/** As the library throws it when the server that it is connected to knows nothing of the consumer. */
function unheard(): Error {
  return Object.assign(new Error("no responders"), { name: "JetStreamStatusError", code: 503 });
}

/** A consumer whose portions are these: messages by their sequences, or an error. */
function consumerOf(...portions: (number | Error)[][]) {
  const asked = { times: 0 };
  const fetch = () => {
    const parts = portions[asked.times++] ?? [];
    const messages = (async function* () {
      await Promise.resolve();
      for (const part of parts) {
        if (part instanceof Error) throw part;
        yield { seq: part } as JsMsg;
      }
    })();
    return Promise.resolve(Object.assign(messages, { stop: () => {} }));
  };
  return { asked, consumer: { fetch } as unknown as Consumer };
}

async function sequencesOf(consumer: Consumer): Promise<number[]> {
  const messages = await Array.fromAsync(portion(consumer, { most: 3, expiresMs: 1_000 }));
  return messages.map(({ seq }) => seq);
}

Deno.test("portion() asks again when nobody has heard of a consumer that was just made", async () => {
  const { asked, consumer } = consumerOf([unheard()], [unheard()], [1, 2]);
  assert.deepEqual(await sequencesOf(consumer), [1, 2]);
  assert.equal(asked.times, 3);
});

Deno.test("portion() ends with what came when its consumer goes away meanwhile", async () => {
  assert.deepEqual(await sequencesOf(consumerOf([1, unheard()]).consumer), [1]);
});

Deno.test("portion() says at last that the cluster takes nothing; other errors are told at once", async () => {
  const never = consumerOf(...Array.from({ length: 9 }, () => [unheard()]));
  await assert.rejects(sequencesOf(never.consumer), {
    name: "StoreUnavailable",
    message: "The cluster takes nothing now: no responders",
  });
  const other = consumerOf([new Error("another")]);
  await assert.rejects(sequencesOf(other.consumer), { message: "another" });
  assert.equal(other.asked.times, 1);
});
