/** The way from the page to the companion, step by step: where it stops, why, and how to go on. */

/** What is known of the connection. Everything starts unknown. */
export interface Connection {
  /** Origin of the inspected page. */
  pageOrigin: string | undefined;
  /** Responses of that origin that DevTools has seen. */
  responses: number;
  header: 'none-yet' | 'missing' | 'found' | 'refused' | 'other-version';
  headerFault?: string;
  permission: 'unknown' | 'granted' | 'missing';
  hello: 'untried' | 'ok' | 'failed' | 'refused' | 'other-version' | 'other-app';
  /** Where hello was tried last. */
  helloOrigin?: string;
  helloFault?: string;
  door: 'untried' | 'ok' | 'unreachable';
  doorFault?: string;
  /** `idle`: there is nothing to prove yet, neither a cookie nor a request. */
  stream: 'untried' | 'idle' | 'live' | 'polling' | 'broken' | 'refused';
  streamFault?: string;
  /** Epoch ms since which the stream is what it is. */
  streamSince?: number;
  paired: boolean;
  companion?: { project: string; runtime: string; libraries: string[]; app: string };
}

export const UNKNOWN_CONNECTION: Connection = {
  pageOrigin: undefined,
  responses: 0,
  header: 'none-yet',
  permission: 'unknown',
  hello: 'untried',
  door: 'untried',
  stream: 'untried',
  paired: false,
};

export type StepStatus = 'ok' | 'failed' | 'waiting' | 'untried';

export interface DoctorStep {
  id: 'page' | 'permission' | 'header' | 'hello' | 'door' | 'stream';
  title: string;
  status: StepStatus;
  text: string;
}

export interface DoctorView {
  /** The one sentence that leads. */
  lead: string;
  /** What to do, in order; empty where there is nothing to do. */
  mend: string[];
  steps: DoctorStep[];
  /** Show the line to add for each framework. */
  showsSnippets: boolean;
  /** Site access is to be asked for, for this origin. */
  asksPermission: boolean;
}

type Verdict = Pick<DoctorView, 'lead' | 'mend'> &
  Partial<Pick<DoctorView, 'showsSnippets' | 'asksPermission'>> & { text: string };

/** What went wrong at a step, or `undefined` where it went well; `waiting` where there is nothing to know yet. */
type Check = (connection: Connection) => Verdict | 'ok' | 'waiting';

