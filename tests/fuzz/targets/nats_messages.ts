import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { MessageSealer } from "../../../src/manager/nats/message_sealer.ts";
import {
  PayloadCipher,
  PayloadDecipher,
  readEncryptionKey,
} from "../../../src/manager/nats/payload_cipher.ts";
import { readSigningKey, readVerifyingKey } from "../../../src/manager/nats/signing_keys.ts";
import { MessageChecker } from "../../../src/manager/nats_tail/message_checker.ts";
import { makeKeys } from "../../manager/nats/keys.ts";
import { TempFolder } from "../../support/queues.ts";
import { mutatedBytes, mutatedText, oddJson, oddText } from "../harness/arbitraries.ts";
import { assertPlain } from "../harness/expectations.ts";
import type { FuzzTarget } from "../harness/target.ts";

const NOW = Date.UTC(2026, 0, 1);
const SUBJECT = "wazuh.xdr.agent.a.status_change";

async function sealed(encrypted: boolean) {
  using folder = new TempFolder();
  const files = makeKeys(folder.path);
  const secret = await readEncryptionKey(files.encryption);
  const key = await readVerifyingKey(files.public);
  const cipher = encrypted ? new PayloadCipher("k1", secret) : undefined;
  const sealer = new MessageSealer({
    node: "n",
    signingKey: await readSigningKey(files.signing),
    cipher,
  });
  const document = JSON.stringify({ status_change: { agent_id: "a", alert_level: 9 } });
  const message = await sealer.seal({
    kind: "status_change",
    subject: SUBJECT,
    sequence: 7,
    document,
  }, NOW);
  const checker = () =>
    new MessageChecker({
      verifyingKeys: new Map([[key.id, key]]),
      deciphers: new Map([["k1", new PayloadDecipher(secret)]]),
      windowMs: 300_000,
    });
  return { message, checker };
}

export const target: FuzzTarget = {
  about:
    "a message of NATS that was changed anywhere is refused in plain words; one that was not is verified",
  weight: 4,
  async open() {
    const samples = await Promise.all([sealed(false), sealed(true)]);
    const cases = fc.constantFrom(...samples).chain(({ message, checker }) => {
      const payload = mutatedBytes(message.payload);
      const headers = Object.entries(message.headers);
      const changed = fc.tuple(...headers.map(([name, value]) =>
        fc.oneof(
          { weight: 8, arbitrary: fc.constant([value]) },
          mutatedText(value).map((text) => [text]),
          fc.array(oddText, { maxLength: 2 }),
        ).map((values) => [name, values] as const)
      ));
      return fc.record({
        checker: fc.constant(checker),
        message: fc.constant(message),
        payload,
        headers: changed,
        odd: oddJson(),
      });
    });
    const property = fc.asyncProperty(
      cases,
      async ({ checker, message, payload, headers, odd }) => {
        const received = new Map(headers.filter(([, values]) => values.length > 0));
        const verdict = await checker().check(
          { subject: SUBJECT, headers: received, payload },
          NOW,
        );
        const isSame = Buffer.from(message.payload).equals(payload) &&
          headers.every(([name, values]) =>
            values.length === 1 && values[0] === message.headers[name]
          );
        if (isSame) assert.equal(verdict.result, "verified");
        else if (verdict.result === "refused") assertPlain(verdict.reason);
        else assert.ok("identity" in verdict && verdict.identity.sequence === 7);
        const json = new TextEncoder().encode(JSON.stringify(odd));
        const other = await checker().check(
          { subject: SUBJECT, headers: received, payload: json },
          NOW,
        );
        assert.equal(other.result, "refused");
      },
    );
    return { property };
  },
};
