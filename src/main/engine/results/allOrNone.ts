/**
 * Changes all results, or none: where one fails, those before it are changed back.
 * @throws what `change` throws
 */
export function allOrNone(ids: readonly string[], change: (id: string) => void, undo: (id: string) => void): void {
  const changed: string[] = []
  try {
    for (const id of new Set(ids)) {
      change(id)
      changed.push(id)
    }
  } catch (error) {
    for (const id of changed) undo(id)
    throw error
  }
}
