import { ALICE } from '../../recording/recording.cases.ts';
import type { RuleCases, Stage } from '../rule.cases.ts';

function go(stage: Stage, hosts: string[], session: string | null = null) {
  const first = stage.start('/login');
  first.finish({ sessionAfter: ALICE });
  stage.see(first, { url: `http://${hosts[0]}:3000/login` });
  const next = stage.start('/account', { session });
  next.finish({ sessionAfter: session });
  stage.see(next, { url: `http://${hosts[1]}:3000/account` });
}

export const secondHost: RuleCases = {
  finds: {
    'from localhost to 127.0.0.1': (stage) => {
      go(stage, ['localhost', '127.0.0.1']);
      return '#2 GET /account went to 127.0.0.1 and brought no cookie: the session a11c belongs to localhost.';
    },
  },
  nearMisses: {
    'one host': (stage) => go(stage, ['localhost', 'localhost']),
    'it brought a cookie of its own': (stage) => go(stage, ['localhost', '127.0.0.1'], ALICE),
    'another site altogether': (stage) => go(stage, ['shop.test', '127.0.0.1']),
  },
};
