/** 'one layer', '7 layers' */
export function layersText({ length }: readonly unknown[]): string {
  return length === 1 ? 'one layer' : `${length} layers`
}
