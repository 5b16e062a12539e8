/**
 * The documents of an agent: what its machine has, as its modules told it.
 *
 * @module
 */

import type { StoredDocument } from "../documents/document_table.ts";
import { pathOfAgent } from "./agent.tsx";
import { link } from "./format.ts";
import { Ago, Cell, Count, Pager, Table } from "./parts.tsx";

/** What the view shows. */
interface DocumentsModel {
  agent: { id: string; name: string };
  parameters: Readonly<Partial<Record<string, string>>>;
  documents: readonly StoredDocument[];
  matching: number;
  next: string | undefined;
  nowMs: number;
}

const MAX_TEXT = 300;

/** The view. */
export function Documents({ agent, parameters, documents, matching, next, nowMs }: DocumentsModel) {
  const { cursor, ...filter } = parameters;
  const path = `${pathOfAgent(agent.id)}/documents`;
  const what = [filter.module, filter.collector].filter(Boolean).join(", ");
  return (
    <>
      <h1>
        <a href={pathOfAgent(agent.id)}>{agent.name}</a>
        {`: ${what || "documents"}`}
      </h1>
      <p class="found">
        <Count value={matching} /> {matching === 1 ? "document" : "documents"}
      </p>
      {documents.length === 0
        ? <p class="empty">No document is like this.</p>
        : (
          <Table label="Documents" heads={["Collector", "Changed", "What it says"]}>
            {documents.map(({ module, collector, id, updatedAtMs, text }) => (
              <tr data-document={id}>
                <Cell label="Collector">
                  {collector === "" ? module : `${module}, ${collector}`}
                </Cell>
                <Cell label="Changed">
                  <Ago at={new Date(updatedAtMs).toISOString()} nowMs={nowMs} />
                </Cell>
                <Cell label="What it says">{summaryOf(text)}</Cell>
              </tr>
            ))}
          </Table>
        )}
      <Pager
        first={cursor === undefined ? undefined : link(path, filter)}
        next={next === undefined ? undefined : link(path, { ...filter, cursor: next })}
      />
    </>
  );
}

/** `name: value` of what has a value, the outer names left out where one is enough. */
function summaryOf(text: string): string {
  const parts: string[] = [];
  const walk = (name: string, value: unknown) => {
    if (value === null || value === undefined || value === "") return;
    if (typeof value !== "object") parts.push(`${name}: ${value}`);
    else if (Array.isArray(value)) parts.push(`${name}: ${value.map(plain).join(" ")}`);
    else for (const [inner, one] of Object.entries(value)) walk(inner, one);
  };
  walk("", JSON.parse(text));
  const whole = parts.join(" · ");
  return whole.length > MAX_TEXT ? `${whole.slice(0, MAX_TEXT)}…` : whole;
}

function plain(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
