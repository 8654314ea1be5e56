const scripts = ['Hebrew', 'Arabic', 'Syriac', 'Thaana', 'Nko', 'Samaritan', 'Adlam']
const rightToLeft = new RegExp(`[${scripts.map((script) => `\\p{Script=${script}}`).join('')}]`, 'u')

/**
 * A text to be put into a sentence or a figure: what is written from right to left is set in its own order and does not
 * reorder what is around it (Unicode isolates). Nothing is added to other texts. In HTML, `<bdi>` and `dir="auto"` do
 * the same.
 */
export function isolated(text: string): string {
  return rightToLeft.test(text) ? `\u2068${text}\u2069` : text
}
