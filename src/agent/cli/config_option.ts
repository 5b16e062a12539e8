/** The option that every command has which reads the configuration: flags and description for `option()`. */
export const CONFIG_OPTION = [
  "--config <file>",
  "configuration file (else AGENT_CONFIG, else the system's agent.yaml)",
] as const;
