/** One request in which Astro's session may be used: the sessions that Astro makes for it, and how they end. */
import { countSent, sentCookies } from '../../core/sent-cookies.ts';
import { lastSetValue } from '../../core/set-cookie.ts';
import { AppSavedExchange } from '../../kit/app-saved-exchange.ts';
import type { HostedExchange } from '../../kit/hosts/middleware.ts';
import { partsOf } from '../../kit/hosts/node-request.ts';
import type { RequestContext } from '../../kit/hosts/request-exchanges.ts';
import { ObservedExchange } from '../../kit/observed-exchange.ts';
import type { ObservedLibrary } from '../../kit/observed-library.ts';
import type { ObservedSession } from '../../kit/observed-session.ts';
import type { AstroLibrary } from './library.ts';
import { type Did, type Failure, judge } from './verdict.ts';

export type Library = ObservedLibrary & { readonly library: AstroLibrary };

export class Exchange implements HostedExchange {
  readonly observed: ObservedExchange;
  readonly library: AstroLibrary;
  readonly app: AppSavedExchange<Failure>;
  listedAt = -1;
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

  constructor(library: Library, { request, response }: RequestContext<Exchange>) {
    this.library = library.library;
    const { cookieName: name, idIn } = this.library;
    this.observed = new ObservedExchange(library);
    const { cookie: header } = request.headers;
    const sent = countSent(header, name);
    const value = sent === 0 ? '' : sentCookies(header!, name)[0]!;
    this.sentId = idIn(value);
    this.observed.start(partsOf(request), {
      name,
      sent,
      ...(sent > 1 ? { taken: 'first' } : {}),
      ...(value === '' ? {} : { signature: this.sentId === undefined ? 'malformed' : 'unsigned' }),
      ...(this.sentId === undefined ? {} : { fingerprint: this.fingerprint(this.sentId) }),
    });
    this.app = new AppSavedExchange(this.observed, response, {
      cookieNames: [name],
      sessionIn: (lines) => {
        const id = idIn(lastSetValue(lines, name) ?? '');
        return id === undefined ? null : this.fingerprint(id);
      },
      judge: (facts) => judge({ ...facts, ...this.did, isDestroyed: this.did.isEnded }),
    });
  }

  get id(): string {
    return this.observed.id;
  }

  get memory(): ObservedSession | undefined {
    return this.app.memory;
  }

  closed(): void {
    this.observed.observed.open.delete(this);
    this.app.closed();
  }

  fingerprint(id: string): string {
    return this.observed.companion.identity.fingerprint(id);
  }
}
