/** What express-session did for one exchange, and what it decides by. */
import type { Actor, Verdict } from '../../../../../protocol/index.ts';
import type { Settings } from './settings.ts';

export interface StoreWrite {
  kind: 'save' | 'touch' | 'destroy';
  actor: Actor;
  /** What the app had asked for: `regenerate` deletes too. */
  call: string | undefined;
  /** `pending`: the store has not called back. `gone`: there was no record to touch. */
  outcome: 'pending' | 'done' | 'gone' | 'error';
  /** The record that this request loaded was no longer there. */
  wasGone: boolean;
  /** The store deleted it at once: the session ended in the past. */
  isDropped: boolean;
  error?: { name: string; message: string };
}

export interface Facts {
  settings: Settings;
  /** Why express-session left this request alone, where it did. */
  skippedBecause: 'store-disconnected' | 'path-mismatch' | 'failed' | undefined;
  /** How the load went; `undefined`: no cookie that names a session. */
  load: 'found' | 'missing' | 'expired' | 'unreadable' | 'error' | undefined;
  loadError: { name: string; message: string } | undefined;
  /** `loading`: express-session has not passed the request on. */
  phase: 'loading' | 'open' | 'ended';
  /** More of this exchange is to come. */
  isUndecided: boolean;
  /** There is a response; a WebSocket's upgrade has none. */
  isResponse: boolean;
  /** The app has ended it. */
  isEnded: boolean;
  /** The setting under which the store does nothing on `touch`. */
  touchDisabled: string | undefined;
  /** `req.session` is an object of the app's own. */
  isReplaced: boolean;
  /** Nothing is in the session. */
  isEmpty: boolean;
  ending: 'completed' | 'aborted';
  /** Writes to the store for this exchange, in order. */
  writes: readonly StoreWrite[];
  /** The one that decides over the record. */
  write: StoreWrite | undefined;
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

/**
 * The write that decides over the record. What regenerate deleted is another session than the one judged here; and
 * after a save of the app's the library touches the record when the response ends, whatever the store said.
 */
export function decisive(writes: readonly StoreWrite[]): StoreWrite | undefined {
  let touch: StoreWrite | undefined;
  for (let at = writes.length - 1; at >= 0; at--) {
    const write = writes[at]!;
    if (write.call === 'regenerate' && write.outcome !== 'pending') continue;
    if (write.kind !== 'touch') return write;
    touch ??= write;
  }
  return touch;
}
