import { onScopeDispose, shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

/** Inner size of an element in CSS pixels, followed as it changes; 0 x 0 until it is laid out. */
export function useElementSize(element: MaybeRefOrGetter<Element | null | undefined>): {
  width: Ref<number>
  height: Ref<number>
} {
  const width = shallowRef(0)
  const height = shallowRef(0)
  const observer = new ResizeObserver((entries) => {
    const box = entries.at(-1)?.contentRect
    if (!box) return
    width.value = box.width
    height.value = box.height
  })
  watch(
    () => toValue(element),
    (next, previous) => {
      if (previous) observer.unobserve(previous)
      if (next) observer.observe(next)
    },
    { immediate: true, flush: 'post' }
  )
  onScopeDispose(() => observer.disconnect())
  return { width, height }
}
