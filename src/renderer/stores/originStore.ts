import { viewScheme } from '@shared/viewLink'
import { defineStore } from 'pinia'
import { shallowRef } from 'vue'
import type { FigureOrigin } from '@/plots/figureOrigin'
import type { Exported } from './proofStore'
import { useSessionStore } from './sessionStore'

/** What made that which is on screen. The window says what its address is. */
export const useOriginStore = defineStore('origin', () => {
  const session = useSessionStore()
  const address = shallowRef<() => string | null>(() => null)

  function of({ run }: Pick<Exported, 'run'>): FigureOrigin {
    const { model, dataset, split, app } = session
    const part = address.value()
    return {
      address: part === null ? '' : `${viewScheme}://view#${part}`,
      model: model && { name: model.name, id: model.id },
      data: dataset && { name: dataset.name, id: dataset.id, split },
      ...(run && { run }),
      version: app?.version ?? ''
    }
  }
  /** Opens the view of an address; the window sets it. */
  const open = shallowRef<(address: string) => void>(() => undefined)
  return { address, of, show: open, open: (link: string) => open.value(link) }
})
