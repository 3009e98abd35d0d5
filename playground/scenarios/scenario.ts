/**
 * A bug, written once: what clients send, what the app does for it, and what the user then sees. Any session library
 * can run it through the small interface below. The same scenario serves the demo, the tests of findings and the
 * conformance suite, so that all of them mean the same bug.
 */
import type { Response } from 'express';
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

export interface ScenarioContext {
  readonly session: ScenarioSession;
  /** Express's own, so that the line that ends a response is the scenario's too. */
  readonly response: Pick<Response, 'send' | 'status' | 'redirect' | 'write' | 'end'>;
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
}

/** The app's answer to one request. */
export type Handler = (context: ScenarioContext) => unknown;

/** One request. Its answer has to arrive, redirects followed, before the next group begins. */
export interface Step {
  readonly send: `${'GET' | 'POST'} /${string}`;
  /** Whose cookies it carries; clients are distinguished by name. @default 'user' */
  readonly client?: string;
  /** The client has been given this one's cookies in place of its own before. */
  readonly withCookiesOf?: string;
}

/** The settings that matter to a scenario, in words that every library has. Absent: the library's default. */
export interface ScenarioSettings {
  /** The cookie is `Secure`, though the host serves plain http. */
  readonly secure?: true;
  /** How long a cookie lives. */
  readonly maxAgeMs?: number;
  /** The store keeps sessions that nothing was written to. */
  readonly saveEmpty?: true;
  /** Each response saves, whether something changed or not. */
  readonly saveAlways?: true;
  /** The store is slow: a write waits for this point, as `until` does. */
  readonly writesAfter?: string;
}

export interface Variant {
  readonly settings?: ScenarioSettings;
  /** `GET /` is the page from which the user sends the others. */
  readonly routes: Readonly<Record<Step['send'], Handler>>;
  /** Groups in order; the requests of one group are under way together. */
  readonly steps: readonly (readonly Step[])[];
}

/** What a client sees of an answer, redirects followed. */
export interface Seen {
  readonly status: number;
  readonly body: string;
  /** It set a cookie, whether or not a browser takes it. */
  readonly setsCookie: boolean;
}

export const LIBRARIES = ['express-session', 'django-sessions', 'cookie-session', 'iron-session'] as const;
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
export const variantOf = (scenario: Scenario, isFixed: boolean): Variant => ({
  settings: (isFixed ? scenario.fixed.settings : undefined) ?? scenario.settings ?? {},
  routes: { ...scenario.routes, ...(isFixed ? scenario.fixed.routes : {}) },
  steps: (isFixed ? scenario.fixed.steps : undefined) ?? scenario.steps,
});

/** A running scenario. */
export interface ScenarioHost {
  readonly origin: string;
  close(): Promise<void>;
}
