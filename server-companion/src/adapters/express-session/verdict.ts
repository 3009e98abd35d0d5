/** Why the session was saved or not and the cookie set or not: express-session's own rules, over what it did. */
import type { Actor, Verdict } from '../../../../protocol/index.ts';
import { isExpired } from '../../core/set-cookie.ts';
import type { Settings } from './settings.ts';

export interface StoreWrite {
  kind: 'save' | 'touch' | 'destroy';
  actor: Actor;
  /** What the app had asked for: `regenerate` deletes too. */
  call: string | undefined;
  /** `pending`: the store has not called back. */
  outcome: 'pending' | 'done' | 'error';
  error?: { name: string; message: string };
}

export interface Facts {
  settings: Settings;
  /** Why express-session left this request alone, where it did. */
  passedBy: 'store-disconnected' | 'path-mismatch' | 'failed' | 'load-pending' | undefined;
  /** How the load went; `undefined`: no cookie that names a session. */
  load: 'found' | 'missing' | 'expired' | 'error' | undefined;
  ending: 'completed' | 'aborted';
  /** Writes to the store for this exchange, in order. */
  writes: readonly StoreWrite[];
  /** `req.session` was there when the response was ended. */
  hasSession: boolean;
  /** `req.sessionID` is a text: express-session ignores a session without one. */
  hasKey: boolean;
  /** The session's key is another than the one that the request's cookie named. */
  isNewKey: boolean;
  /** The data differs from what was loaded or generated. */
  isModified: boolean;
  /** This session was there when the headers were written, in a state that calls for a cookie; true before them. */
  wasDueAtHeaders: boolean;
  /** `session.cookie.expires` is set. */
  hasExpiry: boolean;
  /** `session.cookie.secure`. */
  isSecureCookie: boolean;
  isSecureRequest: boolean;
  /** The header in which a proxy in front says which protocol it speaks. */
  forwardedProto: string | string[] | undefined;
  setCookie: Verdict['cookie']['attributes'] | undefined;
  /** What the library threw when the response was ended. */
  endError: { name: string; message: string } | undefined;
  now: number;
}

type RecordVerdict = Verdict['record'];
type CookieVerdict = Verdict['cookie'];

export const judge = (facts: Facts): Verdict => ({ record: judgeRecord(facts), cookie: judgeCookie(facts) });

const PASSED_BY: Record<NonNullable<Facts['passedBy']>, Pick<RecordVerdict, 'text' | 'mend'>> = {
  'store-disconnected': {
    text: 'The store has said that it is disconnected, so express-session let the request pass without a session.',
    mend: 'Bring the store back, and handle requests without req.session meanwhile.',
  },
  'path-mismatch': {
    text: "The request's path does not begin with the cookie's path, so express-session let it pass without a session.",
    mend: 'Mount the middleware where the cookie path says, or widen cookie.path.',
  },
  'load-pending': {
    text: 'The store had not given the session when the connection closed: the app was never asked.',
    mend: 'Check that the store is reachable and that it calls its callback.',
  },
  failed: {
    text: 'express-session answered with an error before there was a session.',
    mend: 'See the error that the app shows; a missing secret and a store that fails are the usual causes.',
  },
};

