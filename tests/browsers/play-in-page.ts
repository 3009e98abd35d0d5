/** Plays a scenario's steps in a real page: what its user does is done there, and what other clients do, with their cookies. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Cookie, HTTPResponse, Page } from 'puppeteer-core';
import { play } from '../../playground/scenarios/client.ts';
import type { RunningScenario } from '../../playground/scenarios/run-scenario.ts';
import type { Seen, Step, Variant } from '../../playground/scenarios/scenario.ts';

type Running = Pick<RunningScenario, 'originOf' | 'restart'>;

const USER = 'user';
const NOT_ANSWERED: Seen = { status: 0, body: '', setsCookie: false };

/**
 * What each step's client saw, in the order of the steps; of an answer that no script may read, status 0. `elsewhere`: a
 * page of another port.
 */
export async function playInPage(page: Page, running: Running, steps: Variant['steps'], elsewhere: string) {
  const clients = new Clients(page);
  const seen: Seen[] = [];
  const [first] = steps[0]!;
  // What a script or a form sends comes from a page of the app.
  if (steps[0]!.length > 1 || !isVisit(first!)) await page.goto(running.originOf(first!.server));
  const isOutside = outsiders(steps);
  for (let at = 0; at < steps.length; at++) {
    const group = steps[at]!;
    if (isOutside(group)) {
      const until = steps.findIndex((next, index) => index > at && !isOutside(next));
      const theirs = steps.slice(at, until < 0 ? steps.length : until);
      seen.push(...(await play(running, { steps: theirs })));
      at += theirs.length - 1;
      continue;
    }
    if (group[0]!.afterRestart === true) await running.restart();
    await clients.become(group[0]!);
    const urls = group.map((step) => urlOf(running, step));
    if (group.length > 1) seen.push(...(await fetchAll(page, group, urls)));
    else seen.push(await playOne(page, group[0]!, urls[0]!, elsewhere));
  }
  await clients.become({ send: 'GET /' });
  return seen;
}

/** Whether a group is of other browsers: all but those whose cookies the user has, or who are all that there are. */
function outsiders(steps: Variant['steps']): (group: readonly Step[]) => boolean {
  const all = steps.flat();
  const isOthers = ({ client = USER }: Step) => client !== USER;
  if (all.every(isOthers) || all.some(({ withCookiesOf }) => withCookiesOf !== undefined)) return () => false;
  return (group) => group.every(isOthers);
}

const isVisit = ({ send, by, headers }: Step): boolean =>
  send.startsWith('GET ') && by === undefined && headers === undefined;

function urlOf(running: Running, { send, server, host }: Step): string {
  const url = new URL(send.slice(send.indexOf(' ') + 1), running.originOf(server));
  if (host !== undefined) url.hostname = host;
  return url.href;
}

/** Whose cookies the page has. */
class Clients {
  readonly #page: Page;
  readonly #jars = new Map<string, Cookie[]>();
  #current = USER;

  constructor(page: Page) {
    this.#page = page;
  }

  async become({ client = USER, withCookiesOf }: Step): Promise<void> {
    if (client === this.#current && withCookiesOf === undefined) return;
    const context = this.#page.browserContext();
    const held = await context.cookies();
    this.#jars.set(this.#current, held);
    const next = this.#jars.get(withCookiesOf ?? client) ?? [];
    await context.deleteCookie(...held);
    await context.setCookie(...next);
    this.#current = client;
  }
}

/** Sent together by a script of the page. */
async function fetchAll(page: Page, steps: readonly Step[], urls: readonly string[]): Promise<Seen[]> {
  const asked = steps.map(({ send, by, headers = {}, afterMs = 0 }, index) => ({
    url: urls[index]!,
    method: send.split(' ', 1)[0]!,
    headers: { ...headers },
    afterMs,
    credentials: by === 'fetch-with-credentials' ? ('include' as const) : ('same-origin' as const),
  }));
  return page.evaluate(
    (requests) =>
      Promise.all(
        requests.map(async ({ url, afterMs, ...options }) => {
          await new Promise((resolve) => setTimeout(resolve, afterMs));
          const none = { status: 0, body: '', setsCookie: false };
          const response = await fetch(url, options).catch(() => undefined);
          return response === undefined ? none : { ...none, status: response.status, body: await response.text() };
        }),
      ),
    asked,
  );
}

async function playOne(page: Page, step: Step, url: string, elsewhere: string): Promise<Seen> {
  const { by, send, headers, afterMs = 0 } = step;
  if (by === 'fetch' || by === 'fetch-with-credentials') {
    await page.goto(elsewhere);
    return (await fetchAll(page, [step], [url]))[0]!;
  }
  if (headers !== undefined) return (await fetchAll(page, [step], [url]))[0]!;
  if (afterMs > 0) await wait(afterMs);
  if (by === 'prefetch' || by === 'image') return load(page, by, url);
  // Another site's page, as no address of this machine is.
  if (by === 'other-site') await page.goto('data:text/html,<p>Another site');
  const arrives = isVisit(step) ? page.goto(url) : Promise.all([page.waitForNavigation(), submit(page, send, url)]);
  return seenOf(await arrives.then((all) => (Array.isArray(all) ? all[0] : all)).catch(() => null));
}

const submit = (page: Page, send: string, url: string): Promise<void> =>
  page.evaluate(
    (method, action) => {
      const form = Object.assign(document.createElement('form'), { method, action });
      document.body.append(form);
      form.submit();
    },
    send.split(' ', 1)[0]!,
    url,
  );

/** What the page loads by an element of its own. */
const load = (page: Page, by: 'prefetch' | 'image', url: string): Promise<Seen> =>
  page.evaluate(
    async (kind, address) => {
      const element = document.createElement(kind === 'image' ? 'img' : 'link');
      const loaded = new Promise((resolve) => {
        for (const event of ['load', 'error']) element.addEventListener(event, resolve);
      });
      if (element instanceof HTMLLinkElement) Object.assign(element, { rel: 'prefetch', href: address });
      else element.src = address;
      document.body.append(element);
      await loaded;
      return { status: 0, body: '', setsCookie: false };
    },
    by,
    url,
  );

/** What stands in the page that a navigation led to. */
async function seenOf(response: HTTPResponse | null): Promise<Seen> {
  if (response === null) return NOT_ANSWERED;
  const hops = [
    ...response
      .request()
      .redirectChain()
      .flatMap((hop) => hop.response() ?? []),
    response,
  ];
  const setsCookie = hops.some((hop) => hop.headers()['set-cookie'] !== undefined);
  return { status: response.status(), body: await response.text().catch(() => ''), setsCookie };
}
