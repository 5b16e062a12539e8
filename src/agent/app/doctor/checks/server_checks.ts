/**
 * Checks of what this agent wants of a server: log in, post an event, wait for commands. A running agent has done all of this: it is
 * asked, so that no token of its is ended and no command goes to another poll.
 *
 * @module
 */

import { AgentError } from "../../../../shared/errors.ts";
import { encodeStateless } from "../../../../shared/protocol/event_encoder.ts";
import type { EventSpan } from "../../../../shared/protocol/stored_events.ts";
import type { StatusDocument } from "../../../../shared/protocol/status_document.ts";
import { pluralize } from "../../../../shared/text.ts";
import type { ControlClient } from "../../../control/control_client.ts";
import { databaseExists } from "../../../queue/database.ts";
import { hintForCause, REGISTER_AGAIN } from "../../../status/health/server_hints.ts";
import { databasePath } from "../../queue/queue_settings.ts";
import { keepCommands } from "../keep_commands.ts";
import type { DoctorCheck, Finding } from "../check.ts";
import type { DoctorContext } from "../context.ts";

/** Longest wait for the receipt of an event that goes through a running agent's queue, in milliseconds. */
const RECEIPT_LIMIT_MS = 10_000;

const SERVER_LOG = "look at the server, its log and what stands between";

/** Whether the server knows this agent. */
export const LOG_IN: DoctorCheck = {
  id: "server.login",
  group: "server",
  needs: ["identity.registered", "agent.lock"],
  async run(context): Promise<Finding> {
    const running = await context.running();
    if (running !== undefined) return loginOf(running);
    const server = await context.direct();
    const answer = await server.logIn();
    switch (answer.kind) {
      case "token":
        return { status: "ok", message: `${server.url} gives a token` };
      case "refused":
        return {
          status: "fail",
          message: `the server refuses this agent: ${answer.reason}`,
          try: REGISTER_AGAIN,
        };
      case "retry": {
        const { reason, cause } = answer;
        const hint = cause === undefined
          ? SERVER_LOG
          : hintForCause(cause, { reason, url: server.url });
        return { status: "fail", message: `no log-in: ${reason}`, try: hint };
      }
    }
  },
};

function loginOf({ state, server }: StatusDocument): Finding {
  const { token } = server;
  if (state.name === "refused") {
    const message = `the server refuses the running agent: ${state.reason}`;
    return { status: "fail", message, try: REGISTER_AGAIN };
  }
  if (token.state === "valid") {
    const until = token.expires_at === null ? "" : ` until ${token.expires_at}`;
    return { status: "ok", message: `the running agent has a token${until}` };
  }
  return {
    status: "fail",
    message: `the running agent is not logged in (token ${token.state}): ${
      state.reason ?? "no answer yet"
    }`,
    try: state.cause === null
      ? SERVER_LOG
      : hintForCause(state.cause, { reason: state.reason ?? "", url: server.url }),
  };
}

/** Whether an event arrives and is acknowledged. */
export const EVENT: DoctorCheck = {
  id: "server.event",
  group: "server",
  needs: ["server.login"],
  async run(context): Promise<Finding> {
    const lines = testEvent(context);
    const running = await context.running();
    if (running !== undefined) return await throughAgent(context, { running, lines });
    const server = await context.direct();
    const outcome = await server.post(lines);
    if (outcome.kind === "done") {
      return { status: "ok", message: `posted and acknowledged (${outcome.status})` };
    }
    const { reason } = outcome;
    const cause = outcome.kind === "retry" ? outcome.cause : undefined;
    const hint = cause === undefined
      ? SERVER_LOG
      : hintForCause(cause, { reason, url: server.url });
    return { status: "fail", message: `the event was not taken: ${reason}`, try: hint };
  },
};

function testEvent({ options: { clock } }: DoctorContext): string {
  const created = new Date(clock.now()).toISOString();
  const original = "Test event of agent doctor";
  return encodeStateless({ module: "agent", collector: "test" }, { event: { original, created } });
}

