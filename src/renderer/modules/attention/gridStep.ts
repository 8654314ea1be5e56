/** The cell an arrow key (or Home, End, Page Up, Page Down) leads to; null for other keys. Ends stay where they are. */
export function gridStep(
  key: string,
  row: number,
  column: number,
  rows: number,
  columns: number
): { row: number; column: number } | null {
  const within = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value))
  switch (key) {
    case 'ArrowLeft':
      return { row, column: within(column - 1, columns) }
    case 'ArrowRight':
      return { row, column: within(column + 1, columns) }
    case 'ArrowUp':
      return { row: within(row - 1, rows), column }
    case 'ArrowDown':
      return { row: within(row + 1, rows), column }
    case 'Home':
      return { row, column: 0 }
    case 'End':
      return { row, column: columns - 1 }
    case 'PageUp':
      return { row: 0, column }
    case 'PageDown':
      return { row: rows - 1, column }
    default:
      return null
  }
}
