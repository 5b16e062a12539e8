/** The command of the agent that is a scan: hidden, as nobody but the agent has to know it. */
export const SCAN_COMMAND = "scan-files";
