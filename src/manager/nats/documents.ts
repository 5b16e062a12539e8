/**
 * The documents that are published, as they stand on the wire.
 *
 * @module
 */

import {
  type KeepAliveSent,
  STATE_NUMBERS,
  type StatusChange,
  type StatusChangeReason,
} from "../keep_alive/announcement.ts";

/** Tells that a keep-alive was sent to an agent. */
interface KeepaliveDocument {
  event: {
    agent_id: string;
    agent_name: string;
    ip_address: string;
    /** Seconds since 1970. */
    timestamp: number;
    event_type: "keepalive_sent";
    manager_node: string;
    /** Seconds. */
    interval: number;
  };
  security: {
    source: "wazuh-manager";
    version: string;
    /** The message's number at its node, as in its header. */
    sequence: number;
  };
}

/** Tells that an agent's state changed. */
export interface StatusChangeDocument {
  status_change: {
    agent_id: string;
    agent_name: string;
    previous_status: 0 | 1 | 2 | 3;
    current_status: 0 | 1 | 2 | 3;
    ip_address: string;
    /** Seconds since 1970. */
    timestamp: number;
    reason: StatusChangeReason;
    missed_keepalives: number;
    alert_level: number;
    /** How often the state changed; only with the reason `flapping`. */
    changes?: number;
    /** What gave the machines away; only with the reason `cloned_identity`. */
    signals?: readonly string[];
    /** The same in each message about this change; only on a cluster, where a change may be told twice. */
    change_id?: string;
  };
}

/** What a manager says about itself in its documents. */
export interface DocumentSource {
  node: string;
  version: string;
}

/** The document of a keep-alive. */
export function keepaliveDocument(
  { agentId, agentName, ipAddress, atMs, intervalMs }: KeepAliveSent,
  { node, version }: DocumentSource,
  sequence: number,
): KeepaliveDocument {
  return {
    event: {
      agent_id: agentId,
      agent_name: agentName,
      ip_address: ipAddress,
      timestamp: seconds(atMs),
      event_type: "keepalive_sent",
      manager_node: node,
      interval: intervalMs / 1_000,
    },
    security: { source: "wazuh-manager", version, sequence },
  };
}

/** The document of a change of state. */
export function statusChangeDocument(
  change: StatusChange,
  alertLevel: number,
): StatusChangeDocument {
  return {
    status_change: {
      agent_id: change.agentId,
      agent_name: change.agentName,
      previous_status: STATE_NUMBERS[change.previous],
      current_status: STATE_NUMBERS[change.current],
      ip_address: change.ipAddress,
      timestamp: seconds(change.atMs),
      reason: change.reason,
      missed_keepalives: change.missedKeepAlives,
      alert_level: alertLevel,
      ...(change.changes !== undefined && { changes: change.changes }),
      ...(change.signals !== undefined && { signals: change.signals }),
      ...(change.changeId !== undefined && { change_id: change.changeId }),
    },
  };
}

function seconds(atMs: number): number {
  return Math.floor(atMs / 1_000);
}
