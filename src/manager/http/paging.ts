/**
 * The parameters that every list of the management API has.
 *
 * @module
 */

import { ApiError } from "./api_error.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * The parameters of a query by their names.
 *
 * @param given every value of each
 * @throws ApiError 400 naming one that is not in `known`, or that is given twice
 */
export function parseParameters<Name extends string>(
  given: Readonly<Record<string, readonly string[]>>,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const parameters: Partial<Record<Name, string>> = {};
  for (const [name, values] of Object.entries(given)) {
    const found = known.find((one) => one === name);
    if (found === undefined) throw new ApiError(400, `${name} is not one of ${known.join(", ")}`);
    const [value, ...others] = values;
    if (others.length > 0) throw new ApiError(400, `${name} is given more than once`);
    if (value !== undefined) parameters[found] = value;
  }
  return parameters;
}

/**
 * How many entries a page has at most.
 *
 * @throws ApiError 400 when `limit` is no number in its range
 */
export function parseLimit(text: string | undefined): number {
  const limit = text === undefined ? DEFAULT_LIMIT : parseNumber("limit", text);
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new ApiError(400, `limit is not from 1 to ${MAX_LIMIT}`);
}

/**
 * The whole number that the parameter `name` gives.
 *
 * @throws ApiError 400 for anything else
 */
export function parseNumber(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ApiError(400, `${name} is not a whole number`);
}
