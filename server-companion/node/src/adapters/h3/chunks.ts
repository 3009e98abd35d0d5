/** A seal of h3 2 that is larger than a cookie: its first cookie says into how many others it was split. */

const CHUNKED = '__chunked__';

/** More the library neither writes nor reads. */
const MAX_CHUNKS = 100;

/** The seal in one cookie or in several; empty: there is none, or a part of it is missing. */
export function joined(read: (name: string) => string | undefined, name: string): string {
  const first = read(name) ?? '';
  if (!first.startsWith(CHUNKED)) return first;
  const count = Number.parseInt(first.slice(CHUNKED.length), 10);
  if (!(count <= MAX_CHUNKS)) return '';
  let seal = '';
  for (let at = 1; at <= count; at += 1) {
    const chunk = read(`${name}.${at}`);
    if (!chunk) return '';
    seal += chunk;
  }
  return seal;
}
