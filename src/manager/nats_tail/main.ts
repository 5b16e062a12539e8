/**
 * The program `nats-tail`: prints what managers publish to NATS, and checks that it is theirs.
 *
 * @module
 */

import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { describeFailure, type FailureCode } from "../nats/failure.ts";
import { connectTo } from "../nats/nats_connection.ts";
import { PayloadDecipher, readEncryptionKey } from "../nats/payload_cipher.ts";
import { readVerifyingKey, type VerifyingKey } from "../nats/signing_keys.ts";
import { allSubjects } from "../nats/subjects.ts";
import { MessageChecker, type ReceivedMessage } from "./message_checker.ts";
import { type KeyArgument, parseOptions, type TailOptions } from "./options.ts";
import { jsonLine, textLines } from "./output.ts";

const STOP_SIGNALS: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM"];
/** The id of a key for encryption where none is given, here and at the manager. */
const DEFAULT_KEY_ID = "default";
const MAX_WAITING_MESSAGES = 100_000;
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
async function tail(options: TailOptions, signal: AbortSignal): Promise<number> {
  const checker = new MessageChecker({
    verifyingKeys: await verifyingKeys(options.publicKeys),
    deciphers: await deciphers(options.decryptKeys),
    windowMs: options.windowMs,
  });
  const connection = await connect(options, signal);
  const subscription = connection.subscribe(allSubjects(options.prefix));
  signal.addEventListener("abort", () => subscription.unsubscribe(), { once: true });
  try {
    await connection.flush();
    console.error(`Listening to ${allSubjects(options.prefix)} at ${connection.getServer()}`);
    const tally = await printAll(subscription, checker, options);
    const ended = signal.aborted || tally.messages === options.count;
    if (!ended) throw await connection.closed() ?? new Error("the connection was closed");
    if (tally.refused > 0) return REFUSED;
    return tally.gaps > 0 ? MISSING : 0;
  } finally {
    await connection.close();
  }
}

interface Tally {
  messages: number;
  refused: number;
  /** Messages with others missing before them. */
  gaps: number;
}

async function printAll(
  subscription: Subscription,
  checker: MessageChecker,
  { json, count = Infinity }: TailOptions,
): Promise<Tally> {
  const tally: Tally = { messages: 0, refused: 0, gaps: 0 };
  for await (const message of subscription) {
    if (subscription.getPending() > MAX_WAITING_MESSAGES) {
      throw new Error("Messages come faster than they can be checked");
    }
    const verdict = await checker.check(received(message), Date.now());
    for (const line of json ? [jsonLine(verdict)] : textLines(verdict)) console.log(line);
    if (verdict.result === "refused") tally.refused++;
    else if (verdict.missing !== undefined) tally.gaps++;
    if (++tally.messages === count) break;
  }
  return tally;
}

/** Tries each server once. */
async function connect(options: TailOptions, signal: AbortSignal): Promise<NatsConnection> {
  let failure: unknown;
  for (const server of options.servers) {
    try {
      return await connectTo({ server, name: "nats-tail", signal }, options.connection);
    } catch (error) {
      failure = error;
      if (signal.aborted) break;
      console.error(`Cannot connect to ${server}: ${describeFailure(error).text}`);
    }
  }
  throw failure;
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

function received({ subject, headers, data }: Msg): ReceivedMessage {
  return { subject, headers: new Map(headers ?? []), payload: new Uint8Array(data) };
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  const stopping = new AbortController();
  for (const signal of STOP_SIGNALS) {
    Deno.addSignalListener(signal, () => stopping.abort());
  }
  try {
    Deno.exit(await tail(options, stopping.signal));
  } catch (error) {
    if (stopping.signal.aborted) Deno.exit(0);
    const { code, text } = describeFailure(error);
    console.error(`Error: ${text}`);
    Deno.exit(STATUS[code]);
  }
}
