/**
 * A temper of the other server: everything that the protocol allows a server to be strict about.
 *
 * Ids are v4 only. A token that is not accepted is told with 403. A stateless header has a text `collector`, a stateful one a
 * `module` that is known. Compressed bodies are not understood. A fault of its engine is told with 400, for whole stretches of requests.
 * Each stateful event has a result of its own; some are passing faults at first, and some are left out.
 *
 * @module
 */

/** An event as a request brings it. */
interface Sent {
  header: Record<string, unknown>;
  data: Record<string, unknown> | null;
}

interface Answer {
  status: number;
  body?: unknown;
}

/** What a server answers, and which events it keeps. */
interface Verdict<E> {
  answer: Answer;
  kept: E[];
}

const KNOWN_MODULES = ["fim", "inventory", "sca", "vulnerability", "command"];
/** Which of the stateless requests find the engine away, counted from 1: nearly all of them for a while. */
const ENGINE_AWAY = { from: 3, to: 14 };

/** What a strict server remembers. */
export class StrictTemper {
  readonly refusedToken: Answer = {
    status: 403,
    body: { message: "Token is not valid", code: 2706 },
  };
  #statelessRequests = 0;
  readonly #states = new Set<string>();
  readonly #seen = new Set<string>();

  /** `undefined` when the registration can be taken. */
  refuseRegistration({ id }: { id: string }): Answer | undefined {
    if (/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab]/.test(id)) return undefined;
    return invalid({ title: "Bad Request", detail: `'${id}' is not a 'uuid4' - 'id'` });
  }

  /** `undefined` when the encoding is understood. */
  refuseEncoding(encoding: string | undefined): Answer | undefined {
    return encoding === undefined ? undefined : invalid({ message: "Body is not JSON", code: 400 });
  }

  take<E extends Sent>(stream: string, events: readonly E[]): Verdict<E> {
    return stream === "stateless" ? this.#stateless(events) : this.#stateful(events);
  }

  #stateless<E extends Sent>(events: readonly E[]): Verdict<E> {
    const request = ++this.#statelessRequests;
    if (events.length === 0) return refused("No events in the body");
    if (events.some(({ header }) => typeof header.collector !== "string")) {
      return refused("collector: field required");
    }
    if (request >= ENGINE_AWAY.from && request <= ENGINE_AWAY.to) return refused("Engine is away");
    return { answer: { status: 204 }, kept: [...events] };
  }

  #stateful<E extends Sent>(events: readonly E[]): Verdict<E> {
    if (events.some(({ header }) => !KNOWN_MODULES.includes(String(header.module)))) {
      return refused("module: not one of the known ones");
    }
    const kept: E[] = [];
    const results = events.flatMap((event, position) => {
      const { id, operation } = event.header as { id: string; operation: string };
      const first = !this.#seen.has(`${operation} ${id}`);
      this.#seen.add(`${operation} ${id}`);
      if (first && position % 3 === 1) return [];
      const status = first && position % 3 === 0 ? 503 : this.#apply(id, operation);
      if (status < 300) kept.push(event);
      return [{ index: "states", id, status, result: status < 300 ? "done" : "not done" }];
    });
    return { answer: { status: 200, body: { results } }, kept };
  }

  #apply(id: string, operation: string): number {
    const known = this.#states.has(id);
    if (operation === "create" && known) return 409;
    if (operation !== "create" && !known) return 404;
    if (operation === "delete") this.#states.delete(id);
    else this.#states.add(id);
    return operation === "create" ? 201 : 200;
  }
}

function refused<E>(message: string): Verdict<E> {
  return { answer: invalid({ message, code: 400 }), kept: [] };
}

function invalid(body: object): Answer {
  return { status: 400, body };
}
