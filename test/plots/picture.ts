/**
 * A drawing as text that can be compared: one element a line, attributes in the order they were set, numbers cut to
 * three decimals, so that a difference in a picture file shows which mark moved.
 */
export function picture(element: Element, indent = ''): string {
  const attributes = element
    .getAttributeNames()
    .map((name) => ` ${name}="${cut(element.getAttribute(name) ?? '')}"`)
    .join('')
  const tag = element.tagName.replace(/^[A-Z]+$/, (name) => name.toLowerCase())
  const children = [...element.children]
  const text = [...element.childNodes]
    .filter((node) => node.nodeType === 3)
    .map((node) => node.textContent ?? '')
    .join('')
  if (children.length === 0) return `${indent}<${tag}${attributes}>${text}</${tag}>\n`
  return `${indent}<${tag}${attributes}>${text}\n${children.map((child) => picture(child, `${indent}  `)).join('')}${indent}</${tag}>\n`
}

function cut(text: string): string {
  return text.replace(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 1000) / 1000))
}
