import { UserError } from '@shared/userError'
import type { ByteCursor } from './byteCursor'

/** A name that a pickle may mention. Its meaning is defined here; nothing is looked up or imported. */
export class PickleGlobal {
  /**
   * @param name as Python spells it, for sentences
   * @param call the result of calling it; null if it may be mentioned but not called
   * @param isRecord whether objects of it are read as their fields alone (`PickledRecord`)
   */
  constructor(
    readonly name: string,
    readonly call: ((parameters: readonly unknown[]) => unknown) | null = null,
    readonly isRecord = false
  ) {}
}

/** What a pickle says of an object of a class that it may name: its fields. No object of the class is made. */
export class PickledRecord {
  fields: ReadonlyMap<unknown, unknown> = new Map()

  /** @param isUnread whether what the pickle says of it is passed over */
  constructor(readonly isUnread = false) {}
}

/** Globals by `module name`. */
export type MoreGlobals = Pick<ReadonlyMap<string, PickleGlobal>, 'get'>

export interface PickleRules {
  /** Names the file in sentences. */
  file: string
  /** `module name` of every global that may be mentioned; every other is refused. */
  globals: ReadonlyMap<string, PickleGlobal>
  /** Others that may be mentioned, for a file of a certain program. */
  more?: MoreGlobals
  /** The meaning of a persistent id. */
  persistent: (id: unknown) => unknown
  /** Values that are stacked or remembered, at most; as many as a checkpoint may have when left out. */
  mostValues?: number
}

/** Values that are stacked or remembered: far more than any checkpoint has, few enough for memory. */
const mostValues = 2_000_000
const deepestMarks = 1000
const longestName = 1000
/** Bytes of an integer; `torch.save` writes none longer than its own magic number. */
const longestInteger = 16

/** Opcodes that are refused, by the names Python's pickletools gives them. */
const refusedOpcodes: Readonly<Record<number, string>> = {
  0x46: 'FLOAT',
  0x49: 'INT',
  0x4c: 'LONG',
  0x50: 'PERSID',
  0x53: 'STRING',
  0x56: 'UNICODE',
  0x67: 'GET',
  0x6f: 'OBJ',
  0x70: 'PUT',
  0x82: 'EXT1',
  0x83: 'EXT2',
  0x84: 'EXT4',
  0x8f: 'EMPTY_SET',
  0x90: 'ADDITEMS',
  0x91: 'FROZENSET',
  0x92: 'NEWOBJ_EX',
  0x96: 'BYTEARRAY8',
  0x97: 'NEXT_BUFFER',
  0x98: 'READONLY_BUFFER'
}

/**
 * Reads one pickle (Python's Lib/pickletools.py documents the opcodes), protocols 2 to 5, as far as `torch.save` uses
 * them: numbers, text, lists, tuples, dictionaries, and calls of the globals in `rules`, which this program answers
 * itself. Tuples come back as arrays, dictionaries as maps.
 * @throws UserError naming the global or opcode that the file asks for beyond that, or what is damaged
 */
export function readPickle(cursor: ByteCursor, rules: PickleRules): unknown {
  return new PickleMachine(cursor, rules).run()
}

/**
 * A name from a file that may be hostile, in printable ASCII and at most 120 characters: stricter than `legible`,
 * since a letter of another script could pass for one of a module that is trusted.
 */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 120)
}

class PickleMachine {
  private stack: unknown[] = []
  private readonly marks: unknown[][] = []
  private readonly memo = new Map<number, unknown>()
  private counted = 0

  constructor(
    private readonly cursor: ByteCursor,
    private readonly rules: PickleRules
  ) {}

  run(): unknown {
    for (;;) {
      const opcode = this.cursor.byte()
      if (opcode === 0x2e) return this.pop() // STOP
      if (!this.plain(opcode) && !this.container(opcode) && !this.naming(opcode)) throw this.unknown(opcode)
    }
  }

