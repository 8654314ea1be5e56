import { isReleasedSetting, releasedFiles } from '@shared/releasedFiles'
import { UserError } from '@shared/userError'

/** Which of a checkpoint's files hold its weights. */
export type WeightFiles =
  | { kind: 'files'; files: string[]; /** Saved as by its authors, without a config.json. */ released?: true }
  /** The pieces are listed in an index, which must be read. */
  | { kind: 'index'; index: string }
  | { kind: 'none'; has: string[] }

/** Formats of weights that repositories offer together; only the first two kinds are read. */
const formats = /\.(safetensors|bin|h5|msgpack|onnx|gguf|pt|pth|ckpt|ot|tflite|mlmodel)$/i

/**
 * Chooses one set of weights among a folder's files, in the order in which a checkpoint is opened: safetensors before
 * PyTorch's own format, which costs the same bytes and more care.
 * @param paths files of the repository; only those in its top folder count
 */
export function chooseWeights(paths: readonly string[]): WeightFiles {
  const top = paths.filter((path) => !path.includes('/'))
  const has = (name: string): boolean => top.includes(name)
  if (has('model.safetensors')) return { kind: 'files', files: ['model.safetensors'] }
  if (has('model.safetensors.index.json')) return { kind: 'index', index: 'model.safetensors.index.json' }
  const others = top.filter(
    (path) =>
      path.endsWith('.safetensors') && !path.startsWith('adapter_') && !/-\d{5}-of-\d{5}\.safetensors$/.test(path)
  )
  if (others.length === 1) return { kind: 'files', files: others }
  if (has('pytorch_model.bin')) return { kind: 'files', files: ['pytorch_model.bin'] }
  if (has('pytorch_model.bin.index.json')) return { kind: 'index', index: 'pytorch_model.bin.index.json' }
  const released = releasedFiles(top)
  if (released)
    return { kind: 'files', files: released.weights, ...(!released.needsConfig && { released: true as const }) }
  return { kind: 'none', has: paths.filter((path) => formats.test(path)) }
}

/**
 * The files that an index names (`weight_map`: tensor -> file).
 * @throws UserError where it is not such an index or names a file elsewhere
 */
export function piecesOf(index: string, text: string): string[] {
  let map: unknown
  try {
    map = (JSON.parse(text) as { weight_map?: unknown } | null)?.weight_map
  } catch {
    map = null
  }
  if (typeof map !== 'object' || map === null)
    throw new UserError(`${index} has no 'weight_map' that says which tensor is in which file.`)
  const pieces = [...new Set(Object.values(map) as unknown[])]
  const wrong = pieces.find((piece) => typeof piece !== 'string' || !/^[^\\/]+\.(safetensors|bin)$/.test(piece))
  if (wrong !== undefined || pieces.length === 0)
    throw new UserError(
      `${index} names ${JSON.stringify(wrong)} as a file of weights; it must be a file beside the index.`
    )
  return (pieces as string[]).sort()
}

const tokenizerFiles = new Set([
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'spiece.model',
  'sentencepiece.bpe.model',
  'spm.model',
  'source.spm',
  'target.spm',
  'tokenizer.model'
])
/** The card says what a model is for and under which licence; a longer file of that name is something else. */
const longestCard = 1 << 20

/**
 * What another file is needed for; null if opening does not read it.
 * @param released whether the weights are as their authors saved them
 */
export function useOf(path: string, bytes: number, released = false): 'config' | 'tokenizer' | 'card' | null {
  if (path === 'config.json' || (released && isReleasedSetting(path))) return 'config'
  if (tokenizerFiles.has(path)) return 'tokenizer'
  return /^(README\.md|LICEN[CS]E(\.\w+)?)$/i.test(path) && bytes <= longestCard ? 'card' : null
}
