/**
 * Names of a checkpoint's parameters by layer: 0 the embeddings, i the block i, and last what belongs to no layer, such
 * as a final norm or a language-model head. Checkpoints number their blocks in the names: `encoder.layer.3.…`,
 * `h.3.…`, `model.layers.3.…`. Blocks that share their weights are stored once, as the first.
 * @param layers number of blocks
 */
export function parametersByLayer(names: readonly string[], layers: number): string[][] {
  const byLayer = Array.from({ length: layers + 2 }, (): string[] => [])
  for (const name of names) byLayer[layerOf(name, layers)]!.push(name)
  return byLayer
}

/** Parts of names that belong to what is added up before the first block. */
const embeddings = /embed|\bwte\b|\bwpe\b|\bshared\b|\bword_emb|position|segment|\bln_emb|emb\./i

function layerOf(name: string, layers: number): number {
  const block = name.split('.').find((part) => /^\d+$/.test(part))
  if (block !== undefined && Number(block) < layers && !name.startsWith('heads.')) return Number(block) + 1
  return embeddings.test(name) ? 0 : layers + 1
}
