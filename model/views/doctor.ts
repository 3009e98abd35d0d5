/** The way from the page to the companion, step by step: where it stops, why, and how to continue. */
import type { Connection } from './connection.ts';
import { type InferredSnippet, inferSnippet, NO_CLUES } from './inferred-snippet.ts';

export type StepStatus = 'ok' | 'failed' | 'waiting' | 'untried';

export interface DoctorStep {
  id: 'page' | 'permission' | 'header' | 'hello' | 'listener' | 'stream';
  title: string;
  status: StepStatus;
  text: string;
}

export interface DoctorView {
  /** The one sentence that leads. */
  lead: string;
  /** What to do, in order; empty where there is nothing to do. */
  fix: string[];
  steps: DoctorStep[];
  /** Show the line to add for each framework. */
  showsSnippets: boolean;
  /** The one to show first, and by what it was inferred. Absent: nothing betrays it. */
  inferred?: InferredSnippet;
  /** Site access is to be asked for, for this origin. */
  asksPermission: boolean;
}

type Verdict = Pick<DoctorView, 'lead' | 'fix'> &
  Partial<Pick<DoctorView, 'showsSnippets' | 'asksPermission'>> & { text: string };

/** What went wrong at a step, or `undefined` where it went well; `waiting` where there is nothing to know yet. */
type Check = (connection: Connection) => Verdict | 'ok' | 'waiting';

