/** The session library's Set-Cookie as the browser received it: which of the headers it is, and what became of it. */
import type { Verdict } from '../../protocol/index.ts';
import { attributesOf, type BrowserRule, refusalOf } from './browser-rules.ts';
import type { SetCookie } from './har.ts';
import type { JarFate } from './jar.ts';
import type { ExchangeRecord } from './records.ts';

type Attributes = NonNullable<Verdict['cookie']['attributes']>;

/** An attribute that is another in the browser than the server wrote. */
export interface Rewrite {
  attribute: string;
  server: string;
  browser: string;
}

/** The library's Set-Cookie as the browser received it. */
export interface ReceivedCookie {
  line: SetCookie;
  /** All of that name, in order: the last of the same path and domain counts. */
  sameName: readonly SetCookie[];
  /** The library's is not the one that counts. */
  isOverwritten: boolean;
  /** It came under another name. */
  isRenamed: boolean;
  rewrites: readonly Rewrite[];
  fate: JarFate | undefined;
  /** The rule by which browsers refuse it; the jar may know better. */
  rule: BrowserRule | undefined;
}

/** `undefined`: DevTools saw no response, or no such header in it. */
export function receivedCookie({ finished, har }: ExchangeRecord): ReceivedCookie | undefined {
  const attributes = finished?.verdict.cookie.attributes;
  if (attributes === undefined || har === undefined) return undefined;
  const sameName = har.setCookies.filter(({ name }) => name === attributes.name);
  const isLibrarys = (line: SetCookie) => line.name.length + 1 + line.valueLength === attributes.bytes;
  const valueLength = attributes.bytes - attributes.name.length - 1;
  const renamed = sameName.length > 0 ? undefined : har.setCookies.find((line) => line.valueLength === valueLength);
  const line = sameName.findLast(isLibrarys) ?? sameName.at(-1) ?? renamed;
  if (line === undefined) return undefined;
  const last = sameName.findLast((other) => isSamePlace(other, line)) ?? line;
  return {
    line,
    sameName,
    isOverwritten: last !== line,
    isRenamed: line.name !== attributes.name,
    rewrites: rewritesOf(attributes, line),
    fate: har.jar?.[har.setCookies.indexOf(line)],
    rule: refusalOf(line, har),
  };
}

/** Whether a browser keeps one of the two only: by path and domain. Both must have one name. */
export function isSamePlace(a: SetCookie, b: SetCookie): boolean {
  const [one, other] = [attributesOf(a.attributes), attributesOf(b.attributes)];
  return (one.path ?? '/') === (other.path ?? '/') && (one.domain ?? '') === (other.domain ?? '');
}

const yesNo = (value: boolean) => (value ? 'yes' : 'no');

/** Attribute by attribute: what stands between server and browser may change each. */
function rewritesOf(server: Attributes, line: SetCookie): Rewrite[] {
  const browser = attributesOf(line.attributes);
  const pairs: readonly (readonly [string, string, string])[] = [
    ['Name', server.name, line.name],
    ['Path', server.path ?? 'absent', browser.path ?? 'absent'],
    ['Domain', (server.domain ?? 'absent').replace(/^\./, ''), browser.domain ?? 'absent'],
    ['Secure', yesNo(server.secure), yesNo(browser.secure)],
    ['HttpOnly', yesNo(server.httpOnly), yesNo(browser.httpOnly)],
    ['SameSite', server.sameSite ?? 'absent', browser.sameSite ?? 'absent'],
    ['Partitioned', yesNo(server.partitioned === true), yesNo(browser.partitioned)],
    ['Max-Age', String(server.maxAge ?? 'absent'), String(browser.maxAge ?? 'absent')],
  ];
  return pairs.flatMap(([attribute, own, received]) =>
    own === received ? [] : [{ attribute, server: own, browser: received }],
  );
}
