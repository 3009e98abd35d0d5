import { type RuleCases, type Stage } from '../rule.cases.ts';

const visit = (stage: Stage, signature: 'valid' | 'invalid' | 'unsigned') =>
  void stage.start('/', { cookie: { name: 'sid', sent: 1, signature } }).finish({ sessionAfter: null });

export const signatureInvalid: RuleCases = {
  finds: {
    'once for each life of the server': (stage) => {
      visit(stage, 'invalid');
      visit(stage, 'invalid');
      return "#1 GET / brought a sid whose signature is not valid for this server's secret.";
    },
  },
  nearMisses: {
    valid: (stage) => visit(stage, 'valid'),
    'a library that does not sign': (stage) => visit(stage, 'unsigned'),
  },
};
