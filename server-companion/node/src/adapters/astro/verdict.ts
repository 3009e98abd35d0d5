/** Why Astro stored its session or not, and set its cookie: its own rules, over what it did. */
import type { Verdict } from '../../../../../protocol/index.ts';
import type { AppSavedFacts } from '../../kit/app-saved-exchange.ts';
import { CLEARED, responsePending } from '../../kit/verdict/rows.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordRow,
  type VerdictRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';

/** Why a save failed. */
export type Failure = 'store-error';

export interface Did {
  /** The app has called a method of the session's. */
  isUsed: boolean;
  /** How the driver was asked; `undefined`: it was not, as far as is known. `none`: there was no cookie to ask for. */
  load: 'found' | 'missing' | 'none' | undefined;
  /** `set`, `delete`, `destroy` or `regenerate` was called, and nothing was stored since. */
  isDirty: boolean;
  isRegenerated: boolean;
  /** `destroy` was called, and nothing was written since. */
  isEnded: boolean;
  /** Astro has put the cookie among those of the response. */
  isCookieSet: boolean;
  /** What Astro or its driver failed with last. */
  error: { readonly call: 'load' | 'persist'; readonly error: { name: string; message: string } } | undefined;
}

export type Facts = AppSavedFacts<Failure> & Readonly<Did>;

const words = ({ error }: Facts): string => `${error!.error.name}: ${error!.error.message.slice(0, 800)}`;
const isSaved = ({ saved }: Facts): boolean => saved === 'done';

const FIRST = [
  responsePending('The connection closed, and the app has not ended the response yet, or the driver has not answered.'),
] as const satisfies readonly VerdictRow<Facts, 'pending'>[];

const RECORD: readonly RecordRow<Facts>[] = [
  ...FIRST,
  {
    reason: 'store-error',
    outcome: 'failed',
    when: ({ error, saved }) => error?.call === 'persist' && saved !== 'done',
    text: (facts) => `The session could not be stored: ${words(facts)}.`,
    fix: 'What the session held in memory is lost with this request.',
  },
  {
    reason: 'load-failed',
    outcome: 'failed',
    when: ({ error, saved }) => error !== undefined && saved !== 'done',
    text: (facts) => `The session could not be loaded: ${words(facts)}. A record that Astro can’t read it deletes.`,
  },
  {
    reason: 'destroyed',
    outcome: 'deleted',
    when: ({ isDestroyed, isDirty }) => isDestroyed && !isDirty,
    text: 'The app called destroy(), so the record was deleted.',
  },
  {
    reason: 'too-late',
    outcome: ({ saved }) => (saved === 'done' ? 'saved' : 'not-saved'),
    when: ({ isDirty }) => isDirty,
    text: 'The session was changed after Astro had stored it, so that change is lost. Astro stores it once the page’s own code has run; components render while the response is sent.',
    fix: 'Change the session in middleware, an action, an endpoint, or the frontmatter of the page, not in a component.',
  },
  {
    reason: 'changed-after-save',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isUnsaved,
    text: 'The session was stored, and a value in it was changed in place after that: the later change is lost.',
    fix: 'Astro.session.set(key, value) before the page has rendered.',
  },
  {
    reason: 'without-a-cookie',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isNew && !facts.isCookieSet,
    text: 'A record was stored under a new ID, and no cookie names it: delete() alone stores a session and sets no cookie, and neither does set() after destroy(), where set() came before it too.',
    fix: 'if (await Astro.session.has(key)) Astro.session.delete(key)',
  },
  {
    reason: 'regenerated',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isRegenerated,
    text: 'The app called regenerate(): the session goes on under a new ID. Astro does not wait for the old record to be deleted.',
  },
  {
    reason: 'missing-replaced',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.load === 'missing',
    text: 'The driver has no record of the ID in the cookie, so a new session was stored under a new ID.',
  },
  {
    reason: 'new-session',
    outcome: 'saved',
    when: (facts) => isSaved(facts) && facts.isNew,
    text: 'A new session was stored.',
  },
  {
    reason: 'modified',
    outcome: 'saved',
    when: isSaved,
    text: 'set() or delete() was called, so the whole session was stored: what another request wrote in the meantime is overwritten.',
  },
  {
    reason: 'nested-change',
    outcome: 'not-saved',
    when: ({ isUnsaved }) => isUnsaved,
    text: 'A value that get() gave was changed in place, and nothing was set: Astro does not see that, and stores nothing.',
    fix: 'Astro.session.set(key, value) once it is changed.',
  },
  {
    reason: 'not-used',
    outcome: 'unchanged',
    when: ({ isUsed }) => !isUsed,
    text: 'The request did not use the session, so Astro did not ask its driver.',
  },
  {
    reason: 'no-record',
    outcome: 'missing',
    when: ({ load }) => load === 'missing',
    text: 'The driver has no record of the ID in the cookie, so the session began empty.',
  },
  {
    reason: 'new-and-empty',
    outcome: 'none',
    when: ({ isNew }) => isNew,
    text: 'No cookie came, and nothing was written.',
  },
  { reason: 'unmodified', outcome: 'unchanged', when: always, text: 'The session was read and not changed.' },
];

const COOKIE: readonly CookieRow<Facts>[] = [
  ...FIRST,
  { ...CLEARED, when: ({ isCookieSet, setCookie }) => setCookie !== undefined && !isCookieSet },
  {
    reason: 'set',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'set() and regenerate() set the cookie, whether the browser has it or not.',
  },
  {
    reason: 'cookie-removed',
    outcome: 'not-set',
    due: true,
    when: ({ isCookieSet, isDestroyed }) => isCookieSet || isDestroyed,
    text: 'Astro put its cookie among those of the response, and the response that left does not carry it: the headers had been sent, it was another response, or code after it removed Set-Cookie.',
    fix: 'Return the response that next() gives; use the session before the page’s components render.',
  },
  {
    reason: 'none-asked-for',
    outcome: 'not-set',
    due: true,
    when: (facts) => isSaved(facts) && facts.isNew,
    text: 'Only set() and regenerate() set the cookie, and the record that was stored has a new ID.',
  },
  { reason: 'kept', outcome: 'none', when: always, text: 'The browser keeps the cookie that it has.' },
];

export const VERDICTS: VerdictTables<Facts> = { record: RECORD, cookie: COOKIE };

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
