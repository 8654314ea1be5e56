/** Bytes of decoded values that a block of rows may have, about. */
const blockBytes = 8 << 20
const fewest = 64
const most = 8192

/** Rows to decode at once, so that a block fits in memory however long the rows are. */
export function rowsOfBlock(bytes: number, rows: number): number {
  const each = bytes / Math.max(1, rows)
  return Math.max(fewest, Math.min(most, Math.floor(blockBytes / Math.max(1, each))))
}
