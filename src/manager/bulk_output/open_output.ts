/**
 * The output of a manager: its parts put together.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { AgentError, messageOf } from "../../shared/errors.ts";
import type { Clock } from "../../shared/clock.ts";
import { readSecretLine } from "../nats/secret_file.ts";
import type { Store } from "../store.ts";
import { BulkWriter } from "./bulk_writer.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Destination } from "./actions.ts";
import type { BulkOutputOptions } from "./options_schema.ts";
import type { OutputSource } from "./output_source.ts";
import { StoredEvents } from "./stored_events.ts";

/** Opens a source for an index; `target` names it. */
export type OpenSource = (
  target: string,
  destination: Destination,
) => OutputSource | Promise<OutputSource>;

/** The events of a manager that is alone. */
export function storedEvents(
  { clock, store, origin, maxBacklog }: {
    clock: Clock;
    store: Store;
    origin: string;
    maxBacklog: number;
  },
): OpenSource {
  return (target, destination) => {
    const checkpoints = new Checkpoints(store.database, target);
    const { events } = store;
    return new StoredEvents({ clock, events, checkpoints, destination, origin, maxBacklog });
  };
}

/**
 * Opens the output; it begins when it is told to.
 *
 * @param url of the index, without a slash at its end
 * @throws AgentError `config_invalid` when a file that an option names cannot be used
 */
export async function openBulkOutput(
  options: BulkOutputOptions,
  url: string,
  { clock, open }: { clock: Clock; open: OpenSource },
): Promise<BulkWriter> {
  const headers = { "Content-Type": "application/x-ndjson", ...authorization(options) };
  const client = clientOf(options);
  return new BulkWriter({
    clock,
    source: await open(url, {
      dataStream: options.data_stream,
      stateIndex: options.state_index,
    }),
    batchBytes: options.batch_bytes,
    post: (body, signal) =>
      fetch(`${url}/_bulk`, {
        method: "POST",
        // Whoever is sent elsewhere would show the password there.
        redirect: "error",
        headers,
        body,
        signal,
        ...(client && { client }),
      }),
  });
}

function authorization({ user, password_file }: BulkOutputOptions): Record<string, string> {
  if (user === undefined || password_file === undefined) return {};
  try {
    const credentials = `${user}:${readSecretLine(password_file)}`;
    return { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
  } catch (error) {
    throw unusable("password_file", error);
  }
}

function clientOf({ ca_cert }: BulkOutputOptions): Deno.HttpClient | undefined {
  if (ca_cert === undefined) return undefined;
  try {
    return Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(ca_cert)] });
  } catch (error) {
    throw unusable("ca_cert", error);
  }
}

function unusable(option: string, error: unknown): AgentError {
  return new AgentError("config_invalid", `bulk_output.${option}: ${messageOf(error)}`, {
    cause: error,
    hint: "name a file that the manager may read, and that others may not where it holds a secret",
  });
}
