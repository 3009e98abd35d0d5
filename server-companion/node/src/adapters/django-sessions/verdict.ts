/** Why the session was saved or not and the cookie set or not: the framework's own decision, in words. */
import type { LoadOutcome, SessionVerdict, Settings } from '@sessionscope/django-sessions';
import type { Verdict } from '../../../../../protocol/index.ts';
import {
  always,
  type CookieRow,
  judgeBy,
  type RecordOutcome,
  type RecordRow,
  type VerdictTables,
} from '../../kit/verdict/table.ts';

export interface Facts {
  settings: Settings;
  /** `undefined`: it came to no decision. */
  decided: SessionVerdict | undefined;
  /** What the framework threw, as the wire has it. */
  error: { name: string; message: string } | undefined;
  thrown: unknown;
  /** Of the response; 0: none. */
  status: number;
  /** The request bore a cookie of the session's name. */
  wasSent: boolean;
  /** `undefined`: nothing was loaded. */
  load: LoadOutcome | undefined;
  isModified: boolean;
  /** The session holds nothing. */
  isBlank: boolean;
  /** The app's last act was `flush()`. */
  isFlushed: boolean;
  isSavedByApp: boolean;
  /** The app's last save failed, and the app went on. */
  appSaveError: { name: string; message: string } | undefined;
  /** The app called what saves under a new key: `cycleKey()`, `create()`. */
  isMadeByApp: boolean;
  /** The session holds what its record holds; `undefined`: nobody has read the record. Asked only where it decides. */
  isAllStored: boolean | undefined;
  /** Something was changed after the headers had left. */
  isLate: boolean;
  /** Keys in which a nested change was found while nothing was to be saved. */
  unsaved: readonly string[];
  setCookie: Verdict['cookie']['attributes'] | undefined;
  /** The connection closed, and the framework has not decided yet. */
  isUndecided: boolean;
  /** Keys inside of which something changed that the framework did not notice, and saved anyway. */
  savedInside: readonly string[];
  isAborted: boolean;
  /** The handler threw, and nothing caught it. */
  hasThrown: boolean;
}

type Unusable = Exclude<LoadOutcome, 'found'>;

const UNUSABLE = ['missing', 'expired', 'invalid-signature', 'error'] as const satisfies readonly Unusable[];

const saveEvery = ({ settings }: Facts) => `saveEveryRequest: ${settings.saveEveryRequest}`;

/** The outcome where nothing was written that the framework would have written otherwise. */
function unwritten({ isModified, isAllStored, unsaved, wasSent, load }: Facts): RecordOutcome {
  if (!isModified && unsaved.length === 0)
    return wasSent && (load === undefined || load === 'found') ? 'unchanged' : 'none';
  if (isAllStored === undefined) return 'not-compared';
  return isAllStored ? 'unchanged' : 'not-saved';
}

const notCompared = (facts: Facts): string =>
  unwritten(facts) === 'not-compared'
    ? ' The session was cleared without being loaded, so whether the record held anything else is not known: the next load shows it.'
    : '';

/** Nothing was decided: the client or the handler went away first. */
const WITHOUT_DECISION: readonly RecordRow<Facts>[] = [
  {
    reason: 'response-pending',
    outcome: 'pending',
    when: ({ isUndecided }) => isUndecided,
    text: ({ isSavedByApp }) =>
      `The connection closed, and the app has not begun the response yet: the session is saved when it does.${isSavedByApp ? ' The app has called save() before.' : ''}`,
  },
  {
    reason: 'app-saved',
    outcome: 'saved',
    when: ({ decided, isSavedByApp, isAllStored }) => decided === undefined && isSavedByApp && isAllStored === true,
    text: 'The app called save().',
  },
  {
    reason: 'handler-threw',
    outcome: unwritten,
    when: ({ decided, hasThrown }) => decided === undefined && hasThrown,
    text: (facts) => `The handler threw, so there was no response to save the session with.${notCompared(facts)}`,
  },
  {
    reason: 'aborted',
    outcome: unwritten,
    when: ({ decided }) => decided === undefined,
    text: (facts) => `There was no response, and the session is saved when one begins.${notCompared(facts)}`,
  },
];

const FAILED: readonly RecordRow<Facts>[] = [
  {
    reason: 'interrupted',
    outcome: 'failed',
    when: ({ decided }) => decided?.reason === 'interrupted',
    text: 'The record was gone when it was to be written, so nothing was written and the answer is SessionInterrupted, a 400: a session that was logged out is never written back. Possible causes: another request deleted it (a logout or flush() that overlaps with this one); it expired while this request ran.',
    fix: 'Look for a logout or flush() in a request that ran at the same time.',
  },
  {
    reason: 'not-serializable',
    outcome: 'failed',
    when: ({ decided, error }) => decided?.reason === 'failed' && error?.name === 'UnserializableValueError',
    text({ error, thrown }) {
      const { path, type } = thrown as { path?: unknown; type?: unknown };
      return `The session can't be stored: ${String(path)} (${String(type)}). ${error!.message}`;
    },
    setting: 'serializer: jsonSerializer',
    fix: 'Store what JSON can hold: an id instead of an object, toISOString() instead of a Date.',
  },
  {
    reason: 'store-error',
    outcome: 'failed',
    when: ({ decided }) => decided?.reason === 'failed',
    text: ({ error }) => `The store failed on save: ${error?.name ?? 'Error'}: ${error?.message ?? ''}`,
    fix: 'What the session held in memory is lost with this request.',
  },
];

