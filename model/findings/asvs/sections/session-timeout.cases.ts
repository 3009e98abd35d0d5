import { ALICE } from '../../../recording/recording.cases.ts';
import type { Stage } from '../../rule.cases.ts';
import type { SectionCases } from '../requirement.cases.ts';

const START_AT = 1_700_000_000_000;
const MINUTE = 60_000;

/** A request that saves the session until `endAt`, by a store that says so. */
function use(stage: Stage, endAt: number | null, path = '/cart') {
  const get = stage.start(path);
  get.load({ cart: 1 });
  get.save({ cart: 1 }, { expiry: { storeAt: endAt, sessionAt: endAt } });
  get.finish({
    verdict: {
      record: { outcome: 'saved' },
      cookie: { outcome: 'set', attributes: { name: 'sid', httpOnly: true, secure: true, bytes: 84 } },
    },
  });
}

function refused(stage: Stage, outcome: 'missing' | 'expired' = 'expired') {
  const get = stage.start('/late');
  get.operation('load', { outcome });
  get.finish({ sessionBefore: null, sessionAfter: null });
}

const SAYS_END =
  'Session a11c is to end 10 min after #1 GET /cart. Leave it unused until then, and send a request with its cookie: a browser drops its own copy, so keep another one.';

export const sessionTimeout: SectionCases = {
  '7.3.1': {
    met: {
      'a cookie came when its session was over, and was refused': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        stage.wait(15 * MINUTE);
        refused(stage);
        return '#2 GET /late came with the cookie of session a11c 15 min after #1 GET /cart had given it 10 min, and got nothing by it.';
      },
      'the store had dropped the record by itself': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        stage.wait(15 * MINUTE);
        refused(stage, 'missing');
        return '#2 GET /late came with the cookie of session a11c 15 min after #1 GET /cart had given it 10 min, and got nothing by it.';
      },
      'it began before the recording': (stage) => {
        refused(stage);
        return '#1 GET /late came with the cookie of session a11c, whose time was over, and got nothing by it.';
      },
    },
    unmet: {
      'a record without an end': (stage) => {
        use(stage, null);
        return '#1 GET /cart saved session a11c with no end: the store keeps its record for ever.';
      },
    },
    notTested: {
      'its end was never reached': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        return SAYS_END;
      },
      'the record was missing before its end': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        stage.wait(MINUTE);
        refused(stage, 'missing');
        return SAYS_END;
      },
      'it was over, but a logout had ended it before': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        const post = stage.start('/logout', { method: 'POST' });
        post.load({ cart: 1 });
        post.operation('flush', { from: ALICE, to: null, outcome: 'done' });
        post.finish({ sessionAfter: null, verdict: { record: { outcome: 'deleted' } } });
        stage.wait(15 * MINUTE);
        refused(stage, 'missing');
        return SAYS_END;
      },
      'events were lost before it was missing': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        stage.gap();
        stage.wait(15 * MINUTE);
        refused(stage, 'missing');
        return SAYS_END;
      },
      'no session has an end that is known': (stage) => {
        stage.start('/').finish();
        return 'No session with an end was seen. Begin one, leave it unused until its time is over, and send a request with its cookie.';
      },
    },
  },
  '7.3.2': {
    met: {
      'it was used until its end, which did not move': (stage) => {
        const endAt = START_AT + 10 * MINUTE;
        use(stage, endAt);
        stage.wait(9 * MINUTE);
        use(stage, endAt);
        stage.wait(2 * MINUTE);
        refused(stage);
        return 'Session a11c ended 10 min after #1 GET /cart, though it was used until #2 GET /cart.';
      },
    },
    notTested: {
      'each use moves its end': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        stage.wait(9 * MINUTE);
        use(stage, START_AT + 19 * MINUTE);
        return 'Use moves the end of session a11c: in use, it never ends by itself. Use one for longer than its longest time should be.';
      },
      'it ended unused, and use would have moved its end': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        stage.wait(9 * MINUTE);
        use(stage, START_AT + 19 * MINUTE);
        stage.wait(30 * MINUTE);
        refused(stage);
        return 'Use moves the end of session a11c: in use, it never ends by itself. Use one for longer than its longest time should be.';
      },
      'its end stays, and was not reached': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        stage.wait(5 * MINUTE);
        use(stage, START_AT + 10 * MINUTE);
        return 'Use left the end of session a11c where it was. Use it until then, and once more.';
      },
      'it was used at one time only': (stage) => {
        use(stage, START_AT + 10 * MINUTE);
        use(stage, START_AT + 10 * MINUTE);
        return 'No session was seen in use for some time. Use one for longer than its longest time should be.';
      },
    },
  },
};
