/** The rules by which a browser sends a cookie or keeps it back, in order: the first that decides is the answer. */
import { isLocalHost, isPathCovered } from './browser-rules.ts';
import type { BrowserName, RequestKind, SendableCookie } from './future-request.ts';
import { isAddress, isOneSite, isWithin } from './same-site.ts';
import { type UrlOrigin, urlOrigin } from './url-origin.ts';

export interface Decision {
  answer: 'yes' | 'no' | 'unknown';
  /** Kebab case, stable. */
  rule: string;
  /** Why, in whole sentences. */
  text: string;
  /** What would turn the answer, and is not seen from here. */
  unless?: string;
  /** Of a no: what to change. */
  fix?: string;
  reference?: { text: string; url: string };
}

export interface SendingFacts {
  cookie: SendableCookie;
  kind: RequestKind;
  at: number;
  url: UrlOrigin;
  /** Absent with an address that is typed. */
  page: UrlOrigin | undefined;
  path: string;
  browser: BrowserName;
  /** Whether page and request are of one site; true with an address that is typed. */
  isSameSite: boolean;
}

type Rule = (facts: SendingFacts) => Decision | undefined;

export function decide(facts: SendingFacts): Decision {
  for (const rule of RULES) {
    const decision = rule(facts);
    if (decision !== undefined) return decision;
  }
  throw new Error('The last rule must always decide.');
}

const rfc = (section: string) => ({
  text: `RFC 6265bis, ${section}`,
  url: `https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis-20#section-${section}`,
});
const mdn = (text: string, path: string) => ({
  text: `MDN, ${text}`,
  url: `https://developer.mozilla.org/en-US/docs/Web/${path}`,
});

const REFERENCES = {
  expiry: rfc('5.7'),
  domain: rfc('5.1.3'),
  path: rfc('5.1.4'),
  retrieval: rfc('5.8.3'),
  sites: rfc('5.2'),
  sameSite: rfc('5.6.7.1'),
  laxPost: rfc('5.6.7.2'),
  credentials: mdn('Request.credentials', 'API/Request/credentials'),
  partitioned: mdn('Partitioned cookies', 'Privacy/Guides/Privacy_sandbox/Partitioned_cookies'),
  partitioning: mdn('State Partitioning', 'Privacy/Guides/State_Partitioning'),
  thirdParty: mdn('Third-party cookies', 'Privacy/Guides/Third-party_cookies'),
} as const;

/** Chromium sends a cookie without SameSite with a cross-site POST while it is not older. */
export const LAX_POST_MS = 120_000;

const isTopLevel = (kind: RequestKind) => kind === 'link' || kind === 'typed' || kind === 'form-post';

/** Two names of one machine are two hosts, which surprises. */
const localHint = (...hosts: string[]) =>
  hosts.every(isLocalHost) && hosts.some((host) => host === 'localhost')
    ? ' They are one machine, and two hosts and two sites to a browser.'
    : '';

const ONE_HOST = 'Open the page and call the server by one host: all localhost, or all 127.0.0.1.';

const isExpired: Rule = ({ cookie: { expiresAt }, at }) =>
  expiresAt === null || expiresAt > at
    ? undefined
    : {
        answer: 'no',
        rule: 'expired',
        text: 'The cookie has expired by then: browsers drop it.',
        fix: 'Give it a longer Max-Age, or have responses refresh it.',
        reference: REFERENCES.expiry,
      };

const isOtherHost: Rule = ({ cookie, url: { hostname } }) => {
  const isHostOnly = !cookie.domain.startsWith('.');
  const domain = cookie.domain.replace(/^\./, '');
  if (isHostOnly ? hostname === domain : isWithin(hostname, domain)) return undefined;
  const isBelow = !isAddress(hostname) && isWithin(hostname, domain);
  return {
    answer: 'no',
    rule: isHostOnly ? 'host-only' : 'domain',
    text: isHostOnly
      ? `The cookie was set without Domain: it goes to ${domain} alone, and not to ${hostname}.${localHint(domain, hostname)}`
      : `Domain=${domain} covers that host and the names below it, and not ${hostname}.`,
    fix: localHint(domain, hostname)
      ? ONE_HOST
      : isBelow
        ? `Set Domain=${domain} if the names below it may have it too.`
        : 'Ask the host that set the cookie, or have this one set a cookie of its own.',
    reference: REFERENCES.domain,
  };
};

const isOtherPath: Rule = ({ cookie, path }) =>
  isPathCovered(cookie.path, path)
    ? undefined
    : {
        answer: 'no',
        rule: 'path',
        text: `Path=${cookie.path} does not cover ${path}.`,
        fix: 'Set Path=/.',
        reference: REFERENCES.path,
      };

