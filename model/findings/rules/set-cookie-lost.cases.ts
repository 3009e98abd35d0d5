import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function answer(
  stage: Stage,
  setCookies: { name: string; valueLength: number; attributes: string }[],
  fields: object = {},
) {
  const get = stage.start('/');
  get.finish({ verdict: { cookie: setCookie() } });
  stage.see(get, { setCookies, ...fields });
}

export const setCookieLost: RuleCases = {
  finds: {
    'the browser received none': (stage) => {
      answer(stage, []);
      return '#1 GET / set sid, and the browser received none.';
    },
    'another one of that name came after it': (stage) => {
      answer(stage, [
        { name: 'sid', valueLength: 80, attributes: '; Path=/' },
        { name: 'sid', valueLength: 3, attributes: '; Path=/' },
      ]);
      return '#1 GET / set sid, and another Set-Cookie of that name follows it, which the browser keeps.';
    },
  },
  nearMisses: {
    'it arrived': (stage) => answer(stage, [{ name: 'sid', valueLength: 80, attributes: '; Path=/' }]),
    'DevTools reports no cookies of that request': (stage) => answer(stage, [], { hidesSetCookies: true }),
    'another one beside it, of another path': (stage) =>
      answer(stage, [
        { name: 'sid', valueLength: 80, attributes: '; Path=/' },
        { name: 'sid', valueLength: 3, attributes: '; Path=/app' },
      ]),
  },
};
