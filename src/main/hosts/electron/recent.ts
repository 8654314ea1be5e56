import { app } from 'electron'
import type { StateFile } from '../services/stateFile'

const stateKey = 'recent'
const longest = 12

export interface RecentDocument {
  paths: string[]
}

export interface RecentDocuments {
  list(): readonly RecentDocument[]
  add(paths: readonly string[]): Promise<void>
  clear(): Promise<void>
}

/** Recently opened models and data sets, newest first, kept over restarts and passed to the system's own list. */
export async function openRecent(state: StateFile, onChange: () => void): Promise<RecentDocuments> {
  let documents = parse((await state.load())[stateKey])

  async function keep(next: RecentDocument[]): Promise<void> {
    documents = next
    onChange()
    await state.save(stateKey, documents)
  }

  return {
    list: () => documents,
    async add(paths) {
      const key = paths.join('\n')
      for (const path of paths) app.addRecentDocument(path)
      await keep(
        [{ paths: [...paths] }, ...documents.filter((document) => document.paths.join('\n') !== key)].slice(0, longest)
      )
    },
    async clear() {
      app.clearRecentDocuments()
      await keep([])
    }
  }
}

function parse(value: unknown): RecentDocument[] {
  if (!Array.isArray(value)) return []
  return value.filter((entry): entry is RecentDocument => {
    const paths: unknown = (entry as Partial<RecentDocument> | null)?.paths
    return Array.isArray(paths) && paths.length > 0 && paths.every((path) => typeof path === 'string')
  })
}
