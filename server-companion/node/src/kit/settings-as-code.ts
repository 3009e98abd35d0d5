/** A library's options for people: as they are written in code. */

/** `'Lax'`, `1209600`. */
export const asCode = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));

/** Those of `names` that are set, each by its name behind `prefix`. */
export const settingsAsCode = (
  options: Readonly<Record<string, unknown>>,
  names: readonly string[],
  prefix = '',
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[prefix + name, asCode(options[name])]])),
  );
