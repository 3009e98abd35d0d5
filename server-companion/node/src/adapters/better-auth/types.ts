/** The parts of better-auth that the adapter touches. */

export interface SessionRow {
  /** What the cookie holds: it names the session, and proves it. */
  readonly token: string;
  readonly userId: string;
  readonly expiresAt: Date | string;
  readonly [field: string]: unknown;
}

export interface SessionWithUser {
  readonly session: SessionRow;
  readonly user: object;
}

type Method<Result> = (...args: unknown[]) => Promise<Result>;

/** How every endpoint of better-auth, and every plugin, reaches its sessions. */
export interface InternalAdapter {
  createSession: Method<SessionRow>;
  findSession: Method<SessionWithUser | null>;
  updateSession: Method<SessionRow | null>;
  deleteSession: Method<void>;
  deleteSessions: Method<void>;
  deleteUserSessions: Method<void>;
}

export interface AuthContext {
  readonly options: {
    readonly session?: {
      readonly expiresIn?: number;
      readonly updateAge?: number;
      readonly cookieCache?: { readonly enabled?: boolean; readonly maxAge?: number };
    };
  };
  readonly authCookies: {
    readonly sessionToken: { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> };
  };
  readonly secret: string;
  readonly adapter: { readonly id: string };
  readonly secondaryStorage?: object;
  readonly internalAdapter: InternalAdapter;
  /** What the endpoint has found. */
  readonly session: SessionWithUser | null;
}

/** What a hook of a plugin's gets: one call of an endpoint, by a request or by the app itself. */
export interface EndpointContext {
  readonly path?: string;
  readonly context: AuthContext;
}

interface Hook<Result> {
  matcher(context: EndpointContext): boolean;
  handler(context: EndpointContext): Promise<Result>;
}

/** As better-auth has it. */
export interface Plugin {
  readonly id: 'sessionscope';
  readonly hooks?: { readonly before: Hook<undefined>[]; readonly after: Hook<object>[] };
}
