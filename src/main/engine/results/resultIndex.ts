import type { ListedResult, ResultKindId } from '@shared/results'

/** Finds results without going through all of them: by key, and those that may make room by kind. */
export class ResultIndex {
  /** Ids, newest first. */
  private readonly byKey = new Map<string, string[]>()
  /** Ids of passing results without a name, oldest first. */
  private readonly unnamed = new Map<ResultKindId, string[]>()

  /**
   * @param lines newest first
   * @param state of the folder that they were read from
   */
  constructor(
    lines: readonly ListedResult[],
    public state: number
  ) {
    for (const line of lines.toReversed()) this.add(line)
  }

  /** Adds the newest result. */
  add({ id, key, kind, name, passing }: Pick<ListedResult, 'id' | 'key' | 'kind' | 'name' | 'passing'>): void {
    if (key !== null) this.byKey.set(key, [id, ...this.idsOf(key)])
    if (passing && name === '') this.unnamed.set(kind, [...(this.unnamed.get(kind) ?? []), id])
  }

  /** Newest first. */
  idsOf(key: string): readonly string[] {
    return this.byKey.get(key) ?? []
  }

  /** Takes out, and returns, the oldest unnamed passing results of a kind beyond `most`. */
  takeBeyond(kind: ResultKindId, most: number): string[] {
    return this.unnamed.get(kind)?.splice(0, Math.max(0, this.unnamed.get(kind)!.length - most)) ?? []
  }
}
