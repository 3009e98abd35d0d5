import 'express-session';

export interface CartItem {
  sku: string;
  name: string;
  qty: number;
}

export interface Cart {
  currency: string;
  items: CartItem[];
}

declare module 'express-session' {
  interface SessionData {
    username: string;
    is_logged_in: boolean;
    cart: Cart;
    coupon: string;
    last_seen: string;
    visits: number;
    step: string;
    tags: string[];
    draft: string;
    flash: string;
    order: { draft: boolean; lines: number };
  }
}
