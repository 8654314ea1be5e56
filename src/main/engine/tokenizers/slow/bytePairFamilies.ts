import type { AddedToken, TokenizerFiles } from '../tokenizerFiles'
import { around, first, replace, secondSegment, sequence, template, type BuiltTokenizer, type Component } from './parts'
import { bytePairs, openSentencepiece, ownPieces } from './sentencepiece'

/**
 * Llama, Mistral and Phi-3: SentencePiece byte pairs, bytes for what has no piece (`LlamaConverter` in transformers).
 */
export function llama(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const bos = files.role('bos_token', '<s>')
  const eos = files.role('eos_token', '</s>')
  const prefix = files.flag('add_prefix_space', true)
  // The old behaviour puts ▁ before every stretch between special tokens; `legacy: false` only before the text.
  const legacy = files.flag('legacy', true)
  return bytePairs(
    source,
    ownPieces(source),
    [bos, eos, files.role('unk_token', '<unk>'), files.role('pad_token', null)],
    {
      normalizer: legacy
        ? sequence('normalizers', [
            ...(prefix ? [{ type: 'Prepend', prepend: '▁' }] : []),
            replace({ String: ' ' }, '▁')
          ])
        : null,
      preTokenizer: legacy
        ? null
        : { type: 'Metaspace', replacement: '▁', prepend_scheme: prefix ? 'first' : 'never', split: false },
      postProcessor: (idOf) => beginAndEnd(files, bos, eos, idOf)
    }
  )
}

/** Gemma: as Llama, without a space before the text (`GemmaConverter`). */
export function gemma(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const bos = files.role('bos_token', '<bos>')
  const eos = files.role('eos_token', '<eos>')
  const pieces = ownPieces(source)
  // Early files lack a piece for the tab; its byte replaces it.
  const tab = pieces.findIndex(([piece]) => piece === '<0x09>')
  if (tab !== -1 && !pieces.some(([piece]) => piece === '\t')) pieces[tab] = ['\t', 0]
  return bytePairs(source, pieces, [bos, eos, files.role('unk_token', '<unk>'), files.role('pad_token', '<pad>')], {
    normalizer: replace({ String: ' ' }, '▁'),
    preTokenizer: { type: 'Split', pattern: { String: ' ' }, behavior: 'MergedWithPrevious', invert: false },
    postProcessor: (idOf) => beginAndEnd(files, bos, eos, idOf)
  })
}

function beginAndEnd(
  files: TokenizerFiles,
  bos: AddedToken | null,
  eos: AddedToken | null,
  idOf: (token: string) => number | undefined
): Component | null {
  const begin = files.flag('add_bos_token', true) ? bos : null
  const end = files.flag('add_eos_token', false) ? eos : null
  return template(
    files,
    [...around(begin), first, ...around(end)],
    [...around(begin), first, ...around(end), ...around(begin, 1), secondSegment, ...around(end, 1)],
    idOf
  )
}
