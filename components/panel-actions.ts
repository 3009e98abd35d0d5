import type { Origin } from '../model/index.ts';
import type { Frame } from '../protocol/index.ts';

/** What the panel asks of the world around it: the extension, or a plain page that plays a recording. */
export interface PanelActions {
  /** Opens a source line in the editor or in DevTools' Sources; absent where that can't be done. */
  openSource?: (frame: Frame) => void;
  copy: (text: string) => void;
  /**
   * Fetches a value that was cut for the wire, or, with `reveal`, one that was held back; the answer goes to the
   * model. Rejects with words for people.
   */
  loadValue?: (origin: Origin, reveal: boolean) => Promise<void>;
  /** Asks the browser for access to the page's origin; must be called from a click. */
  requestPermission?: () => Promise<void>;
  /** Has the server print a pairing code. Rejects with words for people. */
  beginPairing?: () => Promise<void>;
  /** Exchanges the code for a token. Rejects with words for people. */
  completePairing?: (code: string) => Promise<void>;
  /** Reads the session's record from the store, without a trace; the answer goes to the model. */
  readStore?: () => Promise<void>;
  /** Reloads the inspected page. */
  reloadPage?: () => void;
}
