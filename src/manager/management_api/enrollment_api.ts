/**
 * Registration of agents, and the tokens that allow it.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Context, Hono } from "hono";
import * as z from "zod";
import type { Enrollment } from "../agents/enrollments.ts";
import { ApiError } from "../http/api_error.ts";
import type { BodyReader } from "../http/body.ts";
import type { Connection } from "../http/connection.ts";
import { ROUTES } from "../http/routes.ts";
import type { SecurityAudit } from "../http/security_audit.ts";
import type { Clock } from "../../shared/clock.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import type { PollRegistry } from "../commands/poll_registry.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import { forgetAgent } from "../removed_agent.ts";
import type { Stores } from "../stores/stores.ts";
import type { Access } from "./access.ts";
import { groupName, parseBody, parseRegistration, type Registration } from "./registration.ts";

const log = getLogger(["manager", "management"]);

const MAX_USES = 1_000_000;
const MAX_LIFE_S = 365 * 86_400;

const NEW_TOKEN = z.strictObject({
  groups: z.array(groupName).max(100).default([]),
  uses: z.int().min(1).max(MAX_USES).default(1),
  expires_in: z.int("not a whole number of seconds").min(1).max(MAX_LIFE_S).default(86_400),
});

/** What the routes work with. */
export interface EnrollmentDeps {
  access: Access;
  audit: SecurityAudit;
  bodies: BodyReader;
  clock: Clock;
  commands: CommandManager;
  keepAlive: KeepAlive;
  polls: PollRegistry;
  stores: Stores;
}

type App = Hono<{ Bindings: Connection }>;

/** Adds the routes. */
export function addEnrollmentApi(app: App, deps: EnrollmentDeps): void {
  const { access, audit, bodies, clock, stores: { enrollments } } = deps;
  const enroller = (c: Context) => access.require(c.req.header("Authorization"), "enrol");

  app.post(ROUTES.agents.path, async (c) => {
    const enrollment = await mayRegister(deps, c);
    const registration = parseRegistration(await bodies.json(c.req.raw));
    const replaces = await replacedBy(deps, registration, c.env?.remoteAddress);
    const groups = groupsFor(registration, enrollment);
    await register(deps, { ...registration, groups }, { enrollment, replaces });
    return c.json({ data: { groups }, error: 0 }, 201);
  });

  app.post(ROUTES.makeEnrollmentToken.path, async (c) => {
    const createdBy = await enroller(c);
    const { groups, uses, expires_in } = parseBody(NEW_TOKEN, await bodies.json(c.req.raw));
    const nowMs = clock.now();
    const expiresAtMs = nowMs + expires_in * 1_000;
    const made = await enrollments.add({ groups, uses, expiresAtMs, createdBy }, nowMs);
    audit.write("enrollment_token_made", { id: made.id, groups, uses, user: createdBy });
    const expires_at = new Date(expiresAtMs).toISOString();
    return c.json({ data: { ...made, groups, uses, expires_at }, error: 0 }, 201);
  });

  app.get(ROUTES.listEnrollmentTokens.path, async (c) => {
    await enroller(c);
    return c.json({ data: { tokens: (await enrollments.list()).map(shown) }, error: 0 });
  });

  app.delete(ROUTES.removeEnrollmentToken.path, async (c) => {
    const user = await enroller(c);
    const id = c.req.param("id") ?? "";
    if (!await enrollments.remove(id)) throw new ApiError(404, `No enrolment token "${id}"`);
    audit.write("enrollment_token_removed", { id, user });
    return c.json({ data: { id }, error: 0 });
  });
}

/** The enrolment token that is shown, or nothing when it is a user who may register. */
async function mayRegister(
  { access, clock, stores: { enrollments } }: EnrollmentDeps,
  c: Context<{ Bindings: Connection }>,
): Promise<Enrollment | undefined> {
  const authorization = c.req.header("Authorization");
  const [, token] = /^Bearer +(enr_\S+)$/i.exec(authorization ?? "") ?? [];
  if (token === undefined) {
    await access.require(authorization, "enrol");
    return undefined;
  }
  // A right one is never refused: its 256 bits are nothing to guess, and many machines may be behind one address.
  const found = await enrollments.find(token, clock.now());
  if (found !== undefined) return found;
  const address = c.env?.remoteAddress;
  // Counted by address, so that nobody's guesses change what others are told of a token that has expired.
  const attempt = { account: `enrolment token of ${address ?? "nobody"}`, address };
  access.refuseGuessers(attempt);
  access.loginFailed(attempt);
  throw new ApiError(401, "The enrolment token is unknown or has expired");
}

/**
 * The agent that the new one takes the place of, proved by its key; nothing when there is none any more.
 *
 * @throws ApiError 403 with a wrong key, 429 after too many of them
 */
async function replacedBy(
  { access, stores }: EnrollmentDeps,
  { id, replaces }: Registration,
  address: string | undefined,
): Promise<string | undefined> {
  if (replaces === undefined || replaces.id === id) return undefined;
  const attempt = { account: `agent ${replaces.id}`, address };
  access.refuseGuessers(attempt);
  const result = await stores.agents.checkKey(replaces.id, replaces.key);
  if (result === "ok") return replaces.id;
  if (result === "unknown agent") return undefined;
  access.loginFailed(attempt);
  throw new ApiError(403, `The key of the agent to be replaced, "${replaces.id}", is wrong`);
}

interface Admission {
  enrollment: Enrollment | undefined;
  /** Id of the agent that the new one takes the place of. */
  replaces: string | undefined;
}

async function register(
  deps: EnrollmentDeps,
  registration: Omit<Registration, "groups"> & { groups: readonly string[] },
  { enrollment, replaces }: Admission,
): Promise<void> {
  const { stores, clock, audit } = deps;
  const agent = { ...registration, registeredAtMs: clock.now() };
  const outcome = await stores.agents.add(agent, { replaces, enrollmentId: enrollment?.id });
  if (outcome === "token used up") throw new ApiError(403, "The enrolment token has been used up");
  if (outcome === "id taken") throw taken("id", agent.id);
  if (outcome === "name taken") throw taken("name", agent.name);
  const hasReplaced = outcome === "added" && replaces !== undefined;
  if (hasReplaced) await forgetAgent(deps, replaces);
  log.info("Agent {id} registered as {name}: {outcome}", {
    id: agent.id,
    name: agent.name,
    outcome,
  });
  audit.write("agent_registered", {
    agent_id: agent.id,
    name: agent.name,
    outcome,
    ...(hasReplaced && { replaces }),
    ...(enrollment && { enrollment_token: enrollment.id }),
  });
}

/** A token that names groups decides: who shows it could else read the files of any group. */
function groupsFor({ groups = [] }: Registration, enrollment: Enrollment | undefined) {
  if (enrollment === undefined) return groups;
  const foreign = groups.find((group) => !enrollment.groups.includes(group));
  if (foreign !== undefined) {
    throw new ApiError(403, `The enrolment token does not allow the group "${foreign}"`);
  }
  return groups.length > 0 ? groups : enrollment.groups;
}

function taken(member: "id" | "name", value: string): ApiError {
  return new ApiError(409, `Agent ${member} "${value}" is taken already`);
}

function shown({ id, groups, uses, usesLeft, createdBy, createdAtMs, expiresAtMs }: Enrollment) {
  return {
    id,
    groups,
    uses,
    uses_left: usesLeft,
    created_by: createdBy,
    created_at: new Date(createdAtMs).toISOString(),
    expires_at: new Date(expiresAtMs).toISOString(),
  };
}
