/** The lives of the servers in one recording: which is another's restart, and which run side by side. */
import type { EpochStarted } from '../../protocol/index.ts';

/** One server of an epoch: the only one, or a process of several that write one log. */
export interface ServerLife {
  epoch: string;
  /** The newest word on it; absent: none came, or it is not known which server it is. */
  started?: EpochStarted;
}

/** One life of a companion process, or of the log that several share. */
export interface EpochLife {
  epoch: string;
  /** The newest word on it, of whichever process; absent: none came. */
  started?: EpochStarted;
  /** The processes that wrote it, as far as they name themselves. */
  processes: Set<string>;
  /** In order of arrival. */
  index: number;
  /** Epoch ms of its newest event, and that event's number. */
  lastAt: number;
  lastSeq: number;
}

/** A server that is being stopped may continue this long beside the one that takes its place. */
const HANDOVER_MS = 2_000;

/**
 * The life that `life` took the place of; `undefined`: none. Of the same app and the same server, and not heard of any
 * more: two that run at once are two servers, or two processes of one. A process that goes over to another log is none.
 */
export function replacedBy(life: EpochLife, all: readonly EpochLife[]): EpochLife | undefined {
  const { started } = life;
  // Where other processes continue beside this one, another epoch is no end of theirs.
  if (started === undefined || started.partial !== undefined) return undefined;
  return all.findLast(
    (other) =>
      other !== life &&
      other.started !== undefined &&
      other.started.app === started.app &&
      ![...life.processes].some((process) => other.processes.has(process)) &&
      isSameServer(other.started, started) &&
      (other.started.at < started.at || (other.started.at === started.at && other.index < life.index)) &&
      other.lastAt <= started.at + HANDOVER_MS,
  );
}

function isSameServer({ server: a }: EpochStarted, { server: b }: EpochStarted): boolean {
  if (a === undefined || b === undefined) return true;
  return a.name === b.name && (a.port === undefined || b.port === undefined || a.port === b.port);
}

/** Name and port of a server, `shop :3000`; `undefined` where neither is known. */
export function serverName(started: EpochStarted | undefined): string | undefined {
  if (started === undefined) return undefined;
  const { server, project } = started;
  if (server === undefined) return project;
  return server.port === undefined ? server.name : `${server.name} :${server.port}`;
}
