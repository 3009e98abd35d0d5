/** What the demo keeps in its sessions: the compiler checks every key and value. */
export interface CartItem {
  sku: string;
  name: string;
  qty: number;
}

export interface Cart {
  currency: string;
  items: CartItem[];
}

export interface DemoData {
  username: string;
  is_logged_in: boolean;
  role: string;
  cart: Cart;
  coupon: string;
  visits: number;
  visits_here: number;
  order: { draft: boolean; lines: number };
  step: string;
  tags: string[];
  draft: string;
  downloads: number;
  form_name: string;
  form_street: string;
  form_town: string;
  note: string;
  password: string;
  card_number: string;
  /** Values of any kind, for the pages that store what cannot be stored. */
  since: unknown;
  customer: unknown;
}
