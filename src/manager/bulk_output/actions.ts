/**
 * Events as actions of the _bulk API. Each has an id, and what changes in the course of time a version, so that an action that comes
 * again changes nothing: a crash or a lost answer costs a repeat and no double.
 *
 * - Stateless events are created in a data stream under an id of their own; a second one of this id is refused there (409). That holds
 *   within one backing index: a repeat that falls on both sides of a rollover is there twice.
 * - Stateful documents are put in an index of their module under a digest of agent, module, collector and id, with a number of the
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
}

/** What tells an event from every other one, and whether it is newer. */
interface EventIdentity {
  /** Its number, for people. */
  event: number | string;
  /** Id of the document that it creates: the same each time. */
  id: string;
  /** Of the document that it changes: higher than that of what came before. */
  version: number;
}

/** One action, as the lines of a request. */
export interface BulkAction {
  /** See {@linkcode EventIdentity.event}. */
  event: number | string;
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

/** An event, whatever it is told from others by. */
type AnyEvent = Omit<KeptEvent, "number">;

/** The action of an event. */
export function actionOf(
  event: AnyEvent,
  identity: EventIdentity,
  { dataStream, stateIndex }: Destination,
): BulkAction {
  const header: Header = JSON.parse(event.header);
  return event.stream === "stateless" || MESSAGES.has(header.module)
    ? creation({ event, header }, identity, dataStream)
    : change({ event, header }, identity, stateIndex);
}

/** An event whose header has been read. */
interface ReadEvent {
  event: AnyEvent;
  header: Header;
}

function creation(
  { event, header }: ReadEvent,
  { id, ...identity }: EventIdentity,
  dataStream: string,
): BulkAction {
  const meta = { _index: dataStream, _id: id };
  const lines = linesOf({ create: meta }, documentOf(event, header));
  return { event: identity.event, kind: "create", lines };
}

function change(
  { event, header }: ReadEvent,
  { version, ...identity }: EventIdentity,
  stateIndex: string,
): BulkAction {
  const { module, collector = "", id = "", operation } = header;
  const meta = {
    _index: `${stateIndex}-${MODULES.has(module) ? module : "other"}`,
    _id: digestOf([event.agentId, module, collector, id]),
    version,
    version_type: "external",
  };
  return operation === "delete"
    ? { event: identity.event, kind: "delete", lines: linesOf({ delete: meta }) }
    : {
      event: identity.event,
      kind: "index",
      lines: linesOf({ index: meta }, documentOf(event, header)),
    };
}

/** An id made of texts and numbers. */
export function digestOf(parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** What the event says, with who said it; data streams demand `@timestamp`. */
function documentOf({ agentId, receivedAtMs, data }: AnyEvent, header: Header) {
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
