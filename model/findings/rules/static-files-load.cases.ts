import type { RuleCases, Stage } from '../rule.cases.ts';

function files(stage: Stage, paths: string[], uses = true) {
  for (const path of paths) {
    const get = stage.start(path);
    if (uses) get.load({});
    get.finish();
  }
}

export const staticFilesLoad: RuleCases = {
  finds: {
    'five files': (stage) => {
      files(stage, ['/a.css', '/b.js', '/c.png', '/d.svg', '/favicon.ico']);
      return '5 requests for static files up to #5 GET /favicon.ico asked the store for the session.';
    },
  },
  nearMisses: {
    'four files': (stage) => files(stage, ['/a.css', '/b.js', '/c.png', '/d.svg']),
    pages: (stage) => files(stage, ['/a', '/b', '/c', '/d', '/e']),
    'they do not use the session': (stage) => files(stage, ['/a.css', '/b.js', '/c.png', '/d.svg', '/e.ico'], false),
  },
};
