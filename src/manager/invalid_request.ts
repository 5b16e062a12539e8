/**
 * A request whose content cannot be carried out, whatever it came by.
 *
 * @module
 */

/** Nothing of it was done. The message names the member at fault, and is told to whoever asked. */
export class InvalidRequest extends Error {
  override readonly name = "InvalidRequest";
}
