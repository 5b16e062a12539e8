import { agent } from "../../support/agent_process.ts";

/** An agent whose database can be checked. */
interface CheckedAgent {
  name: string;
  configPath: string;
}

/** What `agent queue verify` says is wrong with the database of an agent that has stopped, each with the agent's name. */
export async function verifyQueue({ name, configPath }: CheckedAgent): Promise<string[]> {
  const { code, stdout, stderr } = await agent(
    ["queue", "verify", "--json", "--config", configPath],
  );
  if (code === 0) return [];
  return defectsIn(stdout, stderr).map((defect) => `${name}: ${defect}`);
}

/** The defects that it printed; what it said on standard error when it could not look. */
function defectsIn(stdout: string, stderr: string): string[] {
  const { defects, defect_count }: Report | Failure = JSON.parse(stdout || "{}");
  if (defects === undefined) return [`queue cannot be verified: ${stderr.trim()}`];
  const more = defect_count - defects.length;
  const named = defects.map(({ where, problem }) => `queue: ${where}: ${problem}`);
  return more > 0 ? [...named, `queue: ${more} more defects`] : named;
}

interface Report {
  defects: { where: string; problem: string }[];
  defect_count: number;
}

/** A command that fails prints `{"error"}`. */
interface Failure {
  defects?: undefined;
  defect_count?: undefined;
}
