import 'express-session';
import type { Cart } from '../cart-page.ts';

declare module 'express-session' {
  interface SessionData {
    username: string;
    is_logged_in: boolean;
    cart: Cart;
    visits: number;
    step: string;
    tags: string[];
    order: { draft: boolean; lines: number };
  }
}
