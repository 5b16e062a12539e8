/** What of the agent's configuration a service is made of. All paths are absolute. */
export interface ServiceSettings {
  /** The program that is started. */
  executable: string;
  configFile: string;
  dataFolder: string;
  runFolder: string;
  /** The file that the agent logs to besides; `undefined`: none. */
  logFile?: string | undefined;
  /** Where the versions lie of a program that can be replaced; `undefined`: it cannot be. */
  installFolder?: string | undefined;
  /** Whether the user of the service may put versions there. @default false */
  isUpgradable?: boolean;
  /** Whom it runs as. */
  user: string;
}

/** What stands in the first lines of a file that `agent service install` may replace. */
export const MARK = "of agent service install";
