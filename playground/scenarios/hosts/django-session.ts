import type { ScenarioSession } from '../scenario.ts';

/** A session of Django's framework in TypeScript, whatever the app keeps in it, of the package or of its sources. */
interface DjangoSession {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  save(): Promise<void>;
  cycleKey(): Promise<void>;
  flush(): Promise<void>;
}

/** A request's session, as scenarios use it. */
export const scenarioSession = (session: DjangoSession): ScenarioSession => ({
  get: session.get.bind(session),
  set: session.set.bind(session),
  delete: session.delete.bind(session),
  save: session.save.bind(session),
  rotate: session.cycleKey.bind(session),
  end: session.flush.bind(session),
});
