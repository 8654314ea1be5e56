import type { FileKind } from '@shared/contract'
import { client } from '@/client'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useOpening } from '@/stores/opening'

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
    if (path) await opening.openModel(path)
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
