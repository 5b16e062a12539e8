/** The one collector of the module's documents. */
export const COLLECTOR = "check";
