import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { codePointOffsets, utf16Offsets } from '@shared/codePoints'
import { shownTokens } from '@shared/tokenText'
import { isUserError, UserError } from '@shared/userError'
import { checkAlone } from '../commandLine/checkAlone'
import { defineCommand } from '../commandLine/command'
import { jsonAlone } from '../commandLine/commonOptions'
import { text } from '../commandLine/option'
import type { Report } from '../commandLine/report'
import { usualReading } from '../engine/models/address'
import { checkpointFolder } from '../engine/models/checkpointFolder'
import { openReleased } from '../engine/models/released/openReleased'
import { maskSpelling, spellMasks } from '../engine/tokenizers/maskSpelling'
import { openTextTokenizer } from '../engine/tokenizers/openTokenizer'
import type { TextEncoding, TextTokenizer } from '../engine/tokenizers/textTokenizer'
import type { TokenizerDefaults } from '../engine/tokenizers/tokenizerFiles'
import { caseFolders, checkCases } from '../engine/tokenizers/tokenizerCases'

/** Most differences printed for one folder. */
const shownDifferences = 10

export const tokenizeCommand = defineCommand({
  name: 'tokenize',
  description:
    "Shows how a checkpoint's tokenizer splits a text, or compares it with the output of Python's tokenizers.",
  usage: ['MODEL --text TEXT [--pair TEXT] [--json]', 'MODEL --words "WORD WORD ..." [--json]', '--cases FOLDER'],
  arguments: [
    {
      name: 'MODEL',
      description: 'a folder with tokenizer.json, or vocab.txt, vocab.json and merges.txt, or a SentencePiece model'
    }
  ],
  options: {
    text: text(
      'TEXT',
      'the text; prints the text, id, offsets (in Unicode code points, as in Python) and word of each token; ' +
        "[MASK] and <mask> are the tokenizer's mask token"
    ),
    pair: text('TEXT', 'a second text'),
    words: text(
      '"A B"',
      "words instead of a text, separated by spaces: each is tokenized by itself, as with Python's is_split_into_words"
    ),
    json: jsonAlone,
    cases: text(
      'FOLDER',
      'a folder with a tokenizer and cases.json, or a folder of such folders: compares ids, tokens, offsets ' +
        'and words of every case'
    )
  },
  notes: 'docs/tokenizers.md says what cases.json holds and how to make one.',
  examples: [
    'layerscope tokenize resources/models/all-MiniLM-L6-v2 --text "unbelievable café 🙂"',
    'layerscope tokenize ~/models/gpt2 --words "The keys are n\'t here" --json',
    'layerscope tokenize --cases test/fixtures/tokenizers'
  ],
  exitCodes: 'Exits with 1 if a case of --cases disagrees.',
  async run({ values, typed, arguments: typedArguments, report }) {
    if (values.cases !== undefined) {
      checkAlone('cases', typed, typedArguments)
      return compareCases(resolve(values.cases), values.json, report)
    }
    const [path] = typedArguments
    if (!path)
      throw new UserError(
        'Name the folder of a model, or of cases: layerscope tokenize MODEL --text TEXT, or --cases FOLDER.'
      )
    if ((values.text === undefined) === (values.words === undefined)) {
      throw new UserError(
        'Give either a text with --text or words with --words. `layerscope tokenize --help` shows examples.'
      )
    }
    if (values.pair !== undefined && values.text === undefined)
      throw new UserError('--pair needs --text; it cannot be combined with --words.')
    const { folder, ...release } = tokenizerOf(checkpointFolder(path))
    const tokenizer = await openTextTokenizer(folder, { cut: false, ...release })
    const encoding =
      values.text === undefined
        ? await tokenizer.encodeWords((values.words ?? '').split(/\s+/u).filter((word) => word !== ''))
        : await encodeTyped(folder, tokenizer, values.text, values.pair ?? null, report)
    report.result(values.json, asJson(encoding), () =>
      table(encoding, tokenizer, values.pair === undefined ? (values.text ?? null) : null)
    )
    return 0
  }
})

/** Where a model's tokenizer is, and what a release says of it that its files do not. */
function tokenizerOf(folder: string): { folder: string; defaults?: TokenizerDefaults } {
  const released = existsSync(join(folder, 'config.json')) ? null : openReleased(folder, folder, usualReading)
  if (released === null) return { folder }
  released.checkpoint.close()
  return { folder: released.tokenizerFolder, defaults: released.tokenizer }
}

/** The outcome of one folder of cases. */
interface CasesOutcome {
  name: string
  cases: number
  agreeing: number
  differences: string[]
  error: string | null
}