const host = (origin: string | undefined) => origin?.replace(/^https?:\/\//, '') ?? 'the page';

const checkPage: Check = ({ pageOrigin, responses, hello, helloFault, isErrorPage }) => {
  if (isErrorPage === true)
    return {
      text: 'The browser shows an error page of its own instead of the page.',
      lead: 'The page could not be loaded.',
      fix: [
        'Is the dev server running? Start it and reload the page.',
        'If the browser warns of a certificate: accept it in the page, or open the http address.',
      ],
    };
  if (pageOrigin !== undefined && responses === 0 && hello === 'failed')
    return {
      text: `Nothing answers at ${host(pageOrigin)}: ${helloFault ?? 'no connection'}.`,
      lead: 'The dev server does not answer.',
      fix: ['Start the dev server, or restart it, and reload the page.'],
    };
  if (pageOrigin === undefined)
    return {
      text: 'No page of http or https is open in this tab.',
      lead: 'Open a page of your app in this tab.',
      fix: ['Sessionscope shows the server behind the inspected page; this one has none.'],
    };
  // A companion that answers needs no response to be seen first.
  return responses > 0 || hello === 'ok' ? 'ok' : 'waiting';
};

const checkPermission: Check = ({ permission, pageOrigin }) =>
  permission === 'missing'
    ? {
        text: `The extension may not talk to ${host(pageOrigin)}.`,
        lead: `Sessionscope needs access to ${host(pageOrigin)}.`,
        fix: [
          'Allow it with the button below. Access to localhost comes with the extension; other hosts are asked for one by one.',
          'If the browser says "on click" in the extension\'s site access, choose "on this site".',
        ],
        asksPermission: true,
      }
    : 'ok';

const checkHeader: Check = ({ header, headerFault, pageOrigin, responses, hello }) => {
  if (header === 'found') return 'ok';
  // A companion sends no header to a host that it refuses.
  if (header === 'missing' && hello === 'refused') return 'ok';
  if (header === 'other-version')
    return {
      text: `The companion speaks another version: ${headerFault ?? ''}.`,
      lead: 'The companion and this panel speak different versions.',
      fix: ['Update the one that is older: the extension, or the package sessionscope in your app.'],
    };
  if (header === 'refused')
    return {
      text: `A Sessionscope header came, and it is not one that a companion writes: ${headerFault ?? 'malformed'}.`,
      lead: 'The page sent a Sessionscope header that is not to be trusted.',
      fix: [
        'No request was made to where it points. If the server is yours, look for what changes the header on its way: a proxy, or other code that sets it.',
      ],
    };
  if (header === 'none-yet' || responses === 0) return 'waiting';
  return {
    text: `${responses} ${responses === 1 ? 'response' : 'responses'} of ${host(pageOrigin)} came without the Sessionscope header.`,
    lead: 'One line is missing in your app.',
    fix: [
      'Add the line for your framework, restart the dev server and reload the page.',
      'It is there already? The companion is off where NODE_ENV is production or test, and in Django without DEBUG.',
      'A dev proxy that forwards /api alone is fine: the first such request shows the header. A proxy must pass it on.',
    ],
    showsSnippets: true,
  };
};

const checkHello: Check = ({ hello, helloFault, helloOrigin, isImpostor }) => {
  const where = host(helloOrigin);
  if (hello === 'ok' && isImpostor === true)
    return {
      text: `${where} says that it is paired with this panel, and does not know the key.`,
      lead: 'Another program answers at the address of your dev server.',
      fix: [
        'No token was sent to it. Find out which program listens there, or restart the dev server.',
        'If it is your dev server and its pairing file was lost: choose Unpair, then pair again.',
      ],
    };
  switch (hello) {
    case 'ok':
      return 'ok';
    case 'untried':
      return 'waiting';
    case 'other-version':
      return {
        text: `${where}: ${helloFault ?? 'another protocol version'}`,
        lead: 'The companion and this panel speak different versions.',
        fix: ['Update the one that is older: the extension, or the package sessionscope in your app.'],
      };
    case 'other-app':
      return {
        text: `${where} answers for another project than the one that the page's header names.`,
        lead: 'Another companion answers than the one that the page names.',
        fix: [
          'Nothing was sent to it. Two dev servers share the port or the host name: reload the page, or stop the other one.',
        ],
      };
    case 'refused':
      return {
        text: `${where} refused: ${helloFault ?? ''}`,
        lead: 'The companion refused this panel.',
        fix: [
          helloFault ?? '',
          'An extension that you built yourself has an ID of its own: name it in options.allowedExtensions.',
        ].filter((line) => line !== ''),
      };
    case 'failed':
      return {
        text: `${where} did not answer: ${helloFault ?? 'no connection'}.`,
        lead: 'The companion named by the page does not answer.',
        fix: [
          'Is the dev server still running? Restart it and reload the page.',
          'Behind a container or a remote machine: forward the port that the app listens on.',
        ],
      };
  }
};

const checkListener: Check = ({ listener, listenerFault, paired, hello }) => {
  if (hello !== 'ok') return 'waiting';
  if (listener === 'ok') return 'ok';
  if (listener === 'untried') return 'waiting';
  if (paired) return 'ok';
  return {
    text: `The companion's direct listener can't be reached: ${listenerFault ?? 'no connection'}.`,
    lead: 'The companion runs on another machine or in a container.',
    fix: [
      'Pair this panel: with a token it may ask through the app itself. A code appears in the terminal of the dev server.',
    ],
  };
};

const checkStream: Check = ({ stream, streamFault }) => {
  switch (stream) {
    case 'live':
    case 'polling':
    case 'idle':
      return 'ok';
    case 'untried':
      return 'waiting';
    case 'refused':
      return {
        text: streamFault ?? 'The companion refused.',
        lead: 'The companion shows nothing to this panel yet.',
        fix: [
          'Load a page of the app with DevTools open: its response proves that you may see it.',
          'Or pair, to see every session.',
        ],
      };
    case 'broken':
      return {
        text: `Connection lost: ${streamFault ?? 'the server went away'}. Trying again.`,
        lead: 'The connection to the dev server was lost.',
        fix: ['It is tried again by itself. What was recorded is kept.'],
      };
  }
};

const STEPS: readonly {
  id: DoctorStep['id'];
  title: string;
  check: Check;
  well: (connection: Connection) => string;
  wait: string;
}[] = [
  {
    id: 'page',
    title: 'A page of your app',
    check: checkPage,
    well: ({ pageOrigin }) => host(pageOrigin),
    wait: 'Reload the page: DevTools sees requests only from the moment it is open.',
  },
  { id: 'permission', title: 'Access to the site', check: checkPermission, well: () => 'granted', wait: '' },
  {
    id: 'header',
    title: 'Sessionscope header',
    check: checkHeader,
    well: ({ header, responses, headerRemoved = 0 }) =>
      header === 'missing'
        ? 'not sent: a companion sends none to a host that it refuses'
        : headerRemoved > 0
          ? `a proxy removes the Sessionscope header: ${headerRemoved} ${headerRemoved === 1 ? 'request was' : 'requests were'} matched by method, path, status and time`
          : responses > 0
            ? 'seen'
            : 'not needed: the companion answered at its usual path',
    wait: 'No response yet.',
  },
  {
    id: 'hello',
    title: 'Companion answers',
    check: checkHello,
    well: ({ companion }) =>
      companion ? `${companion.project}, ${companion.libraries.join(', ')}, ${companion.runtime}` : 'yes',
    wait: 'not tried',
  },
  {
    id: 'listener',
    title: 'Direct connection',
    check: checkListener,
    well: ({ listener }) => (listener === 'ok' ? "the companion's own listener" : 'through the app, with a token'),
    wait: 'not tried',
  },
  {
    id: 'stream',
    title: 'Events arrive',
    check: checkStream,
    well: ({ stream, isSilent }) =>
      ({
        idle: 'with the first request: this browser has no session yet',
        polling: 'a proxy buffers the stream, so this panel polls',
      })[stream as string] ??
      (isSilent === true ? 'nothing for some seconds: is the server stopped at a breakpoint?' : 'live'),
    wait: 'not tried',
  },
];

/** Every step with how it went; after the first that failed, none was tried. */
export function doctor(connection: Connection): DoctorView {
  let verdict: Verdict | undefined;
  let isStopped = false;
  const steps = STEPS.map(({ id, title, check, well, wait }): DoctorStep => {
    if (isStopped) return { id, title, status: 'untried', text: 'not tried' };
    const result = check(connection);
    if (result === 'ok') return { id, title, status: 'ok', text: well(connection) };
    isStopped = true;
    if (result === 'waiting') return { id, title, status: 'waiting', text: wait };
    verdict = result;
    return { id, title, status: 'failed', text: result.text };
  });
  const inferred = verdict?.showsSnippets === true ? inferSnippet(connection.clues ?? NO_CLUES) : undefined;
  return {
    ...(inferred === undefined ? {} : { inferred }),
    lead:
      (inferred !== undefined && inferred.snippet === undefined ? 'No companion answers here.' : verdict?.lead) ??
      (isStopped ? 'Waiting for a response of your app.' : `Listening on ${host(connection.pageOrigin)}.`),
    fix: verdict?.fix ?? (isStopped ? ['Reload the page.'] : ['Click in the page: its next request appears here.']),
    steps,
    showsSnippets: verdict?.showsSnippets ?? false,
    asksPermission: verdict?.asksPermission ?? false,
  };
}
