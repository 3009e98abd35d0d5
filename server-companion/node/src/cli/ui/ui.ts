/** `sessionscope ui`: the panel as a page, for a browser without the extension. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRelay } from './companion-relay.ts';
import { pageFiles } from './page-files.ts';
import { createPageKeys } from './page-keys.ts';
import { servePage } from './page-server.ts';

export interface UiOptions {
  url: string;
  /** 0: a free one. */
  port: number;
  /** Where companions keep their pairing. @default as they do */
  stateDirectory?: string | undefined;
}

/** Runs until it is ended. */
export async function serveUi({ url, port, stateDirectory }: UiOptions): Promise<number> {
  const keys = createPageKeys();
  const relay = createRelay(url, stateDirectory === undefined ? {} : { stateDirectory });
  const page = await servePage(port, {
    url,
    // Beside the built file that this ends up in.
    files: pageFiles(join(dirname(fileURLToPath(import.meta.url)), 'ui')),
    keys,
    relay,
    onEntered: () => console.log('The link was used. Press Enter for another one, Ctrl-C to end.'),
  });
  // After the #, so that it is in no log of any server.
  const printLink = () =>
    console.log(`The Sessions panel for ${url}, once, within 10 minutes:\n  ${page.origin}/#${keys.newLink()}`);
  printLink();
  process.stdin.on('data', printLink);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  process.stdin.pause();
  await Promise.all([page.close(), relay.close()]);
  return 0;
}
