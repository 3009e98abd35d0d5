/** One request in which Astro's session may be used: the sessions that Astro makes for it, and how they end. */
import type { Verdict } from '../../../../../protocol/index.ts';
import { firstSent } from '../../core/sent-cookies.ts';
import { lastSetValue } from '../../core/set-cookie.ts';
import { AppSavedExchange, type AppSavedFacts } from '../../kit/app-saved-exchange.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import type { AstroLibrary } from './library.ts';
import { type Did, type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: AstroLibrary };

export class Exchange extends AppSavedExchange<Failure> {
  readonly library: AstroLibrary;
  /** What was sent, where Astro takes it for an ID. */
  readonly sentId: string | undefined;
  readonly did: Did = {
    isUsed: false,
    load: undefined,
    isDirty: false,
    isRegenerated: false,
    isEnded: false,
    isCookieSet: false,
    error: undefined,
  };

  constructor(library: Library, context: RequestContext<Exchange>) {
    const { cookieName, idIn } = library.library;
    const { sent, value } = firstSent(context.request.headers.cookie, cookieName);
    const sentId = idIn(value);
    const signature = value === '' ? undefined : sentId === undefined ? 'malformed' : 'unsigned';
    super(library, context, [cookieName], { name: cookieName, sent, taken: 'first', signature, key: sentId });
    this.library = library.library;
    this.sentId = sentId;
  }

  protected sessionIn(lines: readonly unknown[]): string | null {
    const id = this.library.idIn(lastSetValue(lines, this.library.cookieName) ?? '');
    return id === undefined ? null : this.fingerprint(id);
  }

  protected judge(facts: AppSavedFacts<Failure>): Verdict {
    return judge({ ...facts, ...this.did, isDestroyed: this.did.isEnded });
  }
}
