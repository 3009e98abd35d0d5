/** Firefox only: asks for access to one site, on the user's click. */
import { requestPermission } from '../panel/browser-access.ts';

const origin = decodeURIComponent(location.hash.slice(1));
const say = (id: string, text: string) => {
  document.getElementById(id)!.textContent = text;
};

say('origin', origin);
document.getElementById('allow')!.addEventListener('click', () => {
  void requestPermission(origin).then((granted) =>
    say('said', granted ? 'Granted. Close this tab and go back to DevTools.' : 'Not granted.'),
  );
});
