/** What a check of the doctor found. `problem` keeps the panel or a deploy from working; `note` is worth knowing. */
export interface Check {
  kind: 'ok' | 'problem' | 'note';
  text: string;
  fix?: string;
}
