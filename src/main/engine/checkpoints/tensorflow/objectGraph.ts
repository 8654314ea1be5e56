import { basename } from 'node:path'
import { UserError } from '@shared/userError'
import { fieldsOf } from '../../files/protobuf'
import { listedCheckpoint } from '../listedCheckpoint'
import type { Checkpoint } from '../checkpoint'
import type { TensorBundle } from './tensorBundle'

/** The variable that holds the graph. */
const graphKey = '_CHECKPOINTABLE_OBJECT_GRAPH'

/**
 * A checkpoint that TensorFlow 2 saved by its objects, whose keys are paths through them (`variables/3/...`), by the
 * names that its variables had in the program (`transformer/layer_0/output/kernel`). A key without a name, or with one
 * that another key has too, stays.
 * @returns null for a checkpoint that was not saved by objects
 * @throws UserError where the graph of objects is damaged
 */
export function namedByObjects(bundle: TensorBundle): Checkpoint | null {
  if (!bundle.has(graphKey)) return null
  const names = readGraph(bundle)
  const count = new Map<string, number>()
  for (const name of names.values()) count.set(name, (count.get(name) ?? 0) + 1)
  const entries = new Map(
    bundle.names().flatMap((key): [string, string][] => {
      if (key === graphKey) return []
      const name = names.get(key)
      return [[name !== undefined && name !== '' && count.get(name) === 1 ? name : key, key]]
    })
  )
  return listedCheckpoint({
    path: bundle.path,
    files: bundle.files,
    bytes: bundle.bytes,
    noun: 'variable',
    entries,
    describe: (key, name) => ({ ...bundle.describe(key), name }),
    fill: ({ name }, target, first) => bundle.readInto(entries.get(name)!, target, first),
    close: () => bundle.close()
  })
}

/** Names of variables by their keys (tensorflow/core/protobuf/trackable_object_graph.proto). */
function readGraph(bundle: TensorBundle): Map<string, string> {
  const names = new Map<string, string>()
  try {
    for (const node of fieldsOf(Buffer.from(bundle.text(graphKey), 'latin1'))) {
      if (node.field !== 1 || !(node.value instanceof Uint8Array)) continue
      for (const attribute of fieldsOf(node.value)) {
        if (attribute.field !== 2 || !(attribute.value instanceof Uint8Array)) continue
        const texts = new Map<number, string>()
        for (const { field, value } of fieldsOf(attribute.value))
          if (value instanceof Uint8Array) texts.set(field, Buffer.from(value).toString('utf8'))
        // 2: full_name, 3: checkpoint_key.
        names.set(texts.get(3) ?? '', texts.get(2) ?? '')
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new UserError(
      `${basename(bundle.path)} is damaged: its graph of objects is malformed. Download it again, or save the ` +
        'checkpoint again.'
    )
  }
  return names
}
