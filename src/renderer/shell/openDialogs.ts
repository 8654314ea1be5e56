import { client } from '@/client'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useOpening } from './opening'

export interface OpenDialogs {
  askForModel(): Promise<void>
  askForDataset(): Promise<void>
}

/** Asks for files: with the operating system's dialog where the host has one, with the window's own otherwise. */
export function useOpenDialogs(): OpenDialogs {
  const session = useSessionStore()
  const layout = useLayoutStore()
  const notices = useNoticeStore()
  const opening = useOpening()

  async function pick(kind: 'model' | 'dataset'): Promise<string[] | null> {
    try {
      return await client.call('files.pick', { kind })
    } catch (error) {
      notices.fail('The file dialog could not be shown', error)
      return null
    }
  }
  async function askForModel(): Promise<void> {
    if (!session.app?.nativeDialogs) {
      layout.dialog = 'openModel'
      return
    }
    const path = (await pick('model'))?.[0]
    if (path) await opening.openModel(path)
  }
  async function askForDataset(): Promise<void> {
    if (!session.app?.nativeDialogs) {
      layout.dialog = 'openDataset'
      return
    }
    const paths = await pick('dataset')
    if (paths && paths.length > 0) layout.preview(paths)
  }
  return { askForModel, askForDataset }
}
