/**
 * An empty text as a child is drawn as nothing. Preact writes an empty text node again with every drawing, changed or
 * not, and each writing has the browser lay out what is around it: in a list of rows, every row.
 */
import { options, type VNode } from 'preact';

const before = options.vnode;

options.vnode = (vnode: VNode) => {
  const { children } = vnode.props;
  if (children === '') vnode.props.children = undefined;
  else if (Array.isArray(children))
    for (let index = 0; index < children.length; index++) if (children[index] === '') children[index] = undefined;
  before?.(vnode);
};
