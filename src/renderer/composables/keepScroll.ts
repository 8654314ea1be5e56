import { onActivated, type ShallowRef } from 'vue'

/**
 * A browser forgets how far an element was scrolled once a KeepAlive takes it out of the page, and says nothing of it:
 * a virtual list would draw the rows of its last offset far below the ones in sight. Scrolls there again.
 * @param offset where the list believes to be, in pixels; null before it was drawn
 */
export function keepScroll(scroller: Readonly<ShallowRef<HTMLElement | null>>, offset: () => number | null): void {
  onActivated(() => {
    const element = scroller.value
    const wanted = offset()
    // What was scrolled meanwhile, to a sentence chosen elsewhere, is where it should be.
    if (element && wanted && element.scrollTop === 0) element.scrollTop = wanted
  })
}
