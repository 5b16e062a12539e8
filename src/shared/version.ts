import project from "../../deno.json" with { type: "json" };

/** Version of the agent, as in `agent --version` and in every request. */
export const VERSION: string = project.version;
