import { STATES } from './states.ts';

const table = document.getElementById('states')!;
for (const [name, { title }] of Object.entries(STATES)) {
  const row = document.createElement('tr');
  const cell = (...content: (Node | string)[]) => {
    const made = document.createElement('td');
    made.append(...content);
    row.append(made);
  };
  const link = (text: string, theme: string) => {
    const made = document.createElement('a');
    made.href = `./panel.html?state=${name}&theme=${theme}`;
    made.textContent = text;
    return made;
  };
  cell(link(name, 'light'));
  cell(title);
  cell(link('dark', 'dark'));
  table.append(row);
}
