/** What dragging does: moves the picture (or turns it, in three dimensions), or draws around words. */
export type ScatterTool = 'move' | 'box' | 'lasso'

/** What a drag does: the chosen tool; with Shift a box, with Shift and Ctrl (or Command) a lasso. */
export function toolOf(
  tool: ScatterTool,
  keys: { shiftKey: boolean; ctrlKey: boolean; metaKey: boolean }
): ScatterTool {
  if (!keys.shiftKey) return tool
  return keys.ctrlKey || keys.metaKey ? 'lasso' : 'box'
}

export interface Box {
  left: number
  top: number
  width: number
  height: number
}

/** The four corners, as a lasso would go around them. */
export function cornersOf({ left, top, width, height }: Box): [number, number][] {
  return [
    [left, top],
    [left + width, top],
    [left + width, top + height],
    [left, top + height]
  ]
}

/** The box between two corners. */
export function boxBetween([ax, ay]: readonly [number, number], [bx, by]: readonly [number, number]): Box {
  return { left: Math.min(ax, bx), top: Math.min(ay, by), width: Math.abs(ax - bx), height: Math.abs(ay - by) }
}

/** Pixels that an arrow key moves or resizes the box of the keyboard by. */
const keyStep = 16

/**
 * The box of the keyboard after an arrow key: it moves, and with Shift its lower right corner does. Null for any other
 * key.
 */
export function boxAfterKey(
  { left, top, width, height }: Box,
  { key, shiftKey }: { key: string; shiftKey: boolean },
  size: { width: number; height: number }
): Box | null {
  const step = {
    ArrowLeft: [-keyStep, 0],
    ArrowRight: [keyStep, 0],
    ArrowUp: [0, -keyStep],
    ArrowDown: [0, keyStep]
  }[key]
  if (!step) return null
  const [x, y] = step as [number, number]
  const within = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value))
  if (shiftKey)
    return {
      left,
      top,
      width: within(width + x, keyStep, size.width - left),
      height: within(height + y, keyStep, size.height - top)
    }
  return { left: within(left + x, 0, size.width - width), top: within(top + y, 0, size.height - height), width, height }
}