  /** Numbers, text, None, True, False, and the memo. */
  private plain(opcode: number): boolean {
    const { cursor } = this
    switch (opcode) {
      case 0x80: {
        // PROTO
        const protocol = cursor.byte()
        if (protocol > 5) throw this.damaged(`its pickle is of protocol ${protocol}; protocols up to 5 are read`)
        return true
      }
      case 0x95: // FRAME: how many bytes follow, of use to a reader of streams
        cursor.take(8)
        return true
      case 0x4e: // NONE
        return this.push(null)
      case 0x88: // NEWTRUE
        return this.push(true)
      case 0x89: // NEWFALSE
        return this.push(false)
      case 0x4a: // BININT
        return this.push(cursor.take(4).readInt32LE())
      case 0x4b: // BININT1
        return this.push(cursor.byte())
      case 0x4d: // BININT2
        return this.push(cursor.take(2).readUInt16LE())
      case 0x8a: // LONG1
        return this.push(this.integer(cursor.byte()))
      case 0x8b: // LONG4
        return this.push(this.integer(cursor.take(4).readUInt32LE()))
      case 0x47: // BINFLOAT, the only number with its first byte first
        return this.push(cursor.take(8).readDoubleBE())
      case 0x58: // BINUNICODE
        return this.push(this.text(cursor.take(4).readUInt32LE()))
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        return this.push(this.text(cursor.byte()))
      case 0x8d: // BINUNICODE8
        return this.push(this.text(this.wide()))
      case 0x54: // BINSTRING
        return this.push(this.text(cursor.take(4).readUInt32LE()))
      case 0x43: // SHORT_BINBYTES
        return this.push(Buffer.from(cursor.take(cursor.byte())))
      case 0x42: // BINBYTES
        return this.push(Buffer.from(cursor.take(cursor.take(4).readUInt32LE())))
      case 0x8e: // BINBYTES8
        return this.push(Buffer.from(cursor.take(this.wide())))
      case 0x71: // BINPUT
        return this.remember(cursor.byte())
      case 0x72: // LONG_BINPUT
        return this.remember(cursor.take(4).readUInt32LE())
      case 0x94: // MEMOIZE
        return this.remember(this.memo.size)
      case 0x68: // BINGET
        return this.recall(cursor.byte())
      case 0x6a: // LONG_BINGET
        return this.recall(cursor.take(4).readUInt32LE())
      default:
        return false
    }
  }

  /** Lists, tuples, dictionaries, and the stack itself. */
  private container(opcode: number): boolean {
    switch (opcode) {
      case 0x28: // MARK
        if (this.marks.length >= deepestMarks) throw this.damaged('its pickle is nested too deeply')
        this.marks.push(this.stack)
        this.stack = []
        return true
      case 0x30: // POP
        if (this.stack.length) this.pop()
        else this.toMark()
        return true
      case 0x31: // POP_MARK
        this.toMark()
        return true
      case 0x32: // DUP
        return this.push(this.top())
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        return this.push([])
      case 0x6c: // LIST
      case 0x74: // TUPLE
        return this.push(this.toMark())
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        return this.push(this.popMany(opcode - 0x84))
      case 0x61: // APPEND
        this.append([this.pop()])
        return true
      case 0x65: // APPENDS
        this.append(this.toMark())
        return true
      case 0x7d: // EMPTY_DICT
        return this.push(new Map())
      case 0x64: {
        // DICT
        const items = this.toMark()
        this.push(new Map())
        this.setItems(items)
        return true
      }
      case 0x73: // SETITEM
        this.setItems(this.popMany(2))
        return true
      case 0x75: // SETITEMS
        this.setItems(this.toMark())
        return true
      default:
        return false
    }
  }

