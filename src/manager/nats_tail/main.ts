/**
 * The program `nats-tail`: prints what managers publish to NATS, and checks that it is theirs.
 *
 * @module
 */

import { describeFailure, type FailureCode } from "../nats/failure.ts";
import { PayloadDecipher, readEncryptionKey } from "../nats/payload_cipher.ts";
import { readVerifyingKey, type VerifyingKey } from "../nats/signing_keys.ts";
import { MessageChecker } from "./message_checker.ts";
import { type KeyArgument, parseOptions, type TailOptions } from "./options.ts";
import { Tail, type Tally } from "./tail.ts";

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];
/** The id of a key for encryption where none is given, here and at the manager. */
const DEFAULT_KEY_ID = "default";
const REFUSED = 3;
const MISSING = 4;
const STATUS: Readonly<Record<FailureCode, number>> = {
  credentials_refused: 6,
  certificate_untrusted: 10,
  permission_denied: 6,
  timeout: 7,
  unreachable: 7,
  failed: 1,
};

/** Prints messages until it is told to end; returns the exit status. */
async function run(options: TailOptions, signal: AbortSignal): Promise<number> {
  const checker = new MessageChecker({
    verifyingKeys: await verifyingKeys(options.publicKeys),
    deciphers: await deciphers(options.decryptKeys),
    windowMs: options.windowMs,
  });
  return statusOf(await new Tail(options, { checker, signal }).run());
}

function statusOf({ refused, gaps }: Tally): number {
  if (refused > 0) return REFUSED;
  return gaps > 0 ? MISSING : 0;
}

async function verifyingKeys(keys: readonly KeyArgument[]): Promise<Map<string, VerifyingKey>> {
  const read = await Promise.all(keys.map(({ id, path }) => readVerifyingKey(path, id)));
  return new Map(read.map((key) => [key.id, key]));
}

async function deciphers(keys: readonly KeyArgument[]): Promise<Map<string, PayloadDecipher>> {
  const read = keys.map(async ({ id = DEFAULT_KEY_ID, path }) =>
    [id, new PayloadDecipher(await readEncryptionKey(path))] as const
  );
  return new Map(await Promise.all(read));
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  const stopping = new AbortController();
  for (const signal of STOP_SIGNALS) {
    Deno.addSignalListener(signal, () => stopping.abort());
  }
  try {
    Deno.exit(await run(options, stopping.signal));
  } catch (error) {
    if (stopping.signal.aborted) Deno.exit(0);
    const { code, text } = describeFailure(error);
    console.error(`Error: ${text}`);
    Deno.exit(STATUS[code]);
  }
}
