export {
  type ConnectionChange,
  Connector,
  type ConnectorOptions,
  type ConnectorSink,
  isLoopbackOrigin,
} from './connector.ts';
export { createHarLog, type HarLog } from './har-log.ts';
export type { PanelHost } from './panel-host.ts';
export { type HarEntry, readHarEntry, type SeenResponse } from './seen-response.ts';