const late = ({ isLate }: Facts): string =>
  isLate ? ' What was changed after the response had begun is not in the record.' : '';

const WHY_REPLACED: Record<Unusable, string> = {
  missing: 'is not in the store',
  expired: 'had expired',
  'invalid-signature': 'has a signature that is not valid',
  error: "can't be read",
};

const SAVED: readonly RecordRow<Facts>[] = [
  {
    reason: 'save-every-request',
    outcome: 'saved',
    when: ({ decided }) => decided!.saved && decided!.reason === 'save-every-request',
    text(facts) {
      const { savedInside, isBlank, load } = facts;
      if (savedInside.length > 0)
        return `A value inside ${savedInside.slice(0, 5).join(', ')} changed, which the framework does not notice; the session was saved because every request saves it.${late(facts)}`;
      return isBlank && load !== undefined && load !== 'found'
        ? `The cookie's session ${WHY_REPLACED[load]}, so a new and empty one was saved in its place, because every request saves the session.${late(facts)}`
        : `Nothing changed, and the session was saved because every request saves it.${late(facts)}`;
    },
    setting: saveEvery,
  },
  ...UNUSABLE.map((reason): RecordRow<Facts> => ({
    reason,
    outcome: 'saved',
    when: ({ decided, isBlank, load }) => decided!.saved && isBlank && load === reason,
    text: (facts) =>
      `The cookie's session ${WHY_REPLACED[reason]}, so a new and empty one was saved in its place.${late(facts)}`,
  })),
  {
    reason: 'modified',
    outcome: 'saved',
    when: ({ decided, isSavedByApp, settings }) =>
      decided!.saved && isSavedByApp && settings.engine === 'signed_cookies',
    text: (facts) => `The app called save(), which with signed_cookies marks the session as changed.${late(facts)}`,
  },
  {
    reason: 'modified',
    outcome: 'saved',
    when: ({ decided }) => decided!.saved,
    text: (facts) =>
      (facts.load !== 'found'
        ? facts.isBlank
          ? 'A new session without data was saved.'
          : 'A new session with data in it.'
        : facts.isBlank
          ? 'The session was changed and is empty now.'
          : 'The session was changed.') + late(facts),
  },
  {
    reason: 'app-saved',
    outcome: 'saved',
    when: ({ isSavedByApp, isAllStored }) => isSavedByApp && isAllStored === true,
    text: 'The app called save().',
  },
  {
    reason: 'app-saved',
    outcome: 'saved',
    when: ({ decided, isMadeByApp, isAllStored }) =>
      decided!.reason === 'server-error' && isMadeByApp && isAllStored === true,
    text: 'The app called cycleKey() or create(), which saves the session, and nothing changed after that.',
  },
];

const WHY_MISSING: Record<Unusable, string> = {
  missing:
    'The store holds no record by the key that the cookie gives: expired, deleted, or never there. Nothing was written to the new session.',
  expired: 'The record that the cookie names had expired. Nothing was written to the new session.',
  'invalid-signature': "The record's signature is not valid (another secretKey?), so it reads as empty.",
  error: "The record can't be read, so it reads as empty.",
};

