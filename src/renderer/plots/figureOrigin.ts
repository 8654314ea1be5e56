import { viewScheme } from '@shared/viewLink'

/** What made a figure or a table: what every file that leaves the window says of itself. */
export interface FigureOrigin {
  /** Opens the view again. */
  address: string
  /** Name and id; the id is of its content. */
  model: { name: string; id: string } | null
  data: { name: string; id: string; split: string } | null
  /** Id of the kept run that is shown, and how it was made. */
  run?: { id: string; madeBy: string }
  /** Of Layerscope. */
  version: string
}

/** Parts of an address hold no brackets, quotes and spaces; XML and HTML write what is between them as '&amp;'. */
const address = new RegExp(`${viewScheme}://view#((?:[\\w%*.+=-]|&(?:amp;)?(?=[a-z]+=))+)`)

/**
 * The view's address in a file that Layerscope wrote: an SVG, a PNG, a PDF, a report or a table in JSON.
 * @returns the part after '#'; null where the file has none
 */
export function addressInFile(bytes: Uint8Array): string | null {
  const text = new TextDecoder('latin1').decode(bytes)
  return address.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? null
}
