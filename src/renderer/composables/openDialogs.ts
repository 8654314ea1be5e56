import type { FileKind } from '@shared/contract'
import { client } from '@/client'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { folderOf, useOpening } from '@/stores/opening'

export interface OpenDialogs {
  askForModel(): Promise<void>
  askForWordVectors(): Promise<void>
  askForDataset(): Promise<void>
}

/** Asks for files: with the operating system's dialog where the host has one, with the window's own otherwise. */
export function useOpenDialogs(): OpenDialogs {
  const session = useSessionStore()
  const layout = useLayoutStore()
  const notices = useNoticeStore()
  const opening = useOpening()

  async function pick(kind: FileKind): Promise<string[] | null> {
    try {
      return await client.call('files.pick', { kind })
    } catch (error) {
      notices.fail('The file dialog could not be shown', error)
      return null
    }
  }
  async function askForOne(kind: 'model' | 'wordVectors'): Promise<void> {
    if (!session.app?.nativeDialogs) {
      layout.dialog = 'openModel'
      return
    }
    const path = (await pick(kind))?.[0]
    if (path && !(await opening.openModel(path)) && (await isAdapter(path))) layout.chooseBase(path)
  }
  /** Whether a folder that could not be opened holds an adapter, whose base can be given. */
  async function isAdapter(path: string): Promise<boolean> {
    try {
      const { entries } = await client.call('files.list', { folder: folderOf(path) })
      return entries.some((entry) => entry.path === path && entry.adapter === true)
    } catch {
      return false
    }
  }
  const askForModel = (): Promise<void> => askForOne('model')
  const askForWordVectors = (): Promise<void> => askForOne('wordVectors')
  async function askForDataset(): Promise<void> {
    if (!session.app?.nativeDialogs) {
      layout.dialog = 'openDataset'
      return
    }
    const paths = await pick('dataset')
    if (paths && paths.length > 0) layout.preview(paths)
  }
  return { askForModel, askForWordVectors, askForDataset }
}
