const known = new WeakMap<readonly (readonly string[])[], Map<string, number>>()

/**
 * The layer of a parameter: 0 embeddings, i block i, and last what belongs to no layer, heads among it.
 * @param byLayer names of the checkpoint's parameters
 */
export function layerOfParameter(byLayer: readonly (readonly string[])[]): (name: string) => number {
  let layers = known.get(byLayer)
  if (!layers) {
    layers = new Map(byLayer.flatMap((names, layer) => names.map((name): [string, number] => [name, layer])))
    known.set(byLayer, layers)
  }
  const places = layers
  const last = byLayer.length - 1
  return (name) => {
    const added = /^(?:adapters|lora)\.(\d+)\./.exec(name)
    return added ? Number(added[1]) + 1 : (places.get(name) ?? last)
  }
}
