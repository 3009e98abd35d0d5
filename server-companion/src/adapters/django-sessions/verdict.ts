/** Why the session was saved or not and the cookie set or not: the framework's own decision, in words. */
import type { LoadOutcome, SessionVerdict, Settings } from '@sessionscope/django-sessions';
import { LIMITS, type Verdict } from '../../../../protocol/index.ts';
import { asCode } from './settings.ts';

/** Browsers drop a cookie that is longer: RFC 6265 asks them for 4096 bytes. */
const MAX_COOKIE_BYTES = 4096;

export interface Facts {
  settings: Settings;
  /** `undefined`: it came to no decision. */
  decided: SessionVerdict | undefined;
  /** What the framework threw, as the wire tells it. */
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
  /** Something was changed after the headers had left. */
  isLate: boolean;
  /** Keys in which a nested change was found while nothing was to be saved. */
  unsaved: readonly string[];
  setCookie: Verdict['cookie']['attributes'] | undefined;
  isSecureRequest: boolean;
  /** Name that the request asked for, without port. */
  host: string;
  isAborted: boolean;
  /** The handler threw, and nothing caught it. */
  hasThrown: boolean;
}

type RecordVerdict = Verdict['record'];
type CookieVerdict = Verdict['cookie'];

export function judge(facts: Facts): Verdict {
  const record = judgeRecord(facts);
  return { record: { ...record, text: record.text.slice(0, LIMITS.sentenceLength) }, cookie: judgeCookie(facts) };
}

const saveEvery = ({ settings }: Facts) => `saveEveryRequest: ${settings.saveEveryRequest}`;

function judgeRecord(facts: Facts): RecordVerdict {
  const { decided, isAborted, isModified, isSavedByApp } = facts;
  if (decided === undefined) return judgeUndecided(facts);
  if (decided.reason === 'interrupted' || decided.reason === 'failed') return judgeFailed(facts);
  if (decided.saved) return judgeSaved(facts);
  if (isSavedByApp) return { outcome: 'saved', reason: 'app-saved', text: 'The app called save().' };
  if (isAborted && isModified && decided.reason !== 'server-error')
    return { outcome: 'not-saved', reason: 'aborted', text: 'The connection closed before the response was whole.' };
  return judgeUnsaved(facts, decided);
}

function judgeUndecided({ hasThrown, isModified, isSavedByApp }: Facts): RecordVerdict {
  if (isSavedByApp) return { outcome: 'saved', reason: 'app-saved', text: 'The app called save().' };
  const outcome = isModified ? 'not-saved' : 'none';
  return hasThrown
    ? {
        outcome,
        reason: 'handler-threw',
        text: 'The handler threw, so there was no response to save the session with.',
      }
    : {
        outcome,
        reason: 'aborted',
        text: 'The connection closed before the response began, and the session is saved when it begins.',
        ...(isModified ? { mend: 'Call await session.save() where the data must survive a closed connection.' } : {}),
      };
}

function judgeFailed({ decided, error, thrown }: Facts): RecordVerdict {
  if (decided!.reason === 'interrupted')
    return {
      outcome: 'failed',
      reason: 'interrupted',
      text: 'The record was deleted while this request ran, so nothing was written and the answer is SessionInterrupted, a 400: a session that was logged out is never written back.',
      mend: 'Look for a logout or flush() in a request that ran at the same time.',
    };
  const { name, message } = error ?? { name: 'Error', message: '' };
  if (name === 'UnserializableValueError') {
    const { path, type } = thrown as { path?: unknown; type?: unknown };
    return {
      outcome: 'failed',
      reason: 'not-serializable',
      text: `The session can't be stored: ${String(path)} (${String(type)}). ${message}`,
      setting: 'serializer: jsonSerializer',
      mend: 'Store what JSON can hold: an id instead of an object, toISOString() instead of a Date.',
    };
  }
  return {
    outcome: 'failed',
    reason: 'store-error',
    text: `The store failed on save: ${name}: ${message}`,
    mend: 'What the session held in memory is lost with this request.',
  };
}

const UNUSABLE: Record<Exclude<LoadOutcome, 'found'>, string> = {
  missing: 'is not in the store',
  expired: 'had expired',
  'invalid-signature': 'bears a signature that does not hold',
  error: "can't be read",
};

function judgeSaved(facts: Facts): RecordVerdict {
  const late = facts.isLate ? ' What was changed after the response had begun is not in the record.' : '';
  if (facts.decided!.reason === 'save-every-request')
    return {
      outcome: 'saved',
      reason: 'save-every-request',
      text: `Nothing changed, and the session was saved all the same.${late}`,
      setting: saveEvery(facts),
    };
  const { load, isBlank } = facts;
  if (isBlank && load !== undefined && load !== 'found')
    return {
      outcome: 'saved',
      reason: load,
      text: `The cookie's session ${UNUSABLE[load]}, so a new and empty one was saved in its place.${late}`,
    };
  const text = load === 'found' || isBlank ? 'The session was changed.' : 'A new session with data in it.';
  return { outcome: 'saved', reason: 'modified', text: text + late };
}

const MISSING_TEXT: Record<Exclude<LoadOutcome, 'found'>, string> = {
  missing:
    'The store holds no record by the key that the cookie gives: expired, deleted, or never there. Nothing was written to the new session.',
  expired: 'The record that the cookie names had expired. Nothing was written to the new session.',
  'invalid-signature': "The record's signature does not hold (another secretKey?), so it reads as empty.",
  error: "The record can't be read, so it reads as empty.",
};

