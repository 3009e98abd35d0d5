import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

function answer(stage: Stage, url: string, attributes: object = {}) {
  const get = stage.start('/');
  get.finish({ verdict: { cookie: setCookie(attributes) } });
  stage.see(get, { url, setCookies: [{ name: 'sid', valueLength: 80, attributes: '; Path=/; Secure' }] });
}

export const hostPrefixMissing: RuleCases = {
  finds: {
    'over https': (stage) => {
      answer(stage, 'https://shop.test/');
      return '#1 GET / set sid, which could be __Host-sid: it is Secure, for path / and one host.';
    },
  },
  nearMisses: {
    'over http': (stage) => answer(stage, 'http://shop.test/'),
    'on this machine': (stage) => answer(stage, 'https://localhost:3000/'),
    'for another path': (stage) => answer(stage, 'https://shop.test/', { path: '/app' }),
    'it has it': (stage) => answer(stage, 'https://shop.test/', { name: '__Host-sid' }),
  },
};