function judgeRecord(facts: Facts): RecordVerdict {
  const { settings, passedBy, load, writes, endError } = facts;
  if (passedBy !== undefined) return { outcome: 'none', reason: passedBy, ...PASSED_BY[passedBy] };
  const write = decisive(writes);
  if (endError !== undefined && write?.outcome !== 'done')
    return {
      outcome: 'failed',
      reason: 'end-failed',
      text: `express-session could not save when the response was ended: ${endError.name}: ${endError.message}`.slice(
        0,
        1000,
      ),
      mend: 'Keep to values that JSON can hold: a bigint, a cycle and a toJSON that throws are the usual causes.',
    };
  if (write === undefined) return judgeUnwritten(facts);
  if (write.outcome === 'error')
    return {
      outcome: 'failed',
      reason: 'store-error',
      text: `The store failed on ${write.kind}: ${write.error?.name ?? 'Error'}: ${(write.error?.message ?? '').slice(0, 800)}.${
        write === writes.at(-1)
          ? ''
          : " express-session took it for saved, and reset the old record's expiry when the response ended."
      }`,
      mend: 'What the session held in memory is lost with this request.',
    };
  if (write.outcome === 'pending')
    return {
      outcome: 'not-saved',
      reason: 'store-silent',
      text: `The store was asked to ${write.kind} and had not answered when the connection closed.`,
      mend: 'Check that the store is reachable and that it calls its callback.',
    };
  if (write.kind === 'destroy')
    return write.actor === 'framework'
      ? {
          outcome: 'deleted',
          reason: 'unset',
          text: 'req.session was unset, so the record was deleted.',
          setting: "unset: 'destroy'",
        }
      : { outcome: 'deleted', reason: 'destroyed', text: 'The app destroyed the session.' };
  if (write.kind === 'touch')
    return { outcome: 'touched', reason: 'unmodified', text: "Nothing changed: only the record's expiry was reset." };
  if (write.actor === 'app') return { outcome: 'saved', reason: 'app-saved', text: 'The app called save().' };
  if (facts.isModified)
    return facts.isNewKey
      ? { outcome: 'saved', reason: 'new-session', text: 'A new session with data in it.' }
      : { outcome: 'saved', reason: 'modified', text: 'The session was changed.' };
  if (isRegenerated(facts))
    return {
      outcome: 'saved',
      reason: 'regenerated',
      text: 'The session was regenerated: the old record is deleted, the new one stored, though nothing was written to it.',
    };
  if (facts.isNewKey && settings.saveUninitialized)
    return {
      outcome: 'saved',
      reason: 'save-uninitialized',
      text: 'A new session was saved with nothing in it.',
      setting: 'saveUninitialized: true',
      mend: 'saveUninitialized: false keeps visitors without data out of the store.',
    };
  if (settings.resave && load === 'found')
    return {
      outcome: 'saved',
      reason: 'resave',
      text: 'Nothing changed, and the record was written again all the same.',
      setting: 'resave: true',
      mend: 'resave: false leaves unchanged records alone, so that a slow request writes no old copy over a newer one.',
    };
  return { outcome: 'saved', reason: 'unsaved', text: 'express-session found that this content was not saved yet.' };
}

/**
 * The write that decides over the record. What regenerate deleted is another session than the one judged here; and
 * after a save of the app's the library touches the record when the response ends, whatever the store said.
 */
function decisive(writes: readonly StoreWrite[]): StoreWrite | undefined {
  const own = writes.filter(({ call, outcome }) => call !== 'regenerate' || outcome === 'pending');
  const last = own.at(-1);
  return last?.kind === 'touch' ? (own.findLast(({ kind }) => kind !== 'touch') ?? last) : last;
}

function judgeUnwritten(facts: Facts): RecordVerdict {
  const { settings, load, ending, hasSession, hasKey, isModified, isNewKey } = facts;
  if (!hasSession)
    return {
      outcome: 'none',
      reason: 'no-session',
      text: 'There was no req.session when the response ended.',
      setting: `unset: '${settings.unset}'`,
    };
  if (!hasKey)
    return {
      outcome: 'none',
      reason: 'bogus-key',
      text: 'req.sessionID is no text, so express-session neither saved the session nor set a cookie.',
      mend: 'Let genid return a text.',
    };
  if (ending === 'aborted')
    return {
      outcome: isModified ? 'not-saved' : 'none',
      reason: 'aborted',
      text: 'The connection closed before the response ended, and express-session saves when it ends.',
      ...(isModified ? { mend: 'Call req.session.save() where the data must survive a closed connection.' } : {}),
    };
  if (load === 'missing' || load === 'expired')
    return {
      outcome: 'missing',
      reason: load,
      text:
        load === 'expired'
          ? 'The record that the cookie names had expired; nothing was written to the new session.'
          : 'The store holds no record by the name that the cookie gives: expired, deleted, or from before a restart. Nothing was written to the new session.',
    };
  if (isNewKey)
    return {
      outcome: 'none',
      reason: 'uninitialized',
      text: 'A new session that nothing was written to is not stored.',
      setting: `saveUninitialized: ${settings.saveUninitialized}`,
    };
  return {
    outcome: 'unchanged',
    reason: 'unmodified',
    text: 'Nothing changed, so nothing was written.',
    setting: `resave: ${settings.resave}`,
  };
}

