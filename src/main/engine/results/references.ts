/** What requests name by an id, by the field that holds it: contract.ts keeps to these names. */
const referenceFields: Readonly<Record<string, ReferenceKind>> = {
  modelId: 'models',
  modelA: 'models',
  modelB: 'models',
  datasetId: 'data',
  runId: 'results',
  runIds: 'results'
}

export type ReferenceKind = 'models' | 'data' | 'results'

/** A copy of a request with every id of a model, a data set or a result replaced. */
export function mapReferences<T>(request: T, replace: (kind: ReferenceKind, id: string) => unknown): T {
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]): [string, unknown] => {
        const kind = Object.hasOwn(referenceFields, name) ? referenceFields[name] : undefined
        if (kind === undefined) return [name, walk(inner)]
        if (Array.isArray(inner)) return [name, inner.map((id) => replace(kind, String(id)))]
        return [name, typeof inner === 'string' ? replace(kind, inner) : inner]
      })
    )
  }
  return walk(request) as T
}

/** Every id that a request names, once each, in the order of the request. */
export function referencesOf(request: unknown): Record<ReferenceKind, string[]> {
  const found: Record<ReferenceKind, Set<string>> = { models: new Set(), data: new Set(), results: new Set() }
  mapReferences(request, (kind, id) => (found[kind].add(id), id))
  return { models: [...found.models], data: [...found.data], results: [...found.results] }
}
