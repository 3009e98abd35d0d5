import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function respond(stage: Stage, lines: [attributes: string, valueLength: number, name?: string][]) {
  const post = stage.start('/login', { method: 'POST' });
  post.finish({ verdict: { cookie: setCookie() } });
  stage.see(post, {
    setCookies: lines.map(([attributes, valueLength, name = 'sid']) => ({ name, valueLength, attributes })),
  });
}

export const cookieSetTwice: RuleCases = {
  finds: {
    'set first, and dropped then': (stage) => {
      // The library's own is the last one: it saved, and ended the session after that.
      respond(stage, [
        ['; Path=/; HttpOnly', 60],
        ['; Path=/; Max-Age=0', 80],
      ]);
      return '#1 POST /login set sid 2 times for path /: the last one drops it.';
    },
    'dropped first, and set then: a note': (stage) => {
      respond(stage, [
        ['; Path=/; Max-Age=0', 0],
        ['; Path=/; HttpOnly', 80],
      ]);
      return '#1 POST /login set sid 2 times for path /: browsers keep the last one.';
    },
  },
  nearMisses: {
    once: (stage) => respond(stage, [['; Path=/', 80]]),
    'for two paths': (stage) =>
      respond(stage, [
        ['; Path=/old; Max-Age=0', 0],
        ['; Path=/', 80],
      ]),
    'another cookie beside it': (stage) =>
      respond(stage, [
        ['; Path=/', 4, 'theme'],
        ['; Path=/', 80],
      ]),
    'the later one is not the library`s: it was lost': (stage) =>
      respond(stage, [
        ['; Path=/', 80],
        ['; Path=/; Max-Age=0', 0],
      ]),
  },
};
