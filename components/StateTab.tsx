/** The session at the moment: memory beside the store, and who wrote each key last. */
import { type PanelModel, type StateView } from '../model/index.ts';
import { KeyHistory } from './KeyHistory.tsx';
import type { OpenMenu } from './Menu.tsx';
import type { PanelActions } from './panel-actions.ts';
import { StateTree } from './StateTree.tsx';
import { StoreLookView } from './StoreLook.tsx';

interface StateTabProps {
  model: PanelModel;
  actions: PanelActions;
  openMenu: OpenMenu;
}

export function StateTab({ model, actions, openMenu }: StateTabProps) {
  const state = model.state.value;
  if (state === undefined || (state.isUnknown && state.rows.length === 0))
    return (
      <div class="body">
        {model.cursor.value !== undefined && (
          <p class="section quiet">
            At this moment nothing has told what the session holds: the library had not loaded it yet. Choose a later
            operation.
          </p>
        )}
        <StoreLookView model={model} actions={actions} />
      </div>
    );
  return (
    <div class="body">
      <StateNote state={state} model={model} />
      {state.rows.length === 0 ? (
        <p class="section quiet">The session is empty: no key is set at this moment.</p>
      ) : (
        <StateTree state={state} model={model} actions={actions} openMenu={openMenu} />
      )}
      <KeyHistory model={model} actions={actions} />
      <StoreLookView model={model} actions={actions} />
    </div>
  );
}

/** Says where memory and store disagree, when that is something to know. */
function StateNote({ state, model }: { state: StateView; model: PanelModel }) {
  const cursor = model.cursor.value;
  if (state.isStoreOnly)
    return (
      <p class="note">
        This is the store's record, as it was last told. The request has no session in memory at this moment.
      </p>
    );
  if (state.differing.length === 0) return null;
  const isRunning = cursor?.exchange.finished === undefined;
  const isEnd = cursor !== undefined && cursor.index >= cursor.exchange.operations.length && !isRunning;
  const names = state.differing.slice(0, 4).join(', ') + (state.differing.length > 4 ? ', …' : '');
  const verb = state.differing.length === 1 ? 'differs' : 'differ';
  return (
    <p class={`note ${isEnd ? 'bad' : ''}`}>
      {isEnd ? 'Not saved: ' : 'In memory, not saved at this moment: '}
      <b>{names}</b> {verb} from the store.{state.store === 'gone' ? ' The store holds no record of this session.' : ''}
    </p>
  );
}
