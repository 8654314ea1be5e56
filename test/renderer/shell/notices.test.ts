// @vitest-environment happy-dom
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, nextTick, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import NoticeStatus from '@/shell/NoticeStatus.vue'
import NoticeTray from '@/shell/NoticeTray.vue'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { datasetInfo, modelInfo } from '../fixtures'

let pinia: Pinia
let app: App | null = null

beforeEach(() => {
  pinia = createPinia()
  setActivePinia(pinia)
})
afterEach(() => {
  app?.unmount()
  app = null
  document.body.replaceChildren()
  vi.useRealTimers()
})
const titles = (): string[] => useNoticeStore().notices.map(({ title }) => title)

describe('a notice', () => {
  it('goes with the model or the data it was about', async () => {
    const session = useSessionStore()
    const store = useNoticeStore()
    store.fail('At the start', new UserError('There is no folder.'))
    session.model = modelInfo()
    session.dataset = datasetInfo()
    await nextTick()
    store.fail('The layers could not be compared', new UserError('Too few words.'))
    expect(titles()).toEqual(['At the start', 'The layers could not be compared'])
    session.model = modelInfo({ id: 'other' })
    await nextTick()
    expect(titles()).toEqual(['At the start'])
    store.fail('The sentences could not be listed', new UserError('The file is gone.'))
    session.dataset = datasetInfo({ id: 'mine' })
    await nextTick()
    expect(titles()).toEqual(['At the start'])
  })

  it('goes with the engine that failed; a warning stays', async () => {
    const session = useSessionStore()
    const store = useNoticeStore()
    store.fail('The curve could not be drawn', new UserError('The engine stopped.'))
    store.add('warning', 'Settings', 'A file of settings was damaged.')
    session.engine = { state: 'crashed', message: '', restarts: 0 }
    await nextTick()
    expect(titles()).toHaveLength(2)
    session.engine = { state: 'ready', message: '', restarts: 1 }
    await nextTick()
    expect(titles()).toEqual(['Settings'])
  })

  it('goes when what failed has succeeded, and is the newest again when it fails again', () => {
    const store = useNoticeStore()
    store.fail('Export failed', new Error('No.'))
    store.fail('The jobs could not be listed', new Error('No.'))
    store.fail('Export failed', new Error('No.'))
    expect(titles()).toEqual(['The jobs could not be listed', 'Export failed'])
    store.settle('The jobs could not be listed')
    expect(titles()).toEqual(['Export failed'])
  })
})

describe('a routine fact', () => {
  it('is shown for a moment, longer where something can be done about it, and is not a notice', async () => {
    vi.useFakeTimers()
    const store = useNoticeStore()
    store.say('The alignment is on the clipboard', '14 rows')
    expect(store.notices).toEqual([])
    vi.advanceTimersByTime(10_000)
    expect(store.fact).toBeNull()
    useSessionStore().model = modelInfo()
    await nextTick()
    store.say('Kept result', 'Nothing was computed.', { title: 'Run again', run: () => undefined })
    vi.advanceTimersByTime(60_000)
    expect(store.fact?.title).toBe('Kept result')
    useSessionStore().model = modelInfo({ id: 'other' })
    await nextTick()
    expect(store.fact).toBeNull()
  })
})

describe('the tray', () => {
  async function window(): Promise<HTMLElement> {
    const root = document.createElement('div')
    document.body.append(root)
    app = createApp({ render: () => h(TooltipProvider, () => [h(NoticeTray), h(NoticeStatus)]) })
    app.use(pinia).mount(root)
    await nextTick()
    return root
  }
  const text = (root: HTMLElement, selector: string): string[] =>
    [...root.querySelectorAll(selector)].map((element) => element.textContent!.replace(/\s+/g, ' ').trim())
  async function press(root: HTMLElement, name: string | RegExp): Promise<void> {
    const button = [...root.querySelectorAll('button')].find((candidate) =>
      (candidate.getAttribute('aria-label') ?? candidate.textContent!).trim().match(name)
    )
    button!.click()
    await nextTick()
    await nextTick()
  }

  it('is opened by a button with a count, lists the newest first, copies and dismisses', async () => {
    const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue()
    const store = useNoticeStore()
    store.fail('First failure', new UserError('It was this.'))
    store.add('warning', 'Second', 'It was that.')
    const root = await window()
    expect(root.querySelector('#notice-tray')).toBeNull()
    expect(text(root, '[role="alert"]')).toEqual(['Second. It was that.'])
    await press(root, /^2 messages/)
    expect(document.activeElement?.id).toBe('notice-tray')
    expect(text(root, '.notice .text')).toEqual(['It was that.', 'It was this.'])
    await press(root, 'Copy: First failure')
    expect(written).toHaveBeenCalledWith('First failure\nIt was this.')
    await press(root, 'Dismiss: Second')
    expect(text(root, '.notice .text')).toEqual(['It was this.'])
    await press(root, 'Dismiss: First failure')
    expect(root.querySelector('#notice-tray')).toBeNull()
    expect(root.querySelector('.open')).toBeNull()
  })

  it('holds what is known about the open model and data, as long as they are open', async () => {
    const session = useSessionStore()
    session.model = modelInfo({ name: 'mine', notes: ['The pooler is not used.'] })
    session.dataset = datasetInfo({ name: 'pets', builtin: false, warnings: ['The sentences were divided.'] })
    const root = await window()
    expect(useNoticeStore().notices).toEqual([])
    await press(root, /^2 notes/)
    expect(text(root, '.notice p')).toEqual(['mine', 'The pooler is not used.', 'pets', 'The sentences were divided.'])
    session.dataset = datasetInfo()
    await nextTick()
    expect(text(root, '.notice p')).toEqual(['mine', 'The pooler is not used.'])
  })
})
