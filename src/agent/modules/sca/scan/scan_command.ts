/** The hidden command that is a scan: see `scan_child.ts`. */
export const SCAN_COMMAND = "check-policies";
