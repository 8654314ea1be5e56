import { defineStore } from 'pinia'
import { computed, ref, watchEffect } from 'vue'

export type ThemeChoice = 'system' | 'light' | 'dark'
export type ThemeName = 'light' | 'dark'

/**
 * Light or dark: what was chosen, and what that means on this machine. Drawings on canvas watch `name` and draw again.
 */
export const useThemeStore = defineStore('theme', () => {
  const choice = ref<ThemeChoice>('system')
  const query = window.matchMedia('(prefers-color-scheme: dark)')
  const systemDark = ref(query.matches)
  query.addEventListener('change', (event) => (systemDark.value = event.matches))

  const name = computed<ThemeName>(() =>
    choice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : choice.value
  )
  // Synchronous, so that whoever reads a CSS token after a change reads the new theme's.
  watchEffect(() => (document.documentElement.dataset['theme'] = name.value), { flush: 'sync' })

  function toggle(): void {
    choice.value = name.value === 'dark' ? 'light' : 'dark'
  }
  return { choice, name, toggle }
})

/** Value of a token in the light theme, whatever the window has: for print. */
export function lightToken(token: string): string {
  const place = document.createElement('div')
  place.dataset['theme'] = 'light'
  document.body.append(place)
  try {
    return getComputedStyle(place).getPropertyValue(`--${token}`).trim()
  } finally {
    place.remove()
  }
}

/** Current value of a token of theme.css, for canvas: `themeToken('accent')`. */
export function themeToken(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim()
}
