/**
 * The panel beside a Vite dev server. It has a port of its own, as `npx sessionscope ui` has: at the dev server's own
 * origin any script of the app could read it.
 */
import { createRequire } from 'node:module';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';
import type { Logger, Plugin } from 'vite';
import { createRelay } from './companion-relay.ts';
import { openLink } from './open-link.ts';
import { pageFiles } from './page-files.ts';
import { createPageKeys } from './page-keys.ts';
import { type PageServer, servePage } from './page-server.ts';
import { createDock } from './vite-dock.ts';

export interface ViteOptions {
  /**
   * URL of the server that has the sessions.
   * @default the dev server's own, where a framework runs inside it or everything is proxied
   */
  app?: string;
}

const PATH = '/__sessions';
const WORDS =
  'The link to the Sessions panel is in the terminal of the dev server: press s and Enter there for a new one.';

/** As `sessionscope/vite` gives it out. */
export function createPlugin({ app }: ViteOptions): Plugin {
  let root = process.cwd();
  let page: PageServer | undefined;
  let logger: Pick<Logger, 'info'> = console;
  const keys = createPageKeys();
  const say = (text: string) => logger.info(`  ➜  Sessions: ${text}`);
  const printLink = () => {
    if (page !== undefined) say(`${page.origin}/#${keys.newLink()} (once, within 10 minutes; s + Enter for another)`);
  };
  const open = async () => {
    if (page === undefined) say('the panel is not served yet.');
    else if (await openLink(`${page.origin}/#${keys.newLink()}`)) say('opened in your browser.');
    else printLink();
  };
  const plugin: Plugin & { devtools: ReturnType<typeof createDock> } = {
    name: 'sessionscope',
    apply: 'serve',
    devtools: createDock({ root: () => root, open, say }),
    configResolved(config) {
      ({ root, logger } = config);
    },
    configureServer(server) {
      // No secret by a path that anybody may ask: it says where the link is.
      server.middlewares.use(PATH, (_request, response) => {
        response
          .writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
          .end(WORDS);
      });
      const { httpServer } = server;
      // A dev server inside another has none of its own.
      if (httpServer === null) return;
      httpServer.once('listening', () => {
        const url = app ?? server.resolvedUrls?.local[0] ?? addressOf(httpServer.address());
        const relay = createRelay(url);
        const folder = join(
          dirname(createRequire(join(server.config.root, 'x.js')).resolve('sessionscope/package.json')),
          'dist',
          'ui',
        );
        void (async () => {
          try {
            page = await servePage(0, { url, files: pageFiles(folder), keys, relay });
            page.server.unref();
            printLink();
          } catch (error) {
            say(`not served: ${(error as Error).message}`);
          }
        })();
        httpServer.once('close', () => void Promise.all([page?.close(), relay.close()]));
      });
      const { bindCLIShortcuts } = server;
      server.bindCLIShortcuts = (options) => {
        const own = { key: 's', description: 'open the Sessions panel', action: printLink };
        bindCLIShortcuts.call(server, { ...options, customShortcuts: [...(options?.customShortcuts ?? []), own] });
      };
    },
  };
  return plugin;
}

const addressOf = (address: ReturnType<Server['address']>): string =>
  `http://localhost:${typeof address === 'object' && address !== null ? address.port : 5173}/`;
