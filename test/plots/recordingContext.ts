/** A canvas context that draws nothing and remembers everything: the picture as a list of commands. */
export interface Recording {
  commands: string[]
  /** Text commands only, in order. */
  texts: string[]
}

/**
 * Stands in for a canvas context in drawing tests. Method calls and property writes are written down as text, numbers
 * cut to three decimals; letters are 6 units wide.
 */
export function recordingContext(): CanvasRenderingContext2D & { recording: Recording } {
  const recording: Recording = { commands: [], texts: [] }
  const state: Record<string, unknown> = { font: '10px sans-serif' }
  const show = (value: unknown): string => {
    if (typeof value === 'number') return String(Math.round(value * 1000) / 1000)
    return typeof value === 'object' && value !== null ? 'image' : String(value)
  }
  const context = new Proxy(state, {
    get(_target, name: string) {
      if (name === 'recording') return recording
      if (name === 'measureText') return (text: string) => ({ width: text.length * 6 })
      if (name in state) return state[name]
      return (...parameters: unknown[]) => {
        recording.commands.push(`${name}(${parameters.map(show).join(', ')})`)
        if (name === 'fillText') recording.texts.push(String(parameters[0]))
      }
    },
    set(_target, name: string, value: unknown) {
      state[name] = value
      recording.commands.push(`${name} = ${show(value)}`)
      return true
    }
  })
  return context as unknown as CanvasRenderingContext2D & { recording: Recording }
}

/** The values a property was given, in order. */
export function written(recording: Recording, property: string): string[] {
  return recording.commands
    .filter((command) => command.startsWith(`${property} = `))
    .map((command) => command.slice(property.length + 3))
}

/** How often a method was called. */
export function calls(recording: Recording, method: string): number {
  return recording.commands.filter((command) => command.startsWith(`${method}(`)).length
}
