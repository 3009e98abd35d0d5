/**
 * A bug, written once: what clients send, what the app does for it, and what the user then sees. Any session library
 * can run it through the small interface below. The same scenario serves the demo, the tests of findings and the
 * conformance suite, so that all of them mean the same bug.
 */
import type { Html } from '../html.ts';

/**
 * A request's session as scenarios use it; each host puts its library's own calls behind it. They are bound, not
 * wrapped: the nearest line of the app's own is the scenario's, which is the one that the panel names. Each is awaited,
 * whether or not its library answers at once.
 */
export interface ScenarioSession {
  /** The value itself, as the library hands it out: what is changed inside it is a nested change. */
  readonly get: (key: string) => unknown;
  readonly set: (key: string, value: unknown) => unknown;
  readonly delete: (key: string) => unknown;
  /** Saves now, where the library can; where it can't, it saves at the end as always. */
  readonly save: () => unknown;
  /** A new key for this client: `regenerate`, `cycleKey`. Whether data is kept is the library's way. */
  readonly rotate: () => unknown;
  /** The logout: `destroy`, `flush`, `req.session = null`. */
  readonly end: () => unknown;
}

/** What a handler answers with: Express's own response, or the same few calls on another framework's. */
export interface ScenarioResponse {
  status(code: number): ScenarioResponse;
  /** Replaces a header. */
  set(name: string, value: string): unknown;
  /** Adds a header beside those of its name. */
  append(name: string, value: string): unknown;
  send(body: string): unknown;
  redirect(status: number, url: string): unknown;
  /** Begins the body of a stream. Only on Express. */
  write(chunk: string): unknown;
  end(chunk?: string): unknown;
}

export interface ScenarioRequest {
  /** As the client named it, with the port. */
  readonly host: string;
  header(name: string): string | undefined;
}

export interface ScenarioContext {
  readonly session: ScenarioSession;
  readonly request: ScenarioRequest;
  /** On Express its own, so that the line that ends a response is the scenario's too. */
  readonly response: ScenarioResponse;
  /** Where `GET /` is found: the whole path, for redirects. */
  readonly home: string;
  /** What `GET /` answers with: the text alone, or on a page with the scenario's buttons, as the host has it. */
  readonly page: (text: string) => string;
  /** Says that this point was reached. */
  readonly reached: (point: string) => void;
  /**
   * Waits until a point was reached: by `reached`, or `POST /cart answered`, when such a request has been answered. At
   * most a second: what one request of a scenario needs of another must not hang a demo.
   */
  readonly until: (point: string) => Promise<void>;
  /** The server asks itself for a path, with this `Cookie` header or with none; gives the body. */
  readonly ask: (path: string, cookie?: string) => Promise<string>;
  /** Takes every record out of the store, past the session library: a cache that is cleared. */
  readonly clearStore: () => unknown;
  /** How often the store was asked for a record, and how often one was written, until now. */
  readonly storeCalls: () => StoreCalls;
}

export interface StoreCalls {
  reads: number;
  writes: number;
}

/** The app's answer to one request. */
export type Handler = (context: ScenarioContext) => unknown;

/** What makes a browser send a request, where it is not a page of the app: it decides what goes with it. */
export type SentBy =
  /** A link that the browser follows before anyone clicks it. */
  | 'prefetch'
  /** An `<img>` of the page. */
  | 'image'
  /** A form on a page of another site. */
  | 'other-site'
  /** `fetch` by a page of another port of this machine: no cookie goes with it, and none is kept. */
  | 'fetch'
  /** The same with `credentials: 'include'`. */
  | 'fetch-with-credentials'
  /** A WebSocket, until the server closes it. */
  | 'websocket'
  /** No browser at all: a program that keeps no cookie. */
  | 'program';

/** One request. Its answer has to arrive, redirects followed, before the next group begins. */
export interface Step {
  readonly send: `${'GET' | 'POST'} /${string}`;
  /** Whose cookies it carries; clients are distinguished by name, each a browser of its own. @default 'user' */
  readonly client?: string;
  /** The client has been given this one's cookies in place of its own before. */
  readonly withCookiesOf?: string;
  /** The name by which the client asks for this machine. @default '127.0.0.1' */
  readonly host?: 'localhost' | '127.0.0.1';
  /** Which server of the scenario it goes to, by its name in `others`. @default the scenario's own */
  readonly server?: string;
  /** @default the user, in the app's own page */
  readonly by?: SentBy;
  /** Another tab of the same browser, without DevTools. */
  readonly tab?: 'another';
  /** Further headers, as a script of the page sends them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The client waits so long before it. */
  readonly afterMs?: number;
  /** The servers are restarted before it, each on the port that it had. Of a group, its first step says so. */
  readonly afterRestart?: true;
}

