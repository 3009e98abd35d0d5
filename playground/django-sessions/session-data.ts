import type { Cart } from '../cart-page.ts';

/** What the demo keeps in its sessions: the compiler checks every key and value. */
export interface DemoData {
  username: string;
  is_logged_in: boolean;
  role: string;
  cart: Cart;
  visits: number;
  order: { draft: boolean; lines: number };
  step: string;
  form_name: string;
  form_street: string;
  form_town: string;
  note: string;
  password: string;
  card_number: string;
  /** Of any kind, for the page that stores what cannot be stored. */
  customer: unknown;
}
