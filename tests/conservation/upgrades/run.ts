/**
 * One agent, its manager and a log that never rests; upgrades there and back, and between them releases that do not work, and kills.
 *
 * @module
 */

import { agent } from "../../support/agent_process.ts";
import { eventually } from "../../support/eventually.ts";
import { OrderDesk, type OrderView } from "../../support/order_desk.ts";
import type { TempFolder } from "../../support/queues.ts";
import { randomFrom } from "../../support/random.ts";
import { install, newKey, ReleaseDesk, standIn } from "../../support/release_desk.ts";
import { AgentSide, logLines, OwnServer } from "../../support/scene.ts";
import { UpgradeRecord } from "../../../src/agent/upgrade/upgrade_record.ts";
import { VERSION } from "../../../src/shared/version.ts";
import { SupervisedAgent } from "./supervised_agent.ts";

/** What is run. */
interface UpgradesOptions {
  folder: TempFolder;
  compiled: { own: string; next: string };
  /** So many upgrades, and as many forced failures. */
  count: number;
  seed: number;
  linesASecond: number;
  onProgress: (text: string) => void;
}

/** What came of it. */
interface UpgradesResult {
  upgrades: number;
  failures: Record<string, number>;
  written: number;
  missing: number;
  doubled: number;
  /** Upgrades that failed, and failures that did not come about, in words. */
  wrong: string[];
  /** Without collectors, in milliseconds. */
  outages: { count: number; median: number; longest: number };
}

const WRITE_INTERVAL_MS = 50;

/** Runs all of it. */
export async function runUpgrades(options: UpgradesOptions): Promise<UpgradesResult> {
  const { folder, compiled, onProgress, count } = options;
  await using server = await OwnServer.start(folder);
  const desk = new ReleaseDesk(folder.file("manager/releases"));
  const installation = install(folder.file("install"), compiled.own);
  const side = new AgentSide(folder, server, [
    `upgrade: { enabled: true, trusted_keys: ${desk.keyFile}, trial: 5s, rate: 1GiB, spread: 0s }`,
  ]);
  const { id } = await side.register();
  const running = new SupervisedAgent(installation.program, side.configPath);
  const log = new WrittenLog(side, options.linesASecond);
  const rounds = new Rounds({ ...options, server, id, desk, side, running, installation });
  try {
    for (let round = 1; round <= count; round++) {
      await rounds.upgrade();
      await rounds.fail();
      if (round % 10 === 0 || round === count) onProgress(`${round} of each`);
    }
  } finally {
    log.stop();
  }
  const received = await eventually(
    async () => logLines(await server.events()),
    (lines) => new Set(lines).size >= log.written,
    { everyMs: 1_000 },
  ).catch(async () => logLines(await server.events()));
  await running.stop();
  const distinct = new Set(received).size;
  const outages = running.outages.toSorted((a, b) => a - b);
  return {
    ...rounds.result,
    written: log.written,
    missing: log.written - distinct,
    doubled: received.length - distinct,
    outages: {
      count: outages.length,
      median: outages[Math.floor(outages.length / 2)] ?? 0,
      longest: outages.at(-1) ?? 0,
    },
  };
}

/** Writes numbered lines all the time. */
class WrittenLog {
  written = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(side: AgentSide, linesASecond: number) {
    const lines = Math.ceil(linesASecond * WRITE_INTERVAL_MS / 1_000);
    this.#timer = setInterval(() => {
      const first = this.written;
      this.written += lines;
      side.write(Array.from({ length: lines }, (_, index) => `number ${first + index}`));
    }, WRITE_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

interface RoundsDeps extends UpgradesOptions {
  id: string;
  desk: ReleaseDesk;
  side: AgentSide;
  server: OwnServer;
  running: SupervisedAgent;
  installation: ReturnType<typeof install>;
}

/** Upgrades and failures, one after the other. */
class Rounds {
  readonly #deps: RoundsDeps;
  readonly #random: () => number;
  readonly result = { upgrades: 0, failures: {} as Record<string, number>, wrong: [] as string[] };

  constructor(deps: RoundsDeps) {
    this.#deps = deps;
    this.#random = randomFrom(deps.seed);
  }

  /** By an order to the newer version, by a person back to the older one. */
  async upgrade(): Promise<void> {
    const { installation, desk, compiled, side } = this.#deps;
    const from = installation.current;
    if (from === VERSION) {
      desk.make({ file: compiled.next });
      const result = await this.#order({});
      this.#count(result?.code === 0, "upgrade", result?.message);
    } else {
      const back = await agent(["upgrade", "rollback", "--config", side.configPath], {
        program: installation.program,
      });
      this.#count(back.code === 0, "rollback", back.stdout + back.stderr);
    }
    this.result.upgrades += installation.current === from ? 0 : 1;
    await this.#settled();
  }

