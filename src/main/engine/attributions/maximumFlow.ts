/** Flows smaller than this are rounding. */
const smallest = 1e-9

/**
 * Maximum flow from one place to another through pipes of given widths (Dinic 1970). One graph serves many pairs of
 * places: `between` begins with empty pipes.
 */
export class FlowGraph {
  /** Edge 2 i is a pipe, edge 2 i + 1 the way back. */
  private readonly ends: number[] = []
  private readonly widths: number[] = []
  private readonly edgesOf: number[][]
  private free = new Float64Array(0)
  private readonly depth: Int32Array
  private readonly next: Int32Array

  constructor(places: number) {
    this.edgesOf = Array.from({ length: places }, () => [])
    this.depth = new Int32Array(places)
    this.next = new Int32Array(places)
  }

  addPipe(from: number, to: number, width: number): void {
    if (width <= smallest) return
    this.edgesOf[from]!.push(this.ends.length)
    this.edgesOf[to]!.push(this.ends.length + 1)
    this.ends.push(to, from)
    this.widths.push(width, 0)
  }

  between(source: number, sink: number): number {
    this.free = Float64Array.from(this.widths)
    let flow = 0
    while (this.layer(source, sink)) {
      this.next.fill(0)
      for (let pushed = 1; pushed > smallest;) {
        pushed = this.push(source, sink, Infinity)
        flow += pushed
      }
    }
    return flow
  }

  /** Distances from the source through pipes with room. @returns whether the sink is reached */
  private layer(source: number, sink: number): boolean {
    this.depth.fill(-1)
    this.depth[source] = 0
    const queue = [source]
    for (let at = 0; at < queue.length; at++) {
      const place = queue[at]!
      for (const edge of this.edgesOf[place]!) {
        const end = this.ends[edge]!
        if (this.depth[end] !== -1 || this.free[edge]! <= smallest) continue
        this.depth[end] = this.depth[place]! + 1
        queue.push(end)
      }
    }
    return this.depth[sink] !== -1
  }

  private push(place: number, sink: number, most: number): number {
    if (place === sink) return most
    const edges = this.edgesOf[place]!
    for (; this.next[place]! < edges.length; this.next[place]!++) {
      const edge = edges[this.next[place]!]!
      const end = this.ends[edge]!
      if (this.depth[end] !== this.depth[place]! + 1 || this.free[edge]! <= smallest) continue
      const pushed = this.push(end, sink, Math.min(most, this.free[edge]!))
      if (pushed <= smallest) continue
      this.free[edge]! -= pushed
      this.free[edge ^ 1]! += pushed
      return pushed
    }
    return 0
  }
}
