/** In lines of the kernel that can be about this program: its name, and memory that ran out. */
const ABOUT_AGENT = /\bagent\b|out of memory|oom-kill/i;
const MAX_LINES = 1_000;

/**
 * The kernel's messages that can be about the agent, a line each.
 *
 * @throws {Error} when this user may not read them, or the system has none
 */
export async function kernelLines(signal: AbortSignal): Promise<string> {
  const command = new Deno.Command("dmesg", {
    args: ["--time-format", "iso"],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`dmesg: ${new TextDecoder().decode(stderr).trim()}`);
  const lines = new TextDecoder().decode(stdout).split("\n").filter((line) =>
    ABOUT_AGENT.test(line)
  );
  return `${lines.slice(-MAX_LINES).join("\n")}\n`;
}
