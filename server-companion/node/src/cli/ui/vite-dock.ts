/**
 * The panel in the dock of Vite DevTools, where that is installed. Its interface is young: nothing of it is imported, and
 * what differs from the version that this was written for gets no dock.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Versions of `@vitejs/devtools` that were tried. */
const KNOWN = /^0\.8\./;
const ID = 'sessionscope:open';
const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%234c8bf5' stroke-width='1.6'%3E%3Ccircle cx='8' cy='8' r='6'/%3E%3Cpath d='M8 4v4l3 2'/%3E%3C/svg%3E";

/** What of its context is used. */
interface DevToolsContext {
  docks: { register(entry: object): unknown };
  commands: { register(command: object): unknown };
}

export interface DockOptions {
  /** Root of the project. */
  root(): string;
  /** Opens the panel in the developer's browser. The page that holds the dock gets no link. */
  open(): Promise<void>;
  say(text: string): void;
}

/** As a Vite plugin's `devtools`: called by Vite DevTools alone. Never throws, since that would end the dev server. */
export function createDock({ root, open, say }: DockOptions): { setup(context: unknown): void } {
  return {
    setup(context) {
      const version = versionIn(root());
      if (version !== undefined && !KNOWN.test(version)) {
        say(`no dock in Vite DevTools ${version}: 0.8 is known. Press s and Enter for the link.`);
        return;
      }
      try {
        const { docks, commands } = context as DevToolsContext;
        const title = 'Sessions';
        commands.register({ id: ID, title: 'Open the Sessions panel', icon: ICON, handler: open });
        docks.register({
          id: 'sessionscope',
          type: 'launcher',
          title,
          icon: ICON,
          category: 'web',
          launcher: {
            icon: ICON,
            title,
            description: 'What happens to the session on the server, in a tab of its own.',
            buttonStart: 'Open the Sessions panel',
            command: ID,
            onLaunch: open,
          },
        });
      } catch (error) {
        say(`no dock in Vite DevTools (${(error as Error).message}). Press s and Enter for the link.`);
      }
    },
  };
}

function versionIn(root: string): string | undefined {
  try {
    const manifest = createRequire(join(root, 'x.js')).resolve('@vitejs/devtools/package.json');
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}