const isRegenerated = ({ writes }: Facts): boolean => writes.some(({ call }) => call === 'regenerate');

function judgeCookie(facts: Facts): CookieVerdict {
  const { settings, passedBy, setCookie } = facts;
  if (setCookie !== undefined) return { ...judgeSet(facts, setCookie), attributes: setCookie };
  if (passedBy !== undefined) return { outcome: 'none', reason: passedBy, text: PASSED_BY[passedBy].text };
  if (!facts.hasSession)
    return {
      outcome: 'none',
      reason: 'no-session',
      text: 'There was no req.session to set a cookie for. The browser keeps the cookie that it has.',
    };
  if (!facts.hasKey)
    return { outcome: 'none', reason: 'bogus-key', text: 'A session whose ID is no text gets no cookie.' };
  if (!facts.isNewKey)
    return {
      outcome: 'none',
      reason: 'kept',
      text: facts.hasExpiry
        ? 'The browser has this cookie already. It is sent again where the session changed, or with rolling: true.'
        : 'The browser has this cookie already, and keeps it until it closes.',
      setting: `rolling: ${settings.rolling}`,
    };
  if (!facts.isModified && !settings.saveUninitialized)
    return {
      outcome: 'none',
      reason: 'uninitialized',
      text: 'A new session that nothing was written to gets no cookie.',
      setting: 'saveUninitialized: false',
    };
  return { outcome: 'not-set', due: true, ...judgeMissing(facts) };
}

function judgeSet(
  { settings, isNewKey, isModified, hasExpiry, now }: Facts,
  attributes: NonNullable<Facts['setCookie']>,
): CookieVerdict {
  if (isExpired(attributes, now))
    return { outcome: 'expired', reason: 'cleared', text: 'The response tells the browser to drop the cookie.' };
  if (isNewKey)
    return { outcome: 'set', reason: 'new-key', text: 'The session has a key that the browser does not know yet.' };
  if (settings.rolling)
    return { outcome: 'set', reason: 'rolling', text: 'Each response sets the cookie anew.', setting: 'rolling: true' };
  if (hasExpiry && isModified)
    return {
      outcome: 'set',
      reason: 'modified',
      text: 'The session changed and has an expiry, so its cookie is sent again with a new one.',
    };
  return { outcome: 'set', reason: 'app-set', text: 'The response sets it; express-session had no reason to.' };
}

type Missing = Omit<CookieVerdict, 'outcome'>;

function judgeMissing(facts: Facts): Missing {
  if (facts.isSecureCookie && !facts.isSecureRequest) {
    return {
      reason: 'secure-over-http',
      text: 'The cookie is Secure and express-session takes this request for plain http, so it set none. Each request starts a new session.',
      setting: 'cookie.secure: true',
      mend: String(facts.forwardedProto ?? '').startsWith('https')
        ? "A proxy says https (X-Forwarded-Proto) and is not trusted: app.set('trust proxy', 1)."
        : "Serve https, or write cookie: { secure: 'auto' }.",
    };
  }
  if (!facts.wasDueAtHeaders)
    return {
      reason: 'headers-already-sent',
      text: 'The session was made or first changed after the response headers had been sent. The record was saved, the cookie could not be.',
      mend: 'Change the session before the first byte of the response (res.write, res.flushHeaders, res.writeHead).',
    };
  if (facts.ending === 'aborted')
    return { reason: 'aborted', text: 'The connection closed before the headers were sent.' };
  return {
    reason: 'removed',
    text: 'express-session had reason to set the cookie, and the response bears none: other code took the Set-Cookie header off, or serializing it failed.',
    mend: 'Look for code that replaces Set-Cookie, and for an error about an invalid cookie option.',
  };
}
