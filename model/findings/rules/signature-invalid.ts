import type { ExchangeRecord } from '../../recording/records.ts';
import { byFamily, earlier, middlewareKey, middlewareOf } from '../facts.ts';
import { express } from '../references.ts';
import { type Fix, type Match, rule } from '../rule.ts';
import { say } from '../sentence.ts';

interface Found extends Match {
  /** Made the cookie, where that is known. */
  maker: ExchangeRecord | undefined;
}

/** The server's secret is another than the one that signed the cookie. */
export const signatureInvalid = rule<Found>({
  id: 'signature-invalid',
  severity: 'warning',
  title: 'Cookie signed by another secret',
  scope: 'exchange',
  why: 'After a change of the secret every cookie is invalid: everyone is logged out at once.',
  references: [express('secret')],
  find(at) {
    const { exchange } = at;
    const { started } = exchange;
    const reason = exchange.operations.find(({ operation }) => operation === 'load')?.reason;
    const isInvalid = started?.cookie.signature === 'invalid' || reason === 'other-secret';
    if (started === undefined || !isInvalid) return [];
    const secret = middlewareOf(exchange)?.secret;
    let maker: ExchangeRecord | undefined;
    for (const other of earlier(at)) {
      if (middlewareKey(other) !== middlewareKey(exchange)) continue;
      const theirs = middlewareOf(other)?.secret;
      // Two secrets are distinguished by their hashes alone.
      if (secret !== undefined && theirs !== undefined && secret !== theirs) maker = other;
      if (maker !== undefined) break;
    }
    return [{ key: `${middlewareKey(exchange)}:${exchange.epoch}`, maker }];
  },
  explain({ maker }, { exchange }) {
    const name = { code: exchange.started!.cookie.name };
    const load = exchange.operations.find(({ operation }) => operation === 'load');
    const isRestarted = maker !== undefined && maker.life.started?.app === exchange.life.started?.app;
    return {
      sentence: say`${{ request: exchange }} brought a ${name} whose signature is not valid for this server's secret.`,
      because: isRestarted
        ? say`The server that answered ${{ request: maker! }} had another secret. Where each start makes a new one, every restart logs everyone out.`
        : say`The secret was changed, another app signed it, or it was changed on its way.`,
      evidence: [
        {
          exchange,
          ...(load === undefined ? {} : { operation: load }),
          text: say`the cookie is refused`,
          isDecisive: true,
        },
      ],
      fix: byFamily<Fix>(exchange, {
        express: {
          text: say`Set a fixed secret. To change it, keep the old one behind the new one.`,
          code: ['- secret: randomUUID(),', '+ secret: [process.env.SECRET, process.env.OLD_SECRET],'],
        },
        django: {
          text: say`Set a fixed key. To change it, keep the old one as a fallback.`,
          code: ['+ SECRET_KEY_FALLBACKS = [OLD_SECRET_KEY]'],
        },
        other: { text: say`Set a fixed secret. To change it, accept the old one for a time.` },
      }),
    };
  },
});
