import { dialog, type BrowserWindow, type OpenDialogOptions } from 'electron'
import type { FileKind } from '@shared/contract'

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
      { name: 'Labelled data', extensions: ['conllu', 'tsv', 'csv', 'jsonl', 'json', 'gz', 'txt'] },
      { name: 'All files', extensions: ['*'] }
    ]
  },
  pairs: {
    title: 'Open minimal pairs',
    buttonLabel: 'Open pairs',
    properties: ['openFile'],
    filters: [
      { name: 'Tables, JSON Lines', extensions: ['tsv', 'csv', 'jsonl', 'gz'] },
      { name: 'All files', extensions: ['*'] }
    ]
  }
}

/** The operating system's dialog over the window; null when it was closed without a choice. */
export async function pickPaths(window: BrowserWindow | null, kind: FileKind): Promise<string[] | null> {
  const result = window
    ? await dialog.showOpenDialog(window, options[kind])
    : await dialog.showOpenDialog(options[kind])
  return result.canceled || result.filePaths.length === 0 ? null : result.filePaths
}
