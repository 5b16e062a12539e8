/**
 * Installing, removing and looking at the service. Nothing is half-done: what fails after the file was written takes it back.
 *
 * @module
 */

import { AgentError, messageOf } from "../../shared/errors.ts";
import type { ServiceHost } from "./service_host.ts";
import type { ServicePlan, SystemCommand } from "./service_plan.ts";
import { MARK } from "./service_settings.ts";

/** Where the service stands. */
export interface ServiceState {
  /** Whose file it is; `null` when there is none. */
  installed_by: "agent service install" | "package" | "somebody else" | null;
  file: string | null;
  /** Whether the file says what a new installation would write; `null` when there is none. */
  is_current: boolean | null;
  running: boolean;
}

/** Takes a plan to a machine. */
export class ServiceInstaller {
  readonly #plan: ServicePlan;
  readonly #host: ServiceHost;
  /** Is told each thing that was done, in one line. */
  readonly #say: (text: string) => void;

  constructor(plan: ServicePlan, host: ServiceHost, say: (text: string) => void) {
    this.#plan = plan;
    this.#host = host;
    this.#say = say;
  }

  /**
   * Writes the file, has the service start with the machine, and with `now` at once.
   *
   * @throws {AgentError} `failed`; then everything is as it was, but for a user that was made
   */
  async install({ user, now }: { user: string; now: boolean }): Promise<void> {
    this.requirePower("install");
    const before = this.#existing();
    await this.#requireUser(user);
    const writes = before?.text !== this.#plan.file.text;
    if (writes) this.#write(before?.text);
    else this.#say(`Left ${before.path} as it is: it says the same`);
    try {
      await this.#runAll([...this.#plan.enable, ...(now ? this.#plan.start : [])]);
    } catch (error) {
      if (writes) await this.#takeBack(before?.text);
      throw error;
    }
  }

  /**
   * Has the service not start any more and removes its file; with `now` it is stopped first.
   *
   * @throws {AgentError} `failed`
   */
  async uninstall({ now }: { now: boolean }): Promise<void> {
    const { path } = this.#plan.file;
    const { installed_by, file } = await this.state();
    if (installed_by === null) return this.#say(`Nothing to do: there is no ${path}`);
    if (installed_by !== "agent service install") throw notOurs(file ?? path, installed_by);
    this.requirePower("uninstall");
    await this.#runAll([...(now ? this.#plan.stop : []), ...this.#plan.disable]);
    this.#host.remove(path);
    this.#say(`Removed ${path}`);
    await this.#runAll(this.#plan.forget);
  }

  /** How it stands now. */
  async state(): Promise<ServiceState> {
    const { file, packaged, isActive } = this.#plan;
    const path = [file.path, ...packaged].find((path) => this.#host.exists(path));
    const text = path === undefined ? undefined : this.#host.read(path);
    const { code } = await this.#host.run(isActive);
    return {
      installed_by: path === undefined ? null : this.#ownerOf(path, text),
      file: path ?? null,
      is_current: path === undefined ? null : text === file.text,
      running: code === 0,
    };
  }

  #ownerOf(path: string, text = ""): ServiceState["installed_by"] {
    if (this.#plan.packaged.includes(path)) return "package";
    return text.includes(MARK) ? "agent service install" : "somebody else";
  }

  /**
   * Makes sure that this process can change services here at all.
   *
   * @throws {AgentError} `failed`
   */
  requirePower(what: "install" | "uninstall"): void {
    const { manager, presence } = this.#plan;
    const missing = presence !== undefined && !this.#host.exists(presence);
    if (missing) {
      throw new AgentError("failed", `Cannot ${what} the service: ${manager} does not run here`, {
        hint: what === "install"
          ? "agent run --config FILE runs it in the foreground; --dry-run shows the files"
          : `remove ${this.#plan.file.path} by hand`,
      });
    }
    if (this.#host.isAdministrator) return;
    throw new AgentError("failed", `Cannot ${what} the service: only root may do that`, {
      hint: `sudo agent service ${what}; --dry-run shows the files without`,
    });
  }

  /** The file that is there, if it is one that may be replaced or used. */
  #existing(): { path: string; text: string } | undefined {
    const { file, packaged } = this.#plan;
    for (const path of [file.path, ...packaged]) {
      if (!this.#host.exists(path)) continue;
      const text = this.#host.read(path) ?? "";
      const owner = this.#ownerOf(path, text);
      if (text !== file.text && owner !== "agent service install") throw notOurs(path, owner);
      return { path, text };
    }
    return undefined;
  }

  async #requireUser(user: string): Promise<void> {
    const { makeUser, manager } = this.#plan;
    if (manager !== "systemd") return;
    const { code } = await this.#host.run(["id", "-u", user]);
    if (code === 0) return;
    if (makeUser !== undefined) return await this.#runAll([makeUser]);
    throw new AgentError("failed", `Cannot install the service: there is no user "${user}"`, {
      hint: `useradd --system --user-group --no-create-home --shell /usr/sbin/nologin ${user}`,
    });
  }

  #write(before: string | undefined): void {
    const { path, text } = this.#plan.file;
    try {
      if (before !== undefined) this.#host.write(`${path}.old`, before);
      this.#host.write(path, text);
    } catch (error) {
      throw new AgentError("failed", `Cannot write "${path}": ${messageOf(error)}`, {
        cause: error,
        hint: "look at the folder, and try again",
      });
    }
    const kept = before === undefined ? "" : ` (what it said before is in ${path}.old)`;
    this.#say(`Wrote ${path}${kept}`);
  }

  /** What cannot be taken back is less than what is thrown. */
  async #takeBack(before: string | undefined): Promise<void> {
    const { disable, file: { path }, forget } = this.#plan;
    if (before === undefined) {
      for (const command of disable) await this.#host.run(command);
      this.#host.remove(path);
    } else {
      this.#host.write(path, before);
    }
    for (const command of forget) await this.#host.run(command);
    this.#say(`Took ${path} back`);
  }

  async #runAll(commands: readonly SystemCommand[]): Promise<void> {
    for (const command of commands) {
      const line = command.join(" ");
      const { code, output } = await this.#host.run(command);
      if (code !== 0) {
        const how = code === undefined ? "cannot be started" : `ended with status ${code}`;
        throw new AgentError("failed", `Command "${line}" ${how}${output && `: ${output}`}`, {
          hint: "agent service install --dry-run lists the steps, to be done by hand",
        });
      }
      this.#say(`Ran   ${line}`);
    }
  }
}

function notOurs(path: string, owner: ServiceState["installed_by"]): AgentError {
  if (owner === "package") {
    return new AgentError("failed", `"${path}" belongs to a package, and was left as it is`, {
      hint: "systemctl enable --now agent starts it, systemctl disable --now agent ends it, " +
        "systemctl edit agent changes it; it goes with the package: dpkg --purge agent, rpm --erase agent",
    });
  }
  return new AgentError("failed", `"${path}" is not ${MARK}, and was left as it is`, {
    hint: "move it away, or keep it and change it by hand",
  });
}
