/**
 * Which heads of a layer are shown over each other, after BertViz's head squares. Heads count from 0, lists are in
 * rising order.
 */

/** Switches a head on or off; the last one stays on. */
export function toggleHead(active: readonly number[], head: number): readonly number[] {
  if (!active.includes(head)) return [...active, head].sort((a, b) => a - b)
  return active.length === 1 ? active : active.filter((other) => other !== head)
}

/** Leaves only this head; where it is alone already, all come back. */
export function isolateHead(active: readonly number[], head: number, heads: number): readonly number[] {
  const alone = active.length === 1 && active[0] === head
  return alone ? Array.from({ length: heads }, (_, index) => index) : [head]
}
