import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { UserError } from '@shared/userError'
import { jsonFault } from '../files/pythonJson'
import { cacheDir } from '../paths'
import { parentPort } from '../processes/parentPort'
import { runTool } from '../processes/runTool'

/** Texts that reach every step of a tokenizer: plain, spaced, composed, in another script, and none. */
const texts = ['a', ' Hello  world.', '½ ﬁ é 你好 \u{1f600}', '']
/** Far beyond what the largest vocabularies take. */
const longest = 120_000

/** Reads the tokenizer of standard input in another process, and puts a few texts through it. */
const program = (module: string): string => `
const { Tokenizer } = require(${JSON.stringify(module)})
const parts = []
process.stdin.on('data', (part) => parts.push(part)).on('end', () => {
  let tokenizer
  try {
    tokenizer = Tokenizer.fromString(Buffer.concat(parts).toString('utf8'))
    tokenizer.disableTruncation()
    tokenizer.disablePadding()
  } catch { return }
  const texts = ${JSON.stringify(texts)}
  Promise.all([
    ...texts.map((text) => tokenizer.encode(text, null, { addSpecialTokens: true })),
    tokenizer.encodeBatch(texts, { addSpecialTokens: false })
  ]).catch(() => undefined)
})`

/** Why a tokenizer is not fit to be read; null where it is, or where no process could be started to find out. */
type Verdict = { reason: string | null; tried: boolean }

const trials = new Map<string, Promise<Verdict>>()

/**
 * The library that runs tokenizers ends the whole process where a damaged file meets one of its assertions. Each
 * content is checked, and tried in a process of its own, before it comes near this one; those that passed are
 * remembered in the cache folder. A desktop shell is not a Node interpreter and has no second process to try in: there
 * `checkTokenizer` is all that comes before the library.
 * @param source of the tokenizer, for the sentence
 * @throws UserError where it is not fit to be read
 */
export async function requireHarmless(json: string, source: string): Promise<void> {
  if (parentPort()) return checkTokenizer(json, source)
  const key = createHash('sha256').update(json).digest('hex')
  const mark = join(cacheDir(), 'tokenizers', `${key}.passed`)
  if (existsSync(mark)) return
  checkTokenizer(json, source)
  const trial = trials.get(key) ?? tryOnce(json, mark)
  trials.set(key, trial)
  const { reason, tried } = await trial
  if (!tried) trials.delete(key)
  if (reason !== null)
    throw new UserError(
      `${source} is damaged: ${reason}. Download it again, or save it again (in Python: ` +
        'tokenizer.save_pretrained(folder)).'
    )
}

async function tryOnce(json: string, mark: string): Promise<Verdict> {
  const verdict = await tryInChild(json)
  if (verdict.tried && verdict.reason === null) {
    try {
      mkdirSync(dirname(mark), { recursive: true })
      writeFileSync(mark, '')
    } catch {
      // A cache that cannot be written costs the trial again next time.
    }
  }
  return verdict
}

/** Without a reason if the library survives, with or without a refusal; with its last words if it crashed. */
async function tryInChild(json: string): Promise<Verdict> {
  const module = createRequire(import.meta.url).resolve('@anush008/tokenizers')
  const trial = await runTool(process.execPath, ['--no-warnings', '-e', program(module)], {
    input: json,
    limitMs: longest,
    env: { NODE_OPTIONS: '', RUST_BACKTRACE: '0' }
  }).catch((error: NodeJS.ErrnoException) => {
    // A machine without memory or processes to spare for a trial.
    if (error.code === 'EAGAIN' || error.code === 'ENOMEM') return null
    throw error
  })
  if (trial === null) return { reason: null, tried: false }
  if (trial.code === 0) return { reason: null, tried: true }
  if (trial.tooLong) return { reason: 'reading it takes longer than two minutes', tried: true }
  return { reason: `the tokenizers library fails on it (${messageOf(trial.stderr)})`, tried: true }
}

/** The line of a Rust panic that says what is wrong. */
function messageOf(errors: string): string {
  const lines = errors.split('\n')
  const panic = lines.findIndex((line) => line.includes(' panicked at '))
  return (lines[panic + 1] ?? lines[0] ?? '').trim().slice(0, 200) || 'without a message'
}

type Json = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Checks what the library assumes.
 * @throws UserError naming the part that is wrong
 */
export function checkTokenizer(json: string, source: string): void {
  const wrong = (why: string): UserError =>
    new UserError(`${source} could not be read as a tokenizer: ${why}. Download it again, or save it again.`)
  let root: unknown
  try {
    root = JSON.parse(json)
  } catch (error) {
    throw wrong(`it is not valid JSON (${jsonFault(error)})`)
  }
  if (!isObject(root) || !isObject(root['model'])) throw wrong("it has no 'model'")
  for (const component of partsOf(root['normalizer'], 'normalizers')) {
    if (component['type'] === 'Precompiled' && !isCharsmap(component['precompiled_charsmap']))
      throw wrong("its 'precompiled_charsmap' is not one that SentencePiece makes")
  }
  for (const component of partsOf(root['post_processor'], 'processors')) {
    if (component['type'] !== 'TemplateProcessing') continue
    const known = isObject(component['special_tokens']) ? component['special_tokens'] : {}
    const used = [component['single'], component['pair']].flatMap((list) =>
      Array.isArray(list) ? (list as unknown[]) : []
    )
    for (const part of used) {
      const token = isObject(part) && isObject(part['SpecialToken']) ? part['SpecialToken']['id'] : undefined
      if (typeof token === 'string' && !Object.hasOwn(known, token))
        throw wrong(`its template puts '${token}' around texts, but 'special_tokens' does not say what that is`)
    }
  }
}

/** A component and those inside it where it is a sequence; deeper ones than any tokenizer has are left out. */
function partsOf(component: unknown, inside: string, depth = 0): Json[] {
  if (!isObject(component) || depth > 8) return []
  const parts = component[inside]
  return [component, ...(Array.isArray(parts) ? parts.flatMap((part) => partsOf(part, inside, depth + 1)) : [])]
}

/**
 * A trie of 32-bit units with its length in front, then the texts it leads to (sentencepiece,
 * `EncodePrecompiledCharsMap`).
 */
function isCharsmap(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  if (typeof value !== 'string') return false
  const bytes = Buffer.from(value, 'base64')
  if (bytes.length < 4) return false
  const trie = bytes.readUInt32LE(0)
  return trie % 4 === 0 && trie > 0 && trie + 4 <= bytes.length
}
