import { isReleasedSetting, isReleasedWeights } from '@shared/releasedFiles'
import { UserError } from '@shared/userError'
import { client } from '@/client'

/** A file on the person's computer with the path it had inside what was dropped or chosen. */
export interface ImportFile {
  name: string
  file: File
}

/** One piece of a file: small enough for progress and cancelling to be felt, large enough not to be all overhead. */
const pieceBytes = 4 * 2 ** 20

/** What a model folder needs; repositories carry the same weights in several formats beside each other. */
const wanted = /\.(json|txt|safetensors|model)$|(^|\/)model\.pt$/i
const oldWeights = /pytorch_model.*\.bin$/i

/**
 * Leaves out what opening would not read: hidden files and, for a model, everything but configuration, vocabulary and
 * one set of weights.
 */
export function worthImporting(files: readonly ImportFile[]): ImportFile[] {
  const visible = files.filter(({ name }) => !name.split('/').some((part) => part.startsWith('.')))
  if (looksLike(visible) === 'dataset') return visible
  const hasSafetensors = visible.some(({ name }) => name.endsWith('.safetensors'))
  return visible.filter(
    ({ name }) =>
      (wanted.test(name) ||
        isReleasedSetting(name) ||
        (!hasSafetensors && (oldWeights.test(name) || isReleasedWeights(name)))) &&
      !/(^|\/)(onnx|openvino|coreml)\//i.test(name)
  )
}

/** A checkpoint has a config.json, weights or a release's files; everything else is taken for data. */
export function looksLike(files: readonly { name: string }[]): 'model' | 'dataset' {
  return files.some(
    ({ name }) =>
      /(^|\/)config\.json$/.test(name) ||
      /\.(safetensors)$/i.test(name) ||
      oldWeights.test(name) ||
      isReleasedWeights(name) ||
      /(^|\/)model\.pt$/.test(name)
  )
    ? 'model'
    : 'dataset'
}

/**
 * Sends files to the machine the engine runs on, piece by piece.
 * @param progress bytes sent and bytes in all
 * @returns their paths over there, in the order given
 * @throws UserError when `signal` ends it
 */
export async function importFiles(
  files: readonly ImportFile[],
  progress: (done: number, total: number) => void,
  signal: AbortSignal
): Promise<string[]> {
  const importId = crypto.randomUUID()
  const total = files.reduce((sum, { file }) => sum + file.size, 0)
  const paths: string[] = []
  let done = 0
  progress(0, total)
  for (const { name, file } of files) {
    let offset = 0
    let path: string | null = null
    do {
      if (signal.aborted) throw new UserError('The import was stopped.')
      const bytes = new Uint8Array(await file.slice(offset, offset + pieceBytes).arrayBuffer())
      const answer = await client.call('files.import', { importId, name, offset, total: file.size, bytes })
      offset += bytes.byteLength
      done += bytes.byteLength
      path = answer.path
      progress(done, total)
    } while (offset < file.size)
    if (path !== null) paths.push(path)
  }
  return paths
}

/**
 * The path to hand to `model.open`: the folder of the outermost config.json or of a release's files, otherwise the
 * weights themselves.
 */
export function modelPathOf(paths: readonly string[]): string | null {
  const byDepth = [...paths].sort((a, b) => a.length - b.length)
  const folderOf = (pattern: RegExp): string | undefined =>
    byDepth.find((path) => pattern.test(path))?.replace(pattern, '')
  return (
    folderOf(/[\\/]config\.json$/) ??
    folderOf(/([\\/]variables)?[\\/][^\\/]+\.index$/) ??
    folderOf(/[\\/]model\.pt$/) ??
    byDepth.find((path) => path.endsWith('.safetensors')) ??
    byDepth.find((path) => oldWeights.test(path)) ??
    null
  )
}

/** Every file in what was dropped, folders walked through. Must be called while the drop event is being handled. */
export function filesOfDrop(transfer: DataTransfer): () => Promise<ImportFile[]> {
  const given = [...transfer.items].map((item) => ({
    entry: item.webkitGetAsEntry(),
    file: item.kind === 'file' ? item.getAsFile() : null
  }))
  return async () => {
    const lists = given.map(({ entry, file }) =>
      entry ? walk(entry, '') : Promise.resolve(file ? [{ name: file.name, file }] : [])
    )
    return (await Promise.all(lists)).flat()
  }
}

async function walk(entry: FileSystemEntry, prefix: string): Promise<ImportFile[]> {
  const name = `${prefix}${entry.name}`
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ name, file }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const files: ImportFile[] = []
  // A reader gives a hundred entries at a time and an empty list at the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (batch.length === 0) return files
    files.push(...(await Promise.all(batch.map((child) => walk(child, `${name}/`)))).flat())
  }
}

/** The files of an `<input type="file">`, with their folders where a folder was chosen. */
export function filesOfInput(input: HTMLInputElement): ImportFile[] {
  return [...(input.files ?? [])].map((file) => ({ name: file.webkitRelativePath || file.name, file }))
}
