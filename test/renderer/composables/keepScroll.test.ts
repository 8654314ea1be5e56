// @vitest-environment happy-dom
import { createApp, defineComponent, h, KeepAlive, nextTick, ref, useTemplateRef, type VNode } from 'vue'
import { expect, it } from 'vitest'
import { keepScroll } from '@/composables/keepScroll'

it('a list that was taken out of the page is scrolled where it was when it is back', async () => {
  const offset = ref<number | null>(null)
  const list = defineComponent({
    setup() {
      const scroller = useTemplateRef<HTMLElement>('scroller')
      keepScroll(scroller, () => offset.value)
      return () => h('div', { ref: 'scroller', class: 'list' })
    }
  })
  const shown = ref(true)
  const root = document.createElement('div')
  const app = createApp((): VNode => h(KeepAlive, null, () => (shown.value ? h(list) : null)))
  app.mount(root)
  const element = root.querySelector<HTMLElement>('.list')!
  expect(element.scrollTop).toBe(0)

  const openAgain = async (scrolled: number): Promise<void> => {
    shown.value = false
    await nextTick()
    // As browsers leave an element that was out of the page.
    element.scrollTop = scrolled
    shown.value = true
    await nextTick()
  }
  offset.value = 89_000
  await openAgain(0)
  expect(element.scrollTop).toBe(89_000)
  await openAgain(400)
  expect(element.scrollTop).toBe(400)
  app.unmount()
})
