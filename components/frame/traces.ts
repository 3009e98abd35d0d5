/** What the panel does with trace files. */
export interface Traces {
  /** Saves what is shown, and what lies between, as a file. */
  save: () => void;
  /** Has the user choose a file. */
  open: () => void;
  /** Why a file was not opened or saved, for people. */
  fault: string | undefined;
  dismiss: () => void;
  /** The file that is shown in place of the recording. */
  opened:
    | {
        name: string;
        /** Epoch ms. */
        savedAt: number;
        /** Entries that do not fit. */
        refused: number;
        close: () => void;
      }
    | undefined;
}
