import { burstButton, type Html, html, postButton } from '../html.ts';
import type { Scenario } from './scenario.ts';

/** The address of a scenario's page in a demo. */
export const pathOf = ({ id }: Scenario): `/problems/${string}/` => `/problems/${id}/`;

/** What stands on a scenario's page below its title: what `GET /` says, the buttons, and the way back to it. */
export function pageBody(scenario: Scenario, text: string): Html {
  const path = pathOf(scenario);
  const { says, buttons = [], again } = scenario.page ?? {};
  return html`<p>${text}</p>
    ${says === undefined ? undefined : html`<p>${says}</p>`}
    ${buttons.map(({ label, sends }) => {
      const requests = sends.map(([send, afterMs = 0]): [method: string, path: string, waitMs: number] => {
        const [method = '', below = ''] = send.split(' /');
        return [method, path + below, afterMs];
      });
      const [[method, target] = []] = requests;
      if (requests.length > 1) return html`<p>${burstButton(label, requests)}</p>`;
      return method === 'GET' ? html`<p><a href="${target}">${label}</a></p>` : postButton(target!, label);
    })}
    ${again === undefined ? undefined : html`<p><a href="${path}">${again}</a></p>`}`;
}
