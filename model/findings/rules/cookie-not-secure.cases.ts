import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function answer(stage: Stage, secure: boolean, url: string, cookie = setCookie({ secure })) {
  const get = stage.start('/');
  get.finish({ verdict: { cookie } });
  stage.see(get, { url, setCookies: [{ name: 'sid', valueLength: 80, attributes: '; Path=/' }] });
}

export const cookieNotSecure: RuleCases = {
  finds: {
    'over https': (stage) => {
      answer(stage, false, 'https://shop.test/');
      return '#1 GET / set sid without Secure over https.';
    },
    'over plain http to this machine: a note': (stage) => {
      answer(stage, false, 'http://localhost:3000/');
      return '#1 GET / set sid without Secure, over plain http to localhost:3000.';
    },
  },
  nearMisses: {
    'it has it': (stage) => answer(stage, true, 'https://shop.test/'),
    'the cookie is taken away': (stage) =>
      answer(stage, false, 'https://shop.test/', { ...setCookie({ secure: false }), outcome: 'expired' as never }),
  },
};
