/** Names under which weights of recurrent systems, and of the first GPT, were published (docs/recurrent.md). */
const weights = [
  /weights[^/]*\.(hdf5|h5)$/i,
  /\.pth$/i,
  /(^|[_-])(fwd|bwd)[^/]*\.h5$/i,
  /^infersent[^/]*\.pkl$/i,
  /(forward|backward)[^/]*\.pt$/i,
  /^params_shapes\.json$/
]

/** Whether a file's name is that of such weights. */
export function isRecurrentWeights(name: string): boolean {
  return weights.some((pattern) => pattern.test(name))
}

/** Whether a folder with these files looks like one of such a system; a folder with a config is another kind. */
export function isRecurrentFolder(names: readonly string[]): boolean {
  if (names.includes('config.json') || !names.some(isRecurrentWeights)) return false
  // ELMo's weights mean nothing without their options.
  return !names.some((name) => weights[0]!.test(name)) || names.some((name) => /options[^/]*\.json$/i.test(name))
}
