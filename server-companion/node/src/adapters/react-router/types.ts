/** The parts of React Router's session storages (7 and 8) that the adapter touches. */

export interface CookieOptions {
  name?: string;
  secrets?: readonly string[];
  maxAge?: number;
  expires?: Date;
  secure?: boolean;
  httpOnly?: boolean;
  sameSite?: unknown;
  path?: string;
  domain?: string;
  [option: string]: unknown;
}

/** What `createCookie` makes; its secrets cannot be asked for. */
export interface Cookie {
  readonly name: string;
  readonly isSigned: boolean;
  readonly expires?: Date | undefined;
  parse(header: string | null, options?: object): Promise<unknown>;
  serialize(value: unknown, options?: object): Promise<string>;
}

export interface StorageOptions {
  cookie?: Cookie | CookieOptions;
  [option: string]: unknown;
}

export interface Session {
  readonly id: string;
  /** A new object with each read. */
  readonly data: Record<string, unknown>;
  has(name: string): boolean;
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  flash(name: string, value: unknown): void;
  unset(name: string): void;
}

export interface Storage {
  getSession(header?: string | null, options?: object): Promise<Session>;
  commitSession(session: Session, options?: { maxAge?: number; expires?: Date }): Promise<string>;
  destroySession(session: Session, options?: object): Promise<string>;
}

export type CreateStorage = (options?: StorageOptions) => Storage;
