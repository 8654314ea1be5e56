import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { quoted, UserError } from '@shared/userError'
import { RandomFile } from '../../checkpoints/randomFile'
import { endsAsTable } from '../../checkpoints/tensorflow/sortedTable'

/** Files of a TensorFlow checkpoint; choosing one of them opens it. */
const partOfBundle = /^(.+)\.(index|meta|data-\d{5}-of-\d{5})$/

/** Whether a file belongs to a TensorFlow checkpoint by its name. */
export function isBundleFile(path: string): boolean {
  return partOfBundle.test(basename(path)) || olderFile.test(path)
}

/** Where SavedModels and modules of TF Hub keep their variables. */
const variables = 'variables'

/** Names under which the older format was saved: a single file, or shards, without an index. */
const olderFile = /\.ckpt(-\d+)?(-\d{5}-of-\d{5})?$/

/** The index of a TensorFlow checkpoint in a folder, and whether the folder holds others. */
export interface BundleFile {
  index: string
  several: boolean
}

/**
 * The TensorFlow checkpoint that a folder holds, or that a file of it belongs to; null for none. Among several, the one
 * that was chosen, otherwise the newest, which the text file `checkpoint` names.
 * @param chosen the folder, or a file in it
 * @param wanted name of the checkpoint that is wanted; null for whichever counts
 * @throws UserError where there are several and none is named, or where it is of the older format V1
 */
export function findBundle(folder: string, chosen: string, wanted: string | null): BundleFile | null {
  const inside = join(folder, variables, `${variables}.index`)
  const names = readdirSync(folder).flatMap((file) => indexName(file) ?? [])
  const at = (name: string): BundleFile => ({ index: join(folder, `${name}.index`), several: names.length > 1 })
  const name = wanted ?? partOfBundle.exec(chosen === folder ? '' : basename(chosen))?.[1] ?? null
  if (name !== null) {
    if (names.includes(name)) return at(name)
    throw new UserError(
      `${folder} has no ${quoted(`${name}.index`, 80)}, the index of that checkpoint; download it too, or choose ` +
        'another checkpoint.'
    )
  }
  if (chosen !== folder && olderFile.test(chosen)) refuseOlder(chosen)
  if (names.length === 1) return at(names[0]!)
  const newest = newestCheckpoint(folder)
  if (newest !== null && names.includes(newest)) return at(newest)
  if (names.length > 1)
    throw new UserError(
      `${folder} holds ${names.length} TensorFlow checkpoints (${names.slice(0, 3).join(', ')}` +
        `${names.length > 3 ? ', ...' : ''}), and no file 'checkpoint' that names the newest. Open the .index file ` +
        'of the one that you mean.'
    )
  if (existsSync(inside)) return { index: inside, several: false }
  const older = readdirSync(folder).find((file) => olderFile.test(file))
  if (older !== undefined) refuseOlder(join(folder, older))
  return null
}

function indexName(file: string): string | null {
  return file.endsWith('.index') ? file.slice(0, -'.index'.length) : null
}

/** What TensorFlow last saved here: its name, without the folder that it was saved in then. */
function newestCheckpoint(folder: string): string | null {
  const path = join(folder, 'checkpoint')
  if (!existsSync(path) || !statSync(path).isFile() || statSync(path).size > 1 << 20) return null
  const name = /^model_checkpoint_path:\s*"([^"]*)"/m.exec(readFileSync(path, 'utf8'))?.[1]
  return name === undefined ? null : basename(name)
}

/** @throws UserError where a file without an index beside it is a checkpoint of the format before V2 */
function refuseOlder(path: string): void {
  if (!statSync(path).isFile()) return
  const file = new RandomFile(path)
  try {
    if (!endsAsTable(file)) return
  } finally {
    file.close()
  }
  throw new UserError(
    `${basename(path)} is a TensorFlow checkpoint of the older format V1, a single file without an index, which ` +
      'Layerscope does not read. Save it again with TensorFlow 1.15 ' +
      '(tf.train.Saver(write_version=tf.train.SaverDef.V2)).'
  )
}
