/** What a checkpoint consists of that is published as its authors saved it, by names in one folder. */
export interface ReleasedFiles {
  weights: string[]
  /** Configs, vocabularies and what says which of the weights count. */
  settings: string[]
  /** Whether it needs a config.json: the others have configs of their own, or none. */
  needsConfig: boolean
}

const settingsNames: readonly string[] = [
  'bert_config.json',
  'albert_config.json',
  'xlnet_config.json',
  'sizes.json',
  'checkpoint',
  '30k-clean.model',
  'dict.txt',
  'encoder.json',
  'vocab.bpe'
]

const flaxFile = 'flax_model.msgpack'
const flaxIndexFile = `${flaxFile}.index.json`
const flaxPiece = /^flax_model-\d{5}-of-\d{5}\.msgpack$/

/** Whether a file holds weights as authors released them, by its name. */
export function isReleasedWeights(name: string): boolean {
  return /(^|\/)(flax_model(-\d{5}-of-\d{5})?\.msgpack|[^/]+\.index|[^/]+\.data-\d{5}-of-\d{5})$/.test(name)
}

export function isReleasedSetting(name: string): boolean {
  return settingsNames.includes(name.slice(name.lastIndexOf('/') + 1))
}

/**
 * The files of a release among those of a folder: TensorFlow checkpoints, fairseq's model.pt, Flax' msgpack. Null where
 * there is none.
 */
export function releasedFiles(names: readonly string[]): ReleasedFiles | null {
  const settings = names.filter((name) => settingsNames.includes(name))
  if (names.includes(flaxFile)) return { weights: [flaxFile], settings: [], needsConfig: true }
  if (names.includes(flaxIndexFile)) {
    const pieces = names.filter((name) => flaxPiece.test(name))
    return { weights: [flaxIndexFile, ...pieces], settings: [], needsConfig: true }
  }
  const weights = names.filter((name) => {
    const prefix = /^(.+)\.(index|data-\d{5}-of-\d{5})$/.exec(name)?.[1]
    return prefix !== undefined && names.includes(`${prefix}.index`) && hasData(names, prefix)
  })
  if (weights.length) return { weights, settings, needsConfig: false }
  if (names.includes('model.pt') && names.includes('dict.txt'))
    return { weights: ['model.pt'], settings, needsConfig: false }
  return null
}

function hasData(names: readonly string[], prefix: string): boolean {
  return names.some((name) => name.startsWith(`${prefix}.data-`))
}
