/**
 * What checks share: each thing is read or asked for once, when the first check wants it.
 *
 * @module
 */

import type { Clock } from "../../../shared/clock.ts";
import { AgentError } from "../../../shared/errors.ts";
import type { Secrets } from "../../../shared/log/secrets.ts";
import type { StatusDocument } from "../../../shared/protocol/status_document.ts";
import { proxySecrets } from "../../comms/connection/proxy.ts";
import { loadConfig, type LoadedConfig } from "../../config/load.ts";
import type { AgentConfig } from "../../config/schema.ts";
import { STORED } from "../../config/stored.ts";
import { ControlClient } from "../../control/control_client.ts";
import { endpointIn } from "../../control/endpoint.ts";
import { type Identity, IdentityFile } from "../../identity/identity_file.ts";
import { rememberSecrets } from "../../identity/stored_secrets.ts";
import { DirectServer } from "./direct_server.ts";
import { ServerRoute } from "./server_route.ts";

/** What a {@linkcode DoctorContext} is built with. */
export interface DoctorOptions {
  /** The configuration file that was named. */
  file: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal: AbortSignal;
  /** Is told the key, every token, and the password of the proxy. */
  secrets: Secrets;
}

/** Reads and asks; changes nothing. */
export class DoctorContext implements Disposable {
  readonly options: DoctorOptions;
  readonly #resources = new DisposableStack();
  readonly #routes = new Map<string, ServerRoute>();
  #loaded: Promise<LoadedConfig> | undefined;
  #running: Promise<StatusDocument | undefined> | undefined;
  #direct: DirectServer | undefined;

  constructor(options: DoctorOptions) {
    this.options = options;
  }

  /** The configuration that a start would take. @throws {AgentError} `config_invalid` */
  loaded(): Promise<LoadedConfig> {
    return this.#loaded ??= this.#load();
  }

  /** The options in it. @throws {AgentError} `config_invalid` */
  async config(): Promise<AgentConfig> {
    return (await this.loaded()).config;
  }

  /** The status of the running agent, as it was when it was asked for first; `undefined` when none answers. */
  running(): Promise<StatusDocument | undefined> {
    return this.#running ??= this.#askAgent();
  }

  /** Has the running agent do something. @throws {AgentError} `not_running` */
  async askAgent<T>(ask: (client: ControlClient) => Promise<T>): Promise<T> {
    const { agent } = await this.config();
    using client = ControlClient.to(endpointIn(agent.path.run));
    return await ask(client);
  }

  /** Who this agent is. @throws {AgentError} as `IdentityFile.load` does */
  async identity(): Promise<Identity> {
    const { agent } = await this.config();
    const identity = new IdentityFile(agent.path.data).load();
    rememberSecrets(identity, this.options.secrets);
    return identity;
  }

  /** The way to one server, as it is without an agent. */
  async route(url: string): Promise<ServerRoute> {
    const known = this.#routes.get(url);
    if (known !== undefined) return known;
    const { agent } = await this.config();
    const route = this.#resources.use(new ServerRoute(url, { agent, ...this.options }));
    this.#routes.set(url, route);
    return route;
  }

  /** The server as this agent uses it; only for when no agent runs. */
  async direct(): Promise<DirectServer> {
    const [config, identity] = await Promise.all([this.config(), this.identity()]);
    return this.#direct ??= this.#resources.use(
      new DirectServer(config, { identity, ...this.options }),
    );
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }

  async #load(): Promise<LoadedConfig> {
    const { file, env, secrets } = this.options;
    const loaded = await loadConfig({ file, env, ...STORED });
    for (const secret of proxySecrets(loaded.config.agent.proxy)) secrets.add(secret);
    return loaded;
  }

  async #askAgent(): Promise<StatusDocument | undefined> {
    try {
      return await this.askAgent((client) => client.status());
    } catch (error) {
      if (error instanceof AgentError && error.code === "not_running") return undefined;
      throw error;
    }
  }
}
