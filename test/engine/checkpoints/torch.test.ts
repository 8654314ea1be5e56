import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { openSafetensors } from '../../../src/main/engine/checkpoints/safetensors'
import { openTorch } from '../../../src/main/engine/checkpoints/torchCheckpoint'
import { zipOf } from '../backends/fakeWheel'

/** Files that PyTorch wrote, and attacks made by hand: make_torch.py beside them says how. */
const fixtures = 'test/fixtures/torch'
const folder = mkdtempSync(join(tmpdir(), 'layerscope-torch-'))
afterAll(() => rmSync(folder, { recursive: true }))

function written(name: string, data: Buffer | string): string {
  const path = join(folder, name)
  writeFileSync(path, data)
  return path
}

/** A pickle where the newer format has its own, beside a storage of four numbers. */
function archived(pickle: Buffer): Buffer {
  return zipOf({ 'a/data.pkl': pickle, 'a/data/0': Buffer.alloc(16) }, ['a/data.pkl', 'a/data/0'])
}

/** What opening says; a file that opens fails the test. */
function refusal(path: string): string {
  try {
    openTorch(path).close()
  } catch (error) {
    expect((error as Error).name, String(error)).toBe('UserError')
    return (error as Error).message
  }
  throw new Error(`${path} was opened.`)
}

describe('what PyTorch writes', () => {
  test.each(['zip', 'zip-protocol4', 'zip-protocol5', 'stream', 'stream-protocol4', 'training'])(
    '%s.bin is read value for value',
    (name) => {
      const ours = openTorch(join(fixtures, `${name}.bin`))
      const theirs = openSafetensors(join(fixtures, 'expected.safetensors'))
      expect(ours.names().sort()).toEqual(theirs.names().sort())
      for (const tensor of theirs.names()) {
        expect(ours.describe(tensor).shape, tensor).toEqual(theirs.describe(tensor).shape)
        expect(ours.read(tensor), tensor).toEqual(theirs.read(tensor))
      }
      ours.close()
      theirs.close()
    }
  )

  test('a state dictionary with notes of its module is read', () => {
    const ours = openTorch(join(fixtures, 'module.bin'))
    const theirs = openSafetensors(join(fixtures, 'module-expected.safetensors'))
    for (const tensor of theirs.names()) expect(ours.read(tensor), tensor).toEqual(theirs.read(tensor))
    ours.close()
    theirs.close()
  })

  test('types are named, tied tensors share their bytes, and a part of a tensor is read without the rest', () => {
    for (const name of ['zip', 'stream']) {
      const file = openTorch(join(fixtures, `${name}.bin`))
      const types = ['f32', 'f16', 'bf16', 'f64', 'i64', 'i32', 'i16', 'u8', 'bool'].map(
        (tensor) => file.describe(tensor).dtype
      )
      expect(types).toEqual(['F32', 'F16', 'BF16', 'F64', 'I64', 'I32', 'I16', 'U8', 'BOOL'])
      expect(file.describe('tied').begin).toBe(file.describe('f32').begin)
      for (const tensor of ['f32', 'bf16', 'transposed', 'slice']) {
        const part = new Float32Array(3)
        file.readInto(tensor, part, 2)
        expect(part, tensor).toEqual(file.read(tensor).slice(2, 5))
      }
      file.close()
    }
  })

  test('a storage that is a part of another, as in files of before 2018, is read from its place', () => {
    const file = openTorch(join(fixtures, 'bad', 'stream-view.bin'))
    expect([...file.read('w')]).toEqual([1, 2, 3, 4])
    file.close()
  })
})

const notNeeded =
  'which the tensors of a checkpoint do not need. Nothing in the file was run. Take the checkpoint from a source ' +
  'you trust, preferably as safetensors.'

/** What each attack is refused for; in full: `file.bin ${what}, ${notNeeded}` */
const attacks: Record<string, string> = {
  'system-global': "asks for 'posix.system'",
  'system-protocol0': "asks for 'posix.system'",
  'system-stack-global': "asks for 'nt.system'",
  eval: "asks for 'builtins.eval'",
  'exec-python2': "asks for '__builtin__.exec'",
  getattr: "asks for 'builtins.getattr'",
  'dotted-name': "asks for 'torch._utils._rebuild_tensor_v2.__globals__'",
  'split-elsewhere': "asks for 'torch._utils._rebuild_tensor_v2'",
  'look-alike': "asks for 'torch._utils_._rebuild_tensor_v2'",
  'load-from-bytes': "asks for 'torch.storage._load_from_bytes'",
  prototype: "asks for '__proto__.constructor'",
  'long-name': `asks for 'evil?${'x'.repeat(115)}'`,
  'nested-in-list': "asks for 'subprocess.Popen'",
  'in-memo': "asks for 'posix.system'",
  'in-metadata': "asks for 'os.popen'",
  'as-device': "asks for 'runpy.run_path'",
  inst: "asks for 'posix.system'",
  'inst-known': "makes an object of 'collections.OrderedDict' by the pickle opcode INST",
  obj: 'uses the pickle opcode OBJ',
  newobj: 'uses the pickle opcode NEWOBJ',
  'newobj-ex': 'uses the pickle opcode NEWOBJ_EX',
  'build-on-global': 'sets attributes of something that is not a dictionary',
  'build-on-tensor': 'sets attributes of something that is not a dictionary',
  extension: 'uses the pickle opcode EXT1',
  'call-of-storage': "calls 'torch.FloatStorage'",
  'call-of-text': 'calls something that is not a function',
  'persistent-text': 'uses the pickle opcode PERSID',
  buffer: 'uses the pickle opcode NEXT_BUFFER'
}