const host = (origin: string | undefined) => origin?.replace(/^https?:\/\//, '') ?? 'the page';

const checkPage: Check = ({ pageOrigin, responses, hello }) => {
  if (pageOrigin === undefined)
    return {
      text: 'No page of http or https is open in this tab.',
      lead: 'Open a page of your app in this tab.',
      mend: ['Sessionscope shows the server behind the inspected page; this one has none.'],
    };
  // A companion that answers needs no response to be seen first.
  return responses > 0 || hello === 'ok' ? 'ok' : 'waiting';
};

const checkPermission: Check = ({ permission, pageOrigin }) =>
  permission === 'missing'
    ? {
        text: `The extension may not talk to ${host(pageOrigin)}.`,
        lead: `Sessionscope needs access to ${host(pageOrigin)}.`,
        mend: [
          'Allow it with the button below. Access to localhost comes with the extension; other hosts are asked for one by one.',
          'If the browser says "on click" in the extension\'s site access, choose "on this site".',
        ],
        asksPermission: true,
      }
    : 'ok';

const checkHeader: Check = ({ header, headerFault, pageOrigin, responses }) => {
  if (header === 'found') return 'ok';
  if (header === 'other-version')
    return {
      text: `The companion speaks another version: ${headerFault ?? ''}.`,
      lead: 'The companion and this panel speak different versions.',
      mend: ['Update the one that is older: the extension, or the package sessionscope in your app.'],
    };
  if (header === 'refused')
    return {
      text: `A Sessionscope header came, and it is not one that a companion writes: ${headerFault ?? 'malformed'}.`,
      lead: 'The page sent a Sessionscope header that is not to be trusted.',
      mend: [
        'No request was made to where it points. If the server is yours, look for what changes the header on its way: a proxy, or other code that sets it.',
      ],
    };
  if (header === 'none-yet' || responses === 0) return 'waiting';
  return {
    text: `${responses} ${responses === 1 ? 'response' : 'responses'} of ${host(pageOrigin)} came without the Sessionscope header.`,
    lead: 'One line is missing in your app.',
    mend: [
      'Add the line for your framework, restart the dev server and reload the page.',
      'It is there already? The companion is off where NODE_ENV is production or test, and in Django without DEBUG.',
      'A dev proxy that forwards /api alone is fine: the first such request shows the header. A proxy must pass it on.',
    ],
    showsSnippets: true,
  };
};

const checkHello: Check = ({ hello, helloFault, helloOrigin }) => {
  const where = host(helloOrigin);
  switch (hello) {
    case 'ok':
      return 'ok';
    case 'untried':
      return 'waiting';
    case 'other-version':
      return {
        text: `${where}: ${helloFault ?? 'another protocol version'}`,
        lead: 'The companion and this panel speak different versions.',
        mend: ['Update the one that is older: the extension, or the package sessionscope in your app.'],
      };
    case 'other-app':
      return {
        text: `${where} answers for another project than the one that the page's header names.`,
        lead: 'Another companion answers than the one that the page names.',
        mend: [
          'Nothing was sent to it. Two dev servers share the port or the host name: reload the page, or stop the other one.',
        ],
      };
    case 'refused':
      return {
        text: `${where} refused: ${helloFault ?? ''}`,
        lead: 'The companion refused this panel.',
        mend: [
          helloFault ?? '',
          'An extension that you built yourself has an ID of its own: name it in options.allowedExtensions.',
        ].filter((line) => line !== ''),
      };
    case 'failed':
      return {
        text: `${where} did not answer: ${helloFault ?? 'no connection'}.`,
        lead: 'The companion named by the page does not answer.',
        mend: [
          'Is the dev server still running? Restart it and reload the page.',
          'Behind a container or a remote machine: forward the port that the app listens on.',
        ],
      };
  }
};

const checkDoor: Check = ({ door, doorFault, paired, hello }) => {
  if (hello !== 'ok') return 'waiting';
  if (door === 'ok') return 'ok';
  if (door === 'untried') return 'waiting';
  if (paired) return 'ok';
  return {
    text: `The companion's own listener can't be reached: ${doorFault ?? 'no connection'}.`,
    lead: 'The companion runs on another machine or in a container.',
    mend: [
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
        mend: [
          'Load a page of the app with DevTools open: its response proves that you may see it.',
          'Or pair, to see every session.',
        ],
      };
    case 'broken':
      return {
        text: `Connection lost: ${streamFault ?? 'the server went away'}. Trying again.`,
        lead: 'The connection to the dev server was lost.',
        mend: ['It is tried again by itself. What was recorded is kept.'],
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
    well: ({ responses }) => (responses > 0 ? 'seen' : 'not needed: the companion answered at its usual path'),
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
    id: 'door',
    title: 'Direct connection',
    check: checkDoor,
    well: ({ door }) => (door === 'ok' ? "the companion's own listener" : 'through the app, with a token'),
    wait: 'not tried',
  },
  {
    id: 'stream',
    title: 'Events arrive',
    check: checkStream,
    well: ({ stream }) =>
      ({
        idle: 'with the first request: this browser has no session yet',
        polling: 'in lumps: a proxy holds the stream back, so this panel polls',
      })[stream as string] ?? 'live',
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
  return {
    lead:
      verdict?.lead ??
      (isStopped ? 'Waiting for a response of your app.' : `Listening on ${host(connection.pageOrigin)}.`),
    mend: verdict?.mend ?? (isStopped ? ['Reload the page.'] : ['Click in the page: its next request appears here.']),
    steps,
    showsSnippets: verdict?.showsSnippets ?? false,
    asksPermission: verdict?.asksPermission ?? false,
  };
}

/** Whether events come in, or will with the first request. */
export const isConnected = ({ stream }: Connection): boolean =>
  stream === 'live' || stream === 'polling' || stream === 'idle';

/** What to change in an app. */
export interface Snippet {
  framework: string;
  /** In a terminal. */
  install: string;
  /** `+` to add, `-` to take out, a space for what stands there. */
  lines: readonly { sign: '+' | '-' | ' '; text: string }[];
}

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => ({ sign: line[0] as '+' | '-' | ' ', text: line.slice(2) }));

/** The lines to add, for each framework that has a companion. */
export const SNIPPETS: readonly Snippet[] = [
  {
    framework: 'Express',
    install: 'npm install --save-dev sessionscope',
    lines: linesOf(`
+ import { observe } from 'sessionscope/express-session';
- app.use(session({ secret, … }));
+ app.use(observe(session)({ secret, … }));`),
  },
  {
    framework: 'Django sessions for Node',
    install: 'npm install --save-dev sessionscope',
    lines: linesOf(`
+ import { observe } from 'sessionscope/django-sessions';
- const sessions = createSessions({ secretKey, … });
+ const sessions = observe(createSessions)({ secretKey, … });`),
  },
  {
    framework: 'Django',
    install: 'pip install django-sessionscope',
    lines: linesOf(`
+ INSTALLED_APPS += ["django_sessionscope"]
+ MIDDLEWARE.insert(
+     MIDDLEWARE.index("django.contrib.sessions.middleware.SessionMiddleware"),
+     "django_sessionscope.middleware.SessionscopeMiddleware",
+ )`),
  },
];
