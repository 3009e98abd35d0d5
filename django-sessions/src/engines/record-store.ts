/** What `DbSession` asks of the place where records are kept: a table, or a store of one's own. */

/** What an extra column holds. */
export type ColumnValue = string | number | boolean | null;
export type Columns = Readonly<Record<string, ColumnValue>>;

/** A record as it is kept: the signed text that Django calls `session_data`, and its end. */
export interface StoredRecord {
  data: string;
  expiresAt: Date;
  /** Where the store itself decides it. @default by `expiresAt` and the clock of this process */
  isExpired?: boolean;
}

/** A record among others, of `list`. */
export interface ListedRecord extends StoredRecord {
  sessionKey: string;
}

/**
 * Each method is asked only for keys that could be session keys (`Session.isKey`). What it rejects with is an error of
 * the request.
 */
export interface RecordStore {
  /** The record of a key, expired or not; `undefined`: there is none. */
  find(sessionKey: string): Promise<StoredRecord | undefined>;
  /** Makes a record. `false`: there is one already, which must stay as it is. */
  insert(sessionKey: string, data: string, expiresAt: Date, columns: Columns): Promise<boolean>;
  /** Rewrites a record. `false`: there is none, and none must be made: its user may have just logged out. */
  update(sessionKey: string, data: string, expiresAt: Date, columns: Columns): Promise<boolean>;
  /** Deletes a record. No error where there is none. */
  remove(sessionKey: string): Promise<void>;
  /** Whether there is a record, expired or not. @default by `find` */
  has?(sessionKey: string): Promise<boolean>;
  /** Deletes what has expired: how many. @default nothing: the store does it by itself */
  removeExpired?(): Promise<number>;
  /** The records that have not expired, those whose extra columns hold these values. @default `sessions.list()` throws */
  list?(where: Columns): AsyncIterable<ListedRecord>;
  /** Makes what records are kept in, where it is not there yet. Called at once by several processes. @default nothing */
  create?(): Promise<void>;
  /** Closes what was opened for it. @default nothing */
  close?(): Promise<void>;
}
