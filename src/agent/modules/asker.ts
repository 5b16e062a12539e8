/**
 * Who has modules do something.
 *
 * @module
 */

/** Who wants something of a module. */
export type Asker = "server" | "person";

/** What people read of an {@linkcode Asker}. */
export const ASKERS: { [asker in Asker]: string } = {
  server: "an order of the server",
  person: "a person here",
};