describe('a malicious pickle is refused by name', () => {
  const bytes = JSON.parse(readFileSync(join(fixtures, 'bad', 'attacks.json'), 'utf8')) as Record<string, string>

  test('every attack of the script has its sentence here', () => {
    expect(Object.keys(bytes)).toEqual(Object.keys(attacks))
  })

  test.each(Object.entries(attacks))('%s, in either format', (name, what) => {
    const pickle = Buffer.from(bytes[name]!, 'hex')
    for (const data of [pickle, archived(pickle)])
      expect(refusal(written(`${name}.bin`, data))).toBe(`${name}.bin ${what}, ${notNeeded}`)
  })

  test('an archive that zipfile made, and a whole module instead of its weights', () => {
    expect(refusal(join(fixtures, 'bad', 'archived-attack.bin'))).toBe(
      `archived-attack.bin asks for 'posix.system', ${notNeeded}`
    )
    expect(refusal(join(fixtures, 'whole-module.bin'))).toBe(
      `whole-module.bin asks for 'torch.nn.modules.linear.Linear', ${notNeeded}`
    )
    expect(refusal(join(fixtures, 'quantised.bin'))).toBe(
      `quantised.bin asks for 'torch._utils._rebuild_qtensor', ${notNeeded}`
    )
  })
})

/**
 * Why each damaged pickle is not a checkpoint; in full:
 * `file.bin is not a checkpoint that Layerscope can read: ${why}. ...`
 */
const damaged: Record<string, string> = {
  'deep-marks': 'its pickle is nested too deeply',
  values: 'its pickle holds more values than any checkpoint does',
  memo: 'its pickle holds more values than any checkpoint does',
  'huge-text': 'its data.pkl ends too early',
  'huge-integer': 'its pickle has an integer of 1048576 bytes',
  'empty-stack': 'its pickle takes a value where there is none',
  'no-such-memo': 'its pickle asks for entry 7 of its memo, which it has not made',
  'list-into-none': 'its pickle appends to something that is not a list',
  'global-by-number': 'its pickle names a global by something that is not a string',
  'no-opcode': 'its pickle has the byte 0xff where an opcode should be',
  protocol9: 'its pickle is of protocol 9; protocols up to 5 are read',
  'view-outside': "'w' is a tensor of 4 numbers that its storage of 4 does not hold",
  'expanded-beyond-memory': "'w' is a tensor of 2147483647 numbers that its storage of 4 does not hold",
  'negative-shape': 'its pickle has a malformed tensor',
  'storage-of-text': 'its pickle has a malformed tensor',
  'no-storage': 'its pickle has a persistent id that does not name a storage'
}
const inFull = (file: string, why: string): string =>
  `${file} is not a checkpoint that Layerscope can read: ${why}. Download or save it again.`

