const delayMs = 400

export interface SoonSaved {
  /** Something has changed. */
  touch: () => void
  /** Nothing is saved any more. */
  end: () => void
}

/** Saves once for a burst of changes, a moment after the last of them, or when the window closes before that. */
export function saveSoon(save: () => void): SoonSaved {
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = (): void => {
    clearTimeout(timer)
    timer = undefined
  }
  const saveNow = (): void => {
    if (timer === undefined) return
    stop()
    save()
  }
  window.addEventListener('pagehide', saveNow)
  return {
    touch: () => {
      stop()
      timer = setTimeout(saveNow, delayMs)
    },
    end: () => {
      stop()
      window.removeEventListener('pagehide', saveNow)
    }
  }
}