const UNSAVED: readonly RecordRow<Facts>[] = [
  {
    reason: 'aborted',
    outcome: 'not-saved',
    when: ({ decided, isAborted, isModified, isAllStored }) =>
      isAborted && isModified && isAllStored !== true && decided!.reason !== 'server-error',
    text: 'The connection closed before the response was whole.',
  },
  {
    reason: 'server-error',
    outcome: 'unchanged',
    when: ({ decided, isAllStored, unsaved }) =>
      decided!.reason === 'server-error' && isAllStored === true && unsaved.length === 0,
    text: ({ decided }) =>
      `The response is a ${decided!.status}: as in Django, no session is saved with a server error. Nothing in it had changed.`,
  },
  {
    reason: 'server-error',
    outcome: 'not-compared',
    when: ({ decided, isAllStored }) => decided!.reason === 'server-error' && isAllStored === undefined,
    text: (facts) =>
      `The response is a ${facts.decided!.status}: as in Django, no session is saved with a server error, so the record was not changed.${notCompared(facts)}`,
    fix: 'Call await session.save() before the error where the change must survive.',
  },
  {
    reason: 'server-error',
    outcome: 'not-saved',
    when: ({ decided }) => decided!.reason === 'server-error',
    text: ({ decided }) =>
      `The response is a ${decided!.status}: as in Django, no session is saved with a server error.`,
    fix: 'What the session held in memory is lost with this request. Call await session.save() before the error where it must survive.',
  },
  {
    reason: 'too-late',
    outcome: 'not-saved',
    when: ({ isLate }) => isLate,
    text: 'The session was changed after the response had begun. It is saved once, when the headers leave.',
    fix: 'Change the session before the first byte, or call await session.save() after the change.',
  },
  {
    reason: 'flushed',
    outcome: 'deleted',
    when: ({ isFlushed }) => isFlushed,
    text: 'The app called flush(): the record was deleted.',
  },
  {
    reason: 'nested-change',
    outcome: 'not-saved',
    when: ({ unsaved }) => unsaved.length > 0,
    text: ({ unsaved }) =>
      `What lies inside ${unsaved.slice(0, 5).join(', ')} was changed, and session.modified was never set: only keys that are set or deleted are seen.`,
    setting: saveEvery,
    fix: 'Write session.modified = true after changing what lies inside, or set the key again.',
  },
  ...UNUSABLE.map((reason): RecordRow<Facts> => ({
    reason,
    outcome: 'missing',
    when: ({ decided, load }) => load === reason && (decided!.reason === 'empty' || decided!.reason === 'not-modified'),
    text: WHY_MISSING[reason],
  })),
  {
    reason: 'empty',
    outcome: 'none',
    when: ({ decided }) => decided!.reason === 'empty',
    text: 'The session is empty and has no key, so nothing is stored.',
  },
  {
    reason: 'app-save-failed',
    outcome: 'failed',
    when: ({ decided, appSaveError }) => decided!.reason === 'untouched' && appSaveError !== undefined,
    text: ({ appSaveError }) =>
      `The app called save(), which failed: ${appSaveError!.name}: ${appSaveError!.message} Nothing else touched the session.`,
    fix: 'Let the error through, or end the session where its record is gone: nothing was written.',
  },
  {
    reason: 'untouched',
    outcome: ({ wasSent }) => (wasSent ? 'unchanged' : 'none'),
    when: ({ decided }) => decided!.reason === 'untouched',
    text: ({ wasSent }) =>
      wasSent
        ? 'Nothing touched the session by the time the response was ready: it was not even loaded.'
        : 'Nothing touched the session by the time the response was ready, and none was begun.',
  },
  {
    reason: 'not-modified',
    outcome: 'unchanged',
    when: ({ wasSent, load }) => wasSent && load === 'found',
    text: 'The session was read and not changed.',
    setting: saveEvery,
  },
  {
    reason: 'empty',
    outcome: 'none',
    when: always,
    text: 'An empty session without a key is not stored.',
  },
];

const COOKIE: readonly CookieRow<Facts>[] = [
  {
    reason: 'empty',
    outcome: 'expired',
    when: ({ decided, setCookie }) => setCookie !== undefined && decided?.cookie === 'deleted',
    text: 'The session is empty, so the response tells the browser to drop the cookie.',
  },
  {
    reason: 'save-every-request',
    outcome: 'set',
    when: ({ decided, setCookie }) => setCookie !== undefined && decided?.reason === 'save-every-request',
    text: 'The session was saved, and with it the cookie is sent.',
    setting: 'saveEveryRequest: true',
  },
  {
    reason: 'modified',
    outcome: 'set',
    when: ({ setCookie }) => setCookie !== undefined,
    text: 'The session was saved, and with it the cookie is sent.',
  },
  {
    reason: 'response-pending',
    outcome: 'pending',
    when: ({ decided, isUndecided }) => decided === undefined && isUndecided,
    text: 'The response has not begun yet.',
  },
  {
    reason: 'undecided',
    outcome: 'none',
    when: ({ decided }) => decided === undefined,
    text: 'There was no response that a cookie could go with.',
  },
  {
    reason: 'failed',
    outcome: 'none',
    when: ({ decided }) => decided?.reason === 'interrupted' || decided?.reason === 'failed',
    text: 'The session was not saved, so no cookie was set.',
  },
  {
    reason: 'server-error',
    outcome: ({ wasSent }) => (wasSent ? 'none' : 'not-set'),
    due: ({ wasSent }) => !wasSent,
    when: ({ decided }) => decided?.reason === 'server-error',
    text: ({ decided }) =>
      `The response is a ${decided!.status}: as in Django, no session cookie is set with a server error.`,
  },
  {
    reason: 'not-modified',
    outcome: 'none',
    when: ({ wasSent }) => wasSent,
    text: 'The browser has this cookie already. It is sent again only where the session is saved.',
    setting: saveEvery,
  },
  {
    reason: 'empty',
    outcome: 'none',
    when: always,
    text: 'There is no session to name, so there is no cookie.',
  },
];

export const VERDICTS: VerdictTables<Facts> = {
  record: [...WITHOUT_DECISION, ...FAILED, ...SAVED, ...UNSAVED],
  cookie: COOKIE,
};

export const judge = (facts: Facts): Verdict => judgeBy(VERDICTS, facts);
