/** The options of every command of `agent modules`. */
export type ModulesOptions = {
  config?: string | undefined;
  json?: true | undefined;
  keep?: true | undefined;
  /** Milliseconds. */
  for?: number | undefined;
  wait?: boolean | undefined;
  watch?: true | undefined;
  /** Milliseconds. */
  interval?: number | undefined;
};
