import { type RuleCases, setCookie } from '../rule.cases.ts';

export const cookieTooLarge: RuleCases = {
  finds: {
    'over the bound': (stage) => {
      stage.start('/').finish({ verdict: { cookie: setCookie({ bytes: 4_097 }) } });
      return '#1 GET / set sid with 4097 bytes, and browsers take 4,096: it is dropped.';
    },
    'near it': (stage) => {
      stage.start('/').finish({ verdict: { cookie: setCookie({ bytes: 4_000 }) } });
      return '#1 GET / set sid with 4000 of the 4,096 bytes that browsers take.';
    },
  },
  nearMisses: {
    'a long one that fits': (stage) =>
      void stage.start('/').finish({ verdict: { cookie: setCookie({ bytes: 3_600 }) } }),
    'a browser that keeps it anyway': (stage) => {
      const get = stage.start('/');
      get.finish({ verdict: { cookie: setCookie({ bytes: 4_097 }) } });
      const cookie = { name: 'sid', path: '/', domain: 'localhost', secure: false, httpOnly: true, expiresAt: null };
      stage.see(get, {
        setCookies: [{ name: 'sid', valueLength: 4_094, attributes: '; Path=/' }],
        jar: [{ name: 'sid', outcome: 'kept', cookie }],
      });
    },
  },
};
