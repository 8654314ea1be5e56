import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Checkpoint } from '../../checkpoints/checkpoint'
import { PickledRecord, PickleGlobal } from '../../checkpoints/pickle'
import { openTorchObject } from '../../checkpoints/torchCheckpoint'

/** A checkpoint of fairseq, and the arguments that it was trained with, as they are in its file. */
export interface FairseqFile {
  checkpoint: Checkpoint
  settings: Record<string, unknown>
}

/** A call that fairseq's files make of plain data. */
const plain: Readonly<Record<string, () => unknown>> = {
  'collections defaultdict': () => new Map(),
  '_codecs encode': () => ''
}

/** Objects whose fields are read: arguments, and the configs of omegaconf. */
const records = /^(argparse Namespace|omegaconf\.[\w.]+ \w+)$/
/** Objects that are passed over: counters, losses and settings of a task. */
const unread =
  /^((fairseq|numpy)(\.[\w.]+)? [\w.]+|typing Any|(builtins|__builtin__) (dict|list|set|int|float|str|bool))$/

/** Names that a file of fairseq may mention. Of each only data is kept; nothing is imported, made or called. */
const fairseqGlobals = {
  get(key: string): PickleGlobal | undefined {
    const name = key.replace(' ', '.')
    if (Object.hasOwn(plain, key)) return new PickleGlobal(name, plain[key])
    if (records.test(key)) return new PickleGlobal(name, () => new PickledRecord(), true)
    return unread.test(key) ? new PickleGlobal(name, () => new PickledRecord(true), true) : undefined
  }
}

/**
 * The file of fairseq in a folder: the one that was chosen, otherwise model.pt, as releases name it,
 * checkpoint_best.pt, as training does, or the only one there is. Null for a folder without.
 */
export function fairseqPath(folder: string, chosen: string, wanted: string | null): string | null {
  if (existsSync(join(folder, 'config.json'))) return null
  if (chosen !== folder && /\.pt$/.test(chosen)) return chosen
  const files = readdirSync(folder).filter((file) => file.endsWith('.pt'))
  const usual = wanted ?? usualName(files)
  return usual !== null && files.includes(usual) ? join(folder, usual) : null
}

/** Whether a file is the one that its folder is opened by. */
export function isUsualFile(path: string, folder: string): boolean {
  return usualName(readdirSync(folder).filter((file) => file.endsWith('.pt'))) === basename(path)
}

function usualName(files: readonly string[]): string | null {
  const named = ['model.pt', 'checkpoint_best.pt'].find((file) => files.includes(file))
  return named ?? (files.length === 1 ? files[0]! : null)
}

/** @throws UserError naming what its pickle asks for beyond data, or what is damaged */
export function openFairseq(path: string): FairseqFile {
  const { checkpoint, root } = openTorchObject(path, () => fairseqGlobals)
  const fields = fieldsOf(root)
  const cfg = fieldsOf(fields.get('cfg'))
  return {
    checkpoint,
    settings: { ...plainFields(cfg.get('task')), ...plainFields(cfg.get('model')), ...plainFields(fields.get('args')) }
  }
}

/** The fields of a dictionary, a Namespace or a config of omegaconf. */
function fieldsOf(value: unknown): ReadonlyMap<unknown, unknown> {
  if (value instanceof Map) return value
  if (!(value instanceof PickledRecord)) return new Map()
  return value.fields.has('_content') ? fieldsOf(value.fields.get('_content')) : value.fields
}

/** Those that are numbers, texts or flags; omegaconf keeps each in a record with its value. */
function plainFields(value: unknown): Record<string, unknown> {
  return Object.fromEntries(
    [...fieldsOf(value)].flatMap(([name, field]): [string, unknown][] => {
      const inner = field instanceof PickledRecord && field.fields.has('_val') ? field.fields.get('_val') : field
      return typeof name === 'string' && ['number', 'string', 'boolean'].includes(typeof inner) ? [[name, inner]] : []
    })
  )
}
