/** The sessions of the recording as a menu: one of them alone, or all. */
import type { PanelModel } from '../../model/index.ts';
import type { MenuItem } from '../parts/Menu.tsx';

export function sessionItems(model: PanelModel): MenuItem[] {
  const { session } = model;
  const choices = model.sessionChoices();
  return [
    {
      title: choices.length === 0 ? 'No session is recorded yet' : 'All sessions',
      isChecked: session.value === undefined,
      act: () => {
        session.value = undefined;
      },
    },
    ...choices.map(({ root, title }) => ({
      title,
      isChecked: session.value === root,
      act: () => {
        session.value = root;
      },
    })),
  ];
}
