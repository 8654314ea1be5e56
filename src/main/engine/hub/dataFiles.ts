import { hasKnownExtension } from '../datasets/readers/fileFormat'
import { splitOfFolder } from '../datasets/splitNames'

/** Which files of a data set's repository are read, or why it is not known which. */
export interface DataFiles {
  files: string[]
  /** Folders of data sets of their own, where there are several and none was named. */
  parts: string[]
}

/** Kinds of files that a repository may offer together; the first that it has is read. */
const preferred = [/\.parquet$/i, /\.arrow$/i, /\.(jsonl|ndjson)(\.gz|\.zst)?$/i, /./]

/** What describes a data set for Hugging Face's library; nothing in it is a sentence. */
const aboutData = /(^|\/)(dataset_infos?|dataset_dict|state)\.json$/

/** Where the hub keeps every data set that it could convert to Parquet. */
export const convertedRevision = 'refs/convert/parquet'

/**
 * Chooses the files of a data set.
 * @param paths files of the repository
 * @param part the folder that was named; all of them where it is left out
 */
export function chooseDataFiles(paths: readonly string[], part?: string): DataFiles {
  const inPart = part === undefined ? paths : paths.filter((path) => path.startsWith(`${part}/`))
  const data = inPart.filter((path) => hasKnownExtension(path) && !aboutData.test(path))
  const kind = preferred.find((pattern) => data.some((path) => pattern.test(path)))
  const files = kind ? data.filter((path) => kind.test(path)) : []
  const parts = [...new Set(files.map(partOf))].sort()
  return { files, parts: part === undefined && parts.length > 1 ? parts : [] }
}

/** The folder of a file without those that only say which split it is: `en` of `en/train/0000.parquet`. */
function partOf(path: string): string {
  const folders = path.split('/').slice(0, -1)
  while (folders.length > 0 && splitOfFolder(folders.at(-1)!) !== null) folders.pop()
  return folders.length === 1 && folders[0] === 'data' ? '' : folders.join('/')
}

/** What a file of a data set's repository is downloaded for; null for the others. */
export function useOfDataFile(path: string, chosen: ReadonlySet<string>): 'data' | 'card' | null {
  if (chosen.has(path)) return 'data'
  return /^(README\.md|LICEN[CS]E(\.\w+)?|dataset\.json|dataset_dict\.json)$/i.test(path) ? 'card' : null
}
