/** A browser as far as sessions go: a jar, and requests that can be left before they are answered. */
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { HarExchange } from '../../model/index.ts';
import { JarCheck, type JarFate } from '../../transport/jar-check.ts';
import { markOf } from '../../transport/jar.ts';
import type { SeenResponse } from '../../transport/seen-response.ts';
import { BrowserJar, type Held, type JarHabits } from './browser-jar.ts';

export interface Sent {
  /** Value of the session's cookie in the request; `undefined`: none. */
  cookie: string | undefined;
  cookieNames: string[];
  answered: Promise<Answer | undefined>;
  /** The server has it. */
  arrived(): void;
  /** Goes away. */
  leave(): void;
}

export interface Answer {
  status: number;
  setCookies: string[];
  /** Epoch ms. */
  answeredMs: number;
  /** The session's cookie in the jar, once the response was taken in; `undefined`: it holds none. */
  held: Held | undefined;
  har: HarExchange;
}

/** How a browser is, besides its jar. */
export interface BrowserHabits extends JarHabits {
  /** The panel asks its jar after each response, as it does where it was given access to the host. */
  isAsked?: boolean;
}

export class Browser {
  readonly #jar: BrowserJar;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #name: string;
  readonly #check: JarCheck | undefined;
  /** Of the response that the jar is asked about. */
  #fates: readonly (JarFate | undefined)[] | undefined;

  constructor(name: string, cookieName: string, habits: BrowserHabits = {}) {
    this.#name = name;
    this.#jar = new BrowserJar(habits);
    if (habits.isAsked === true)
      this.#check = new JarCheck({
        host: this.#jar.host,
        names: () => [cookieName],
        onFates: (_response, fates) => {
          this.#fates = fates;
        },
        onChange: () => undefined,
      });
  }

  async send(port: number, path: string, cookieName: string): Promise<Sent> {
    const url = `http://127.0.0.1:${port}${path}`;
    const cookies = this.#jar.cookiesFor(url);
    const startedAt = Date.now();
    const cookieNames = cookies.map(({ key }) => key);
    const headers = {
      'user-agent': this.#name,
      ...(cookies.length > 0 ? { cookie: cookies.map((one) => one.cookieString()).join('; ') } : {}),
    };
    let asked: ClientRequest | undefined;
    /** It arrived, or nobody waits for it any more. */
    let isOver = false;
    const answered = new Promise<Answer | undefined>((resolve) => {
      const ask = () => {
        const own = (asked = request(url, { agent: this.#agent, headers }));
        own.on('error', (error: NodeJS.ErrnoException) => {
          // The server closed the kept connection just then, and has not seen the request: browsers send it again.
          if (own.reusedSocket && error.code === 'ECONNRESET' && !isOver) ask();
          else resolve(undefined);
        });
        own.on('response', (response) => {
          response.on('error', () => resolve(undefined));
          response.resume().on('end', () => {
            resolve(this.#take(own, response, { url, startedAt, cookieNames, cookieName }));
          });
        });
        own.end();
      };
      ask();
    });
    return {
      cookie: cookies.find(({ key }) => key === cookieName)?.value,
      cookieNames,
      answered,
      arrived: () => {
        isOver = true;
      },
      leave: () => {
        isOver = true;
        asked?.destroy();
      },
    };
  }

  async #take(
    { method }: ClientRequest,
    response: IncomingMessage,
    {
      url,
      startedAt,
      cookieNames,
      cookieName,
    }: { url: string; startedAt: number; cookieNames: string[]; cookieName: string },
  ): Promise<Answer> {
    const setCookies = response.headers['set-cookie'] ?? [];
    for (const line of setCookies) this.#jar.take(line, url);
    const held = this.#jar.held(cookieName, url);
    const header = [response.headers['sessionscope'] ?? []].flat().join(', ');
    const har: HarExchange = {
      exchanges: [...header.matchAll(/exchange="([0-9a-f]{32})"/g)].map(([, id]) => id!),
      url,
      method,
      status: response.statusCode ?? 0,
      startedAt,
      durationMs: Date.now() - startedAt,
      cookieNames,
      setCookies: setCookies.map((line) => {
        const end = line.indexOf(';') < 0 ? line.length : line.indexOf(';');
        const at = line.indexOf('=');
        return { name: line.slice(0, at), valueLength: end - at - 1, attributes: line.slice(end) };
      }),
      fromCache: false,
    };
    const jar = await this.#ask(har, setCookies);
    return {
      status: har.status,
      setCookies,
      answeredMs: Date.now(),
      held,
      har: jar === undefined ? har : { ...har, jar },
    };
  }

  /** What the jar says of a response's cookies, as the panel asks it. */
  async #ask(har: HarExchange, lines: readonly string[]): Promise<HarExchange['jar'] | undefined> {
    if (this.#check === undefined) return undefined;
    const { url, method, status, startedAt, durationMs, fromCache } = har;
    const key = `${url} ${startedAt}`;
    this.#fates = undefined;
    await this.#check.see({
      key,
      url,
      origin: new URL(url).origin,
      method,
      status,
      startedAt,
      durationMs,
      fromCache,
      hidesSetCookies: false,
      browser: 'chromium',
      setCookies: har.setCookies.map((cookie, at) => ({
        ...cookie,
        mark: markOf(lines[at]!.slice(cookie.name.length + 1).split(';', 1)[0]!, key),
      })),
    } satisfies SeenResponse);
    return this.#fates;
  }

  close(): void {
    this.#check?.dispose();
    this.#agent.destroy();
  }
}