  /** What Python would import, call or construct: answered from the table of globals, or refused. */
  private naming(opcode: number): boolean {
    switch (opcode) {
      case 0x63: // GLOBAL
        return this.push(this.find(this.cursor.line(longestName), this.cursor.line(longestName)))
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = this.popMany(2)
        if (typeof module !== 'string' || typeof name !== 'string')
          throw this.damaged('its pickle names a global by something that is not a string')
        return this.push(this.find(module, name))
      }
      case 0x69: {
        // INST: names a class and makes an object of it
        const named = this.find(this.cursor.line(longestName), this.cursor.line(longestName))
        throw this.refused(`makes an object of '${named.name}' by the pickle opcode INST`)
      }
      case 0x52: {
        // REDUCE
        const [called, parameters] = this.popMany(2)
        if (!(called instanceof PickleGlobal)) throw this.refused('calls something that is not a function')
        if (!called.call || !Array.isArray(parameters)) throw this.refused(`calls '${called.name}'`)
        return this.push(called.call(parameters))
      }
      case 0x81: {
        // NEWOBJ
        const [named] = this.popMany(2)
        if (!(named instanceof PickleGlobal) || !named.isRecord) throw this.refused('uses the pickle opcode NEWOBJ')
        return this.push(named.call?.([]) ?? new PickledRecord())
      }
      case 0x62: // BUILD: fields of a record, or of an ordered dictionary: notes of the module that was saved
        return this.build(this.pop())
      case 0x51: // BINPERSID
        return this.push(this.rules.persistent(this.pop()))
      default:
        return false
    }
  }

  private build(state: unknown): true {
    const target = this.top()
    if (target instanceof PickledRecord) {
      if (target.isUnread) return true
      if (!(state instanceof Map)) throw this.refused('makes an object of something other than its fields')
      target.fields = state
    } else if (!(target instanceof Map)) throw this.refused('sets attributes of something that is not a dictionary')
    return true
  }

  private find(module: string, name: string): PickleGlobal {
    const key = `${module} ${name}`
    const global = this.rules.globals.get(key) ?? this.rules.more?.get(key)
    if (!global) throw this.refused(`asks for '${printable(`${module}.${name}`)}'`)
    return global
  }

  private text(length: number): string {
    return this.cursor.take(length).toString('utf8')
  }

  private wide(): number {
    const length = this.cursor.take(8).readBigUInt64LE()
    return length > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(length)
  }

  /** Two's complement of any length. A number where it is exact as one, otherwise a bigint. */
  private integer(length: number): number | bigint {
    if (length > longestInteger) throw this.damaged(`its pickle has an integer of ${length} bytes`)
    let value = 0n
    const bytes = this.cursor.take(length)
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!)
    value = BigInt.asIntN(8 * length, value)
    return BigInt(Number.MIN_SAFE_INTEGER) <= value && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  }

  private push(value: unknown): true {
    this.count()
    this.stack.push(value)
    return true
  }

  /** Values that are popped again still count: the bound is on a file's work as much as on its memory. */
  private count(): void {
    if (++this.counted > (this.rules.mostValues ?? mostValues))
      throw this.damaged('its pickle holds more values than any checkpoint does')
  }

  private pop(): unknown {
    if (!this.stack.length) throw this.damaged('its pickle takes a value where there is none')
    return this.stack.pop()
  }

  private top(): unknown {
    if (!this.stack.length) throw this.damaged('its pickle takes a value where there is none')
    return this.stack.at(-1)
  }

  private popMany(count: number): unknown[] {
    if (this.stack.length < count) throw this.damaged('its pickle takes a value where there is none')
    return this.stack.splice(this.stack.length - count)
  }

  /** Pops the last mark and everything stacked since. */
  private toMark(): unknown[] {
    const below = this.marks.pop()
    if (!below) throw this.damaged('its pickle takes a value where there is none')
    const values = this.stack
    this.stack = below
    return values
  }

  private append(values: readonly unknown[]): void {
    const list = this.top()
    if (list instanceof PickledRecord && list.isUnread) return
    if (!Array.isArray(list)) throw this.damaged('its pickle appends to something that is not a list')
    for (const value of values) list.push(value)
  }

  private setItems(items: readonly unknown[]): void {
    const target = this.top()
    if (target instanceof PickledRecord && target.isUnread) return
    if (!(target instanceof Map) || items.length % 2 !== 0)
      throw this.damaged('its pickle sets entries of something that is not a dictionary')
    for (let i = 0; i < items.length; i += 2) target.set(items[i], items[i + 1])
  }

  private remember(index: number): true {
    this.count()
    this.memo.set(index, this.top())
    return true
  }

  private recall(index: number): true {
    if (!this.memo.has(index))
      throw this.damaged(`its pickle asks for entry ${index} of its memo, which it has not made`)
    return this.push(this.memo.get(index))
  }

  private unknown(opcode: number): UserError {
    const name = refusedOpcodes[opcode]
    if (name) return this.refused(`uses the pickle opcode ${name}`)
    return this.damaged(`its pickle has the byte 0x${opcode.toString(16).padStart(2, '0')} where an opcode should be`)
  }

  private refused(what: string): UserError {
    return new UserError(
      `${this.rules.file} ${what}, which the tensors of a checkpoint do not need. Nothing in the file was ` +
        'run. Take the checkpoint from a source you trust, preferably as safetensors.'
    )
  }

  private damaged(what: string): UserError {
    return new UserError(
      `${this.rules.file} is not a checkpoint that Layerscope can read: ${what}. Download or save it again.`
    )
  }
}