/** The settings that matter to a scenario, in words that every library has. Absent: the library's default. */
export interface ScenarioSettings {
  /** The cookie is `Secure`, though the host serves plain http. */
  readonly secure?: true;
  /** How long a cookie lives. */
  readonly maxAgeMs?: number;
  /** Each response sets the cookie again, with a new end. */
  readonly rolling?: true;
  readonly cookieName?: string;
  readonly cookiePath?: string;
  /** The store keeps sessions that nothing was written to. */
  readonly saveEmpty?: true;
  /** Each response saves, whether something changed or not. */
  readonly saveAlways?: true;
  /**
   * Nothing is saved but by `save()`, where the library works like that. By default the hosts of such libraries save with
   * each write, as their users should.
   */
  readonly savesWhenAsked?: true;
  /** The store is slow: a write waits for this point, as `until` does. */
  readonly writesAfter?: string;
  /** The store's connection is lost for good once this point was reached. */
  readonly storeDownAfter?: string;
  /** The store outlives the server, and all its processes share it. */
  readonly keepsRecords?: true;
  /** @default true, where the store can */
  readonly storeTouches?: false;
  /** Each start of the server makes a secret of its own. */
  readonly secretPerStart?: true;
  /** A proxy or a shared cache stands in front of the server. */
  readonly front?: 'passes-all' | 'drops-set-cookie' | 'caches';
  /** The app runs in two processes that answer in turn. */
  readonly workers?: 2;
}

/** A server beside the scenario's own, on another port of the machine: an app of another project. */
export interface OtherServer {
  readonly settings?: ScenarioSettings;
  readonly routes: Readonly<Record<Step['send'], Handler>>;
}

export interface Variant {
  readonly settings?: ScenarioSettings;
  /** `GET /` is the page from which the user sends the others. */
  readonly routes: Readonly<Record<Step['send'], Handler>>;
  /** Requests that are answered before the session library is asked, as static files are. */
  readonly routesBeforeSession?: Readonly<Record<Step['send'], string>>;
  /** Groups in order; the requests of one group are under way together. */
  readonly steps: readonly (readonly Step[])[];
  readonly others?: Readonly<Record<string, OtherServer>>;
}

/** What a client sees of an answer, redirects followed. */
export interface Seen {
  readonly status: number;
  readonly body: string;
  /** It set a cookie, whether or not a browser takes it. */
  readonly setsCookie: boolean;
}

/** Libraries that keep a record in a store. */
export const STORED = [
  'express-session',
  'django-sessions',
  'koa-session with a store',
  'fastify-session',
  'hono-sessions',
] as const;
/** Libraries whose cookie is the record. */
export const SEALED = [
  'cookie-session',
  'iron-session',
  'koa-session',
  'fastify-secure-session',
  'h3',
  'h3 1',
  'react-router',
] as const;
export const LIBRARIES = [...STORED, ...SEALED] as const;
export type LibraryName = (typeof LIBRARIES)[number];

export const PYTHON_LIBRARIES = ['django', 'django-signed-cookies', 'starlette', 'flask', 'flask-session'] as const;
export type PythonLibrary = (typeof PYTHON_LIBRARIES)[number];

/** What stands on the page of a scenario, for demos that have one, whatever their layout. */
export interface ScenarioPage {
  /** Between what `GET /` says and the buttons. */
  readonly says?: string;
  /** Several requests are sent from the page, each so many ms after the press; one is sent as a form or a link does. */
  readonly buttons: readonly { label: string; sends: readonly [send: Step['send'], afterMs?: number][] }[];
  /** The link that shows the page again. */
  readonly again?: string;
  /** Where to look in the panel: two sentences at most. */
  readonly look: Html;
  /** The handler whose code the page shows. */
  readonly culprit: Step['send'];
}

export interface Scenario extends Variant {
  readonly id: string;
  readonly title: string;
  /** What a developer says who has it: a part of a sentence. */
  readonly symptom: string;
  /** The cause, in a sentence. */
  readonly cause: string;
  /** Libraries with which it happens; with the others this app is right. */
  readonly libraries: readonly LibraryName[];
  /** Those of Python; what the app does there is in the module of the same name in `python/`. */
  readonly python?: readonly PythonLibrary[];
  /** The module that has its handlers. @default its id */
  readonly module?: string;
  /** Whether the answers, in the order of the steps, show the symptom. */
  isSeen(answers: readonly Seen[]): boolean;
  /** What the same app is once the bug is fixed; parts that are absent stay as they are. */
  readonly fixed: Partial<Variant>;
  readonly page?: ScenarioPage;
}

/** The scenario, or the same with its fix in place. */
export function variantOf(scenario: Scenario, isFixed: boolean): Variant {
  const fixed = isFixed ? scenario.fixed : {};
  const { settings, steps, others, routesBeforeSession } = { ...scenario, ...fixed };
  return {
    settings: settings ?? {},
    routes: { ...scenario.routes, ...fixed.routes },
    steps,
    ...(others === undefined ? {} : { others }),
    ...(routesBeforeSession === undefined ? {} : { routesBeforeSession }),
  };
}

/** One life of a server of a running scenario. */
export interface Life {
  /** 0: any free one. */
  readonly port: number;
  /** Which of the scenario's servers it is; absent: its own. */
  readonly server?: string;
  /** A database file that outlives it, where the scenario keeps its records. */
  readonly recordsAt?: string;
}

/** A server of a running scenario. */
export interface ScenarioHost {
  readonly origin: string;
  close(): Promise<void>;
}

/** How a library's host is started. */
export type StartHost = (variant: Variant, life?: Life) => Promise<ScenarioHost>;
