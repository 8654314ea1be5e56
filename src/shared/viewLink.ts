/** What a link to a view begins with, where the operating system knows that such links are Layerscope's. */
export const viewScheme = 'layerscope'

export function isViewLink(text: string): boolean {
  return text.toLowerCase().startsWith(`${viewScheme}:`)
}
