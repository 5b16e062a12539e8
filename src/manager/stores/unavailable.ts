/** What is kept cannot be reached or written now: nothing has happened, or it will be found out by asking again. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}
