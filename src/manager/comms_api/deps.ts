/**
 * What the routes of the comms API work with.
 *
 * @module
 */

import type { Clock } from "../../shared/clock.ts";
import type { CommandManager } from "../commands/command_manager.ts";
import type { PollRegistry } from "../commands/poll_registry.ts";
import type { FlowMeter } from "../events/flow_meter.ts";
import type { BodyReader } from "../http/body.ts";
import type { LoginGuard } from "../http/login_guard.ts";
import type { Connection } from "../http/connection.ts";
import type { SecurityAudit } from "../http/security_audit.ts";
import type { Tokens } from "../http/tokens.ts";
import type { KeepAlive } from "../keep_alive/keep_alive.ts";
import type { Releases } from "../releases/releases.ts";
import type { Store } from "../store.ts";
import type { Stores } from "../stores/stores.ts";
import type { LoginLimit } from "./login_limit.ts";

/** What the comms API works with. */
export interface CommsDeps {
  clock: Clock;
  /** What can be looked at without waiting. */
  store: Store;
  stores: Stores;
  tokens: Tokens;
  logins: LoginLimit;
  polls: PollRegistry;
  commands: CommandManager;
  keepAlive: KeepAlive;
  flow: FlowMeter;
  /** Told after every commit of events. */
  eventReader?: { wake(): void };
  /** What agents may download; without it there is nothing. */
  releases?: Releases;
  audit: SecurityAudit;
  /** Whether an agent whose id several machines use gets no orders. */
  holdsClonedOrders: boolean;
  bodies: BodyReader;
  /** What of the agent its certificate has to name. */
  clientCertName: "any" | "id" | "name";
  loginGuard: LoginGuard;
  /** Signs these files. @default they are not signed */
  signer?: { keyId: string; file(name: string, content: Uint8Array, version: number): object };
}

/** What a handler finds in its context. */
export interface CommsEnv {
  /** Missing in-process. */
  Bindings: Connection;
  Variables: {
    /** Set on every route but the log-in and the root. */
    agentId: string;
  };
}
