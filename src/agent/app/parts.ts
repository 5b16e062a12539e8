/**
 * Builds the parts of the agent from its configuration: the one place where the names of options meet the parts
 * they are for.
 *
 * @module
 */

import { getLogger, type Logger } from "@logtape/logtape";
import { join } from "node:path";
import type { Clock } from "../../shared/clock.ts";
import { JOURNAL_SCHEMA } from "../commands/journal_schema.ts";
import { Backoff } from "../comms/backoff.ts";
import { CommsClient } from "../comms/comms_client.ts";
import { createLogin } from "../comms/login.ts";
import { ServerConnection } from "../comms/server_connection.ts";
import { TokenKeeper } from "../comms/token_keeper.ts";
import { createTransport, type Transport } from "../comms/transport.ts";
import { userAgent } from "../comms/user_agent.ts";
import type { Stream } from "../../shared/protocol/wire.ts";
import type { AgentConfig } from "../config/schema.ts";
import { CompressionTrial } from "../dispatch/compression_trial.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import { encodedSend } from "../dispatch/encoded_send.ts";
import { messageOf } from "../../shared/errors.ts";
import type { Identity, IdentityFile } from "../identity/identity_file.ts";
import { readHostInfo } from "../platform/host_info.ts";
import { QueueBatchSource } from "../queue/batch_source.ts";
import type { Queue } from "../queue/queue.ts";
import type { QueueLimits, QueueOptions } from "../queue/queue_options.ts";
import type { Batch } from "../queue/types.ts";
import { VERSION } from "../../shared/version.ts";
import type { AgentLineSource } from "./agent_line.ts";
import type { SavedToken } from "../../shared/protocol/agent_identity.ts";
import type { EventRange } from "../../shared/protocol/stored_events.ts";

/** Everything that talks to the server. */
export interface Link extends Disposable {
  tokens: TokenKeeper;
  client: CommsClient;
}

/** What the queue in the data folder is opened with. */
export function queueOptions(
  { agent, queue, events }: AgentConfig,
  { clock, onDamage }: { clock: Clock; onDamage?: (error: unknown) => void },
): QueueOptions {
  return {
    path: databasePath(agent.path.data),
    durability: queue.durability,
    maxDeadLetterBytes: queue.max_dead_letter_bytes,
    now: () => clock.now(),
    parts: [JOURNAL_SCHEMA],
    ...queueLimits({ queue, events }),
    ...(onDamage && { onDamage }),
  };
}

/** The part of the queue's options that can change while it is open. */
export function queueLimits({ queue, events }: Pick<AgentConfig, "queue" | "events">): QueueLimits {
  return {
    max: { events: queue.max_events, bytes: queue.max_bytes },
    onFull: queue.on_full,
    ...(queue.min_free_disk !== undefined && { minFreeDiskBytes: queue.min_free_disk }),
    chunkLimits: { max_events: events.batch_events, max_bytes: events.batch_size },
  };
}

/** Path of the queue's database in a data folder. */
export function databasePath(dataFolder: string): string {
  return join(dataFolder, "agent.db");
}

/** Connects to the server of the configuration as `identity`. Sends nothing yet. */
export function createLink(
  { agent }: AgentConfig,
  { identity, file, clock }: { identity: Identity; file: IdentityFile; clock: Clock },
): Link {
  const transport = createTransport({
    verificationMode: agent.verification_mode,
    caCert: agent.ca_cert,
    clientCert: agent.client_cert,
    clientKey: agent.client_key,
  });
  const connection = new ServerConnection({
    serverUrl: agent.server_url,
    fetch: transport.fetch,
    userAgent: userAgent(agent.user_agent_product, VERSION, readHostInfo()),
    clock,
  });
  const tokens = createTokens({ agent, identity, file, clock, connection });
  const client = new CommsClient({
    connection,
    tokens,
    requestTimeoutMs: agent.request_timeout,
    pollTimeoutMs: agent.commands_request_timeout,
  });
  return linkOf(tokens, client, transport);
}

/** The waits between tries that the configuration asks for. */
export function createBackoff({ agent }: AgentConfig): Backoff {
  return new Backoff({ baseMs: agent.retry_interval, maxMs: agent.retry_max_interval });
}

/** What a stream's dispatcher is built with. */
interface DispatcherParts {
  queue: Queue;
  client: CommsClient;
  agentLine: AgentLineSource;
  clock: Clock;
  /** Only these events. @default all */
  within?: EventRange;
}

/** Builds the dispatcher of a stream; `config` gives the options in force. The stateful one keeps the order of events: one batch in flight. */
export function createDispatcher(
  stream: Stream,
  config: () => AgentConfig,
  { queue, client, agentLine, clock, within }: DispatcherParts,
): Dispatcher<Batch> {
  const compression = new CompressionTrial();
  const source = new QueueBatchSource(queue, () => {
    const { events } = config();
    return {
      limits: { max_events: events.batch_events, max_bytes: events.batch_size },
      encoding: compression.encoding(
        events.compression === "none" ? "identity" : events.compression,
      ),
      agentLine: () => agentLine.text(),
      ...(within && { within }),
    };
  });
  const policy = () => {
    const { events } = config();
    return {
      batchEvents: events.batch_events,
      batchBytes: events.batch_size,
      batchIntervalMs: events.batch_interval,
      maxInFlight: stream === "stateful" ? 1 : events.max_in_flight,
    };
  };
  const send = encodedSend<Batch>(
    stream,
    (of, request, context) => client.postEvents(of, request, context),
  );
  return new Dispatcher(stream, policy, {
    source,
    send,
    retryWaits: createBackoff(config()),
    clock,
    compression,
    askFate: (id, signal) => client.batchFate(id, signal),
    probe: (signal) => {
      const body = new TextEncoder().encode(agentLine.text());
      return client.postEvents(stream, { body, encoding: "identity" }, { signal });
    },
  });
}

function createTokens(
  { agent, identity, file, clock, connection }: {
    agent: AgentConfig["agent"];
    identity: Identity;
    file: IdentityFile;
    clock: Clock;
    connection: ServerConnection;
  },
): TokenKeeper {
  const login = createLogin({
    connection,
    loginPath: agent.login_path,
    credentials: { uuid: identity.id, key: identity.key },
    timeoutMs: agent.request_timeout,
  });
  const log = getLogger(["agent", "identity"]);
  return new TokenKeeper({
    login,
    cached: identity.token,
    onToken: (token) => {
      log.info("Logged in to {server}", { server: agent.server_url, expires_at: token.expires_at });
      keepToken(file, token, log);
    },
    backoff: { baseMs: agent.retry_interval, maxMs: agent.retry_max_interval },
    clock,
  });
}

/** A token that cannot be kept costs one log-in after the next start, nothing more. */
function keepToken(file: IdentityFile, token: SavedToken, log: Logger): void {
  try {
    file.update({ token });
  } catch (error) {
    log.warn("Cannot keep the token for the next start: {reason}", { reason: messageOf(error) });
  }
}

function linkOf(tokens: TokenKeeper, client: CommsClient, transport: Transport): Link {
  return { tokens, client, [Symbol.dispose]: () => transport.close() };
}
