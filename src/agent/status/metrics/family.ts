/**
 * Metrics as data: families of samples, named by the conventions of Prometheus (base units; counters end in `_total`).
 *
 * @module
 */

/** One value with what it is of; labels by name. */
interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** The samples of one name. */
export interface Family {
  name: string;
  help: string;
  kind: "counter" | "gauge";
  samples: readonly Sample[];
}

/** A value with its labels; `null` is left out, as nobody knows it. */
export type MaybeSample = readonly [
  value: number | boolean | null,
  labels?: Record<string, string> | undefined,
];

/** What only rises. `name` without `_total`. */
export function counter(name: string, help: string, samples: readonly MaybeSample[]): Family {
  return { name: `agent_${name}_total`, help, kind: "counter", samples: known(samples) };
}

/** What rises and falls; a truth is 1 or 0. */
export function gauge(name: string, help: string, samples: readonly MaybeSample[]): Family {
  return { name: `agent_${name}`, help, kind: "gauge", samples: known(samples) };
}

/** A moment, given in ISO 8601, as seconds since 1970. */
export function timestamp(
  name: string,
  help: string,
  samples: readonly (readonly [at: string | null, labels?: Record<string, string>])[],
): Family {
  return gauge(
    `${name}_timestamp_seconds`,
    help,
    samples.map(([at, labels]) => [at === null ? null : Date.parse(at) / 1000, labels]),
  );
}

/** One sample for each of `names`: 1 for the one that is so, else 0. */
export function oneOf(
  label: string,
  { names, is, labels = {} }: {
    names: readonly string[];
    is: string;
    labels?: Record<string, string>;
  },
): MaybeSample[] {
  const all = names.includes(is) ? names : [...names, is];
  return all.map((name) => [name === is, { ...labels, [label]: name }]);
}

function known(samples: readonly MaybeSample[]): Sample[] {
  return samples.flatMap(([value, labels = {}]) =>
    value === null ? [] : [{ labels, value: Number(value) }]
  );
}
