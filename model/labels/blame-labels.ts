/** Who made a value what it is, where that is not one write that can be linked: in words. */
import type { Blame } from '../history/blame.ts';
import { formatSource } from './formats.ts';
import { numberText } from './exchange-labels.ts';

export interface BlameLabel {
  text: string;
  title: string;
}

/** `undefined`: a write made it, for sure, and the write says all. */
export function blameLabel(blame: Blame): BlameLabel | undefined {
  switch (blame.kind) {
    case 'write':
      return blame.isCertain
        ? undefined
        : {
            text: 'not known',
            title: 'On the way to this value something was not sent, so that another write may have made it.',
          };
    case 'record': {
      const { operation, exchange } = blame.from;
      return operation.operation === 'load'
        ? {
            text: 'from the record',
            title: `It came with the load of ${numberText(exchange)}: nothing recorded before that wrote it.`,
          }
        : { text: `${numberText(exchange)} ${operation.operation}`, title: `It came with this ${operation.call}.` };
    }
    case 'unseen': {
      const { operation, exchange } = blame.from;
      return {
        text: 'not seen',
        title: `The ${operation.operation} of ${numberText(exchange)} has another value than was last seen here: something that is not in this recording wrote it.`,
      };
    }
    case 'unknown':
      return { text: 'not known', title: 'Nothing recorded says who wrote it.' };
  }
}

/** The newer write that is not what is there: `#8 lab.mjs:19 was overwritten by the save of #9`. */
export function lostLabel({ lost }: Blame): string | undefined {
  if (lost === undefined) return undefined;
  const line = formatSource(lost.write.operation.source);
  const who = `${numberText(lost.write.exchange)}${line === undefined ? '' : ` ${line}`}`;
  return lost.by === undefined
    ? `The write of ${who} was never saved.`
    : `The write of ${who} was overwritten by the save of ${numberText(lost.by.exchange)}.`;
}
