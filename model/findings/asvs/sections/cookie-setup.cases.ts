import { setCookie, type Stage } from '../../rule.cases.ts';
import type { SectionCases } from '../requirement.cases.ts';

/** A login whose response sets the cookie; default: over https to a public host, with all that is asked for. */
function login(stage: Stage, attributes: object = {}, host: string | undefined = 'shop.test') {
  const post = stage.start('/login', {
    method: 'POST',
    ...(host === undefined ? {} : { host }),
    protocol: host === 'shop.test' ? 'https' : 'http',
  });
  post.finish({ verdict: { record: { outcome: 'saved' }, cookie: setCookie({ name: '__Host-sid', ...attributes }) } });
  return post;
}

const NOTHING_SET = "No response set the session's cookie. Begin a session in the app: log in, or fill a cart.";

const visit = (stage: Stage) => void stage.start('/').finish();

export const cookieSetup: SectionCases = {
  '3.3.1': {
    met: {
      'each cookie is Secure under a name with __Host- or __Secure-': (stage) => {
        login(stage);
        login(stage, { name: '__Secure-sid' });
        return 'Each of 2 responses has Secure, and a name with the prefix.';
      },
      'a proxy adds Secure: the browser received it': (stage) => {
        const post = login(stage, { secure: false, bytes: 84 });
        stage.see(post, {
          url: 'https://shop.test/login',
          setCookies: [{ name: '__Host-sid', valueLength: 73, attributes: '; Path=/; Secure; HttpOnly; SameSite=Lax' }],
        });
        return 'The response that set the session cookie has Secure, and a name with the prefix.';
      },
    },
    unmet: {
      'no Secure over https': (stage) => {
        login(stage);
        login(stage, { name: 'sid', secure: false });
        return '#2 POST /login set sid without Secure.';
      },
      'Secure, and a name without a prefix': (stage) => {
        login(stage, { name: 'sid' });
        return '#1 POST /login set sid with Secure, under a name that begins with neither __Host- nor __Secure-.';
      },
    },
    notTested: {
      'over plain http to this machine the rules on Secure are notes': (stage) => {
        login(stage, { name: 'sid', secure: false }, 'localhost:3000');
        return 'sid was set without Secure over plain http to localhost:3000, where that is a note. Run the app over https, as production does.';
      },
      'no cookie was set': (stage) => {
        visit(stage);
        return NOTHING_SET;
      },
      'a cookie was dropped, which needs no Secure': (stage) => {
        stage.start('/logout', { method: 'POST' }).finish({
          verdict: { cookie: { ...setCookie({ secure: false, httpOnly: false }), outcome: 'expired' } },
        });
        return NOTHING_SET;
      },
    },
  },
  '3.3.2': {
    met: {
      'Lax or Strict': (stage) => {
        login(stage);
        login(stage, { sameSite: 'strict' });
        return 'Each of 2 responses has SameSite=Lax or Strict.';
      },
    },
    unmet: {
      'no SameSite': (stage) => {
        login(stage, { sameSite: undefined });
        return '#1 POST /login set __Host-sid without SameSite: each browser has a default of its own.';
      },
    },
    outside: {
      'None: only the app knows whether it is needed': (stage) => {
        login(stage, { sameSite: 'none' });
        return '#1 POST /login set __Host-sid with SameSite=None: requests of other sites carry it. Whether its purpose needs that, only the app knows.';
      },
    },
    notTested: {
      'no cookie was set': (stage) => {
        visit(stage);
        return NOTHING_SET;
      },
    },
  },
  '3.3.3': {
    met: {
      'each name begins with __Host-': (stage) => {
        login(stage);
        return 'The response that set the session cookie has a name with __Host-.';
      },
    },
    unmet: {
      'a cookie of one host without it': (stage) => {
        login(stage, { name: '__Secure-sid' });
        return '#1 POST /login set __Secure-sid for one host, under a name without __Host-.';
      },
    },
    outside: {
      'a cookie with a Domain: it may be meant for several hosts': (stage) => {
        login(stage, { name: '__Secure-sid', domain: 'shop.test' });
        return '#1 POST /login set __Secure-sid for every host of shop.test. Whether it is meant to be shared, only the app knows.';
      },
    },
    notTested: {
      'over plain http to this machine the prefix needs Secure': (stage) => {
        login(stage, { name: 'sid', secure: false }, 'localhost:3000');
        return 'sid was set without Secure over plain http to localhost:3000, where that is a note. Run the app over https, as production does.';
      },
      'no cookie was set': (stage) => {
        visit(stage);
        return NOTHING_SET;
      },
    },
  },
  '3.3.4': {
    metInPart: {
      'each cookie is HttpOnly; bodies are not recorded': (stage) => {
        login(stage);
        return 'The response that set the session cookie has HttpOnly.';
      },
    },
    unmet: {
      'no HttpOnly': (stage) => {
        login(stage, { httpOnly: false });
        return '#1 POST /login set __Host-sid without HttpOnly: scripts of the page can read it.';
      },
    },
    notTested: {
      'no cookie was set': (stage) => {
        visit(stage);
        return NOTHING_SET;
      },
    },
  },
  '3.3.5': {
    met: {
      'name and value together are just short enough': (stage) => {
        login(stage, { bytes: 84 });
        login(stage, { bytes: 4_097 });
        return 'The largest of 2 has 4096 of the 4,096 bytes that are allowed.';
      },
    },
    unmet: {
      'one byte too many': (stage) => {
        login(stage, { bytes: 4_098 });
        return '#1 POST /login set __Host-sid with 4097 bytes, where 4,096 are allowed.';
      },
    },
    notTested: {
      'no cookie was set': (stage) => {
        visit(stage);
        return NOTHING_SET;
      },
    },
  },
};
