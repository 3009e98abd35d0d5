import type { RuleCases, Stage } from '../rule.cases.ts';

const client = '0123456789ab';

function hops(stage: Stage, paths: string[], waitMs = 5) {
  paths.forEach((path, index) => {
    stage.start(path, { client }).finish({ status: 302, location: paths[index + 1] ?? paths[0]! });
    stage.wait(waitMs);
  });
}

export const loginLoop: RuleCases = {
  finds: {
    'five in a row': (stage) => {
      hops(stage, ['/', '/login', '/', '/login', '/']);
      return '#1 GET / and #2 GET /login redirect to each other: 5 times in 28 ms.';
    },
  },
  nearMisses: {
    'four in a row': (stage) => hops(stage, ['/', '/login', '/', '/login']),
    'a chain of five pages': (stage) => hops(stage, ['/a', '/b', '/c', '/d', '/e']),
    'by hand': (stage) => hops(stage, ['/', '/login', '/', '/login', '/'], 6_000),
  },
};
