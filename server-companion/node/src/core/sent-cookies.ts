export interface SentCookie {
  readonly name: string;
  /** As the browser sends it. */
  readonly value: string;
}

/** The values of all cookies of one name in a `Cookie` header, as they were sent, in their order. */
export const sentCookies = (header: string, name: string): string[] =>
  header.split(';').flatMap((part) => {
    const equals = part.indexOf('=');
    return equals >= 0 && part.slice(0, equals).trim() === name ? [part.slice(equals + 1).trim()] : [];
  });

/** How many cookies of that name a request carries. */
export function countSent(header: string | undefined, name: string): number {
  if (header === undefined) return 0;
  const first = header.indexOf(name);
  if (first < 0) return 0;
  // The usual header holds the name once, and reading the rest of it is saved on each request.
  if (header.indexOf(name, first + name.length) < 0 && header[first + name.length] === '=' && isStart(header, first))
    return 1;
  return sentCookies(header, name).length;
}

const isStart = (header: string, index: number) => index === 0 || header.slice(index - 2, index) === '; ';

/** A cookie's value without the quotes around it, which a server takes for no part of it. */
export const unquoted = (value: string): string =>
  value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;

/** The cookies of a request, as they were sent. */
export const cookiesOf = (header: string | undefined): SentCookie[] =>
  (header ?? '').split(';').flatMap((part) => {
    const at = part.indexOf('=');
    return at < 0 ? [] : [{ name: part.slice(0, at).trim(), value: part.slice(at + 1).trim() }];
  });

/** A cookie's value with its percent signs read; as it is where they make no sense. */
export function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** How many cookies of that name a request carries, and the first of them, which most libraries take; without one it is empty. */
export function firstSent(header: string | undefined, name: string): { sent: number; value: string } {
  const sent = countSent(header, name);
  return { sent, value: sent === 0 ? '' : sentCookies(header!, name)[0]! };
}