describe('a damaged or hostile file is refused before it costs memory', () => {
  type Damaged = string | [start: string, repeated: string, times: number, end: string]
  const bytes = JSON.parse(readFileSync(join(fixtures, 'bad', 'damaged.json'), 'utf8')) as Record<string, Damaged>
  const hex = (text: string): Buffer => Buffer.from(text, 'hex')

  test.each(Object.entries(damaged))('%s', (name, why) => {
    const made = bytes[name]!
    const pickle =
      typeof made === 'string'
        ? hex(made)
        : Buffer.concat([hex(made[0]), Buffer.alloc(made[2], hex(made[1])), hex(made[3])])
    expect(refusal(written(`${name}.bin`, archived(pickle)))).toBe(inFull(`${name}.bin`, why))
  })

  test('every damaged pickle of the script has its sentence here', () => {
    expect(Object.keys(bytes)).toEqual(Object.keys(damaged))
  })

  test.each([
    ['compressed.bin', "its entry 'a/data.pkl' is compressed, and torch.save writes entries as they are"],
    ['bomb.bin', "its entry 'a/data.pkl' is compressed, and torch.save writes entries as they are"],
    ['traversal.bin', "its entry 'a/../../../.bashrc' leads out of the archive"],
    ['absolute.bin', "its entry '/etc/cron.d/x' leads out of the archive"],
    ['twice.bin', "it holds 'a/data/0' twice"],
    ['two-pickles.bin', 'it is a zip archive with 2 data.pkl, and torch.save writes one'],
    ['short-storage.bin', "'w' needs 16 bytes of storage '0', which has 8"],
    ['stream-cut.bin', 'it is cut short'],
    ['stream-no-key.bin', 'a tensor is in a storage that it does not list'],
    ['stream-strange-key.bin', 'it lists a storage that no tensor uses'],
    ['stream-version.bin', 'its format is version 1002 where torch.save wrote 1001'],
    ['stream-magic.bin', 'it begins neither as a zip archive nor with the magic number of torch.save']
  ])('%s', (file, why) => {
    expect(refusal(join(fixtures, 'bad', file))).toBe(inFull(file, why))
  })

  test.each([
    [
      'cut.bin',
      () => readFileSync(join(fixtures, 'zip.bin')).subarray(0, 3000),
      'it is cut short: the directory at the end of its zip archive is missing'
    ],
    ['cut-stream.bin', () => readFileSync(join(fixtures, 'stream.bin')).subarray(0, 300), 'it is cut short'],
    ['empty.bin', () => Buffer.alloc(0), 'it is cut short'],
    ['text.bin', () => Buffer.from('<sign in>'), 'its pickle has the byte 0x3c where an opcode should be'],
    [
      'no-pickle.bin',
      () => zipOf({ 'a/b': 'c' }, ['a/b']),
      'it is a zip archive with no data.pkl, and torch.save writes one'
    ],
    ['outside.bin', outside, "its entry 'a/data.pkl' is not within the file"]
  ])('%s', (file, make, why) => {
    expect(refusal(written(file, make()))).toBe(inFull(file, why))
  })

  test.each([
    [
      'big-endian.bin',
      'big-endian.bin was saved on a big-endian machine, whose numbers Layerscope does not read. Load it there or ' +
        'with torch.load and save it again, as safetensors.'
    ],
    [
      'stream-big-endian.bin',
      'stream-big-endian.bin was saved on a big-endian machine, whose numbers Layerscope does not read. Load it ' +
        'there or with torch.load and save it again, as safetensors.'
    ],
    [
      'script.bin',
      'script.bin is a TorchScript program, which could only be run. Save the weights alone (in Python: ' +
        'model.save_pretrained(folder)).'
    ],
    [
      'no-tensors.bin',
      'no-tensors.bin has no named tensors. Save the weights alone (in Python: torch.save(model.state_dict(), ' +
        'file), or model.save_pretrained(folder)).'
    ],
    [
      '../list.bin',
      'list.bin has no named tensors. Save the weights alone (in Python: torch.save(model.state_dict(), file), or ' +
        'model.save_pretrained(folder)).'
    ],
    [
      '../int8.bin',
      "int8.bin stores 'w' as I8; Layerscope reads F32, F16 and BF16. Convert the checkpoint to one of these."
    ],
    [
      '../float8.bin',
      "float8.bin stores 'w' as F8_E4M3; Layerscope reads F32, F16 and BF16. Convert the checkpoint to one of these."
    ],
    [
      '../complex.bin',
      "complex.bin stores 'w' as C64; Layerscope reads F32, F16 and BF16. Convert the checkpoint to one of these."
    ]
  ])('%s', (file, sentence) => {
    expect(refusal(join(fixtures, 'bad', file))).toBe(sentence)
  })

  test('what is in place of the weights is named', () => {
    expect(refusal(written('lfs.bin', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n'))).toBe(
      'lfs.bin is a pointer that Git LFS left in place of the file; fetch the file itself (git lfs pull) and open ' +
        'it again.'
    )
    expect(refusal(written('page.bin', '<!doctype html><title>Sign in</title>'))).toBe(
      'page.bin is a web page, most likely the answer of a server that refused the download; download the file again.'
    )
    const tar = Buffer.alloc(1024)
    tar.write('ustar', 257)
    expect(refusal(written('tar.bin', tar))).toBe(
      'tar.bin is a tar archive, as PyTorch saved them before version 0.2. Load it with torch.load and save it ' +
        'again, as safetensors.'
    )
  })
})

/** A directory whose entry claims to lie behind the end of the file. */
function outside(): Buffer {
  const data = archived(Buffer.from('80022e', 'hex'))
  const at = data.indexOf('PK\x01\x02', 0, 'latin1')
  data.writeUInt32LE(data.length, at + 42)
  return data
}
