import { classScale } from '@/plots/colorScale'
import type { ThemeName } from '@/stores/themeStore'

/** A colour for each head of a model, where several are laid over one another. */
export function headColours(heads: number, theme: ThemeName): string[] {
  const names = Array.from({ length: heads }, (_, index) => String(index + 1))
  const scale = classScale(names, theme)
  return names.map((name) => scale.color(name))
}
