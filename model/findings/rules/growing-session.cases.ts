import type { RuleCases, Stage } from '../rule.cases.ts';

function saves(stage: Stage, sizes: number[]) {
  sizes.forEach((bytes, index) => {
    const seen = Array.from({ length: index + 1 }, (_, at) => at);
    const get = stage.start(`/${index}`);
    get.load({ seen: seen.slice(1) });
    get.save({ seen }, { bytes });
    get.finish();
  });
}

export const growingSession: RuleCases = {
  finds: {
    'twelve in a row': (stage) => {
      saves(
        stage,
        Array.from({ length: 12 }, (_, at) => 1_000 + at * 400),
      );
      return 'Session a11c grew with each of 12 saves in a row, from 1.0 KB to 5.4 KB: seen does.';
    },
  },
  nearMisses: {
    'by little': (stage) =>
      saves(
        stage,
        Array.from({ length: 12 }, (_, at) => 1_000 + at),
      ),
    'once it shrank': (stage) =>
      saves(
        stage,
        Array.from({ length: 12 }, (_, at) => (at === 6 ? 900 : 1_000 + at * 400)),
      ),
  },
};
