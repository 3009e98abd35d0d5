/** Serves the demo: `node playground/express/main.ts [port]`; 0 takes a free one. */
import { serveDemo } from '../serve-demo.ts';
import { createDemo } from './demo.ts';

const database = process.env['DEMO_DATABASE'];
serveDemo(createDemo(database ? { database } : {}), 'playground/express/main.ts');
