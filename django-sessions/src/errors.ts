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

/** A new record's key is taken. Caught by `create()`, which tries another one. */
export class CreateError extends SessionError {
  override readonly name = 'CreateError';
  constructor() {
    super('A session with this key exists already. Call create(), which finds a key that is free.');
  }
}

/** `save()` of a session whose record has gone: logged out meanwhile, expired, or never made. */
export class UpdateError extends SessionError {
  override readonly name = 'UpdateError';
  constructor() {
    super(
      'The record of this session has gone: it was deleted while the request was running. It is not written back. Begin a new session with flush() or cycleKey().',
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

/** The file back-end refuses keys with other characters than `a-z0-9`: they could name another file. */
export class InvalidSessionKey extends SessionError {
  override readonly name = 'InvalidSessionKey';
  readonly status = 400;
  readonly statusCode = 400;
  readonly expose = true;
  constructor() {
    super('Invalid characters in session key: only a to z and 0 to 9 name a session file.');
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

/** A signed text whose signature does not hold. */
export class BadSignature extends SessionError {
  override readonly name: string = 'BadSignature';
}

/** The signature holds, and is older than allowed. */
export class SignatureExpired extends BadSignature {
  override readonly name = 'SignatureExpired';
}

/** A record with a valid signature that holds no session: no JSON, no object, beyond the bounds. */
export class MalformedRecordError extends SessionError {
  override readonly name = 'MalformedRecordError';
}

/** An option that cannot work; says which and what to write. */
export class ImproperlyConfigured extends SessionError {
  override readonly name = 'ImproperlyConfigured';
}
