/** What a running server says: whether its sessions are observed, and whether both of its listeners answer. */
import {
  type Discovery,
  type HelloAnswer,
  helloAnswer,
  parseDiscovery,
  parseText,
} from '../../../../protocol/index.ts';
import type { Check } from './check.ts';
import { UI_ORIGIN } from './ui/companion-relay.ts';

const REQUEST_TIMEOUT_MS = 5_000;
const WHY_NOT =
  'No observed session middleware saw this request. In Node: is NODE_ENV production or test? In Python: is DEBUG, or the debug flag of the app, off? Is the middleware mounted for this path, does a proxy remove the header?';

/** Sends a GET to the app, and a hello to each listener: nothing that changes anything. */
export async function checkServer(url: string): Promise<Check[]> {
  let response: Response;
  try {
    response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    await response.body?.cancel();
  } catch (error) {
    return [
      {
        kind: 'problem',
        text: `${url} does not answer: ${reasonOf(error)}`,
        fix: 'Start the app, and give the URL that you open in the browser.',
      },
    ];
  }
  const header = response.headers.get('sessionscope');
  if (header === null)
    return [
      { kind: 'problem', text: `${url} answers ${response.status} without the Sessionscope header.`, fix: WHY_NOT },
    ];
  const parsed = parseDiscovery(header);
  if (!parsed.ok)
    return [
      {
        kind: 'problem',
        text: `${url} sends a Sessionscope header that can't be read: ${parsed.fault}`,
        fix: 'Use the same version of companion and extension.',
      },
    ];
  return [
    { kind: 'ok', text: `${url} answers ${response.status}; its sessions are observed` },
    ...(await checkListeners(new URL(url).origin, parsed.items[0]!)),
  ];
}

/** The endpoint inside the app, and the companion's own port, which the panel needs for what is not public. */
async function checkListeners(origin: string, { path, app }: Discovery): Promise<Check[]> {
  const inside = await hello(origin, path);
  if (typeof inside === 'string')
    return [
      {
        kind: 'problem',
        text: `The endpoint ${origin}${path} does not answer as it should: ${inside}`,
        fix: 'Does a proxy or a middleware in front of the sessions answer this path, or refuse POST?',
      },
    ];
  if (inside.app !== app)
    return [
      {
        kind: 'problem',
        text: `Two companions answer at ${origin}: the page names ${app}, the endpoint ${inside.app}.`,
        fix: 'A proxy sends pages to one server and the endpoint to another: give the URL of the server itself.',
      },
    ];
  if (inside.directListener === null)
    return [
      {
        kind: 'note',
        text: `The companion could not open a port of its own on 127.0.0.1${inside.directListenerFault === undefined ? '.' : `: ${inside.directListenerFault}`}`,
        fix: 'Pair the panel: then it reads through the app.',
      },
    ];
  const direct = await hello(inside.directListener.origin, inside.directListener.path);
  return typeof direct === 'string' || direct.app !== app
    ? [
        {
          kind: 'note',
          text: `The companion's own port ${inside.directListener.origin} can't be reached from here${typeof direct === 'string' ? `: ${direct}` : '.'}`,
          fix: 'In a container or on another machine that is so: pair the panel, then it reads through the app.',
        },
      ]
    : [
        {
          kind: 'ok',
          text: `the endpoint ${path} and the companion's own port ${inside.directListener.origin} answer`,
        },
      ];
}

/** What it answers; a string: why it is not an answer. */
async function hello(origin: string, path: string): Promise<HelloAnswer | string> {
  try {
    const response = await fetch(`${origin}${path}/v1/hello`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: UI_ORIGIN },
      body: JSON.stringify({ versions: [1] }),
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const answer = parseText(helloAnswer, await response.text());
    return answer.ok ? answer.value : `it answers ${response.status}.`;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
