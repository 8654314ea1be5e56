// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, nextTick, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import DropOverlay from '@/shell/DropOverlay.vue'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine } from '../engine'
import { modelInfo } from '../fixtures'

const dropped = vi.hoisted(() => ({ paths: null as string[] | null }))
vi.mock('@/client/ipcTransport', () => ({ droppedPaths: () => Promise.resolve(dropped.paths) }))

let app: App
const sent: string[] = []

beforeEach(() => {
  sent.length = 0
  dropped.paths = null
  engine.answers = {
    'files.import': ({ name, total }) => {
      sent.push(name)
      return { received: total, folder: '/in', path: `/in/${name}` }
    },
    'files.list': () => ({
      folder: '/d',
      parent: null,
      entries: [{ name: 'a.tsv', path: '/d/a.tsv', kind: 'file', bytes: 1, opensAs: 'dataset' }]
    }),
    'model.open': ({ path }) => modelInfo({ path, bundled: false })
  }
  const pinia = createPinia()
  setActivePinia(pinia)
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp(DropOverlay)
  app.use(pinia).mount(root)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

const fileEntry = (name: string) => ({
  isFile: true,
  name,
  file: (resolve: (file: File) => void) => resolve(new File(['x'], name))
})
const folderEntry = (name: string, children: object[]) => ({
  isFile: false,
  name,
  createReader: () => {
    const batches = [children, []]
    return { readEntries: (resolve: (entries: object[]) => void) => resolve(batches.shift() ?? []) }
  }
})
function dropEvent(type: string, entries: object[] = [], types = ['Files']): Event {
  const transfer = {
    types,
    files: [],
    dropEffect: 'none',
    items: entries.map((entry) => ({ kind: 'file', webkitGetAsEntry: () => entry, getAsFile: () => null }))
  }
  return Object.assign(new Event(type, { cancelable: true, bubbles: true }), { dataTransfer: transfer })
}

describe('files over the window', () => {
  it('show where to drop them until they leave; dragged text does not', async () => {
    window.dispatchEvent(dropEvent('dragenter', [], ['text/plain']))
    await nextTick()
    expect(document.querySelector('.overlay')).toBeNull()
    window.dispatchEvent(dropEvent('dragenter'))
    window.dispatchEvent(dropEvent('dragenter'))
    window.dispatchEvent(dropEvent('dragleave'))
    await nextTick()
    expect(document.querySelector('.overlay')?.textContent).toContain('Drop to open')
    const over = dropEvent('dragover')
    window.dispatchEvent(over)
    expect(over.defaultPrevented, 'without this the browser would open the file itself').toBe(true)
  })

  it('in a browser are imported: a model folder is opened', async () => {
    window.dispatchEvent(
      dropEvent('drop', [
        folderEntry('mini', [fileEntry('config.json'), fileEntry('model.safetensors'), fileEntry('.gitattributes')])
      ])
    )
    await vi.waitFor(() => expect(useSessionStore().model?.path).toBe('/in/mini'))
    expect(sent).toEqual(['mini/config.json', 'mini/model.safetensors'])
  })

  it('in a browser are imported: data is previewed', async () => {
    window.dispatchEvent(dropEvent('drop', [fileEntry('train.tsv'), fileEntry('test.tsv')]))
    await vi.waitFor(() => expect(useLayoutStore().dialog).toBe('previewDataset'))
    expect(useLayoutStore().previewPaths).toEqual(['/in/train.tsv', '/in/test.tsv'])
  })

  it('on the desktop are opened where they lie', async () => {
    dropped.paths = ['/d/a.tsv']
    window.dispatchEvent(dropEvent('drop', [fileEntry('a.tsv')]))
    await vi.waitFor(() => expect(useLayoutStore().previewPaths).toEqual(['/d/a.tsv']))
    expect(sent).toEqual([])
  })

  it('that are nothing to open are refused in a sentence', async () => {
    window.dispatchEvent(dropEvent('drop', [folderEntry('empty', [])]))
    await vi.waitFor(() => expect(useNoticeStore().notices[0]?.text).toContain('Drop a model folder'))
  })
})
