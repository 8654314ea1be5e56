import { viewScheme } from '@shared/viewLink'
import { UserError } from '@shared/userError'
import { downloadText } from '@/plots/exporting'
import { addressInFile } from '@/plots/figureOrigin'
import { useNoticeStore } from '@/stores/noticeStore'
import { useOriginStore } from '@/stores/originStore'
import { useSessionStore } from '@/stores/sessionStore'
import { addressOf, stateAt, stateInFile, workspaceEnding, workspaceText, type View, type ViewState } from './viewState'

/** More is neither a workspace nor a figure. */
const largestFile = 100_000_000
/** Name endings of files that say which view made them. */
const figureEndings = ['.svg', '.png', '.pdf', '.json', '.html']

export interface ViewFiles {
  copyLink: () => void
  saveWorkspace: () => void
  openWorkspace: () => void
}

/** Shows the view that a workspace file is of, or that made a figure; false where the file says nothing of the kind. */
export type OpenFile = (file: File) => Promise<boolean>

/** What is on screen, taken out of the window and brought back: as a link, or as a file. */
export function useViewFiles({ current, show }: View): ViewFiles & { openFile: OpenFile } {
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

  // What leaves the window says where it is from, and what is said there can be opened.
  const origin = useOriginStore()
  origin.address = () => (current.value ? addressOf(current.value) : null)
  origin.show = (link) => void reopen(() => stateAt(link.slice(link.indexOf('#') + 1)))

  async function reopen(read: () => ViewState | null | Promise<ViewState | null>): Promise<boolean> {
    try {
      const state = await read()
      if (state) await show(state)
      return state !== null
    } catch (error) {
      notices.fail('The view could not be opened', error)
      return true
    }
  }
  function openFile(file: File): Promise<boolean> {
    const isFigure = figureEndings.some((ending) => file.name.toLowerCase().endsWith(ending))
    if (!isFigure && !file.name.endsWith(workspaceEnding)) return Promise.resolve(false)
    return reopen(async () => {
      const bytes = file.size > largestFile ? new Uint8Array() : new Uint8Array(await file.arrayBuffer())
      if (!isFigure) return stateInFile(new TextDecoder().decode(bytes), file.name)
      const address = addressInFile(bytes)
      return address === null ? null : stateAt(address)
    })
  }
  async function chosen(file: File): Promise<void> {
    if (!(await openFile(file)))
      notices.fail(
        'The view could not be opened',
        new UserError(`'${file.name}' does not say which view it is of. Choose a workspace or a figure of Layerscope.`)
      )
  }
  function openWorkspace(): void {
    const input = document.createElement('input')
    input.type = 'file'
    input.accept = [workspaceEnding, ...figureEndings].join(',')
    input.addEventListener('change', () => {
      const [file] = input.files ?? []
      if (file) void chosen(file)
    })
    input.click()
  }
  return { copyLink: () => void copyLink(), saveWorkspace, openWorkspace, openFile }
}
