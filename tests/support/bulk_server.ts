/**
 * A small index with the `_bulk` API, as strict as the real one is said to be about what it is sent: for tests of whoever sends.
 *
 * Data streams take `create` only and want `@timestamp`; an id is taken once. Other indices take `index` and `delete` with external
 * versions, of which only a higher one wins, also against a delete.
 *
 * @module
 */

import assert from "node:assert/strict";

/** What is done to a request before it is looked at. */
export interface BulkFault {
  /** Answers in its place, with nothing done. */
  answer?: () => Response;
  /** Fails as the network does, once all is done. */
  losesAnswer?: boolean;
  /** Status of the item of this position, with nothing done; `undefined` to do it. */
  item?: (position: number) => number | undefined;
}

interface Meta {
  _index: string;
  _id: string;
  version?: number;
  version_type?: string;
}

interface Stored {
  version: number;
  /** `undefined` once it was deleted. */
  document: Record<string, unknown> | undefined;
}

/** The index. */
export class BulkServer {
  readonly #indices = new Map<string, Map<string, Stored>>();
  /** What is done to the next requests, one after the other. */
  readonly faults: BulkFault[] = [];
  /** Items of each request that was looked at. */
  readonly requests: number[] = [];
  /** Longest body that is taken. */
  maxBytes = Infinity;

  /** @param dataStreams names of its data streams */
  constructor(readonly dataStreams: readonly string[]) {}

  /** The documents of an index by their ids. */
  documents(index: string): Map<string, Record<string, unknown>> {
    const found = [...this.#indices.get(index) ?? []]
      .flatMap(([id, { document }]) => document === undefined ? [] : [[id, document] as const]);
    return new Map(found);
  }

  /** Answers one request. */
  async fetch(request: Request): Promise<Response> {
    assert.equal(request.method, "POST");
    assert.equal(new URL(request.url).pathname, "/_bulk");
    assert.equal(request.headers.get("content-type"), "application/x-ndjson");
    const body = await request.text();
    if (body.length > this.maxBytes) return new Response("too large", { status: 413 });
    const fault = this.faults.shift() ?? {};
    if (fault.answer !== undefined) return fault.answer();
    const items = this.#take(body, fault);
    this.requests.push(items.length);
    if (fault.losesAnswer) throw new TypeError("connection reset");
    return Response.json({
      took: 1,
      errors: items.some((one) => one.failed),
      items: items.map((one) => one.item),
    });
  }

  #take(body: string, { item }: BulkFault) {
    assert.ok(body.endsWith("\n"), "the last line has no end");
    const lines = body.slice(0, -1).split("\n");
    const items: { item: Record<string, unknown>; failed: boolean }[] = [];
    for (let line = 0; line < lines.length; line++) {
      const [[action, meta] = []] = Object.entries<Meta>(JSON.parse(lines[line] ?? ""));
      assert.ok(action !== undefined && meta !== undefined);
      const document = action === "delete" ? undefined : JSON.parse(lines[++line] ?? "");
      const status = item?.(items.length) ?? this.#apply(action, meta, document);
      const failed = status >= 300;
      const error = failed && { error: { type: `type_${status}`, reason: "as the test has it" } };
      items.push({ item: { [action]: { _id: meta._id, status, ...error } }, failed });
    }
    return items;
  }

  #apply(action: string, meta: Meta, document: Record<string, unknown> | undefined): number {
    assert.match(meta._index, /^[a-z0-9][a-z0-9_.-]*$/);
    assert.ok(meta._id.length > 0 && meta._id.length <= 512);
    const index = this.#indices.get(meta._index) ?? new Map<string, Stored>();
    this.#indices.set(meta._index, index);
    const known = index.get(meta._id);
    if (this.dataStreams.includes(meta._index)) {
      assert.equal(action, "create", "a data stream takes create only");
      assert.equal(typeof document?.["@timestamp"], "string");
      if (known !== undefined) return 409;
      index.set(meta._id, { version: 1, document });
      return 201;
    }
    assert.ok(action === "index" || action === "delete");
    assert.equal(meta.version_type, "external");
    const { version = 0 } = meta;
    assert.ok(Number.isSafeInteger(version) && version > 0);
    if (known !== undefined && known.version >= version) return 409;
    index.set(meta._id, { version, document });
    if (action === "delete") return known?.document === undefined ? 404 : 200;
    return known === undefined ? 201 : 200;
  }
}
