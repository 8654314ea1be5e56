import { resolve } from 'node:path'
import { utf16Offsets } from '@shared/codePoints'
import { isUserError, UserError } from '@shared/userError'
import { checkpointFolder } from '../engine/models/loadModel'
import { maskSpelling, spellMasks } from '../engine/tokenizers/maskSpelling'
import { openTextTokenizer } from '../engine/tokenizers/openTokenizer'
import type { TextEncoding, TextTokenizer } from '../engine/tokenizers/textTokenizer'
import { caseFolders, checkCases } from '../engine/tokenizers/tokenizerCases'
import { readArguments, type Command } from './command'

const help = `Shows how a checkpoint's tokenizer cuts a text, or compares it with what Python's tokenizers gave.

  layerscope tokenize MODEL --text TEXT [--pair TEXT] [--json]
  layerscope tokenize MODEL --words "WORD WORD ..." [--json]
  layerscope tokenize --cases FOLDER

  MODEL            a folder with tokenizer.json, or vocab.txt, vocab.json and merges.txt, or a SentencePiece model
  --text TEXT      the text; prints for each token its text, id, offsets (in Unicode code points, as in Python) and word;
                   [MASK] and <mask> are the tokenizer's mask token
  --pair TEXT      a second text
  --words "A B"    words instead of a text, separated by spaces: each is cut for itself, as with Python's is_split_into_words
  --json           the same as JSON
  --cases FOLDER   a folder with a tokenizer and cases.json, or a folder of such folders: compares ids, tokens, offsets and words
                   of every case; ends with 1 where one does not agree

docs/tokenizers.md says what cases.json holds and how to make one.

Examples
  layerscope tokenize resources/models/all-MiniLM-L6-v2 --text "unbelievable café 🙂"
  layerscope tokenize ~/models/gpt2 --words "The keys are n't here" --json
  layerscope tokenize --cases test/fixtures/tokenizers
`

/** Differences of one folder that are printed; more say the same. */
const shownDifferences = 10

export const tokenizeCommand: Command = {
  name: 'tokenize',
  summary: 'show how a text is cut into tokens, or compare with Python',
  help,
  async run(parameters) {
    const { values, positionals } = readArguments('tokenize', parameters, {
      text: { type: 'string' },
      pair: { type: 'string' },
      words: { type: 'string' },
      json: { type: 'boolean' },
      cases: { type: 'string' }
    })
    if (values.cases !== undefined) return compareCases(resolve(values.cases))
    const path = positionals[0]
    if (!path)
      throw new UserError(
        'Name the folder of a model, or of cases: layerscope tokenize MODEL --text TEXT, or --cases FOLDER.'
      )
    if ((values.text === undefined) === (values.words === undefined)) {
      throw new UserError(
        'Give a text with --text or words with --words, one of the two. `layerscope tokenize --help` shows examples.'
      )
    }
    if (values.pair !== undefined && values.text === undefined)
      throw new UserError('--pair goes with --text; words are taken alone.')
    const folder = checkpointFolder(path)
    const tokenizer = openTextTokenizer(folder, { cut: false })
    const encoding =
      values.text === undefined
        ? await tokenizer.encodeWords((values.words ?? '').split(/\s+/u).filter((word) => word !== ''))
        : await encodeTyped(folder, tokenizer, values.text, values.pair ?? null)
    process.stdout.write(values.json ? `${JSON.stringify(asJson(encoding), null, 1)}\n` : table(encoding))
    return 0
  }
}

/** A text, or a pair, as every view reads it: either spelling of a mask is the tokenizer's mask token. */
async function encodeTyped(
  folder: string,
  tokenizer: TextTokenizer,
  text: string,
  pair: string | null
): Promise<TextEncoding> {
  const mask = await maskSpelling(folder, tokenizer)
  const spelled = [text, ...(pair === null ? [] : [pair])].map((typed) => ({ typed, ...spellMasks(typed, mask) }))
  const encoding = await tokenizer.encode(spelled[0]!.text, spelled[1]?.text ?? null)
  const note = spelled.find((part) => part.note !== null)?.note
  if (note) process.stderr.write(`${note}\n`)
  const toTyped = spelled.map(({ typed, text: read, toTyped }) => {
    const toUtf16 = utf16Offsets(read)
    return (codePoints: number): number => Array.from(typed.slice(0, toTyped(toUtf16(codePoints)))).length
  })
  const offsets = encoding.offsets.map((span, token) => {
    const part = encoding.parts[token] ?? null
    return part === null ? span : span.map(toTyped[part]!)
  })
  return { ...encoding, offsets }
}

async function compareCases(folder: string): Promise<number> {
  const folders = caseFolders(folder)
  const nameWidth = Math.max(...folders.map(({ name }) => name.length))
  let cases = 0
  let agreeing = 0
  let failed = 0
  for (const { name, folder: inside } of folders) {
    try {
      const result = await checkCases(inside)
      cases += result.cases
      agreeing += result.agreeing
      const verdict = result.differences.length ? 'FAIL' : 'ok'
      process.stdout.write(
        `${name.padEnd(nameWidth)}  ${String(result.agreeing).padStart(5)} of ${result.cases}  ${verdict}\n`
      )
      for (const difference of result.differences.slice(0, shownDifferences)) process.stdout.write(`  ${difference}\n`)
      const more = result.differences.length - shownDifferences
      if (more > 0) process.stdout.write(`  and ${more} more\n`)
    } catch (error) {
      if (!isUserError(error)) throw error
      failed++
      process.stdout.write(`${name.padEnd(nameWidth)}  FAIL: ${error.message}\n`)
    }
  }
  const unread = failed ? ` ${failed} of ${folders.length} folders could not be read.` : ''
  process.stdout.write(`${agreeing} of ${cases} cases agree.${unread}\n`)
  return agreeing === cases && failed === 0 ? 0 : 1
}

/** The names Python uses, and the form of cases.json. */
function asJson(encoding: TextEncoding): Record<string, unknown> {
  return {
    ids: encoding.ids,
    tokens: encoding.tokens,
    offsets: encoding.offsets,
    type_ids: encoding.typeIds,
    word_ids: encoding.wordIds,
    special_tokens_mask: encoding.special.map(Number)
  }
}

function table({ ids, tokens, offsets, wordIds, special }: TextEncoding): string {
  const rows = [
    ['token', 'id', 'offsets', 'word'],
    ...ids.map((id, i) => [
      tokens[i]!,
      String(id),
      special[i] ? '-' : `${offsets[i]![0]}-${offsets[i]![1]}`,
      wordIds[i] === null ? '-' : String(wordIds[i])
    ])
  ]
  const width = (text: string): number => Array.from(text).length
  const widest = Math.max(...rows.map(([token]) => width(token!)))
  return `${rows.map(([token, id, span, word]) => `${token}${' '.repeat(widest - width(token!))}  ${id!.padStart(7)}  ${span!.padStart(9)}  ${word!.padStart(5)}`).join('\n')}\n`
}
