import type { ClassNames } from './rowFile'

const none: ClassNames = new Map()

/**
 * Names of the classes of numbered columns, as Hugging Face's datasets library writes them into the metadata of Parquet
 * and Arrow files under the key `huggingface` (its `Features`, `ClassLabel`).
 * @param metadata the value of that key; undefined for files of other programs
 * @returns by dotted path of the column; empty where there are none
 */
export function classNamesOf(metadata: string | null | undefined): ClassNames {
  if (!metadata) return none
  let parsed: unknown
  try {
    parsed = JSON.parse(metadata)
  } catch {
    // What another program left under the same key says nothing about columns.
    return none
  }
  const names = new Map<string, readonly string[]>()
  const walk = (feature: unknown, path: string): void => {
    if (Array.isArray(feature)) return walk(feature[0], path)
    if (typeof feature !== 'object' || feature === null) return
    const { _type: type, names: classes, feature: inner } = feature as Record<string, unknown>
    if (type === 'ClassLabel') {
      if (Array.isArray(classes) && classes.every((name) => typeof name === 'string')) names.set(path, classes)
    } else if (typeof type === 'string') walk(inner, path)
    else for (const [key, value] of Object.entries(feature)) walk(value, path === '' ? key : `${path}.${key}`)
  }
  walk((parsed as { info?: { features?: unknown } } | null)?.info?.features, '')
  return names
}
