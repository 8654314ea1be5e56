import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parse } from 'vue/compiler-sfc'
import { describe, expect, test } from 'vitest'
import { actionIds, actions } from '@/actions/registry'
import { localControls } from './localControls'

type Element = Extract<
  NonNullable<ReturnType<typeof parse>['descriptor']['template']>['ast'],
  object
>['children'][number]

const root = resolve('src/renderer')
const buttons = new Set(['button', 'BaseButton', 'BaseIconButton'])
/** Components that hand an action on to the button in them, or are the button. */
const givenOn = new Set(['components/BaseButton.vue', 'components/BaseIconButton.vue', 'shell/PickerButton.vue'])

interface Found {
  file: string
  /** What a press does, as the template says it; otherwise the name. */
  does: string
  action: string | null
}

/** Every button of a component's template, with the action that it names. */
function buttonsOf(file: string, source: string): Found[] {
  const found: Found[] = []
  const visit = (node: Element): void => {
    if (node.type === 1) {
      if (buttons.has(node.tag) || node.tag === 'PickerButton') {
        const written = (name: string): string | undefined => {
          for (const prop of node.props) {
            if (prop.type === 6 && prop.name === name) return prop.value?.content
            if (prop.type === 7 && prop.name === 'bind' && prop.arg?.loc.source === name) return prop.exp?.loc.source
          }
          return undefined
        }
        const directive = (name: string, argument?: string): string | undefined =>
          node.props.flatMap((prop) =>
            prop.type === 7 && prop.name === name && (argument === undefined || prop.arg?.loc.source === argument)
              ? [prop.exp?.loc.source ?? '']
              : []
          )[0]
        const text = node.children.map((child) => child.loc.source).join('')
        const does = (directive('on', 'click') ?? written('label') ?? written('aria-label') ?? text).replace(
          /\s+/g,
          ' '
        )
        const action = written('action') ?? directive('action')?.replace(/^'|'$/g, '') ?? null
        found.push({ file, does: does.trim(), action })
      }
      node.children.forEach((child) => visit(child as Element))
    }
  }
  const ast = parse(source).descriptor.template?.ast
  ast?.children.forEach((child) => visit(child as Element))
  return found
}

const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.vue'))
  .map((name) => relative(root, join(root, name)))
  .filter((name) => !givenOn.has(name))
  .flatMap((name) => buttonsOf(name, readFileSync(join(root, name), 'utf8')))

describe('every button', () => {
  test('is an action of the registry, or a control that is listed with its reason', () => {
    const missing = all.filter(
      ({ file, does, action }) => action === null && !localControls[file]?.some(([what]) => does.includes(what))
    )
    // For each: a line in a table of src/renderer/actions and `action="…"` on the button; where it only closes, unfolds
    // or steps through what is in front of it, a line in localControls.ts.
    expect(missing.map(({ file, does }) => `${file}: ${does}`)).toEqual([])
    expect(all.length).toBeGreaterThan(150)
  })

  test('names an action that there is', () => {
    const unknown = all.filter(({ action }) => action !== null && !(action in actions))
    expect(unknown.map(({ file, action }) => `${file}: ${action}`)).toEqual([])
  })

  test('that is listed as a control of its place is still there, with a reason', () => {
    const gone = Object.entries(localControls).flatMap(([file, controls]) =>
      controls
        .filter(([what]) => !all.some((one) => one.file === file && one.action === null && one.does.includes(what)))
        .map(([what]) => `${file}: ${what}`)
    )
    expect(gone).toEqual([])
    const reasons = Object.values(localControls).flatMap((controls) => controls.map(([, reason]) => reason))
    expect(reasons.filter((reason) => reason.length < 10)).toEqual([])
  })

  test('a button without an action is found out', () => {
    const source = '<template><p><BaseButton @click="launch">Launch</BaseButton></p></template>'
    expect(buttonsOf('a.vue', source)).toEqual([{ file: 'a.vue', does: 'launch', action: null }])
    const named = source.replace('<BaseButton', '<BaseButton action="model.open"')
    expect(buttonsOf('a.vue', named)[0]?.action).toBe('model.open')
  })
})

describe('every action', () => {
  /** Done by the root of the window or by controls that name their choices. */
  const elsewhere = readFileSync(join(root, 'shell/useGeneralActions.ts'), 'utf8')
  const choices = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.vue'))
    .flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/<BaseSegmented[^>]*? action="([^"]+)"/g)])
    .map(([, control]) => `${control}:`)

  test('has what does it', () => {
    const used = new Set(all.map(({ action }) => action))
    const idle = actionIds.filter(
      (id) => !used.has(id) && !elsewhere.includes(`'${id}'`) && !choices.some((control) => id.startsWith(control))
    )
    expect(idle).toEqual([])
  })

  test('has a title of its own, and leads to an action of the same view or of none', () => {
    const titles = actionIds.map((id) => actions[id].title)
    expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([])
    for (const id of actionIds) {
      const { after, view } = actions[id]
      if (after === undefined) continue
      expect(actionIds, id).toContain(after)
      expect([undefined, view], id).toContain(actions[after as typeof id].view)
    }
  })
})