async function throughAgent(
  context: DoctorContext,
  { running, lines }: { running: StatusDocument; lines: string },
): Promise<Finding> {
  if (running.queue.full) {
    return { status: "skip", message: "the running agent's queue is full and takes no event" };
  }
  const startedMs = context.options.clock.monotonic();
  try {
    return await context.askAgent(async (client) => {
      const span = await client.append("stateless", lines, AbortSignal.timeout(RECEIPT_LIMIT_MS));
      const leftMs = () => RECEIPT_LIMIT_MS - (context.options.clock.monotonic() - startedMs);
      return await receiptOf(client, { span, leftMs, waiting: running.streams.stateless });
    });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    return { status: "fail", message: error.message, try: error.hint };
  }
}

async function receiptOf(
  client: ControlClient,
  { span, leftMs, waiting }: {
    span: EventSpan;
    leftMs: () => number;
    waiting: { queued_events: number };
  },
): Promise<Finding> {
  for (;;) {
    const waitMs = Math.max(0, Math.ceil(leftMs()));
    const { acknowledged_events, open_events, batches } = await client.report(span, waitMs);
    if (acknowledged_events > 0) {
      return { status: "ok", message: "acknowledged, through the running agent's queue" };
    }
    if (open_events === 0) {
      const reason = batches.find((batch) => batch.reason !== null)?.reason ?? "no reason given";
      const hint = "agent dead-letters list says what it objects to";
      return { status: "fail", message: `the server refused the event: ${reason}`, try: hint };
    }
    if (leftMs() <= 0) return notYet(waiting);
  }
}

function notYet({ queued_events: before }: { queued_events: number }): Finding {
  const limit = `${RECEIPT_LIMIT_MS / 1000} s`;
  if (before > 0) {
    const message = `not acknowledged within ${limit}: ${
      pluralize(before, "event")
    } wait before it`;
    return { status: "warn", message, try: "agent status --watch shows whether they leave" };
  }
  const hint = "agent status --check says what the agent is waiting for";
  return { status: "fail", message: `not acknowledged within ${limit}`, try: hint };
}

/** Whether commands can be waited for. */
export const POLL: DoctorCheck = {
  id: "server.poll",
  group: "server",
  // What a poll brings is kept in the database.
  needs: ["server.login", "database.sound"],
  async run(context): Promise<Finding> {
    const running = await context.running();
    if (running !== undefined) return pollOf(running);
    const config = await context.config();
    if (!databaseExists(databasePath(config.agent.path.data))) {
      return { status: "skip", message: "there is no queue yet that could keep commands" };
    }
    const server = await context.direct();
    const identity = await context.identity();
    const { outcome, kept } = await keepCommands(config, {
      agentId: identity.id,
      clock: context.options.clock,
      poll: () => server.poll(),
    });
    if (outcome.kind === "retry") {
      const { reason, cause } = outcome;
      const hint = cause === undefined
        ? SERVER_LOG
        : hintForCause(cause, { reason, url: server.url });
      return { status: "fail", message: `cannot wait for commands: ${reason}`, try: hint };
    }
    if (outcome.kind === "empty" && outcome.problem !== undefined) {
      return { status: "fail", message: outcome.problem, try: SERVER_LOG };
    }
    if (kept === 0) return { status: "ok", message: "opened; no command waits" };
    const message = `opened; ${pluralize(kept, "command")} kept for the next start`;
    return { status: "ok", message };
  },
};

function pollOf({ commands, state, server }: StatusDocument): Finding {
  if (commands.state === "waiting") {
    const at = commands.last_answer_at;
    const last = at === null ? "" : `, last answered ${at}`;
    return { status: "ok", message: `the running agent waits for commands${last}` };
  }
  const reason = commands.reason ?? state.reason ?? "no answer yet";
  const cause = state.cause;
  return {
    status: "fail",
    message: `the running agent cannot wait for commands (${commands.state}): ${reason}`,
    try: cause === null ? SERVER_LOG : hintForCause(cause, { reason, url: server.url }),
  };
}
