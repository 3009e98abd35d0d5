/** What the responses of a page betray of the framework behind it, where no companion says so. A guess, and shown as one. */
import { type Snippet, SNIPPETS } from '../../protocol/snippets.ts';

/** Of the responses of the page's own origin, each once, as DevTools saw them. */
export interface ServerClues {
  /** `X-Powered-By`. */
  poweredBy: readonly string[];
  /** `Server`. */
  servers: readonly string[];
  /** Names of cookies that were set, and of those that were sent only. */
  setCookies: readonly string[];
  sentCookies: readonly string[];
}

export const NO_CLUES: ServerClues = { poweredBy: [], servers: [], setCookies: [], sentCookies: [] };

export interface InferredSnippet {
  /** Absent: what was recognized has no companion. */
  snippet?: Snippet;
  /** One sentence: what was recognized, and by what. */
  because: string;
}

type Runtime = 'node' | 'python' | 'other';

interface Row {
  /** All that a row names must be there. */
  cookie?: RegExp;
  poweredBy?: RegExp;
  server?: RegExp;
  runtime: Runtime;
  /** A snippet's id, or what has none. */
  is: { snippet: string } | { unobserved: string };
}

const unobserved = (name: string) => ({ unobserved: name });
const shows = (snippet: string) => ({ snippet });

/** A cookie's default name says which library; the first row that fits counts. */
const COOKIE_ROWS: readonly Row[] = [
  { cookie: /^connect\.sid$/, runtime: 'node', is: shows('express') },
  { cookie: /^(?:express:sess|session\.sig)(?:\.sig)?$/, runtime: 'node', is: shows('cookie-session') },
  { cookie: /^koa[.:]sess(?:\.sig)?$/, runtime: 'node', is: shows('koa-session') },
  { cookie: /^sessionId$/, runtime: 'node', is: shows('fastify-session') },
  { cookie: /^h3$/, poweredBy: /^Nuxt/, runtime: 'node', is: shows('nuxt') },
  { cookie: /^h3$/, runtime: 'node', is: shows('h3') },
  { cookie: /^__session$/, runtime: 'node', is: shows('react-router') },
  { cookie: /^astro-session$/, runtime: 'node', is: shows('astro') },
  { cookie: /^(?:__Secure-)?better-auth\.session_token$/, runtime: 'node', is: shows('better-auth') },
  { cookie: /^sessionid$/, runtime: 'python', is: shows('django') },
  { cookie: /^session$/, server: /^uvicorn/, runtime: 'python', is: shows('starlette') },
  // Quart's own dev server.
  { cookie: /^session$/, server: /^hypercorn/, runtime: 'python', is: shows('quart') },
  { cookie: /^session$/, server: /^(?:Werkzeug|gunicorn|waitress)/, runtime: 'python', is: shows('flask') },
  {
    cookie: /^(?:__Secure-|__Host-)?(?:next-auth|authjs)\.session-token(?:\.\d+)?$/,
    runtime: 'node',
    is: unobserved('Auth.js'),
  },
  { cookie: /^appSession(?:\.\d+)?$/, runtime: 'node', is: unobserved('express-openid-connect') },
  { cookie: /^nuxt-session$/, runtime: 'node', is: unobserved('nuxt-auth-utils') },
  { cookie: /^(?:PHPSESSID|laravel_session)$/, runtime: 'other', is: unobserved('PHP') },
  { cookie: /^(?:JSESSIONID|SESSION)$/, runtime: 'other', is: unobserved('Java') },
  { cookie: /^(?:ASP\.NET_SessionId|\.AspNetCore\.Session)$/, runtime: 'other', is: unobserved('ASP.NET') },
  { cookie: /^rack\.session$/, runtime: 'other', is: unobserved('Ruby') },
];

/** A header says which framework; of its libraries the most used is shown. */
const HEADER_ROWS: readonly Row[] = [
  { poweredBy: /^Next\.js/, runtime: 'node', is: shows('next') },
  { poweredBy: /^Nuxt/, runtime: 'node', is: shows('nuxt') },
  { poweredBy: /^Nitro/, runtime: 'node', is: shows('h3') },
  { poweredBy: /^Express/, runtime: 'node', is: shows('express') },
  { poweredBy: /^koa/i, runtime: 'node', is: shows('koa-session') },
  { poweredBy: /^Hono/, runtime: 'node', is: shows('hono-sessions') },
  { poweredBy: /^PHP/, runtime: 'other', is: unobserved('PHP') },
  { poweredBy: /^ASP\.NET/, runtime: 'other', is: unobserved('ASP.NET') },
  { server: /^WSGIServer\/.*CPython/, runtime: 'python', is: shows('django') },
  { server: /^daphne/i, runtime: 'python', is: shows('django') },
  { server: /^Werkzeug/, runtime: 'python', is: shows('flask') },
  { server: /^uvicorn/, runtime: 'python', is: shows('starlette') },
  { server: /^hypercorn/, runtime: 'python', is: shows('quart') },
];

/**
 * The cookies that the page's own server sets count first, then those that the browser sent, then its headers: another
 * server of the same host may have left a cookie, since cookies have no port. One of another runtime than the headers name
 * is such a cookie.
 */
export function inferSnippet(clues: ServerClues): InferredSnippet | undefined {
  const named = HEADER_ROWS.find((row) => matchOf(row, clues, []) !== undefined);
  const possible = COOKIE_ROWS.filter(({ runtime }) => named === undefined || runtime === named.runtime);
  for (const names of [clues.setCookies, clues.sentCookies])
    for (const row of possible) {
      const match = matchOf(row, clues, names);
      const inferred = match === undefined ? undefined : inferredFrom(row, match);
      if (inferred !== undefined) return inferred;
    }
  return named && inferredFrom(named, matchOf(named, clues, [])!);
}

/** What a row names and was seen, in words. */
function matchOf({ cookie, poweredBy, server }: Row, clues: ServerClues, cookies: readonly string[]) {
  const seen: string[] = [];
  for (const [pattern, values, word] of [
    [cookie, cookies, (name: string) => `the cookie ${name}`],
    [poweredBy, clues.poweredBy, (value: string) => `X-Powered-By: ${value}`],
    [server, clues.servers, (value: string) => `Server: ${value}`],
  ] as const) {
    if (pattern === undefined) continue;
    const value = values.find((one) => pattern.test(one));
    if (value === undefined) return undefined;
    seen.push(word(value));
  }
  return seen.join(' and ');
}

function inferredFrom({ is }: Row, by: string): InferredSnippet | undefined {
  if ('unobserved' in is)
    return {
      because: `${by[0]!.toUpperCase()}${by.slice(1)} looks like ${is.unobserved}: no companion observes its sessions.`,
    };
  const snippet = SNIPPETS.find(({ id }) => id === is.snippet);
  return snippet && { snippet, because: `${snippet.framework}, inferred from ${by}.` };
}
