import * as z from "zod";

/** The `args` of a command that takes none: `{}`, or the empty list of older servers. */
export const noArgs = z.preprocess(
  (args) => Array.isArray(args) && args.length === 0 ? {} : args,
  z.strictObject({}),
);

/** A command that takes no arguments. */
export type NoArgs = z.output<typeof noArgs>;
