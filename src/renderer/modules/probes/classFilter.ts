/** More classes than these are searched rather than looked through. */
export const manyClasses = 24

/** Whether a class's name has the text in it, in any case. */
export function isNamed(label: string, text: string): boolean {
  return label.toLowerCase().includes(text.trim().toLowerCase())
}
