import { dirname } from 'node:path'
import { dialog, type BrowserWindow, type OpenDialogOptions } from 'electron'
import type { FileKind } from '@shared/contract'
import type { StateFile } from '../services/stateFile'

const labelledData = ['conllu', 'tsv', 'csv', 'jsonl', 'json', 'parquet', 'arrow', 'feather', 'gz', 'zst', 'txt']

const options: Readonly<Record<FileKind, OpenDialogOptions>> = {
  model: { title: 'Open a model folder', buttonLabel: 'Open model', properties: ['openDirectory'] },
  wordVectors: {
    title: 'Open word vectors',
    buttonLabel: 'Open vectors',
    properties: ['openFile'],
    filters: [
      { name: 'GloVe, word2vec, fastText', extensions: ['txt', 'vec', 'bin', 'gz'] },
      { name: 'All files', extensions: ['*'] }
    ]
  },
  dataset: {
    title: 'Open labelled data',
    buttonLabel: 'Open data',
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'Labelled data', extensions: labelledData },
      { name: 'All files', extensions: ['*'] }
    ]
  },
  pairs: {
    title: 'Open minimal pairs',
    buttonLabel: 'Open pairs',
    properties: ['openFile'],
    filters: [
      { name: 'Tables, JSON Lines, Parquet', extensions: ['tsv', 'csv', 'jsonl', 'parquet', 'arrow', 'gz', 'zst'] },
      { name: 'All files', extensions: ['*'] }
    ]
  }
}

const stateKey = 'dialogFolders'

/**
 * Shows the operating system's dialog over the window, in the folder of the last file of the kind; null when it was
 * closed without a choice. Electron's own default has been the downloads folder since 43.
 */
export async function pickPaths(
  window: BrowserWindow | null,
  kind: FileKind,
  state: StateFile
): Promise<string[] | null> {
  const folders = readFolders((await state.load())[stateKey])
  const shown = { ...options[kind], ...(folders[kind] ? { defaultPath: folders[kind] } : {}) }
  const result = window ? await dialog.showOpenDialog(window, shown) : await dialog.showOpenDialog(shown)
  const [first] = result.filePaths
  if (result.canceled || first === undefined) return null
  await state.save(stateKey, { ...folders, [kind]: dirname(first) })
  return result.filePaths
}

function readFolders(kept: unknown): Partial<Record<FileKind, string>> {
  if (typeof kept !== 'object' || kept === null) return {}
  return Object.fromEntries(
    Object.entries(kept).filter(([kind, folder]) => Object.hasOwn(options, kind) && typeof folder === 'string')
  )
}
