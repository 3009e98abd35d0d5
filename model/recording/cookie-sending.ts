/**
 * Whether a browser sends a cookie that it holds with a request, and the one rule that decides: RFC 6265bis (draft 20,
 * section 5.8.3), Fetch and what Chromium and Firefox add, by their default settings. What depends on a fact that is not
 * there is computed both ways: where the answers part, it is *not known*. `tests/e2e/cookie-sending.test.ts` performs
 * what is foretold here in both browsers.
 */
import type { BrowserName, FutureRequest, SendableCookie } from './future-request.ts';
import { isSameSite } from './same-site.ts';
import { decide, type Decision, type SendingFacts } from './sending-rules.ts';
import { type UrlOrigin, urlOrigin } from './url-origin.ts';
import { pathOfUrl } from './url-path.ts';

/** `cookie` must be of the jar of that browser's window. */
export function sendingOf(cookie: SendableCookie, request: FutureRequest): Decision {
  const url = urlOrigin(request.url);
  if (url === undefined)
    return notKnown('no-url', 'A whole URL of http or https is needed, as http://localhost:3000/.');
  const page = request.page === undefined ? undefined : urlOrigin(request.page);
  if (page === undefined && request.kind !== 'typed')
    return notKnown('no-page', 'The URL of the page that makes the request is needed, of http or https.');
  if (request.browser !== undefined) return inBrowser(cookie, request, { url, page, browser: request.browser });
  const chromium = inBrowser(cookie, request, { url, page, browser: 'chromium' });
  const firefox = inBrowser(cookie, request, { url, page, browser: 'firefox' });
  if (chromium.answer === firefox.answer) return chromium;
  return notKnown('browsers-differ', `Chromium: ${labelOf(chromium)} Firefox: ${labelOf(firefox)}`);
}

const notKnown = (rule: string, text: string): Decision => ({ answer: 'unknown', rule, text });

const ANSWERS = { yes: 'yes', no: 'no', unknown: 'not known' } as const;
const labelOf = ({ answer, text }: Decision) => `${ANSWERS[answer]}. ${text}`;

interface Sides {
  url: UrlOrigin;
  page: UrlOrigin | undefined;
  browser: BrowserName;
}

function inBrowser(cookie: SendableCookie, request: FutureRequest, { url, page, browser }: Sides): Decision {
  // For a public suffix browsers keep no cookie: what is below this domain is one site.
  const domain = cookie.domain.startsWith('.') ? cookie.domain.slice(1) : undefined;
  const isSame = request.kind === 'typed' || isSameSite(page!, url, { browser, domain });
  const facts = { cookie, kind: request.kind, at: request.at, url, page, browser, path: pathOfUrl(request.url) };
  if (isSame !== undefined) return decide({ ...facts, isSameSite: isSame });
  return eitherWay(facts, page!, url);
}

/** Both answers, and where they part neither. */
function eitherWay(facts: Omit<SendingFacts, 'isSameSite'>, page: UrlOrigin, url: UrlOrigin): Decision {
  const same = decide({ ...facts, isSameSite: true });
  const cross = decide({ ...facts, isSameSite: false });
  if (same.answer === cross.answer && same.answer !== 'unknown') return cross;
  const why =
    page.protocol === url.protocol
      ? `whether ${page.hostname} and ${url.hostname} are one site depends on the list of public suffixes, which the panel does not have`
      : 'whether http and https of one host are one site is a setting of Firefox';
  return notKnown('site-not-known', `One site: ${labelOf(same)} Two sites: ${labelOf(cross)} Not known: ${why}.`);
}
