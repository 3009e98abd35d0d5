/** What each browser's opener is given, and gives. */

export interface OpenOptions {
  executable: string;
  /** Folder of the unpacked extension. */
  extension: string;
  /** Folder of the browser's profile: made where there is none. */
  profile: string;
  url: string;
  /** Without a window: for tests. */
  headless: boolean;
}

export interface OpenedBrowser {
  /** Settled once the browser is closed. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}
