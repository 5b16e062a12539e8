/**
 * A request that cannot be carried out as things stand, whatever it came by.
 *
 * @module
 */

/** Nothing of it was done. The message says what is in the way, and is told to whoever asked. */
export class ConflictingRequest extends Error {
  override readonly name = "ConflictingRequest";
}
