/**
 * Whether two URLs are of one site, as far as that can be known without the list of public suffixes, which would weigh
 * as much as a third of the panel: between names that only that list could tell apart the answer is *not known*.
 */
import type { UrlOrigin } from './url-origin.ts';

/** Endings under which nobody registers a name: two labels are a site there. Browsers' lists have none of them. */
const OWN_ENDINGS: ReadonlySet<string> = new Set([
  'localhost',
  'test',
  'example',
  'invalid',
  'local',
  'internal',
  'lan',
  'home',
]);

export const isAddress = (host: string): boolean => host.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(host);

/** Whether `host` is `parent`, or a name below it. */
export const isWithin = (host: string, parent: string): boolean =>
  host === parent || (!isAddress(host) && host.endsWith(`.${parent}`));

const lastLabels = (host: string, count: number): string => host.split('.').slice(-count).join('.');

/**
 * Whether two hosts have one registrable domain; `undefined`: not known. `domain`: one for which a browser keeps a
 * cookie; it keeps none for a public suffix.
 */
export function isOneSite(one: string, other: string, domain?: string): boolean | undefined {
  if (one === other) return true;
  if (isAddress(one) || isAddress(other)) return false;
  if (domain !== undefined && domain.includes('.') && isWithin(one, domain) && isWithin(other, domain)) return true;
  // A registrable domain has two labels at least.
  if (!one.includes('.') || !other.includes('.')) return false;
  if (lastLabels(one, 2) !== lastLabels(other, 2)) return false;
  return OWN_ENDINGS.has(lastLabels(one, 1)) ? true : undefined;
}

/**
 * The same with the scheme, which Chromium compares and Firefox, by its settings, may: of two schemes the answer is
 * *not known* there.
 */
export function isSameSite(
  one: UrlOrigin,
  other: UrlOrigin,
  { browser, domain }: { browser: 'chromium' | 'firefox'; domain?: string | undefined },
): boolean | undefined {
  const isOne = isOneSite(one.hostname, other.hostname, domain);
  if (isOne === false || one.protocol === other.protocol) return isOne;
  return browser === 'chromium' ? false : undefined;
}