const isSecureOverHttp: Rule = ({ cookie, url }) =>
  !cookie.secure || url.protocol === 'https:' || isLocalHost(url.hostname)
    ? undefined
    : {
        answer: 'no',
        rule: 'secure-over-http',
        text: `The cookie is Secure, and the request goes to ${url.hostname} over http.`,
        fix: 'Use https, or localhost in development, where browsers send it over http too.',
        reference: REFERENCES.retrieval,
      };

const isWithoutCredentials: Rule = ({ kind, page, url }) => {
  if (kind !== 'fetch-omit' && (kind !== 'fetch' || page?.origin === url.origin)) return undefined;
  return {
    answer: 'no',
    rule: 'credentials',
    text:
      kind === 'fetch-omit'
        ? 'The request is made with credentials: "omit": no cookie goes along.'
        : `${page?.origin} and ${url.origin} are two origins: by default fetch and XMLHttpRequest send cookies to their own origin only.`,
    fix:
      kind === 'fetch-omit'
        ? 'Leave credentials out, or set it to "include".'
        : 'Set credentials: "include" (withCredentials with XMLHttpRequest), and answer with Access-Control-Allow-Credentials: true.',
    reference: REFERENCES.credentials,
  };
};

const isOtherPartition: Rule = ({ cookie: { partition }, kind, page, url }) => {
  const kept = partition === undefined ? undefined : urlOrigin(partition);
  if (kept === undefined) return undefined;
  const top = isTopLevel(kind) ? url : page!;
  const isInside =
    top.protocol === kept.protocol &&
    (isWithin(top.hostname, kept.hostname) || isOneSite(top.hostname, kept.hostname) === true);
  if (isInside) return undefined;
  return {
    answer: 'no',
    rule: 'partition',
    text: `It is kept for pages of ${partition} alone, and this request is made below ${top.protocol}//${top.hostname}.`,
    fix: 'Each site of the page has a cookie of its own: there the app must set one again.',
    reference: REFERENCES.partitioned,
  };
};

/** Chromium keeps apart, too, what was set across sites below a page of the cookie's own site. */
const isOtherAncestry: Rule = ({ cookie: { partition, hasForeignAncestor }, kind, isSameSite }) => {
  const isForeign = !isTopLevel(kind) && !isSameSite;
  if (hasForeignAncestor === undefined || hasForeignAncestor === isForeign) return undefined;
  return {
    answer: 'no',
    rule: 'partition-ancestry',
    text: hasForeignAncestor
      ? `It was set in a frame that another site had opened below ${partition}: Chromium keeps it for such frames.`
      : `A page of ${partition} itself was given it: Chromium does not send it across sites.`,
    fix: 'Have the response there set one of its own.',
    reference: REFERENCES.partitioned,
  };
};

const isOfOneSite: Rule = (facts) => {
  const { kind, page, url, isSameSite } = facts;
  if (!isSameSite) return undefined;
  if (kind === 'typed')
    return {
      answer: 'yes',
      rule: 'typed',
      text: 'Host, path and scheme fit, and an address that is typed, or a bookmark, comes from no other site.',
      reference: REFERENCES.sites,
    };
  const ports = page!.hostname === url.hostname && page!.origin !== url.origin ? ' Cookies ignore ports.' : '';
  return {
    answer: 'yes',
    rule: 'same-site',
    text: `Host, path and scheme fit, and page and request are of one site: SameSite keeps nothing back.${ports}`,
    ...unlessPreflight(facts),
    reference: REFERENCES.sites,
  };
};

const unlessPreflight = ({ kind, page, url }: SendingFacts) =>
  kind === 'fetch-include' && page?.origin !== url.origin
    ? { unless: 'unless the request needs a preflight and the server refuses that' }
    : {};

/** What SameSite says of a cross-site request. */
const isCrossSite: Rule = (facts) => {
  const { cookie, kind, browser } = facts;
  const { two, fix } = crossSiteLabels(facts);
  const no = (rule: string, text: string): Decision => ({
    answer: 'no',
    rule,
    text: `${two} ${text}`,
    fix,
    reference: REFERENCES.sameSite,
  });
  // What a cookie without SameSite is: Lax to Chromium, None to Firefox.
  const sameSite = cookie.sameSite ?? (browser === 'firefox' ? 'none' : 'lax');
  if (sameSite === 'none') return isTopLevel(kind) ? withNone(facts) : ofThirdParty(facts);
  if (sameSite === 'strict')
    return no('same-site-strict', 'SameSite=Strict keeps it back from each cross-site request.');
  const label =
    cookie.sameSite === undefined ? 'Chromium takes a cookie without SameSite as Lax, which' : 'SameSite=Lax';
  if (kind === 'link')
    return {
      answer: 'yes',
      rule: 'same-site-lax-link',
      text: `${two} ${label} lets it go along when a link is followed.`,
      reference: REFERENCES.sameSite,
    };
  if (kind === 'form-post')
    return cookie.sameSite === undefined
      ? whileYoung(facts)
      : no('same-site-lax-post', 'SameSite=Lax keeps it back from a cross-site POST.');
  return no('same-site-lax', `${label} keeps it back from what a page of another site loads or fetches.`);
};

