import { viewScheme } from '@shared/viewLink'
import { downloadText } from '@/plots/exporting'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { addressOf, stateInFile, workspaceEnding, workspaceText, type View } from './viewState'

/** More is not a workspace. */
const largestWorkspace = 1_000_000

export interface ViewFiles {
  copyLink: () => void
  saveWorkspace: () => void
  openWorkspace: () => void
}

/** What is on screen, taken out of the window and brought back: as a link, or as a file. */
export function useViewFiles({ current, show }: View): ViewFiles {
  const notices = useNoticeStore()
  const session = useSessionStore()

  async function copyLink(): Promise<void> {
    if (!current.value) return
    try {
      const { origin, pathname } = window.location
      const isDesktop = session.app?.host === 'electron'
      const place = isDesktop ? `${viewScheme}://view` : `${origin}${pathname}`
      await navigator.clipboard.writeText(`${place}#${addressOf(current.value)}`)
      notices.say(
        'A link to this view is on the clipboard',
        isDesktop
          ? 'It opens in Layerscope on this computer.'
          : 'It opens in this browser while Layerscope runs. A workspace file keeps the view for longer.'
      )
    } catch (error) {
      notices.fail('The link could not be copied', error)
    }
  }

  function saveWorkspace(): void {
    if (!current.value) return
    const name = `${session.model?.name} ${session.dataset?.name}${workspaceEnding}`
    downloadText(name, 'application/json', workspaceText(current.value))
  }

  async function read(file: File): Promise<void> {
    try {
      const text = file.size > largestWorkspace ? '' : await file.text()
      await show(stateInFile(text, file.name))
    } catch (error) {
      notices.fail('The workspace could not be opened', error)
    }
  }
  function openWorkspace(): void {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = workspaceEnding
    input.addEventListener('change', () => {
      const [file] = input.files ?? []
      if (file) void read(file)
    })
    input.click()
  }
  return { copyLink: () => void copyLink(), saveWorkspace, openWorkspace }
}
