/** A view that is drawn again only when one of its props is another one. */
import { type Component, type ComponentType, createElement } from 'preact';

/**
 * Wraps `View`: while each of its props is identical to what it was, it is left as it stands. For rows, of which a
 * scroll keeps most. Signals that the view reads still redraw it.
 */
export function unlessSame<Props extends object>(View: ComponentType<Props>): ComponentType<Props> {
  function Same(this: Component<Props>, props: Props) {
    this.shouldComponentUpdate = (next) => {
      const before = this.props as Record<string, unknown>;
      return Object.entries(next).some(([name, value]) => before[name] !== value);
    };
    return createElement(View, props as Props & object);
  }
  return Same as unknown as ComponentType<Props>;
}
