/** The types of a session's data: keys, and what they hold. */

/** A session's data as an app may have any. */
export type AnyData = Record<string, unknown>;
export type KeyOf<Data> = keyof Data & string;
/** What a key holds where it is set. */
export type Held<Data, Key extends keyof Data> = Exclude<Data[Key], undefined>;
