/**
 * The publisher: what the keep-alive monitor finds goes to NATS and to the audit log, each as far as
 * it is turned on.
 *
 * @module
 */

import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../shared/clock.ts";
import type { Announcer, Finding } from "../keep_alive/announcement.ts";
import { type Audit, AuditLog, type AuditStats } from "./audit_log.ts";
import { checkConnectionFiles, readOptionFile } from "./check_files.ts";
import { CoreLink } from "./core_link.ts";
import { JetStreamLink } from "./jetstream_link.ts";
import type { Link } from "./link.ts";
import { MessageSealer } from "./message_sealer.ts";
import { connectTo } from "./nats_connection.ts";
import type { AuditLogOptions, NatsOptions } from "./options_schema.ts";
import { Outbox } from "./outbox.ts";
import { OutboxAnnouncer } from "./outbox_announcer.ts";
import { PayloadCipher, readEncryptionKey } from "./payload_cipher.ts";
import { Sender, type SenderStats } from "./sender.ts";
import { readSigningKey } from "./signing_keys.ts";

/** The options of a publisher. */
export interface PublisherOptions {
  nats: NatsOptions;
  audit_log: AuditLogOptions;
}

/** What a publisher needs of the manager. */
export interface PublisherDeps {
  /** With the manager's tables. */
  database: DatabaseSync;
  clock: Clock;
  /** Of the manager, for its documents. */
  version: string;
}

/** Figures for the manager's statistics; `null` for what is turned off. */
export interface PublisherStats {
  nats: SenderStats & { waiting: number; dropped: number } | null;
  audit_log: Readonly<AuditStats> | null;
}

/** Publishes what it is told. */
export interface Publisher {
  readonly announcer: Announcer;
  /** For what others have to say. */
  readonly audit: Audit;
  stats(): PublisherStats;
  /** Sends what can be sent at once, and closes everything but the database. */
  close(): Promise<void>;
}

/**
 * Opens the publisher. Does not wait for NATS.
 *
 * @throws AgentError `config_invalid`, naming the option, when a file that one names can't be used
 */
export async function openPublisher(
  { nats, audit_log }: PublisherOptions,
  deps: PublisherDeps,
): Promise<Publisher> {
  if (nats.enabled) checkConnectionFiles(nats);
  const auditLog = openAuditLog(audit_log, deps.clock);
  const audit: Audit = auditLog ?? { write: () => {} };
  const parts = nats.enabled ? await openNatsParts(nats, { ...deps, audit }) : undefined;
  parts?.sender.start();
  return {
    announcer: announcerTo(audit, parts?.announcer),
    audit,
    stats: () => ({
      nats: parts === undefined ? null : {
        ...parts.sender.stats(),
        waiting: parts.outbox.size,
        dropped: parts.announcer.dropped,
      },
      audit_log: auditLog?.stats() ?? null,
    }),
    close: async () => {
      await parts?.sender.stop();
      await auditLog?.close();
    },
  };
}

function openAuditLog(options: AuditLogOptions, clock: Clock): AuditLog | undefined {
  if (options.path === undefined) return undefined;
  return new AuditLog({ path: resolve(options.path), options, clock });
}

interface NatsParts {
  outbox: Outbox;
  announcer: OutboxAnnouncer;
  sender: Sender;
}

async function openNatsParts(
  options: NatsOptions,
  { database, clock, version, audit }: PublisherDeps & { audit: Audit },
): Promise<NatsParts> {
  const { node } = options;
  const sealer = await openSealer(options);
  const outbox = new Outbox(database, { maxMessages: options.outbox_max, nowMs: clock.now() });
  const connect = (server: string, signal: AbortSignal) => openLink(server, options, signal);
  const sender = new Sender({ options, outbox, sealer, clock, audit, connect });
  const announcer = new OutboxAnnouncer({
    options,
    source: { node, version },
    outbox,
    audit,
    onStored: () => sender.wake(),
  });
  return { outbox, announcer, sender };
}

async function openSealer({ node, signing, encryption }: NatsOptions): Promise<MessageSealer> {
  const { key_file: signingFile } = signing;
  const signingKey = signingFile === undefined ? undefined : await readOptionFile(
    "signing.key_file",
    () => readSigningKey(signingFile, signing.key_id),
  );
  const { key_file: encryptionFile } = encryption;
  const secret = encryptionFile === undefined ? undefined : await readOptionFile(
    "encryption.key_file",
    () => readEncryptionKey(encryptionFile),
  );
  const cipher = secret && new PayloadCipher(encryption.key_id, secret);
  return new MessageSealer({ node, signingKey, cipher });
}

async function openLink(server: string, options: NatsOptions, signal: AbortSignal): Promise<Link> {
  const name = `manager ${options.node}`;
  const connection = await connectTo({ server, name, signal }, options);
  if (!options.jetstream) return new CoreLink(connection, options.publish_timeout);
  try {
    return await JetStreamLink.open(connection, options);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Writes to the audit log what is announced, once it is sure to be. */
function announcerTo(audit: Audit, next: Announcer | undefined): Announcer {
  return {
    announce(findings) {
      const committed = next?.announce(findings);
      return () => {
        for (const finding of findings) writeFinding(audit, finding);
        committed?.();
      };
    },
    giveUp: (findings) => next?.giveUp(findings),
    passedOn: () => next?.passedOn?.() ?? Promise.resolve(),
  };
}

function writeFinding(audit: Audit, finding: Finding): void {
  if (finding.kind === "keep_alive_sent") {
    const { agentId, ipAddress } = finding;
    return audit.write("keepalive_sent", { agent_id: agentId, ip_address: ipAddress });
  }
  const { agentId, previous, current, reason, missedKeepAlives, changes, signals } = finding;
  audit.write("status_change", {
    agent_id: agentId,
    previous,
    current,
    reason,
    missed_keepalives: missedKeepAlives,
    ...(changes !== undefined && { changes }),
    ...(signals !== undefined && { signals }),
  });
}
