import { dialog, type BrowserWindow, type OpenDialogOptions } from 'electron'

const options: Readonly<Record<'model' | 'dataset', OpenDialogOptions>> = {
  model: { title: 'Open a model folder', buttonLabel: 'Open model', properties: ['openDirectory'] },
  dataset: {
    title: 'Open labelled data',
    buttonLabel: 'Open data',
    properties: ['openFile', 'multiSelections'],
    filters: [
      { name: 'Labelled data', extensions: ['conllu', 'tsv', 'csv', 'jsonl', 'json', 'gz', 'txt'] },
      { name: 'All files', extensions: ['*'] }
    ]
  }
}

/** The operating system's dialog over the window; null when it was closed without a choice. */
export async function pickPaths(window: BrowserWindow | null, kind: 'model' | 'dataset'): Promise<string[] | null> {
  const result = window ? await dialog.showOpenDialog(window, options[kind]) : await dialog.showOpenDialog(options[kind])
  return result.canceled || result.filePaths.length === 0 ? null : result.filePaths
}
