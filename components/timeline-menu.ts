/** What can be done with a row of the timeline, by menu. */
import {
  curlOf,
  formatPath,
  jsonOf,
  momentOf,
  type PanelModel,
  requestOf,
  type Row,
  sessionAt,
  shortSession,
  termOf,
} from '../model/index.ts';
import type { KeyPath } from '../protocol/index.ts';
import { copyText } from './copy-text.ts';
import type { MenuItem } from './Menu.tsx';
import type { PanelActions } from './panel-actions.ts';

/** Empty for what lies between exchanges. */
export function timelineMenu(row: Row, model: PanelModel, actions: PanelActions): MenuItem[] {
  if (row.kind === 'exchange') return exchangeMenu(row, model, actions);
  if (row.kind === 'operation') return operationMenu(row, model, actions);
  return [];
}

function exchangeMenu(
  { exchange, isExpanded }: Extract<Row, { kind: 'exchange' }>,
  model: PanelModel,
  { copy }: PanelActions,
): MenuItem[] {
  const { path } = requestOf(exchange);
  const moment = momentOf({ exchange, index: exchange.operations.length });
  return [
    {
      title: isExpanded ? 'Close' : 'Open',
      hint: isExpanded ? '←' : '→',
      act: () => model.setExpanded(exchange, !isExpanded),
    },
    { title: 'Compare with the previous exchange', act: () => model.compare(moment, 'previous') },
    { title: 'Compare its start with its end', act: () => model.compare(moment, 'exchange') },
    ...sessionItem(model, sessionAt(exchange, exchange.operations.length)),
    { title: `Filter by ${path}`, act: () => model.addTerm(termOf('path', path)) },
    { title: 'Copy as cURL', act: () => copy(curlOf(exchange, model.connection.value.pageOrigin)) },
    { title: 'Copy as JSON', act: () => copy(jsonOf(exchange)) },
  ];
}

function operationMenu(
  { exchange, operations, index }: Extract<Row, { kind: 'operation' }>,
  model: PanelModel,
  actions: PanelActions,
): MenuItem[] {
  const operation = operations.at(-1)!;
  const frame = operation.source?.frames[0];
  const { openSource, copy } = actions;
  const value = copyText(operation);
  return [
    ...(frame && openSource ? [{ title: 'Open the source', hint: 'o', act: () => openSource(frame) }] : []),
    {
      title: 'Diff around this',
      act: () => model.compare({ exchange: exchange.id, index: index + 1 }, 'operation'),
    },
    ...(operation.path === undefined ? [] : keyItems(operation.path, model, actions)),
    ...sessionItem(model, operation.session ?? undefined),
    ...(value === undefined ? [] : [{ title: 'Copy the value', hint: 'c', act: () => copy(value) }]),
    { title: 'Copy as JSON', act: () => copy(JSON.stringify(operation, undefined, 2)) },
  ];
}

const sessionItem = (model: PanelModel, session: string | undefined): MenuItem[] =>
  session === undefined
    ? []
    : [
        {
          title: `Filter by session ${shortSession(session)}`,
          act: () => model.addTerm(termOf('session', shortSession(session))),
        },
      ];

/** What can be done with a key, wherever it is met. */
export function keyItems(path: KeyPath, model: PanelModel, { copy }: PanelActions): MenuItem[] {
  const key = String(path[0]);
  const text = formatPath(path);
  return [
    {
      title: `History of ${text}`,
      act() {
        model.tab.value = 'state';
        model.selectedPath.value = path;
      },
    },
    { title: `Filter to ${key}`, act: () => model.addTerm(termOf('key', key)) },
    { title: `Hide ${key}`, act: () => model.addTerm(`-${termOf('key', key)}`) },
    { title: 'Copy the key', act: () => copy(key) },
    ...(path.length > 1 ? [{ title: 'Copy the path', act: () => copy(text) }] : []),
  ];
}
