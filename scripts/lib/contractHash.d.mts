export function contractHash(): string
