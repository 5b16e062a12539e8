/**
 * Events as actions of the _bulk API. Each has an id, and what changes in the course of time a version, so that an action that comes
 * again changes nothing: a crash or a lost answer costs a repeat and no double.
 *
 * - Stateless events are created in a data stream under `ORIGIN-NUMBER`; a second one of this id is refused there (409). That holds
 *   within one backing index: a repeat that falls on both sides of a rollover is there twice.
 * - Stateful documents are put in an index of their module under a digest of agent, module, collector and id, with the number of the
 *   event as external version: an older one never takes the place of a newer one. A delete has a version too.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { KeptEvent } from "../events/event_lines.ts";

/** Where events go. */
export interface Destination {
  dataStream: string;
  stateIndex: string;
  /** Of this database: numbers of events are unique within it. */
  origin: string;
}

/** One action, as the lines of a request. */
export interface BulkAction {
  /** Of the event. */
  number: number;
  kind: "create" | "index" | "delete";
  /** With their ends. */
  lines: string;
}

/** Modules that have an index of their own: what an agent calls a module makes no new one. */
const MODULES: ReadonlySet<unknown> = new Set(["fim", "inventory", "sca", "vulnerability"]);
/** Their stateful events are messages, of which each one counts. */
const MESSAGES: ReadonlySet<unknown> = new Set(["agent", "command"]);

interface Header {
  module: string;
  collector?: string;
  id?: string;
  operation?: string;
}

/** The action of an event. */
export function actionOf(event: KeptEvent, destination: Destination): BulkAction {
  const header: Header = JSON.parse(event.header);
  return event.stream === "stateless" || MESSAGES.has(header.module)
    ? creation(event, header, destination)
    : change(event, header, destination);
}

function creation(event: KeptEvent, header: Header, destination: Destination): BulkAction {
  const { number } = event;
  const meta = { _index: destination.dataStream, _id: `${destination.origin}-${number}` };
  return { number, kind: "create", lines: linesOf({ create: meta }, documentOf(event, header)) };
}

function change(event: KeptEvent, header: Header, { stateIndex }: Destination): BulkAction {
  const { number, agentId } = event;
  const { module, collector = "", id = "", operation } = header;
  const meta = {
    _index: `${stateIndex}-${MODULES.has(module) ? module : "other"}`,
    _id: createHash("sha256").update(JSON.stringify([agentId, module, collector, id]))
      .digest("hex"),
    version: number,
    version_type: "external",
  };
  return operation === "delete"
    ? { number, kind: "delete", lines: linesOf({ delete: meta }) }
    : { number, kind: "index", lines: linesOf({ index: meta }, documentOf(event, header)) };
}

/** What the event says, with who said it; data streams demand `@timestamp`. */
function documentOf({ agentId, receivedAtMs, data }: KeptEvent, header: Header) {
  const said = data === "" ? {} : JSON.parse(data);
  const { module, collector, id } = header;
  const agent = typeof said.agent === "object" && said.agent !== null ? said.agent : {};
  return {
    "@timestamp": new Date(receivedAtMs).toISOString(),
    ...said,
    agent: { ...agent, id: agentId },
    source: { module, ...(collector && { collector }), ...(id && { id }) },
  };
}

function linesOf(...objects: object[]): string {
  return objects.map((object) => `${JSON.stringify(object)}\n`).join("");
}
