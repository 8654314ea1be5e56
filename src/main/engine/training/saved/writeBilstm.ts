import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { writeSafetensors, type LateTensor } from '../../checkpoints/writeSafetensors'
import { atomicFolder } from '../../files/atomicFolder'
import { trainingRecordFile, type TrainingRecord } from '../../models/lineage'
import { bilstmFiles, bilstmType } from '../../models/recurrent/systems/bilstm'
import type { Parameters } from '../parameters'

/** Names of the head's tensors in training, after `heads.NAME.`, and in the file. */
const headNames = { 'dense.weight': 'dense.weight', 'dense.bias': 'dense.bias', weight: 'out.weight', bias: 'out.bias' }

export interface BilstmToWrite {
  /** The folder to write; there must be nothing yet. */
  folder: string
  /** In the order of the embedding's rows, without the last one. */
  words: readonly string[]
  /** Name of the head's objective. */
  head: string
  /** What the head reads: the last states of both directions, or every token. */
  task: 'sequence' | 'token'
  labels: readonly string[]
  lineage: Omit<TrainingRecord, 'version' | 'head' | 'note'>
}

/**
 * Writes a BiLSTM as a folder, complete or not at all: config.json, model.safetensors with the tensors of
 * torch.nn.Embedding, torch.nn.LSTM and torch.nn.Linear, vocab.txt, and layerscope.json with where it comes from.
 * @throws UserError where there is something in the folder's place
 */
export function writeBilstm(
  parameters: Parameters,
  { folder, words, head, task, labels, lineage }: BilstmToWrite
): void {
  if (existsSync(folder))
    throw new UserError(`There is something at ${folder} already. Choose another folder, or move it away.`)
  const prefix = `heads.${head}.`
  const named = (name: string): string =>
    name.startsWith(prefix) ? headNames[name.slice(prefix.length) as keyof typeof headNames] : name
  const tensors = Object.fromEntries(
    parameters.names.map((name): [string, LateTensor] => {
      const variable = parameters.get(name)
      return [named(name), { shape: variable.shape, data: () => variable.dataSync<'float32'>() }]
    })
  )
  const record: TrainingRecord = {
    version: 1,
    ...lineage,
    note:
      'PyTorch reads its tensors: torch.nn.Embedding, a bidirectional torch.nn.LSTM and torch.nn.Linear ' +
      '(docs/recurrent.md).'
  }
  const config = {
    model_type: bilstmType,
    reads: task === 'sequence' ? 'last states of both directions' : 'every token',
    id2label: Object.fromEntries(labels.map((label, i) => [i, label])),
    dtype: 'float32'
  }
  atomicFolder(folder, (unfinished) => {
    const write = (file: string, content: string): void => writeFileSync(join(unfinished, file), content)
    write(bilstmFiles.config, `${JSON.stringify(config, null, 2)}\n`)
    write(bilstmFiles.words, words.map((word) => `${word}\n`).join(''))
    writeSafetensors(join(unfinished, bilstmFiles.weights), tensors, { format: 'pt' })
    write(trainingRecordFile, `${JSON.stringify(record, null, 2)}\n`)
  })
}
