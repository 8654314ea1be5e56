import type { ObjectDirective } from 'vue'
import { handle } from './handlers'
import type { ActionId } from './registry'

const ends = new WeakMap<HTMLButtonElement, () => void>()

/** For a plain button: what it does, by its id in the registry; the palette presses it. */
export const vAction: ObjectDirective<HTMLButtonElement, ActionId> = {
  mounted(element, { value }) {
    // A view that is kept alive behind another is out of the document.
    const isEnabled = (): boolean => element.isConnected && !element.disabled
    ends.set(element, handle(value, { run: () => element.click(), isEnabled }))
  },
  beforeUnmount(element) {
    ends.get(element)?.()
    ends.delete(element)
  }
}
