/** Reads a cookie as Django does (`parse_cookie`): of two with one name the last counts, quotes are taken off. */

const ESCAPE = /\\(?:([0-3][0-7][0-7])|(.))/gs;

/** `undefined`: no cookie of that name was sent. An empty one was. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  if (header === undefined || !header.includes(name)) return undefined;
  let found: string | undefined;
  for (const chunk of header.split(';')) {
    const at = chunk.indexOf('=');
    if ((at === -1 ? '' : chunk.slice(0, at).trim()) !== name) continue;
    found = unquote(chunk.slice(at + 1).trim());
  }
  return found;
}

/** Python's `http.cookies._unquote`. */
function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value
    .slice(1, -1)
    .replace(ESCAPE, (_whole, octal: string | undefined, character: string) =>
      octal === undefined ? character : String.fromCharCode(Number.parseInt(octal, 8)),
    );
}