  /** One of the ways in which it can go wrong; whichever version was in use goes on. */
  async fail(): Promise<void> {
    const { installation, compiled } = this.#deps;
    const from = installation.current;
    const other = from === VERSION ? compiled.next : compiled.own;
    const version = from === VERSION ? "99.0.0" : VERSION;
    const script = (run: string) => ({ script: standIn(run, { version: "99.0.1" }) });
    const ways: [name: string, run: () => Promise<void>][] = [
      ["died", () => this.#refused("died", script("exit 3"))],
      ["killed itself", () => this.#refused("died", script("sleep 0.2; kill -9 $$"))],
      ["hangs", () => this.#refused("does_not_answer", script("exec sleep 20"))],
      ["wrong key", () => this.#refused("key_unknown", script("exit 0"), { key: newKey() })],
      [
        "wrong hash",
        () => this.#refused("wrong_hash", script("exit 0"), { sha256: "0".repeat(64) }),
      ],
      ["killed watcher", () => this.#killed({ file: other }, version, "watcher")],
      ["killed trial", () => this.#killed({ file: other }, version, "trial")],
    ];
    const [name, run] = ways[Math.floor(this.#random() * ways.length)] ?? ways[0] as typeof ways[0];
    this.result.failures[name] = (this.result.failures[name] ?? 0) + 1;
    await run();
    await this.#settled();
  }

  /** Logs in for each: a token of the manager ends before a long run does. */
  async #order(args: object): Promise<OrderView["result"] | undefined> {
    const { server, id } = this.#deps;
    using orders = await OrderDesk.open(server);
    const sent = await orders.send({ type: "agent", id }, { name: "update", args }, 120);
    const [order] = await orders.outcomes(sent);
    return order?.result;
  }

  async #refused(
    reason: string,
    program: Parameters<ReleaseDesk["make"]>[0],
    change: Parameters<ReleaseDesk["make"]>[1] = {},
  ): Promise<void> {
    const { desk, installation } = this.#deps;
    const before = installation.current;
    const manifest = Deno.readTextFileSync(desk.make(program, { version: "99.0.1", ...change }));
    const message = (await this.#order({ manifest }))?.message ?? "";
    this.#count(
      message.startsWith(`${reason}: `) && installation.current === before,
      reason,
      message,
    );
  }

  /** At a moment that the seed decides: while it downloads, is tried, is taken into use, or is there already. */
  async #killed(
    program: { file: string },
    version: string,
    whom: "watcher" | "trial",
  ): Promise<void> {
    const { desk, side, running, installation } = this.#deps;
    const manifest = desk.make(program, { version });
    const ordered = agent(
      ["upgrade", "--force", "--file", manifest, "--config", side.configPath],
      { program: installation.program },
    );
    // Before, the command may find no agent, and then puts the version in place itself.
    const record = new UpgradeRecord(this.#deps.folder.file("data"));
    await eventually(() => Promise.resolve(record.look().attempt), (attempt) => attempt !== null);
    await new Promise((resolve) => setTimeout(resolve, this.#random() * 4_000));
    if (whom === "watcher") running.kill("SIGKILL");
    else killChildOf(running.pid);
    await ordered;
  }

  /** Somebody runs, it is the version that is in use, and nothing is under way. */
  async #settled(): Promise<void> {
    const { folder, side, installation } = this.#deps;
    const record = new UpgradeRecord(folder.file("data"));
    const proxy = { transport: "unix" as const, path: `${side.runFolder}/agent.sock` };
    using client = Deno.createHttpClient({ proxy });
    const look = async () => {
      try {
        const answer = await fetch("http://agent/v1/status", { client });
        const { upgrade: { state }, server: { token }, agent: { version } } = await answer.json();
        const { current } = installation;
        return { state, token: token.state, version, current, ...record.look() };
      } catch {
        return undefined;
      }
    };
    await eventually(
      look,
      (found) =>
        found?.state === "idle" && found.token === "valid" && found.version === found.current &&
        found.attempt === null,
    );
  }

  #count(isRight: boolean, what: string, said = ""): void {
    if (!isRight) this.result.wrong.push(`${what}: ${said}`);
  }
}

/** Kills the process that `pid` has started last, if there is one. */
function killChildOf(pid: number): void {
  try {
    const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim().split(" ");
    const child = Number(children.at(-1));
    // 0 would be the group of this process.
    if (child > 0) Deno.kill(child, "SIGKILL");
  } catch {
    // There is none at this moment.
  }
}
