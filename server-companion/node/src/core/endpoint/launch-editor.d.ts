declare module 'launch-editor' {
  /** Starts the editor that runs, or that LAUNCH_EDITOR names, and returns at once. */
  export default function launchEditor(file: string, onError: (file: string, message: string | null) => void): void;
}
