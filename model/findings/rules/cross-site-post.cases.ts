import { ALICE, BOB } from '../../recording/recording.cases.ts';
import { type RuleCases, setCookie, type Stage } from '../rule.cases.ts';

const client = '0123456789ab';

function answer(stage: Stage, { site = 'cross-site', sets = true, sameSite = 'lax' } = {}) {
  stage.start('/auth', { client }).finish({ verdict: { cookie: setCookie({ sameSite }) } });
  const post = stage.start('/callback', { method: 'POST', client, session: null, site: site as never });
  post.finish({ sessionAfter: sets ? BOB : null, ...(sets ? { verdict: { cookie: setCookie() } } : {}) });
}

export const crossSitePost: RuleCases = {
  finds: {
    'an answer of an identity provider': (stage) => {
      answer(stage);
      return `#2 POST /callback came from another site without a cookie, and set that of session ${BOB.slice(0, 4)} over that of ${ALICE.slice(0, 4)}.`;
    },
  },
  nearMisses: {
    'from the same site': (stage) => answer(stage, { site: 'same-origin' }),
    'it set none': (stage) => answer(stage, { sets: false }),
    'the cookie is sent across sites': (stage) => answer(stage, { sameSite: 'none' }),
  },
};
