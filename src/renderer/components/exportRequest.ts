import type { InjectionKey, Ref } from 'vue'

/** Raised by one when the window is asked to export what it shows; the first visible `ExportMenu` opens. */
export const exportRequestKey: InjectionKey<Readonly<Ref<number>>> = Symbol('export request')
