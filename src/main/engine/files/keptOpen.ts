/** What `use` makes of something open. It stays open for that; it is closed only where `use` throws. */
export function keptOpen<Open extends { close(): void }, T>(open: Open, use: (open: Open) => T): T {
  try {
    return use(open)
  } catch (error) {
    open.close()
    throw error
  }
}