async function compareCases(folder: string, json: string | undefined, report: Report): Promise<number> {
  const folders = caseFolders(folder)
  const nameWidth = Math.max(...folders.map(({ name }) => name.length))
  const outcomes: CasesOutcome[] = []
  for (const { name, folder: inside } of folders) {
    const outcome = await outcomeOf(name, inside)
    outcomes.push(outcome)
    if (json !== '-') process.stdout.write(outcomeLines(outcome, nameWidth))
  }
  const sum = (field: 'cases' | 'agreeing'): number => outcomes.reduce((total, outcome) => total + outcome[field], 0)
  const [cases, agreeing] = [sum('cases'), sum('agreeing')]
  const failed = outcomes.filter(({ error }) => error !== null).length
  const unread = failed ? ` ${failed} of ${folders.length} folders could not be read.` : ''
  report.result(json, { folders: outcomes, cases, agreeing }, () => `${agreeing} of ${cases} cases agree.${unread}\n`)
  return agreeing === cases && failed === 0 ? 0 : 1
}

async function outcomeOf(name: string, folder: string): Promise<CasesOutcome> {
  try {
    const { cases, agreeing, differences } = await checkCases(folder)
    return { name, cases, agreeing, differences, error: null }
  } catch (error) {
    if (!isUserError(error)) throw error
    return { name, cases: 0, agreeing: 0, differences: [], error: error.message }
  }
}

function outcomeLines({ name, cases, agreeing, differences, error }: CasesOutcome, width: number): string {
  if (error !== null) return `${name.padEnd(width)}  FAIL: ${error}\n`
  const verdict = differences.length ? 'FAIL' : 'ok'
  const more = differences.length - shownDifferences
  return [
    `${name.padEnd(width)}  ${String(agreeing).padStart(5)} of ${cases}  ${verdict}\n`,
    ...differences.slice(0, shownDifferences).map((difference) => `  ${difference}\n`),
    ...(more > 0 ? [`  and ${more} more\n`] : [])
  ].join('')
}

/** Encodes a text, or a pair, as every view does: either spelling of a mask is the tokenizer's mask token. */
async function encodeTyped(
  folder: string,
  tokenizer: TextTokenizer,
  text: string,
  pair: string | null,
  report: Report
): Promise<TextEncoding> {
  const mask = await maskSpelling(folder, tokenizer)
  const spelled = [text, ...(pair === null ? [] : [pair])].map((typed) => ({ typed, ...spellMasks(typed, mask) }))
  const encoding = await tokenizer.encode(spelled[0]!.text, spelled[1]?.text ?? null)
  const note = spelled.find((part) => part.note !== null)?.note
  if (note) report.note(note)
  const toTyped = spelled.map(({ typed, text: read, toTyped }) => {
    const toUtf16 = utf16Offsets(read)
    const toCodePoints = codePointOffsets(typed)
    return (codePoints: number): number => toCodePoints(toTyped(toUtf16(codePoints)))
  })
  const offsets = encoding.offsets.map((span, token) => {
    const part = encoding.parts[token] ?? null
    return part === null ? span : span.map(toTyped[part]!)
  })
  return { ...encoding, offsets }
}

/** Python's names, as in cases.json. */
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

/** @param source the text that was encoded, without a pair; null for words */
function table(
  { ids, tokens, offsets, wordIds, special }: TextEncoding,
  { spelling, unknown }: TextTokenizer,
  source: string | null
): string {
  const characters = Array.from(source ?? '')
  const texts = shownTokens(
    tokens.map((text, i) => ({
      text,
      special: special[i]!,
      word: wordIds[i] ?? null,
      unknown: text === unknown,
      surface: characters.slice(...(offsets[i] as [number, number])).join('')
    })),
    spelling
  )
  const rows = [
    ['text', 'token', 'id', 'offsets', 'word'],
    ...ids.map((id, i) => [
      texts[i]!,
      tokens[i]!,
      String(id),
      special[i] ? '-' : `${offsets[i]![0]}-${offsets[i]![1]}`,
      wordIds[i] === null ? '-' : String(wordIds[i])
    ])
  ]
  const width = (text: string): number => Array.from(text).length
  const widest = [0, 1].map((column) => Math.max(...rows.map((row) => width(row[column]!))))
  const padded = (text: string, column: number): string => `${text}${' '.repeat(widest[column]! - width(text))}`
  return `${rows
    .map(
      ([text, token, id, span, word]) =>
        `${padded(text!, 0)}  ${padded(token!, 1)}  ${id!.padStart(7)}  ${span!.padStart(9)}  ${word!.padStart(5)}`
    )
    .join('\n')}\n`
}
