/** Every error that this package throws, under the name that Django gives it where Django has one. */

export class SessionError extends Error {
  override readonly name: string = 'SessionError';
}

/** `require`, `delete` or `pop` of a key that the session does not hold: Python's `KeyError`. */
export class MissingKeyError extends SessionError {
  override readonly name = 'MissingKeyError';
  readonly key: string;
  constructor(key: string) {
    super(
      `The session has no key ${JSON.stringify(key)}. Ask with has() first, or use get() or pop() with a default value.`,
    );
    this.key = key;
  }
}

/** `session.loaded` of a session that nothing has read yet. */
export class NotLoadedError extends SessionError {
  override readonly name = 'NotLoadedError';
  constructor() {
    super('The session has not been loaded. Await one of its methods first, such as: await session.keys()');
  }
}

/** A new record's key is taken. Caught by `create()`, which tries another one. */
export class CreateError extends SessionError {
  override readonly name = 'CreateError';
  constructor() {
    super('A session with this key already exists. Call create(), which finds a free key.');
  }
}

/** `save()` of a session whose record has gone: logged out meanwhile, expired, or never made. */
export class UpdateError extends SessionError {
  override readonly name = 'UpdateError';
  constructor() {
    super(
      "The session's record no longer exists: it was deleted while the request was running. It was not saved again. Start a new session with flush() or cycleKey().",
    );
  }
}

/** What the middleware makes of an `UpdateError`: the answer is 400. */
export class SessionInterrupted extends SessionError {
  override readonly name = 'SessionInterrupted';
  /** Koa, Fastify and Express's error handlers answer with it. */
  readonly status = 400;
  readonly statusCode = 400;
  readonly expose = true;
  constructor(options?: ErrorOptions) {
    super(
      "The request's session was deleted before the request completed. The user may have logged out in a concurrent request, for example.",
      options,
    );
  }
}

/** The store did not answer in the time that the option `storeTimeout` gives it. What was asked may still happen. */
export class StoreTimeoutError extends SessionError {
  override readonly name = 'StoreTimeoutError';
  constructor(what: string, ms: number) {
    super(
      `The session's store did not answer ${what} within ${ms} ms. Is it overloaded, or unreachable? The option storeTimeout says how long to wait.`,
    );
  }
}

/** What could not be a session key was to name a record. The file back-end says so for every call, as Django's. */
export class InvalidSessionKey extends SessionError {
  override readonly name = 'InvalidSessionKey';
  readonly status = 400;
  readonly statusCode = 400;
  readonly expose = true;
  constructor() {
    super('Invalid characters in session key: a key has 8 to 40 of a to z and 0 to 9.');
  }
}

/** A value that the session's serializer cannot carry so that Django would read the same. */
export class UnserializableValueError extends SessionError {
  override readonly name = 'UnserializableValueError';
  /** The session key that holds it, with the way to it: `cart.items[2].price`. */
  readonly path: string;
  /** What it is: `Date`, `undefined`, `function`, a class name. */
  readonly type: string;
  constructor(path: string, type: string, hint: string) {
    super(`The session cannot store ${path}: ${type} is not serializable. ${hint}`);
    this.path = path;
    this.type = type;
  }
}

/** An end of a session that Django could not read. Nothing was written. */
export class InvalidExpiryError extends SessionError {
  override readonly name = 'InvalidExpiryError';
  constructor(what: string) {
    super(
      `A session cannot end at ${what}. Give setExpiry() a number of seconds, 0, a Date of the years 1 to 9999, or null.`,
    );
  }
}

/** A signed value whose signature is invalid. */
export class BadSignature extends SessionError {
  override readonly name: string = 'BadSignature';
}

/** The signature is valid but older than allowed. */
export class SignatureExpired extends BadSignature {
  override readonly name = 'SignatureExpired';
}

/** A record with a valid signature that is not a session: not JSON, not an object, or too large. */
export class MalformedRecordError extends SessionError {
  override readonly name = 'MalformedRecordError';
}

/** An option that cannot work; says which and what to write. */
export class ImproperlyConfigured extends SessionError {
  override readonly name = 'ImproperlyConfigured';
}
