import { screen, type Rectangle } from 'electron'

export interface WindowState {
  bounds: Rectangle
  maximized: boolean
}

const smallest = { width: 960, height: 640 }
const usual = { width: 1440, height: 900 }

/** Reads the saved state; a window whose screen has been removed moves onto one that exists. */
export function readWindowState(kept: unknown): {
  bounds: Partial<Rectangle> & { width: number; height: number }
  maximized: boolean
} {
  if (!isWindowState(kept)) return { bounds: usual, maximized: false }
  const { bounds, maximized } = kept
  const area = screen.getDisplayMatching(bounds).workArea
  const visible =
    bounds.x < area.x + area.width &&
    bounds.x + bounds.width > area.x &&
    bounds.y < area.y + area.height &&
    bounds.y + bounds.height > area.y
  const size = { width: Math.max(smallest.width, bounds.width), height: Math.max(smallest.height, bounds.height) }
  return { bounds: visible ? { ...bounds, ...size } : size, maximized }
}

function isWindowState(value: unknown): value is WindowState {
  if (value === null || typeof value !== 'object' || !('bounds' in value)) return false
  const bounds = value.bounds as Partial<Rectangle> | null
  return [bounds?.x, bounds?.y, bounds?.width, bounds?.height].every(Number.isFinite)
}
