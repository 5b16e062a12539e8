/**
 * Rows of a manager's database as documents of a cluster.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { AgentDocument, TokenDocument } from "../../cluster/agents/agent_documents.ts";
import type { StateDocument } from "../../cluster/agents/kv_states.ts";
import type { OrderState } from "../../cluster/orders/order_states.ts";
import type { NewCommand } from "../../commands/command_request.ts";
import type { Row } from "../../commands/order.ts";
import type { AgentState } from "../../keep_alive/announcement.ts";

/** A row of `agents`. */
export function agentOf(row: Row, groups: readonly string[]): AgentDocument {
  return {
    id: String(row.id),
    name: String(row.name),
    salt: base64(row.key_salt),
    hash: base64(row.key_hash),
    version: String(row.version),
    host: JSON.parse(String(row.host)),
    groups,
    registered_at: Number(row.registered_at),
  };
}

/** A row of `enrollment_tokens`. Which agents took its uses is not known there. */
export function tokenOf(row: Row): TokenDocument {
  return {
    id: String(row.id),
    salt: base64(row.salt),
    hash: base64(row.hash),
    groups: JSON.parse(String(row.groups)),
    uses: Number(row.uses),
    uses_left: Number(row.uses_left),
    used_by: [],
    expires_at: Number(row.expires_at),
    created_at: Number(row.created_at),
    created_by: String(row.created_by),
  };
}

/** A row of `agent_states`. Nobody watches the agent: it is taken over as from a manager that is gone. */
export function stateOf(row: Row): StateDocument {
  const held = row.announced === null
    ? null
    : { announced: row.announced as AgentState, changes: Number(row.held_changes) };
  return {
    state: row.state as AgentState,
    since: Number(row.since),
    heard_at: row.last_sign_at === null ? null : Number(row.last_sign_at),
    address: String(row.address ?? ""),
    held,
    holder: "",
  };
}

/** A row of `order_commands`. */
export function commandOf(row: Row): NewCommand {
  return {
    source: row.source,
    user: String(row.user),
    target: { type: row.target_type, id: String(row.target_id) },
    action: {
      name: String(row.action_name),
      version: String(row.action_version),
      args: JSON.parse(String(row.args)),
    },
    timeout: Number(row.timeout_s),
  } as NewCommand;
}

/** A row of `orders` or of `orders_archive`, with its timeout. */
export function orderOf(row: Row): OrderState {
  const number = (value: unknown) => value === null ? null : Number(value);
  const text = (value: unknown) => value === null ? null : String(value);
  return {
    request_id: Number(row.request_id),
    order_id: Number(row.order_id),
    command: Number(row.command),
    agent_id: text(row.agent_id),
    status: row.status as OrderState["status"],
    created_at: Number(row.created_at),
    sent_at: number(row.sent_at),
    finished_at: number(row.finished_at),
    offers: Number(row.offers),
    offer_at: number(row.offer_at),
    due_at: Number(row.due_at),
    timed_out: row.timed_out === 1 ? 1 : 0,
    result_code: number(row.result_code),
    result_message: text(row.result_message),
    result_data: text(row.result_data),
    late_result: text(row.late_result),
    timeout_s: Number(row.timeout_s),
  };
}

function base64(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString("base64");
}
