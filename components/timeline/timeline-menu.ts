/** What can be done with a row of the timeline, by menu. */
import {
  formatPath,
  momentOf,
  onDemand,
  type PanelModel,
  requestOf,
  type Row,
  sessionAt,
  shortSession,
  termOf,
  type Workbench,
} from '../../model/index.ts';
import type { KeyPath } from '../../protocol/index.ts';
import { copyText } from '../parts/copy-text.ts';
import type { MenuItem } from '../parts/Menu.tsx';
import type { PanelActions } from '../frame/panel-actions.ts';
import { viewedOf } from '../viewer/viewed.ts';
import { compareWith } from './compare-rows.ts';

type OnDemand = NonNullable<typeof onDemand.code>;

/** Empty for what lies between exchanges. */
export function timelineMenu(row: Row, model: PanelModel, actions: PanelActions, bench: Workbench): MenuItem[] {
  if (row.kind === 'exchange') return exchangeMenu(row, model, actions);
  if (row.kind === 'operation') return operationMenu(row, model, actions, bench);
  if (row.kind === 'folded')
    return [
      {
        title: row.isExpanded ? 'Close' : 'Open',
        act: () => model.setRunOpen(row.key, !row.isExpanded),
      },
      ...listItems(model),
    ];
  return [];
}

const listItems = (model: PanelModel): MenuItem[] => [
  { title: 'Expand all', hint: '⇧→', act: () => model.setAllExpanded(true) },
  { title: 'Collapse all', hint: '⇧←', act: () => model.setAllExpanded(false) },
];

/** With the moment that `d` has marked; nothing where none is. */
function markedItem(model: PanelModel): MenuItem[] {
  const index = model.selectedRow.value;
  const marked = model.marked.value;
  if (marked === undefined || index < 0) return [];
  return [
    {
      title: 'Compare with the marked moment',
      act() {
        model.select(marked);
        compareWith(model, index);
      },
    },
  ];
}

function exchangeMenu(
  { exchange, isExpanded }: Extract<Row, { kind: 'exchange' }>,
  model: PanelModel,
  { copy }: PanelActions,
): MenuItem[] {
  const { path } = requestOf(exchange);
  const moment = momentOf({ exchange, index: exchange.operations.length });
  const { pageOrigin } = model.connection.value;
  // At once where its code is there: a browser lets a page copy while a click is being handled.
  const copyAs = (textOf: (as: OnDemand) => string) =>
    onDemand.code === undefined ? void onDemand.get().then((as) => copy(textOf(as))) : copy(textOf(onDemand.code));
  return [
    {
      title: isExpanded ? 'Close' : 'Open',
      hint: isExpanded ? '←' : '→',
      act: () => model.setExpanded(exchange, !isExpanded),
    },
    ...listItems(model),
    { title: 'Compare with the previous request', act: () => model.compare(moment, 'previous') },
    { title: 'Compare its start with its end', act: () => model.compare(moment, 'exchange') },
    ...markedItem(model),
    ...sessionItem(model, sessionAt(exchange, exchange.operations.length)),
    { title: `Filter by ${path}`, act: () => model.addTerm(termOf('path', path)) },
    { title: 'Copy as cURL', act: () => copyAs((as) => as.curlOf(exchange, pageOrigin)) },
    { title: 'Copy as fetch', act: () => copyAs((as) => as.fetchOf(exchange, pageOrigin)) },
    { title: 'Copy as Markdown', act: () => copyAs((as) => as.markdownOf(exchange, exchange.life.started)) },
    { title: 'Copy as JSON', act: () => copyAs((as) => as.jsonOf(exchange)) },
  ];
}

function operationMenu(
  { exchange, operations, index }: Extract<Row, { kind: 'operation' }>,
  model: PanelModel,
  actions: PanelActions,
  bench: Workbench,
): MenuItem[] {
  const operation = operations.at(-1)!;
  const frame = operation.source?.frames[0];
  const { openSource, copy } = actions;
  const value = copyText(operation);
  const viewed = viewedOf(exchange, operation);
  return [
    ...(frame && openSource
      ? [{ title: 'Open the source', hint: 'o', act: () => openSource(frame, operation.epoch) }]
      : []),
    ...(viewed === undefined
      ? []
      : [
          {
            title: 'View the value',
            hint: 'v',
            act: () => {
              bench.viewed.value = viewed;
            },
          },
        ]),
    {
      title: 'Diff around this',
      act: () => model.compare({ exchange: exchange.id, index: index + 1 }, 'operation'),
    },
    ...markedItem(model),
    ...(operation.path === undefined ? [] : keyItems(operation.path, model, actions, bench)),
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
export function keyItems(path: KeyPath, model: PanelModel, { copy }: PanelActions, bench: Workbench): MenuItem[] {
  const key = String(path[0]);
  const text = formatPath(path);
  const isWatched = JSON.stringify(bench.watched.value) === JSON.stringify(path);
  return [
    {
      title: `History of ${text}`,
      act() {
        model.tab.value = 'state';
        model.selectedPath.value = path;
      },
    },
    { title: `Watch ${text}`, hint: 'w', isChecked: isWatched, act: () => bench.toggleWatch(path) },
    { title: `Filter to ${key}`, act: () => model.addTerm(termOf('key', key)) },
    { title: `Hide ${key}`, act: () => model.addTerm(`-${termOf('key', key)}`) },
    { title: 'Copy the key', act: () => copy(key) },
    ...(path.length > 1 ? [{ title: 'Copy the path', act: () => copy(text) }] : []),
  ];
}
