// @vitest-environment happy-dom
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, nextTick, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import OpenDialog from '@/components/OpenDialog.vue'
import { useLayoutStore } from '@/stores/layoutStore'
import { modelInfo } from '../fixtures'
import { engine, settle } from '../engine'

let pinia: Pinia
let app: App

const entries = {
  '/': [{ name: 'models', path: '/models', kind: 'folder' as const, bytes: 0, opensAs: null }],
  '/models': [
    { name: 'mine', path: '/models/mine', kind: 'folder' as const, bytes: 0, opensAs: 'model' as const },
    {
      name: 'lora',
      path: '/models/lora',
      kind: 'folder' as const,
      bytes: 0,
      opensAs: 'model' as const,
      adapter: true as const
    },
    { name: 'others', path: '/models/others', kind: 'folder' as const, bytes: 0, opensAs: null }
  ],
  '/models/others': [],
  '/notes': [{ name: 'a.txt', path: '/notes/a.txt', kind: 'file' as const, bytes: 3, opensAs: null }],
  '/models/mine': [
    {
      name: 'model.safetensors',
      path: '/models/mine/model.safetensors',
      kind: 'file' as const,
      bytes: 9,
      opensAs: 'model' as const
    }
  ]
}

beforeEach(async () => {
  pinia = createPinia()
  setActivePinia(pinia)
  engine.reset({
    'files.list': ({ folder = '/' }) => {
      if (!(folder in entries)) throw new UserError(`There is no folder '${folder}'.`)
      return { folder, parent: folder === '/' ? null : '/', entries: entries[folder as keyof typeof entries] }
    },
    'model.open': ({ path }) => modelInfo({ path })
  })
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(TooltipProvider, () => h(OpenDialog, { kind: 'model', open: true })) })
  app.use(pinia).mount(root)
  await settle()
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

const field = (): HTMLInputElement => document.querySelector('input[aria-label="Folder or file"]')!

/** Types a path and presses Enter. @returns whether the press can do anything else */
async function type(path: string, options: KeyboardEventInit = {}): Promise<boolean> {
  field().value = path
  field().dispatchEvent(new Event('input', { bubbles: true }))
  await nextTick()
  const goesOn = field().dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...options })
  )
  await settle()
  return goesOn
}
const opened = (): string[] => engine.inputs('model.open').map(({ path }) => path)

describe('a typed path', () => {
  it.each(['/models/mine', '/models/mine/', '/models/mine/model.safetensors'])('%s opens', async (path) => {
    await type(path)
    expect(opened()).toEqual([path.replace(/\/$/, '')])
  })

  it('of another folder lists it; of none says so, without calling it empty', async () => {
    await type('/models/others')
    expect(opened()).toEqual([])
    expect(document.querySelector('.list')!.textContent).toContain('This folder is empty.')
    await type('/nowhere')
    expect(document.querySelector('[role="alert"]')!.textContent).toBe("There is no folder '/nowhere'.")
    expect(document.querySelector('.list')!.textContent).not.toContain('This folder is empty.')
  })

  it('is submitted by a press that ends there: the menu that gets the focus is not opened by it', async () => {
    expect(await type('/models/mine')).toBe(false)
  })

  it('is not submitted by the Enter that takes a candidate of an input method', async () => {
    await type('/models/mine', { isComposing: true })
    expect(opened()).toEqual([])
  })
})

it('a folder that leads nowhere says so', async () => {
  const text = (): string => document.querySelector('.nothing')?.textContent ?? ''
  expect(text()).toBe('')
  await type('/notes')
  expect(text()).toBe('There is no model in this folder.')
  await type('/models/others')
  expect(text()).toBe('This folder is empty.')
})

describe('an adapter', () => {
  const base = (): HTMLInputElement | null => document.querySelector('input[aria-label="Base of the adapter"]')
  const press = async (text: string): Promise<void> => {
    const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent?.trim() === text)!
    button.click()
    await settle()
  }

  it('has a field for its base, which other models have not', async () => {
    await type('/models')
    expect(base()).toBeNull()
    await type('/models/lora')
    expect(opened()).toEqual([])
    expect(base()).not.toBeNull()
    base()!.value = ' /models/mine '
    base()!.dispatchEvent(new Event('input', { bubbles: true }))
    await nextTick()
    await press('Open')
    expect(engine.inputs('model.open').map(({ path, base: given }) => [path, given])).toEqual([
      ['/models/lora', '/models/mine']
    ])
  })

  it('whose base is not found shows the field for it', async () => {
    engine.answers['model.open'] = () => {
      throw new UserError('The base is not here.')
    }
    await type('/models/lora')
    await press('Open')
    expect(engine.inputs('model.open').map(({ base: given }) => given)).toEqual([undefined])
    const layout = useLayoutStore()
    expect([layout.dialog, layout.adapter]).toEqual(['openModel', '/models/lora'])
  })
})
