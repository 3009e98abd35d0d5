/** The peer: OpenTelemetry's instrumentation of http and Express, every request sampled, spans exported to nowhere. */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { ExpressInstrumentation } from '@opentelemetry/instrumentation-express';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { BatchSpanProcessor, type SpanExporter, TracerProvider } from '@opentelemetry/sdk-trace';

const exporter: SpanExporter = {
  // `code: 0`: the spans were taken.
  export: (_spans, done) => done({ code: 0 }),
  shutdown: () => Promise.resolve(),
  forceFlush: () => Promise.resolve(),
};

context.setGlobalContextManager(new AsyncLocalStorageContextManager());
trace.setGlobalTracerProvider(
  new TracerProvider({
    // None is dropped under load: a span that is not kept is not paid for.
    spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 1_000_000, scheduledDelayMillis: 100 })],
  }),
);
// Each covers what is loaded from now on.
void [new HttpInstrumentation(), new ExpressInstrumentation()];
