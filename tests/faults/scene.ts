/**
 * What stands while faults strike: three NATS servers, three managers, a balancer before them, and what all of them are asked.
 *
 * @module
 */

import { CLUSTER_PROGRAM, NatsCluster } from "../support/nats_cluster.ts";
import { Balancer } from "./balancer.ts";
import { ManagerProcess } from "./managers.ts";

/** The stream of events. */
export const STREAM = "manager_EVENTS_0";

const NODES = ["m1", "m2", "m3"];
const OPTIONS = [
  ...["--http", "--log-level", "info"],
  ...["--keepalive-interval", "5s", "--keepalive-timeout", "45s", "--keepalive-max-missed", "100"],
  ...["--login-rate", "0", "--token-ttl", "1h"],
  // The balancer asks twice in that time.
  ...["--drain-delay", "1s"],
  ...["--max-connections", "0", "--max-connections-per-address", "0"],
];

/** It stands until it is disposed of. */
export class Scene implements AsyncDisposable {
  private constructor(
    readonly servers: NatsCluster,
    readonly managers: readonly ManagerProcess[],
    readonly balancer: Balancer,
  ) {}

  /** Starts everything. @param folder for data and logs of the managers */
  static async start(folder: string): Promise<Scene> {
    if (CLUSTER_PROGRAM === undefined) {
      throw new Error("There is no nats-server for this: run .ci/nats_server first");
    }
    await using started = new AsyncDisposableStack();
    const servers = started.use(await NatsCluster.start("sync_interval: always"));
    const secret = `${folder}/secret`;
    await Deno.writeTextFile(secret, "a secret of thirty-two characters", { mode: 0o600 });
    const cluster = ["--cluster", servers.urls.join(","), "--cluster-secret", secret];
    const managers = NODES.map((node) =>
      started.use(new ManagerProcess({ node, folder, args: [...cluster, ...OPTIONS] }))
    );
    await Promise.all(managers.map((manager) => manager.start()));
    const balancer = started.use(new Balancer(managers));
    started.move();
    return new Scene(servers, managers, balancer);
  }

  /** Ends all processes when this one is told to end. */
  endOnSignals(): void {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => {
        void this[Symbol.asyncDispose]().finally(() => Deno.exit(130));
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.balancer[Symbol.dispose]();
    await Promise.all(this.managers.map((manager) => manager[Symbol.asyncDispose]()));
    await this.servers[Symbol.asyncDispose]();
  }
}