function judgeUnsaved(facts: Facts, { reason, status }: SessionVerdict): RecordVerdict {
  const { load, unsaved, wasSent, isFlushed, isLate } = facts;
  if (reason === 'server-error')
    return {
      outcome: 'not-saved',
      reason,
      text: `The response is a ${status}: as in Django, no session is saved with a server error.`,
      mend: 'What the session held in memory is lost with this request. Call await session.save() before the error where it must survive.',
    };
  if (isLate)
    return {
      outcome: 'not-saved',
      reason: 'too-late',
      text: 'The session was changed after the response had begun. It is saved once, when the headers leave.',
      mend: 'Change the session before the first byte, or call await session.save() after the change.',
    };
  if (isFlushed)
    return { outcome: 'deleted', reason: 'flushed', text: 'The app called flush(): the record was deleted.' };
  if (unsaved.length > 0)
    return {
      outcome: 'not-saved',
      reason: 'nested-change',
      text: `What lies inside ${unsaved.slice(0, 5).join(', ')} was changed, and session.modified was never set: only keys that are set or deleted are seen.`,
      setting: saveEvery(facts),
      mend: 'Write session.modified = true after changing what lies inside, or set the key again.',
    };
  if (reason === 'empty' && load !== undefined && load !== 'found')
    return { outcome: 'missing', reason: load, text: MISSING_TEXT[load] };
  if (load !== undefined && load !== 'found' && reason === 'not-modified')
    return { outcome: 'missing', reason: load, text: MISSING_TEXT[load] };
  if (reason === 'empty')
    return { outcome: 'none', reason, text: 'The session is empty and has no key, so nothing is stored.' };
  if (reason === 'untouched')
    return wasSent
      ? { outcome: 'unchanged', reason, text: 'Nothing touched the session: it was not even loaded.' }
      : { outcome: 'none', reason, text: 'Nothing touched the session, and none was begun.' };
  if (wasSent && load === 'found')
    return {
      outcome: 'unchanged',
      reason: 'not-modified',
      text: 'The session was read and not changed.',
      setting: saveEvery(facts),
    };
  return { outcome: 'none', reason: 'empty', text: 'An empty session without a key is not stored.' };
}

function judgeCookie(facts: Facts): CookieVerdict {
  const { decided, setCookie, wasSent } = facts;
  if (setCookie !== undefined) return { ...judgeSet(facts, setCookie), attributes: setCookie };
  switch (decided?.reason) {
    case undefined:
      return { outcome: 'none', reason: 'undecided', text: 'There was no response that a cookie could go with.' };
    case 'interrupted':
    case 'failed':
      return { outcome: 'none', reason: 'failed', text: 'The session was not saved, so no cookie was set.' };
    case 'server-error': {
      const text = `The response is a ${decided.status}: as in Django, no session cookie is set with a server error.`;
      return wasSent
        ? { outcome: 'none', reason: 'server-error', text }
        : { outcome: 'not-set', reason: 'server-error', text, due: true };
    }
    default:
      return wasSent
        ? {
            outcome: 'none',
            reason: 'not-modified',
            text: 'The browser has this cookie already. It is sent again only where the session is saved.',
            setting: saveEvery(facts),
          }
        : { outcome: 'none', reason: 'empty', text: 'There is no session to name, so there is no cookie.' };
  }
}

function judgeSet(
  { settings, decided, isSecureRequest, host }: Facts,
  { bytes, domain = '', secure, sameSite }: NonNullable<Facts['setCookie']>,
): CookieVerdict {
  if (decided?.cookie === 'deleted')
    return {
      outcome: 'expired',
      reason: 'empty',
      text: 'The session is empty, so the response tells the browser to drop the cookie.',
    };
  if (bytes > MAX_COOKIE_BYTES)
    return {
      outcome: 'set',
      reason: 'too-long',
      text: `The cookie is ${bytes} bytes long; browsers drop one over ${MAX_COOKIE_BYTES}.`,
      setting: `engine: ${asCode(settings.engine)}`,
      mend: 'Store less, or use an engine that keeps the data on the server.',
    };
  const text = 'The session was saved, and with it the cookie is sent.';
  const wanted = domain.replace(/^\./, '').toLowerCase();
  if (wanted !== '' && host !== wanted && !host.endsWith(`.${wanted}`))
    return {
      outcome: 'set',
      reason: 'foreign-domain',
      text: `${text} Its domain is ${wanted} and the page's is ${host}: browsers refuse it, and each request starts a new session.`,
      setting: `cookieDomain: ${asCode(settings.cookieDomain)}`,
      mend: 'Leave cookieDomain out, or name a domain that the page lies below.',
    };
  const isSaveEvery = decided?.reason === 'save-every-request';
  const reason = isSaveEvery ? 'save-every-request' : 'modified';
  const setting = isSaveEvery ? { setting: 'saveEveryRequest: true' } : {};
  if (secure && !isSecureRequest)
    return {
      outcome: 'set',
      reason: 'secure-over-http',
      text: `${text} It is Secure and this request came over plain http: browsers keep it from localhost only, if at all.`,
      setting: 'cookieSecure: true',
      mend: 'cookieSecure: false while developing over http; in production serve https.',
    };
  if (sameSite === 'none' && !secure)
    return {
      outcome: 'set',
      reason: 'none-without-secure',
      text: `${text} It is SameSite=None and not Secure: browsers refuse it.`,
      setting: "cookieSameSite: 'None'",
      mend: 'SameSite=None needs cookieSecure: true and https.',
    };
  return { outcome: 'set', reason, text, ...setting };
}
