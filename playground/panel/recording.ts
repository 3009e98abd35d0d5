/** What the panel received, kept: the page plays it as the connector would report it. */
import type { Connection, HarExchange } from '../../model/index.ts';
import type { SessionAnswer, SessionscopeEvent } from '../../protocol/index.ts';

export interface Recording {
  events: SessionscopeEvent[];
  /** What DevTools saw, cookie values left out. */
  responses: HarExchange[];
  /** As the connector reported it at the end. */
  connection: Partial<Connection>;
  /** The last look into the store. */
  store?: SessionAnswer;
  /** Epoch ms: the page's clock stands here. */
  endedAt: number;
}
