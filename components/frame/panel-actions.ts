import type { KeptCookie, Origin } from '../../model/index.ts';
import type { EncodedValue, Frame } from '../../protocol/index.ts';

/** What the panel asks of the world around it: the extension, or a plain page that plays a recording. */
export interface PanelActions {
  /** Opens a line of the server of this epoch, in the editor; absent where that can't be done. */
  openSource?: (frame: Frame, epoch: string) => void;
  /** Puts text on the clipboard. */
  copy: (text: string) => void;
  /**
   * Fetches a value that was cut for the wire, or, with `reveal`, one that was redacted; the answer goes to the
   * model, and is given back. Rejects with words for people.
   */
  loadValue?: (origin: Origin, reveal: boolean) => Promise<EncodedValue | undefined>;
  /** The same for a reader that keeps the answer to itself: the model does not get it. */
  fetchValue?: (origin: Origin) => Promise<EncodedValue>;
  /** Asks the browser for access to the page's origin; must be called from a click. */
  requestPermission?: () => Promise<void>;
  /** Has the server of this epoch, else the page's own, print a pairing code; answers how long it is good. Rejects with words for people. */
  beginPairing?: (epoch?: string) => Promise<{ expiresInMs: number }>;
  /** Exchanges the code for a token. Rejects with words for people. */
  completePairing?: (code: string, epoch?: string) => Promise<void>;
  /** Forgets the token: from then on this panel sees its own sessions only. */
  unpair?: (epoch?: string) => Promise<void>;
  /** Reads the session's record from the store of that server, without changing anything; the answer goes to the model. Rejects with words for people. */
  readStore?: (epoch?: string, session?: string) => Promise<void>;
  /** Cookies of that name that the browser's jar holds for the hosts of these URLs; `undefined`: it can't be read. */
  readJar?: (urls: readonly string[], name: string) => Promise<readonly KeptCookie[] | undefined>;
  /** Reloads the inspected page. */
  reloadPage?: () => void;
}
