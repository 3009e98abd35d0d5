/** TanStack Query's devtools: each write is a query of its own, whose data it shows. It knows no changes. */
import { onlineManager, QueryClient } from '@tanstack/query-core';
import { TanstackQueryDevtoolsPanel } from '@tanstack/query-devtools';
import type { Peer, Write } from './peer.ts';

export function startTanstack(root: HTMLElement): Peer {
  const client = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity, staleTime: Infinity } } });
  let count = 0;
  const write = ({ path, state }: Write) => client.setQueryData([path, count++], state);
  /** Its rows are those on the screen. */
  const show = (index: number) => {
    const rows = root.querySelectorAll<HTMLElement>('.tsqd-query-row');
    rows[index % Math.max(1, rows.length)]?.click();
  };
  return {
    // Opened when all is there, as Redux DevTools, for the same reason.
    receive(writes, more) {
      writes.forEach(write);
      if (!more)
        new TanstackQueryDevtoolsPanel({ client, queryFlavor: 'Query', version: '5', onlineManager }).mount(root);
    },
    append: write,
    select: show,
    sweep: show,
  };
}
