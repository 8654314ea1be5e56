/** Looks of a report, for the screen and for paper. */
export const reportStyles = `
:root { color-scheme: light; }
body { margin: 0; background: #fff; color: #1c1d1f; font: 15px/1.5 'Inter Variable', Inter, system-ui, sans-serif; }
main { max-width: 760px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 24px; line-height: 1.2; margin: 0; }
h2 { font-size: 17px; margin: 0 0 8px; }
section { margin-top: 40px; }
figure { margin: 0; overflow-x: auto; }
figure svg { display: block; max-width: none; }
figcaption { margin-top: 10px; }
.quiet { color: #53565d; font-size: 13px; overflow-wrap: anywhere; }
.note { padding-left: 12px; border-left: 3px solid #2f5bd7; white-space: pre-wrap; }
a { color: #2449b4; }
summary { cursor: pointer; }
.table { max-height: 420px; margin-top: 8px; overflow: auto; border: 1px solid #dcdcd7; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 10px; border-bottom: 1px solid #e6e6e2; text-align: left; white-space: nowrap; }
th { position: sticky; top: 0; background: #f6f6f4; }
th button { all: unset; cursor: pointer; font-weight: 600; }
th[aria-sort='ascending'] button::after { content: ' \\2191'; }
th[aria-sort='descending'] button::after { content: ' \\2193'; }
pre { overflow: auto; padding: 12px; background: #f6f6f4; font-size: 12px; }
:focus-visible { outline: 2px solid #2f5bd7; outline-offset: 2px; }
#tip { position: fixed; z-index: 1; max-width: 320px; padding: 4px 8px; border-radius: 4px; background: #1c1d1f;
  color: #fff; font-size: 12px; pointer-events: none; }
@media print { details, #tip { display: none; } section { break-inside: avoid; } }
`

/**
 * What is live in a report: a mark says its value at once when it is pointed at, and a table is sorted by the column
 * that is pressed.
 */
export const reportScript = `
'use strict'
const tip = document.getElementById('tip')
const said = (mark) => {
  for (let at = mark; at && at.tagName !== 'svg'; at = at.parentElement) {
    const title = at.querySelector(':scope > title')
    const text = title ? title.textContent : at.getAttribute('aria-label')
    if (text) return text
  }
  return ''
}
// The page shows what is said; the browser's own hint would come a second time.
for (const title of document.querySelectorAll('figure svg > title')) title.remove()
document.addEventListener('pointermove', (event) => {
  const inside = event.target instanceof Element && event.target.closest('figure svg')
  const text = inside ? said(event.target) : ''
  tip.hidden = text === ''
  if (!text) return
  tip.textContent = text
  tip.style.left = Math.min(event.clientX + 12, innerWidth - tip.offsetWidth - 8) + 'px'
  tip.style.top = Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8) + 'px'
})
document.addEventListener('click', (event) => {
  const head = event.target instanceof Element && event.target.closest('th')
  if (!head) return
  const column = head.cellIndex
  const rising = head.getAttribute('aria-sort') !== 'ascending'
  for (const other of head.parentElement.cells) other.removeAttribute('aria-sort')
  head.setAttribute('aria-sort', rising ? 'ascending' : 'descending')
  const body = head.closest('table').tBodies[0]
  const value = (row) => row.cells[column].textContent
  const compare = (a, b) => {
    const [x, y] = [value(a), value(b)]
    const numbers = x !== '' && y !== '' && !isNaN(x) && !isNaN(y)
    return (rising ? 1 : -1) * (numbers ? x - y : x.localeCompare(y))
  }
  body.append(...[...body.rows].sort(compare))
})
`