function crossSiteLabels({ page, url }: SendingFacts): { two: string; fix: string } {
  const hint = localHint(page!.hostname, url.hostname);
  const isOneHost = page!.hostname === url.hostname;
  return {
    two: isOneHost
      ? `http and https of ${url.hostname} are two sites.`
      : `${page!.hostname} and ${url.hostname} are two sites.${hint}`,
    fix:
      hint === ''
        ? `Serve page and server from one site${isOneHost ? ', both over https' : ''}, or set SameSite=None with Secure.`
        : ONE_HOST,
  };
}

function withNone(facts: SendingFacts): Decision {
  const isAbsent = facts.cookie.sameSite === undefined;
  return {
    answer: 'yes',
    rule: isAbsent ? 'same-site-absent-firefox' : 'same-site-none',
    text: `${crossSiteLabels(facts).two} ${
      isAbsent ? 'Firefox sends a cookie without SameSite anyway.' : 'SameSite=None lets it go along anyway.'
    }`,
    reference: REFERENCES.sameSite,
  };
}

/** SameSite lets it go along with what a page loads from another site: whether the browser's policy does is left. */
function ofThirdParty(facts: SendingFacts): Decision {
  const { cookie, browser, page, url } = facts;
  const { two, fix } = crossSiteLabels(facts);
  const grant = `unless Firefox has let ${page!.hostname} have the cookies of ${url.hostname}, as it does after links from one to the other and back, or when the page asks for storage access`;
  if (cookie.partition !== undefined)
    return {
      answer: 'yes',
      rule: 'partitioned',
      text: `${two} It is kept for pages of ${cookie.partition}, and SameSite keeps nothing back.`,
      ...(browser === 'firefox' ? { unless: grant } : unlessPreflight(facts)),
      reference: REFERENCES.partitioned,
    };
  if (browser === 'firefox')
    return {
      answer: 'no',
      rule: 'firefox-partitioning',
      text: `${two} Firefox has a jar of its own for ${url.hostname} below ${page!.hostname}, and this cookie is not in it.`,
      unless: grant,
      fix:
        fix === ONE_HOST ? fix : 'Serve page and server from one site, or have the server set the cookie again there.',
      reference: REFERENCES.partitioning,
    };
  return {
    answer: 'unknown',
    rule: 'third-party-setting',
    text: `${two} SameSite=None lets it go along; whether third-party cookies are blocked is a setting of the browser (chrome://settings/cookies), which the panel can't read. In private windows they are.`,
    reference: REFERENCES.thirdParty,
  };
}

/** For two minutes Chromium lets a cross-site POST have a cookie that was set without SameSite. */
function whileYoung(facts: SendingFacts): Decision {
  const { cookie, at } = facts;
  const { createdFrom, createdTo } = cookie;
  const { two, fix } = crossSiteLabels(facts);
  const rule = { rule: 'same-site-lax-post-young', reference: REFERENCES.laxPost };
  if (createdFrom !== undefined && at - createdFrom <= LAX_POST_MS)
    return {
      answer: 'yes',
      ...rule,
      text: `${two} The cookie has no SameSite and is not two minutes old: until then Chromium lets a cross-site POST have it, and no longer.`,
    };
  if (createdTo !== undefined && at - createdTo > LAX_POST_MS)
    return {
      answer: 'no',
      ...rule,
      text: `${two} The cookie has no SameSite and is older than two minutes: Chromium takes it as Lax, which keeps it back from a cross-site POST.`,
      fix,
    };
  return {
    answer: 'unknown',
    ...rule,
    text: `${two} Chromium lets a cross-site POST have a cookie without SameSite for two minutes, and how old this one is, is not known.`,
  };
}

const RULES: readonly Rule[] = [
  isExpired,
  isOtherHost,
  isOtherPath,
  isSecureOverHttp,
  isWithoutCredentials,
  isOtherPartition,
  isOtherAncestry,
  isOfOneSite,
  isCrossSite,
];
