/**
 * The view Fleet: all agents, filtered and sorted, the longest silence first.
 *
 * @module
 */

import { ROUTES } from "../http/routes.ts";
import type { AgentDocument, AgentShare } from "../keep_alive/agent_views.ts";
import { AGENT_STATES } from "../keep_alive/announcement.ts";
import { pathOfAgent } from "./agent.tsx";
import { type FleetCounts, stateLinks } from "./fleet_counts.ts";
import { link } from "./format.ts";
import {
  Ago,
  Bars,
  Cell,
  Count,
  Pager,
  StackedBar,
  STATE_NAMES,
  StatePill,
  Table,
} from "./parts.tsx";

/** The parameters of the view as they were given; those that are empty are left out. */
type FleetParameters = Readonly<Partial<Record<string, string>>>;

/** What the view shows. */
interface FleetModel {
  parameters: FleetParameters;
  agents: readonly AgentDocument[];
  /** How many match, on all pages. */
  matching: number;
  /** Place of the next page. */
  next: string | undefined;
  versions: readonly AgentShare[];
  groups: readonly AgentShare[];
  counts: FleetCounts;
  nowMs: number;
}

/** Most versions and groups that are drawn; the others are in the lists of the form. */
const MOST_BARS = 6;

const HEADS = ["State", "Name", "Version", "Groups", "Address", "Last contact", "In this state"];

/** The view. */
export function Fleet(model: FleetModel) {
  const { parameters, versions, groups, counts } = model;
  return (
    <>
      <h1>Fleet</h1>
      <section class="panel" aria-label="Agents by state">
        <StackedBar shares={stateLinks(counts)} label="Agents by state" />
      </section>
      <section class="charts" aria-label="Versions and groups">
        <div class="panel">
          <h2>Versions</h2>
          <Bars label="Agents by version" shares={shares("version", versions)} />
        </div>
        <div class="panel">
          <h2>Groups</h2>
          <Bars label="Agents by group" shares={shares("group", groups)} />
        </div>
      </section>
      <Filter parameters={parameters} versions={versions} groups={groups} />
      <AgentList {...model} />
    </>
  );
}

function shares(parameter: string, all: readonly AgentShare[]) {
  return all.slice(0, MOST_BARS).map(({ name, agents }) => ({
    label: name,
    value: agents,
    href: link(ROUTES.pageFleet.path, { [parameter]: name }),
    kind: "accent",
  }));
}

function Filter(
  { parameters, versions, groups }: Pick<FleetModel, "parameters" | "versions" | "groups">,
) {
  const { text = "", status = "", version = "", group = "", order = "contact" } = parameters;
  return (
    <form
      class="filter"
      method="get"
      action={ROUTES.pageFleet.path}
      role="search"
      aria-label="Filter agents"
      hx-get={ROUTES.pageFleet.path}
      hx-trigger="submit, input delay:300ms"
      hx-target="#list"
      hx-select="#list"
      hx-swap="outerHTML"
      hx-push-url="true"
    >
      <label>
        Name, id or address<input type="search" name="text" value={text} maxlength={256} />
      </label>
      <Choice
        label="State"
        name="status"
        value={status}
        options={AGENT_STATES.map((state) => [state, STATE_NAMES[state]])}
      />
      <Choice label="Version" name="version" value={version} options={names(versions)} />
      <Choice label="Group" name="group" value={group} options={names(groups)} />
      <label>
        Order<select name="order">
          <option value="contact" selected={order === "contact"}>Longest silence first</option>
          <option value="name" selected={order === "name"}>By name</option>
          <option value="id" selected={order === "id"}>By id</option>
        </select>
      </label>
      <button type="submit">Show</button>
    </form>
  );
}

function names(all: readonly AgentShare[]): [string, string][] {
  return all.map(({ name, agents }) => [name, `${name} (${agents})`]);
}

function Choice(
  { label, name, value, options }: {
    label: string;
    name: string;
    value: string;
    options: readonly (readonly [value: string, label: string])[];
  },
) {
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">Any</option>
        {options.map(([one, label]) => <option value={one} selected={one === value}>{label}
        </option>)}
      </select>
    </label>
  );
}

function AgentList({ parameters, agents, matching, next, nowMs }: FleetModel) {
  const { cursor, ...filter } = parameters;
  const path = ROUTES.pageFleet.path;
  return (
    <section
      id="list"
      aria-label="Agents"
      hx-get={link(path, parameters)}
      hx-trigger="agents from:body throttle:2s"
      hx-select="#list"
      hx-swap="outerMorph"
    >
      <p class="found">
        <Count value={matching} /> {matching === 1 ? "agent" : "agents"}
        {matching > agents.length ? `, ${agents.length} on this page` : ""}
        <Conditions filter={filter} />
      </p>
      {agents.length === 0
        ? <p class="empty">No agent is like this.</p>
        : (
          <Table heads={HEADS} label="Agents">
            {agents.map((agent) => <AgentRow agent={agent} nowMs={nowMs} />)}
          </Table>
        )}
      <Pager
        first={cursor === undefined ? undefined : link(path, filter)}
        next={next === undefined ? undefined : link(path, { ...filter, cursor: next })}
      />
    </section>
  );
}

/** What was asked for beside what the form says, so that nobody wonders where the others are. */
function Conditions({ filter }: { filter: FleetParameters }) {
  const { cloned, silent_days } = filter;
  const said = [
    ...(cloned === "true" ? ["whose id several machines use"] : []),
    ...(silent_days === undefined ? [] : [`silent for ${silent_days} days or longer`]),
  ];
  if (said.length === 0) return null;
  return (
    <>
      {` ${said.join(", ")}. `}
      <a href={ROUTES.pageFleet.path}>All agents</a>
    </>
  );
}

function AgentRow({ agent, nowMs }: { agent: AgentDocument; nowMs: number }) {
  const { id, name, version, groups, ip, status, since, last_sign_of_life, cloned_since } = agent;
  return (
    <tr id={`agent-${id}`}>
      <Cell label="State">
        <StatePill state={status} />
        {cloned_since === null ? null : <span class="pill cloned">Cloned</span>}
      </Cell>
      <Cell label="Name">
        <a class="agent" href={pathOfAgent(id)}>{name}</a>
      </Cell>
      <Cell label="Version">{version}</Cell>
      <Cell label="Groups">{groups.join(", ")}</Cell>
      <Cell label="Address">{ip ?? ""}</Cell>
      <Cell label="Last contact">
        <Ago at={last_sign_of_life} nowMs={nowMs} />
      </Cell>
      <Cell label="In this state">
        <Ago at={since} nowMs={nowMs} />
      </Cell>
    </tr>
  );
}
