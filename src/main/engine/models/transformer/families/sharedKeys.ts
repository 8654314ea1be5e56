import type { ConfigReader } from '../configReader'
import type { LayerType } from '../layerTypes'

/**
 * Of every layer, the earlier one whose keys and values it takes: the last of its type before those that share;
 * undefined for a layer with keys of its own.
 * @throws UserError where layers of a type share and none has keys of its own
 */
export function readSharedKeys(
  reader: ConfigReader,
  types: readonly LayerType[],
  fallback: number
): (number | undefined)[] {
  const shared = reader.wholeNumber('num_kv_shared_layers', fallback)
  const first = types.length - shared
  return types.map((type, i) => {
    if (i < first) return undefined
    const source = types.lastIndexOf(type, first - 1)
    if (first <= 0 || source < 0)
      throw reader.refusal('num_kv_shared_layers', `and no layer before those that share is ${type}`)
    return source
  })
}
